"""What the processes of a host counted since a sampler last looked, from what they published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Generic, TypeVar

from django.utils import timezone

from performance.database.pool import rows_seen_from
from performance.fleet import totals_of
from performance.lease import this_host
from performance.models import ProcessReading
from performance.reporter import PUBLISH_EVERY, at_work
from performance.totals import Totals

# What began may wait for its first publication for so long.
UNTOLD = PUBLISH_EVERY
T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """The rows that one look saw at *moment*, and which of their processes are at work."""

    moment: datetime
    rows: tuple[ProcessReading, ...]
    alive: tuple[ProcessReading, ...]

    @cached_property
    def totals(self) -> Mapping[int, Totals]:
        """What each process counted since its start, by its row; nobody changes them."""
        return {row.pk: totals_of(row.readings) for row in self.rows}


class Look:
    """The rows that the sampler of *host* (this one) sums up, read once for all who ask at the same *now*.

    The probes of a sampler share one, and each tick is another now. A probe that hangs, and looks long after the
    others, spoils nothing: who then asks at a later now reads anew.
    """

    def __init__(self, host: str = "") -> None:
        self.host = host or this_host()
        self.last: tuple[float, Seen] | None = None

    def at(self, now: float) -> Seen:
        last = self.last
        if last is None or last[0] != now:
            last = self.last = now, see(self.host)
        return last[1]


def see(host: str) -> Seen:
    moment = timezone.now()
    ours = tuple(rows_seen_from(host, moment))
    return Seen(moment, ours, tuple(row for row in ours if at_work(row, moment)))


@dataclass(frozen=True)
class Step(Generic[T]):
    """From one look to the next: what each process told at both; None at the first where all it told is new."""

    since: datetime
    seconds: float
    told: Sequence[tuple[T, T | None]]

    def is_new(self, began: datetime) -> bool:
        """Whether what began then counts from zero, although the last look did not see it."""
        return began > self.since - UNTOLD


class Steps(Generic[T]):
    """Compares what each process tells with what it told at the last look, so that everything counts once.

    A process that started since then counts from zero, one that has ended to its last figures. An older one that the
    last look did not see (its host lost its sampler, or it was taken for dead) counts from now on: what it did in all
    its life did not happen in one tick. A look that comes at once after another (a sampler takes two before its first
    sample) is none: nobody published meanwhile.
    """

    LEAST_SECONDS = 0.9

    def __init__(self) -> None:
        self.last: tuple[Seen, Mapping[int, T], float] | None = None

    def to(self, seen: Seen, told: Mapping[int, T], now: float) -> Step[T] | None:
        """The step from the last look to this one; None at the first."""
        last = self.last
        if last is not None and now - last[2] < self.LEAST_SECONDS:
            return None
        self.last = seen, told, now
        if last is None:
            return None
        before, step = last[1], Step[T](last[0].moment, now - last[2], ())
        pairs = [
            (told[row.pk], before.get(row.pk))
            for row in seen.rows
            if row.pk in told and (row.pk in before or step.is_new(row.started_at))
        ]
        return replace(step, told=pairs)


def grown(told: Iterable[tuple[Totals, Totals | None]]) -> Totals:
    """What all processes of a step counted on the way."""
    sums = Totals()
    for now, before in told:
        sums.merge(now if before is None else now.minus(before))
    return sums
