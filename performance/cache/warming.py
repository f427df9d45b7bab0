"""Warmers: declared functions that compute what many will ask for, before they ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.module_loading import autodiscover_modules

Work = Callable[[], int]


@dataclass(frozen=True)
class Warmer:
    """A named function that returns how many results it saw to."""

    name: str
    about: str
    work: Work


@dataclass(frozen=True)
class Warmed:
    """What one warmer did; *error* where it failed."""

    name: str
    results: int
    seconds: float
    error: str = ""


WARMERS: dict[str, Warmer] = {}


def warmer(name: str) -> Callable[[Work], Work]:
    """Declares a warmer; the same name twice is a mistake. Its docstring says what it warms."""

    def declare(work: Work) -> Work:
        if name in WARMERS:
            raise ValueError(f"The warmer {name!r} is declared twice.")
        WARMERS[name] = Warmer(name, (work.__doc__ or "").strip().partition("\n")[0], work)
        return work

    return declare


def warmers() -> dict[str, Warmer]:
    """All warmers by name, from the module `warmers` of each app."""
    autodiscover_modules("warmers")
    return dict(sorted(WARMERS.items()))


def warm(chosen: list[Warmer]) -> Iterator[Warmed]:
    """Runs warmers one after the other; one that fails does not keep the others from their work."""
    for item in chosen:
        started = time.perf_counter()
        try:
            results, error = item.work(), ""
        except Exception as failure:
            results, error = 0, f"{type(failure).__name__}: {failure}"
        yield Warmed(item.name, results, time.perf_counter() - started, error)
