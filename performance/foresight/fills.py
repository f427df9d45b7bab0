"""What fills up, and when: disks, memory, swap, the database; only where the past would have foretold the present."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from django.db.models import IntegerField, Max, Min, QuerySet
from django.db.models.functions import Floor

from performance.analysis.forecast import forecast
from performance.cache import cached
from performance.foresight.grid import Floats, evenly, places, speaker
from performance.foresight.levels import Forecast, Level, told
from performance.metrics import DATABASE, SYSTEM, Category, Metric
from performance.models import DatabaseSample, Rollup, RollupTrack
from performance.retention import detailed_since
from performance.rollups.reading import Epoch
from performance.rollups.sources import moment
from performance.timerange import Window
from performance.units import BYTES

LONGEST, SHORTEST = timedelta(days=30), timedelta(minutes=30)
POINTS = 360
WIDTHS, THICK = (1, 2, 3, 4, 6, 12), 0.9
TABLES, TABLE_POINTS = 3, 120
SHARE = 0.8
KEPT_SECONDS = 600
LEVELS = (
    Level(SYSTEM, SYSTEM.by_name["disk_used"], "disk_total", "disk", "full"),
    Level(SYSTEM, SYSTEM.by_name["memory_used"], "memory_total", "memory", "used up"),
    Level(SYSTEM, SYSTEM.by_name["swap_percent"], 100.0, "swap", "used up"),
    Level(DATABASE, DATABASE.by_name["size"], None, "database", ""),
)


def forecasts(now: datetime) -> list[Forecast]:
    """What can be foretold; first what reaches its limit, the soonest first."""
    found: list[Forecast] = kept(int(now.timestamp() // KEPT_SECONDS * KEPT_SECONDS), now)
    return found


@cached(ttl=2 * KEPT_SECONDS, namespace="foresight", key=lambda minute, now: ("forecasts", minute))
def kept(minute: int, now: datetime) -> list[Forecast]:
    found = [
        forecast
        for level in LEVELS
        for host, owner, _ in places(level.category, [level.figure.name])
        for forecast in foretold(level, host, owner, now)
        if forecast.told
    ]
    found += [forecast for forecast in tables(now) if forecast.told]
    return sorted(found, key=lambda forecast: (forecast.days is None, forecast.days))


def foretold(level: Level, host: str, owner: str, now: datetime) -> Iterator[Forecast]:
    first = known_since(level.category, host, now)
    if first is None or now - first < SHORTEST:
        return
    window = Window(first, now)
    values = thick(evenly(level.category, host, window, [level.figure], POINTS)[level.figure.name])
    step = window.span.total_seconds() / len(values)
    times = first.timestamp() + step * (np.arange(len(values), dtype=np.float64) + 0.5)
    projection = forecast(times, values, len(values), SHARE)
    if projection is not None:
        yield told(level, owner, float(values[np.isfinite(values)][-1]), projection, limit_of(level, host))


def known_since(category: Category, host: str, now: datetime) -> datetime | None:
    """From when on within LONGEST there is anything: rollups go back further than the samples that they tell of.

    A coarse stretch may begin long before the first sample in it; where a finer level reaches into it, that one tells.
    """
    since = now - LONGEST
    found, width = None, timedelta(0)
    for track in RollupTrack.objects.filter(category=category.name, host=host).order_by("-level"):
        rollups = Rollup.objects.filter(track=track, start__gte=since.timestamp(), start__lte=now.timestamp())
        start = rollups.order_by("start").values_list("start", flat=True).first()
        if start is not None and (found is None or moment(start) < found + width):
            found, width = moment(start), timedelta(seconds=track.level)
    samples = category.model._default_manager.filter(host=host, taken_at__gt=since, taken_at__lte=now)
    first: datetime | None = samples.order_by("taken_at").values_list("taken_at", flat=True).first()
    return first if first is not None and (found is None or first < found + width) else found


def thick(values: Floats) -> Floats:
    """Merges neighbours where the samples are sparser than the points, so that few are missing."""
    shares = {width: np.isfinite(values.reshape(-1, width)).any(axis=1).mean() for width in WIDTHS}
    width = next((width for width, share in shares.items() if share > THICK), WIDTHS[-1])
    table = values.reshape(-1, width)
    counts = np.isfinite(table).sum(axis=1)
    merged = np.full(len(table), np.nan)
    np.divide(np.nansum(table, axis=1), counts, out=merged, where=counts > 0)
    return merged


def limit_of(level: Level, host: str) -> float | None:
    if not isinstance(level.limit, str):
        return level.limit
    rows = level.category.model._default_manager.filter(host=host).order_by("-taken_at")
    found: float | None = rows.values_list(level.limit, flat=True).first()
    return found


def tables(now: datetime) -> Iterator[Forecast]:
    """The largest tables, as one host saw them: from some of the samples that have details still, which are long."""
    since = max(now - LONGEST, detailed_since(now) or now - LONGEST)
    samples = DatabaseSample.objects.filter(host=speaker(DATABASE), taken_at__gt=since, taken_at__lte=now)
    ends = samples.aggregate(first=Min("taken_at"), last=Max("taken_at"))
    if ends["first"] is None or ends["last"] - ends["first"] < SHORTEST:
        return
    rows = spread(samples, ends["first"], ends["last"]).values_list("taken_at", "detail__tables")
    times = np.array([taken_at.timestamp() for taken_at, _ in rows])
    sizes = [{table["name"]: float(table["bytes"]) for table in found or ()} for _, found in rows]
    for name in sorted(sizes[-1], key=lambda name: -sizes[-1][name])[:TABLES]:
        values = np.array([size.get(name, np.nan) for size in sizes])
        even = np.linspace(times[0], times[-1], len(times))
        projection = forecast(even, even_values(times, values, even), len(even), SHARE)
        if projection is not None:
            metric = Metric(f"table:{name}", f"Table {name}", BYTES, platform=True)
            yield told(Level(DATABASE, metric, None, f"table {name}", ""), "", sizes[-1][name], projection, None)


def spread(samples: QuerySet[DatabaseSample], first: datetime, last: datetime) -> QuerySet[DatabaseSample]:
    """At most TABLE_POINTS and one of them, evenly: the last of each stretch, so that the very last is among them."""
    width = (last - first).total_seconds() / TABLE_POINTS
    stretch = Floor((Epoch("taken_at") - first.timestamp()) / width, output_field=IntegerField())
    chosen = samples.order_by().annotate(stretch=stretch).values("stretch").annotate(chosen=Max("pk"))
    return samples.filter(pk__in=list(chosen.values_list("chosen", flat=True))).order_by("taken_at")


def even_values(times: Floats, values: Floats, even: Floats) -> Floats:
    """The nearest value to each of the even times; NaN stays where a table was not among the largest."""
    nearest = np.abs(times[None, :] - even[:, None]).argmin(axis=1)
    found: Floats = values[nearest]
    return found
