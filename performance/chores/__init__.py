"""Chores: what a sampler does after each sample it stored: judging it, rolling it up, pruning, looking for advice.

A chore is a class declared with ``@register``. Each sampler works with instances of its own, so that a chore may keep
between two ticks what it needs; what must outlive the sampler belongs in the database.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, ClassVar, TypeVar

from django.db import Error, close_old_connections

logger = logging.getLogger(__name__)

Rows = Mapping[str, Mapping[str, Any]]


@dataclass
class Notes:
    """What a chore found out at this tick, for those that come after it.

    ``wrong`` says whether any alert is pending or firing (so does who could not judge), ``processes`` are by host those
    behind it: pid, name, command, cpu, rss, ours.
    """

    wrong: bool = True
    processes: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Tick:
    """One stored sample. ``rows`` holds each category's columns and its ``detail``.

    ``lead`` is true for one host of all that are sampled: what concerns the platform as a whole is done there only.
    """

    host: str
    taken_at: datetime
    interval: int
    rows: Rows
    lead: bool
    notes: Notes = field(default_factory=Notes, compare=False)


class Chore(ABC):
    """``every`` is the least time between two runs, in seconds; 0 is at each tick."""

    name: ClassVar[str]
    every: ClassVar[float] = 0.0

    @abstractmethod
    def run(self, tick: Tick) -> None:
        """Must be quick. An exception costs this run only."""


CHORES: dict[str, type[Chore]] = {}
C = TypeVar("C", bound=type[Chore])


def register(chore: C) -> C:
    """Declares a chore; the same name twice is a mistake."""
    if chore.name in CHORES:
        raise ValueError(f"The chore {chore.name!r} is declared twice.")
    CHORES[chore.name] = chore
    return chore


def declared() -> list[type[Chore]]:
    """Every chore, in the order in which they are done: what is wrong, what would help, then the housekeeping."""
    for module in ("alerting", "advise", "watch", "rollup", "housekeeping"):
        import_module(f"performance.chores.{module}")
    return list(CHORES.values())


class Round:
    """A sampler's chores; one that fails is told of when it starts to fail and when it succeeds again."""

    def __init__(self, chores: Sequence[Chore], clock: Callable[[], float] = time.monotonic) -> None:
        self.chores, self.clock = chores, clock
        self.due = dict.fromkeys([chore.name for chore in chores], 0.0)
        self.failing: set[str] = set()

    def run(self, tick: Tick) -> None:
        for chore in self.chores:
            if self.clock() >= self.due[chore.name]:
                self.due[chore.name] = self.clock() + chore.every
                self.attempt(chore, tick)

    def attempt(self, chore: Chore, tick: Tick) -> None:
        try:
            chore.run(tick)
        except Exception as error:
            if chore.name not in self.failing:
                logger.exception("The sampler's chore %s fails.", chore.name)
            self.failing.add(chore.name)
            if isinstance(error, Error):
                close_old_connections()
            return
        if chore.name in self.failing:
            logger.info("The sampler's chore %s succeeds again.", chore.name)
            self.failing.discard(chore.name)
