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

    A process that is seen for the first time counts from its start, one that has ended to its last figures.
    """

    def __init__(self) -> None:
        self.last: dict[int, Totals] | None = None

    def since_last(self, rows: Iterable[ProcessReading]) -> Totals | None:
        """None at the first look."""
        before, self.last = self.last, {row.pk: totals_of(row.readings) for row in rows}
        if before is None:
            return None
        grown = Totals()
        for pk, now in self.last.items():
            grown.merge(now.minus(before[pk]) if pk in before else now)
        return grown
