"""The caches of all processes of the platform as one: each counts for itself, whoever looks wants the sum."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils import timezone

from performance.cache.breaker import State
from performance.cache.publishing import NAME, from_json
from performance.cache.statistics import HOTTEST, CacheReading, Shared, reading, summed
from performance.lease import this_host
from performance.reporter import living


@dataclass(frozen=True)
class FleetReading(CacheReading):
    """The sum over *processes*; *away* of them go on without Redis. The rest is as the answering process sees it."""

    processes: int = 1
    away: int = 0


def fleet() -> FleetReading | None:
    """This process as it is now, the others as they last published; None where the cache is another backend."""
    own = reading()
    if own is None:
        return None
    here = this_host(), os.getpid()
    rows = living(timezone.now()).order_by("host", "pid")
    others = [from_json(row.readings.get(NAME, {})) for row in rows if (row.host, row.pid) != here]
    return together(own, [other for other in others if other is not None])


def together(own: CacheReading, others: Sequence[CacheReading]) -> FleetReading:
    every = [own, *others]
    hottest: Counter[str] = Counter()
    for each in every:
        hottest.update(dict(each.hottest))
    return FleetReading(
        tiers=tuple(summed(row for each in every for row in each.tiers)),
        calls=tuple(summed(row for each in every for row in each.calls)),
        hottest=tuple(hottest.most_common(HOTTEST)),
        entries=sum(each.entries for each in every),
        bytes=sum(each.bytes for each in every),
        entries_limit=sum(each.entries_limit for each in every),
        bytes_limit=sum(each.bytes_limit for each in every),
        shared=shared_of(every),
        processes=len(every),
        away=sum(each.shared is not None and each.shared.breaker is not State.CLOSED for each in every),
    )


def shared_of(every: Sequence[CacheReading]) -> Shared | None:
    """As the answering process sees Redis, with what all have suffered."""
    own, known = every[0].shared, [each.shared for each in every if each.shared is not None]
    if own is None:
        return None
    return replace(
        own,
        times_opened=sum(shared.times_opened for shared in known),
        reconnects=sum(shared.reconnects for shared in known),
        missed=sum(shared.missed for shared in known),
    )
