"""A category over a time range as aligned arrays of about 500 points, from the finest level that is quick to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING

from django.utils import timezone

from performance.metrics import Category, Metric
from performance.models import Level
from performance.timerange import Window

if TYPE_CHECKING:
    from performance.rollups.merging import Floats
    from performance.rollups.reading import Rows, Stock

POINTS = 500
RAW = "raw"
UNITS = ((86_400, "day"), (3600, "h"), (60, "min"), (1, "s"))

Values = list[float | None]


@dataclass(frozen=True)
class Series:
    """Aligned arrays: ``values[metric.name][i]`` belongs to ``times[i]`` (seconds since 1970, UTC).

    A missing sample leaves a null, so that a line through the points breaks there. ``step`` is 0 for samples as
    they were taken, else the seconds over which each point is the mean; ``lows`` and ``highs`` are then the least and
    the greatest sample in them. Those of a sum of columns are bounds: its parts need not have been low at one time.
    ``level`` says what was read: 0 for samples, else the seconds of a rollup.
    """

    category: str
    host: str
    window: Window
    metrics: tuple[Metric, ...]
    times: list[float]
    values: dict[str, Values]
    step: int
    gaps: int
    level: int = 0
    lows: dict[str, Values] = field(default_factory=dict)
    highs: dict[str, Values] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return Level(self.level).label if self.level else RAW

    @property
    def resolution(self) -> str:
        """ "raw", "mean of 180 s", "mean of 1 h", "mean of 30 min from 5 min"."""
        if not self.step:
            return RAW
        if not self.level:
            return f"mean of {self.step} s"
        return f"mean of {length(self.step)}" + (f" from {self.source}" if self.step != self.level else "")


def history(
    category: Category,
    host: str,
    window: Window,
    metrics: Sequence[Metric],
    points: int = POINTS,
    *,
    step: int = 0,
    most: int = 0,
) -> Series:
    """The metrics of one host over a window, merged where there are more than *points* or a coarser *step* is asked."""
    return histories(category, [host], window, metrics, points, step=step, most=most)[host]


def histories(
    category: Category,
    hosts: Sequence[str],
    window: Window,
    metrics: Sequence[Metric],
    points: int = POINTS,
    *,
    step: int = 0,
    most: int = 0,
) -> dict[str, Series]:
    """The same of several hosts.

    Who needs means only reads at most so many rows from a coarser level: *most* is 0 for what a chart reads.
    Takes two queries, and a third where it reads rollups whose newest stretches are still to come.
    """
    from performance.rollups import reading  # NumPy, which most processes do without

    now, most = timezone.now(), most or max(reading.MOST_ROWS, points)
    levels = [(there, there.level_for(window, now, most)) for there in reading.stocks(category, hosts)]
    found = reading.rows_of(levels, window, metrics)
    return {
        there.host: series_of(there, level, rows, window, metrics, points=points, step=step)
        for (there, level), rows in zip(levels, found, strict=True)
    }


def series_of(
    there: Stock, level: int, rows: Rows, window: Window, metrics: Sequence[Metric], *, points: int, step: int
) -> Series:
    from performance.rollups import merging

    broken = merging.breaks(rows, there.interval)
    gaps = int(broken.sum())
    chosen = step_for(rows, window, points, level, step) if level or step or len(rows.times) + gaps > points else 0
    found = merging.merged(rows, chosen) if chosen and len(rows.times) else merging.as_taken(rows, broken)
    values, lows, highs = ({m.name: listed(array[:, i]) for i, m in enumerate(metrics)} for array in found[1:])
    spread = {"lows": lows, "highs": highs} if chosen else {}
    times = found.times.tolist()
    return Series(there.category.name, there.host, window, tuple(metrics), times, values, chosen, gaps, level, **spread)


def step_for(rows: Rows, window: Window, points: int, level: int, asked: int) -> int:
    """The smallest round step that leaves at most *points*, and never so fine that jitter empties a bucket."""
    from performance.rollups.merging import step_of

    interval = max(rows.widths, default=0)
    least: float = level if interval <= level else 2 * interval
    if asked or level == 0 or len(rows.times) > points:
        least = max(least, asked, window.span.total_seconds() / (points - 1))
    return step_of(level, least)


def listed(values: Floats) -> Values:
    return [None if isnan(value) else value for value in values.round(3).tolist()]


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of what is known."""
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 3) if known else None


def length(seconds: int) -> str:
    """ "90 s", "30 min", "2 h", "7 days"."""
    size, unit = next((size, unit) for size, unit in UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count} {unit}{'s' if unit == 'day' and count != 1 else ''}"
