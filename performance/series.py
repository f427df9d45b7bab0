"""A category over a time range as aligned arrays, in one query, of about 500 points at most."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from performance.metrics import Category, Metric
from performance.timerange import Window

POINTS = 500
STEPS = (2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
GAP = 1.5  # A sample is missing when the next one comes later than so many intervals.

Values = list[float | None]
Row = tuple[datetime, int, Values]


@dataclass(frozen=True)
class Series:
    """Aligned arrays: ``values[metric.name][i]`` belongs to ``times[i]`` (seconds since 1970, UTC).

    A missing sample leaves a null, so that a line through the points breaks there. ``step`` is 0 for samples as
    they were taken, else the seconds over which each point is the mean.
    """

    category: str
    host: str
    window: Window
    metrics: tuple[Metric, ...]
    times: list[float]
    values: dict[str, Values]
    step: int
    gaps: int

    @property
    def resolution(self) -> str:
        return f"mean of {self.step} s" if self.step else "raw"


def history(category: Category, host: str, window: Window, metrics: Sequence[Metric], points: int = POINTS) -> Series:
    """The metrics of one host over a window; merged to means where there are more than *points* samples."""
    rows = read(category, host, window, metrics)
    gaps = sum(missing(before, after) for before, after in pairwise(rows))
    step = 0 if len(rows) + gaps <= points else step_for(rows, window, points)
    pairs = list(merged(rows, step) if step else broken(rows))
    values = {metric.name: [row[index] for _, row in pairs] for index, metric in enumerate(metrics)}
    times = [time for time, _ in pairs]
    return Series(category.name, host, window, tuple(metrics), times, values, step, gaps)


def read(category: Category, host: str, window: Window, metrics: Sequence[Metric]) -> list[Row]:
    columns = list(dict.fromkeys(column for metric in metrics for column in metric.sources))
    query = category.model._default_manager.filter(
        host=host, taken_at__gte=window.start, taken_at__lte=window.end
    ).order_by("taken_at")
    rows = []
    for taken_at, interval, *cells in query.values_list("taken_at", "interval", *columns):
        row = dict(zip(columns, cells, strict=True))
        rows.append((taken_at, interval, [metric.of(row) for metric in metrics]))
    return rows


def missing(before: Row, after: Row) -> bool:
    """Whether a sample should have come between these two."""
    return (after[0] - before[0]).total_seconds() > GAP * max(before[1], after[1])


def broken(rows: Sequence[Row]) -> Iterator[tuple[float, Values]]:
    """The samples as taken, with a null where at least one is missing."""
    for index, (taken_at, interval, values) in enumerate(rows):
        time = taken_at.timestamp()
        yield round(time, 3), values
        if index + 1 < len(rows) and missing(rows[index], rows[index + 1]):
            yield round(time + interval, 3), [None] * len(values)


def step_for(rows: Sequence[Row], window: Window, points: int) -> int:
    """The smallest round step that leaves at most *points*, and never so fine that jitter empties a bucket."""
    least = max(window.span.total_seconds() / (points - 1), 2 * max(row[1] for row in rows))
    return next((step for step in STEPS if step >= least), math.ceil(least))


def merged(rows: Sequence[Row], step: int) -> Iterator[tuple[float, Values]]:
    """The mean of every *step* seconds, on whole multiples of it; an empty bucket between full ones is null."""
    buckets: dict[int, list[Values]] = {}
    for taken_at, _, values in rows:
        buckets.setdefault(int(taken_at.timestamp() // step), []).append(values)
    width = len(rows[0][2])
    for bucket in range(min(buckets), max(buckets) + 1):
        members = buckets.get(bucket, [])
        yield float(bucket * step), [mean([row[column] for row in members]) for column in range(width)]


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of what is known."""
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 3) if known else None
