"""What the processes of a host counted since a sampler last looked, from what they published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from performance.database.pool import rows_seen_from
from performance.fleet import totals_of
from performance.lease import this_host
from performance.models import ProcessReading
from performance.totals import Totals


@dataclass(frozen=True)
class Seen:
    """The rows that one look saw, and which of their processes are at work."""

    rows: tuple[ProcessReading, ...]
    alive: tuple[ProcessReading, ...]


def look(host: str = "") -> Seen:
    """The rows that the sampler of *host* (this one) sums up."""
    from performance.reporter import at_work

    now = timezone.now()
    ours = tuple(rows_seen_from(host or this_host(), now))
    return Seen(ours, tuple(row for row in ours if at_work(row, now)))


class Grown:
    """Turns cumulative figures into those of the time between two looks; what a process told counts once.

    A process that is seen for the first time counts from its start, one that has ended to its last figures. A look that
    comes at once after another (a sampler takes two before its first sample) is none: nobody published meanwhile.
    """

    LEAST_SECONDS = 0.9

    def __init__(self) -> None:
        self.last: dict[int, Totals] | None = None
        self.at = 0.0

    def since_last(self, rows: Iterable[ProcessReading], now: float) -> tuple[Totals, float] | None:
        """What was counted since the last look, and in how many seconds; None at the first."""
        elapsed = now - self.at
        if self.last is not None and elapsed < self.LEAST_SECONDS:
            return None
        before, self.last, self.at = self.last, {row.pk: totals_of(row.readings) for row in rows}, now
        if before is None:
            return None
        grown = Totals()
        for pk, counted in self.last.items():
            grown.merge(counted.minus(before[pk]) if pk in before else counted)
        return grown, elapsed
