"""First steps: three of them on a card, ticked by what is really there, until they are closed for good.

An app declares its checklist by name, with the page that shows it, and makes its steps itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from valor.accounts.models import ClosedChecklist
from valor.lib.errors import NotFound


@dataclass(frozen=True)
class Step:
    """*what* says what to do; *address* is where."""

    title: str
    what: str
    address: str
    done: bool


@dataclass(frozen=True)
class Checklist:
    name: str
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def complete(self) -> bool:
        return self.done == len(self.steps)


PAGES: dict[str, str] = {}


def declare(name: str, page: str) -> str:
    """Makes a checklist known that stands on *page*; the same name twice is a mistake."""
    if name in PAGES:
        raise ImproperlyConfigured(f"The checklist {name!r} is declared twice.")
    PAGES[name] = page
    return name


def page_of(name: str) -> str:
    """The page that shows it, or NotFound."""
    if name not in PAGES:
        raise NotFound(f"There is no such checklist: choose one of {', '.join(sorted(PAGES))}.")
    return PAGES[name]


def is_closed(*, user: Any, name: str) -> bool:
    return ClosedChecklist.objects.filter(user=user, name=name).exists()


def close(*, user: Any, name: str) -> None:
    """For good; closed twice, as by a second click, is closed once."""
    page_of(name)
    ClosedChecklist.objects.get_or_create(user=user, name=name)
