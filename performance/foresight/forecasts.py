"""What fills up, and when: disks, memory, swap, the database; only where the past would have foretold the present."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from performance.analysis.forecast import Crossing, Projection, crossing, forecast
from performance.cache import cached
from performance.foresight.grid import Floats, evenly, places
from performance.metrics import DATABASE, SYSTEM, Category, Metric
from performance.timerange import Window
from performance.units import shown

LONGEST, SHORTEST = timedelta(days=30), timedelta(minutes=30)
POINTS = 360
SHARE = 0.8
KEPT_SECONDS = 600
DAY = 86_400.0
UNITS = ((1.0, "days"), (1 / 24, "h"), (1 / 1440, "min"))
WIDTHS, THICK = (1, 2, 3, 4, 6, 12), 0.9


@dataclass(frozen=True)
class Level:
    """What is foretold: a figure, the column that says how far it can rise (or that limit), and the word for there."""

    category: Category
    metric: str
    limit: str | float | None
    noun: str
    reached: str

    @property
    def figure(self) -> Metric:
        return self.category.by_name[self.metric]


LEVELS = (
    Level(SYSTEM, "disk_used", "disk_total", "disk", "full"),
    Level(SYSTEM, "memory_used", "memory_total", "memory", "used up"),
    Level(SYSTEM, "swap_percent", 100.0, "swap", "used up"),
    Level(DATABASE, "size", None, "database", ""),
)


@dataclass(frozen=True)
class Forecast:
    """A level to come with its interval of *share*; *days* and *low* to *high* are to its limit, where it reaches that.

    ``high`` is None where it may never be reached as far as the forecast goes. *skill* is the share of the error of
    "as now" that past forecasts avoided.
    """

    category: str
    metric: Metric
    host: str
    sentence: str
    now: float
    until: datetime
    expected: float
    expected_low: float
    expected_high: float
    limit: float | None
    days: float | None
    low: float | None
    high: float | None
    share: float
    skill: float

    reached_at: datetime | None

    @property
    def urgent(self) -> bool:
        """Whether it reaches its limit."""
        return self.days is not None

    @property
    def told(self) -> bool:
        """Whether it says more than that the level may stay where it is."""
        return self.urgent or not self.expected_low <= self.now <= self.expected_high


def forecasts(now: datetime) -> list[Forecast]:
    """What can be foretold; first what reaches its limit, the soonest first."""
    found: list[Forecast] = kept(int(now.timestamp() // KEPT_SECONDS * KEPT_SECONDS), now)
    return found


@cached(ttl=2 * KEPT_SECONDS, namespace="foresight", key=lambda minute, now: ("forecasts", minute))
def kept(minute: int, now: datetime) -> list[Forecast]:
    found = [
        forecast
        for level in LEVELS
        for host, owner, _ in places(level.category, [level.metric])
        for forecast in foretold(level, host, owner, now)
        if forecast.told
    ]
    return sorted(found, key=lambda forecast: (forecast.days is None, forecast.days))


def foretold(level: Level, host: str, owner: str, now: datetime) -> Iterator[Forecast]:
    samples = level.category.model._default_manager.filter(host=host, taken_at__gt=now - LONGEST, taken_at__lte=now)
    first = samples.order_by("taken_at").values_list("taken_at", flat=True).first()
    if first is None or now - first < SHORTEST:
        return
    window = Window(first, now)
    values = thick(evenly(level.category, host, window, [level.figure], POINTS)[level.metric])
    step = window.span.total_seconds() / len(values)
    times = first.timestamp() + step * (np.arange(len(values), dtype=np.float64) + 0.5)
    projection = forecast(times, values, len(values), SHARE)
    if projection is not None:
        yield told(level, owner, float(values[np.isfinite(values)][-1]), projection, limit_of(level, host))


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


def told(level: Level, host: str, value: float, projection: Projection, limit: float | None) -> Forecast:
    full = crossing(projection, limit) if limit is not None and value < limit else None
    start = projection.times[0]
    days, low, high = ((at - start) / DAY if at is not None else None for at in moments(full))
    expected, least, most = (float(line[-1]) for line in (projection.middle, projection.low, projection.high))
    noun = f"{level.noun} on {host}" if host else level.noun
    until = datetime.fromtimestamp(projection.times[-1], UTC)
    return Forecast(
        category=level.category.name,
        metric=level.figure,
        host=host,
        sentence=(
            f"{noun} {level.reached} in {spans(days, low, high)}"
            if days is not None
            else course(noun, level.figure, value, (expected, least, most), (projection.times[-1] - start) / DAY)
        ),
        now=value,
        until=until,
        expected=expected,
        expected_low=max(least, 0.0),
        expected_high=most,
        limit=limit,
        days=days,
        low=low,
        high=high,
        share=projection.share,
        skill=projection.skill,
        reached_at=None if full is None else datetime.fromtimestamp(full.at, UTC),
    )


def moments(full: Crossing | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if full is None else (full.at, full.earliest, full.latest)


def spans(days: float, low: float | None, high: float | None) -> str:
    """ "12 days, 9 to 17", in hours or minutes where it is sooner."""
    size, unit = next((size, unit) for size, unit in UNITS if days >= 2 * size or size == UNITS[-1][0])
    middle, first, last = (None if span is None else round(span / size) for span in (days, low, high))
    ends = f"{first} to {last}" if last is not None else f"at the earliest in {first}"
    return f"{middle} {unit}, {ends}"


def course(noun: str, metric: Metric, value: float, ends: tuple[float, float, float], days: float) -> str:
    """ "database 9.5 MB, in 30 days 14 MB, 12 to 17 MB"."""
    now, expected, low, high = (shown(max(end, 0.0), metric.unit) for end in (value, *ends))
    return f"{noun} {now}, in {spans(days, None, None).partition(',')[0]} {expected}, {low} to {high}"
