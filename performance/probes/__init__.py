"""Probes read one thing each; the sampler stores what they return.

A probe is a class with a ``category`` and a ``name``, declared with ``@register``. It may keep what it needs
between two readings (the last counters), so each sampler works with instances of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from performance.differences import Look


@dataclass(frozen=True)
class Reading:
    """Columns of the category's sample, the members behind them for its ``detail``, and parts that failed, with why."""

    columns: Mapping[str, Any]
    detail: Mapping[str, Any] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)


class Probe(ABC):
    """Reads one thing. An exception costs this reading only, and so does an answer that takes longer than *patience*.

    It may be read in another thread each time, though never in two at once.
    """

    category: ClassVar[str]
    name: ClassVar[str]
    patience: ClassVar[float] = 5.0  # seconds

    @abstractmethod
    def read(self, now: float) -> Reading:
        """The reading at *now* (seconds of a monotonic clock); a rate is null until there are two."""


class OfProcesses(Probe):
    """Sums up what the processes published; the probes of one sampler share a *look*, so that each tick reads once."""

    def __init__(self, look: Look | None = None) -> None:
        self.look = look or Look()


PROBES: dict[tuple[str, str], type[Probe]] = {}
P = TypeVar("P", bound=type[Probe])


def register(probe: P) -> P:
    """Declares a probe; the same name twice in a category is a mistake."""
    key = (probe.category, probe.name)
    if key in PROBES:
        raise ValueError(f"The probe {probe.name!r} of category {probe.category!r} is declared twice.")
    PROBES[key] = probe
    return probe


def probes_of(category: str) -> list[Probe]:
    """Fresh instances of the category's probes, in the order of their declaration."""
    return made(probe for probe in declared() if probe.category == category)


def made(probes: Iterable[type[Probe]], host: str = "") -> list[Probe]:
    """Fresh instances, for the sampler of one host (this one)."""
    look = Look(host)
    return [probe(look) if issubclass(probe, OfProcesses) else probe() for probe in probes]


def declared() -> list[type[Probe]]:
    """Every probe, in the order of declaration."""
    # Each declares its probes.
    from performance.probes import application, cache, database, statements, system, tasks  # noqa: F401

    return list(PROBES.values())
