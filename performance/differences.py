"""What the processes of a host counted since a sampler last looked, from what they published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils import timezone

from performance.database.pool import rows_seen_from
from performance.fleet import totals_of
from performance.lease import this_host
from performance.models import ProcessReading
from performance.totals import Totals


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
    from performance.reporter import at_work

    moment = timezone.now()
    ours = tuple(rows_seen_from(host, moment))
    return Seen(moment, ours, tuple(row for row in ours if at_work(row, moment)))


class Grown:
    """Turns cumulative figures into those of the time between two looks; what a process told counts once.

    A process that is seen for the first time counts from its start, one that has ended to its last figures. A look that
    comes at once after another (a sampler takes two before its first sample) is none: nobody published meanwhile.
    """

    LEAST_SECONDS = 0.9

    def __init__(self) -> None:
        self.last: Mapping[int, Totals] | None = None
        self.at = 0.0

    def since_last(self, totals: Mapping[int, Totals], now: float) -> tuple[Totals, float] | None:
        """What was counted since the last look, and in how many seconds; None at the first."""
        elapsed = now - self.at
        if self.last is not None and elapsed < self.LEAST_SECONDS:
            return None
        before, self.last, self.at = self.last, totals, now
        if before is None:
            return None
        grown = Totals()
        for pk, counted in totals.items():
            grown.merge(counted.minus(before[pk]) if pk in before else counted)
        return grown, elapsed
