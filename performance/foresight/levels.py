"""A level to come, in words: "disk full in 12 days, 9 to 17"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from performance.analysis.forecast import Crossing, Projection, crossing
from performance.metrics import Category, Metric
from performance.units import shown

DAY = 86_400.0
PATH_POINTS = 120
Path = tuple[tuple[float, float, float, float], ...]
UNITS = ((1.0, "days"), (1 / 24, "h"), (1 / 1440, "min"))


@dataclass(frozen=True)
class Level:
    """What is foretold: a figure, the column that says how far it can rise (or that limit), and the word for there."""

    category: Category
    figure: Metric
    limit: str | float | None
    noun: str
    reached: str


@dataclass(frozen=True)
class Forecast:
    """A level to come with its interval of *share*; *days* and *low* to *high* are to its limit, where it reaches that.

    ``high`` is None where it may never be reached as far as the forecast goes. *skill* is the share of the error of
    "as now" that past forecasts avoided. ``path`` is the way there: time, expected, low and high, for a chart to draw.
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
    path: Path = ()

    @property
    def urgent(self) -> bool:
        """Whether it reaches its limit."""
        return self.days is not None

    @property
    def told(self) -> bool:
        """Whether it says more than that the level may stay where it is."""
        return self.urgent or not self.expected_low <= self.now <= self.expected_high


def told(level: Level, host: str, value: float, projection: Projection, limit: float | None) -> Forecast:
    full = crossing(projection, limit) if limit is not None and value < limit else None
    # The forecast begins half a step from now.
    start = projection.times[0] - (projection.times[1] - projection.times[0]) / 2
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
        path=path_of(projection),
    )


def path_of(projection: Projection) -> Path:
    """Some of its points, the last one among them."""
    every = -(-len(projection.times) // PATH_POINTS)
    lines = (projection.times, projection.middle, projection.low, projection.high)
    return tuple(zip(*(line[::-1][::every][::-1].tolist() for line in lines), strict=True))


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
