"""What a tick says about each threshold: one reading per host that it can speak for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Max

from performance.alerts import catalogue, machine, own_work
from performance.alerts.models import Threshold
from performance.chores import Tick
from performance.metrics import Metric
from performance.models import RepeatedQuery, SamplerLease
from performance.selectors import RETIRED

# Columns that the database works out are in no tick: the greatest known of their parts.
GREATEST = {"worst_percent": ("pool_percent", "connections_percent")}
# A wait is null where nobody waits: that is none, not unknown.
NOBODY = {"oldest_seconds": "waiting", "drain_seconds": "waiting"}
EARLY = 0.25  # A tick may come so much of an interval too early, and still be the next one.


@dataclass(frozen=True)
class Judged:
    """A threshold, the host that a reading is of (empty: the platform), and the reading."""

    threshold: Threshold
    host: str
    reading: machine.Reading


def readings(tick: Tick, thresholds: Sequence[Threshold]) -> Iterator[Judged]:
    """Every reading of the tick that a threshold waits for."""
    for threshold in thresholds:
        metric = catalogue.find(threshold.category, threshold.metric)
        if metric is None or (metric.platform and not tick.lead):
            continue
        if catalogue.sampled(threshold.category, threshold.metric):
            row = tick.rows.get(threshold.category, {})
            host = "" if metric.platform else tick.host
            value = value_of(metric, row)
            excused = own_work.excused(tick, threshold, value)
            yield Judged(threshold, host, reading(tick, value, supported(metric, row), excused))
        elif tick.lead:
            for host, value in UNSAMPLED[threshold.category, threshold.metric](tick):
                yield Judged(threshold, host, reading(tick, value))


def reading(tick: Tick, value: float | None, judged: bool = True, excused: bool = False) -> machine.Reading:
    return machine.Reading(tick.taken_at.timestamp(), value, EARLY * tick.interval, judged, excused)


def value_of(metric: Metric, row: Mapping[str, Any]) -> float | None:
    """The metric's figure in a row; None where a part of it was not read, or not of how many it tells."""
    if metric.name in GREATEST:
        return max((row[part] for part in GREATEST[metric.name] if row.get(part) is not None), default=None)
    value = metric.of({column: row.get(column) for column in metric.sources})
    if value is None and metric.name in NOBODY and row.get(NOBODY[metric.name]) == 0:
        return 0.0
    if value is None or not metric.support:
        return value
    support = row.get(metric.support)
    if support is None:
        return None
    return value if value / 100 * support >= metric.hits - 0.5 else 0.0


def supported(metric: Metric, row: Mapping[str, Any]) -> bool:
    """Whether the figure tells of enough to mean anything; where nobody knows, it is missing and not of few."""
    support = row.get(metric.support) if metric.support else None
    return support is None or support >= metric.least


def lags(tick: Tick) -> Iterator[tuple[str, float]]:
    """Seconds since each host in service was last sampled; none while its lease holds, whatever its interval.

    One whose sampler was ended left on purpose.
    """
    leases = SamplerLease.objects.filter(renewed_at__gt=tick.taken_at - RETIRED).exclude(holder="").order_by("host")
    for host, renewed_at, expires_at in leases.values_list("host", "renewed_at", "expires_at"):
        yield host, 0.0 if expires_at > tick.taken_at else max(0.0, (tick.taken_at - renewed_at).total_seconds())


def repeated(tick: Tick) -> Iterator[tuple[str, float]]:
    """The most runs of one statement in a request of the last interval."""
    since = tick.taken_at - timedelta(seconds=tick.interval)
    lately = RepeatedQuery.objects.filter(kind="request", last_seen__gt=since)
    yield "", lately.aggregate(most=Max("latest"))["most"] or 0


UNSAMPLED = {("sampler", "lag"): lags, ("queries", "repeated"): repeated}
