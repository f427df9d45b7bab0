"""A line over time as positions for a server-side SVG, with days marked on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 1000, 200
BUCKETS = 500
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Mark:
    """Something on days ``first`` to ``last`` (since 1970-01-01), said in words."""

    first: int
    last: int
    words: str


@dataclass(frozen=True)
class Span:
    x: str
    width: str
    words: str


@dataclass(frozen=True)
class Label:
    """Where a text stands, in percent of the drawing."""

    at: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class LineChart:
    title: str
    path: str
    zero: float | None
    spans: tuple[Span, ...]
    times: tuple[Label, ...]
    levels: tuple[Label, ...]
    summary: str


def line_chart(
    title: str,
    days: Sequence[int],
    values: Sequence[float],
    *,
    write: Callable[[float], str],
    marks: Sequence[Mark] = (),
    summary: str = "",
    from_zero: bool = False,
) -> LineChart | None:
    """None where there is nothing to draw. NaN parts the line."""
    known = [value for value in values if not math.isnan(value)]
    if len(known) < 2 or days[-1] <= days[0]:
        return None
    low, high = (min(known), max(known))
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    margin = (high - low or abs(high) or 1.0) * 0.05
    low, high = (low - margin if low < 0 or not from_zero else low), high + margin
    first, span = days[0], days[-1] - days[0]

    def across(day: float) -> float:
        return WIDTH * (day - first) / span

    def down(value: float) -> float:
        return HEIGHT * (high - value) / (high - low)

    levels = (low + (high - low) * part for part in (0.1, 0.5, 0.9))
    return LineChart(
        title=title,
        path=path_of([(across(day), value) for day, value in zip(days, values, strict=True)], down),
        zero=round(down(0.0), 1) if low < 0 < high else None,
        spans=tuple(span_of(mark, across) for mark in marks if mark.last >= first and mark.first <= days[-1]),
        times=times(first, days[-1]),
        levels=tuple(Label(f"{100 * down(level) / HEIGHT:.1f}%", write(level)) for level in levels),
        summary=summary,
    )


def path_of(points: Sequence[tuple[float, float]], down: Callable[[float], float]) -> str:
    """An SVG path. Of very many points the least and the greatest of each bucket are drawn: no peak is lost."""
    parts, pen_down = [], False
    for x, value in thinned(points):
        if math.isnan(value):
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{x:.1f} {down(value):.1f}")
        pen_down = True
    return "".join(parts)


def thinned(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    if len(points) <= 2 * BUCKETS:
        return points
    size = math.ceil(len(points) / BUCKETS)
    kept: list[tuple[float, float]] = []
    for start in range(0, len(points), size):
        part = [point for point in points[start : start + size] if not math.isnan(point[1])]
        if not part:
            kept.append(points[start])
            continue
        lowest, highest = min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])
        kept += sorted({lowest, highest})
    return kept


def span_of(mark: Mark, across: Callable[[float], float]) -> Span:
    """At least so wide that it is seen."""
    start = max(across(mark.first), 0.0)
    width = max(min(across(mark.last), WIDTH) - start, 3.0)
    return Span(f"{min(start, WIDTH - 3.0):.1f}", f"{width:.1f}", mark.words)


def times(first: int, last: int) -> tuple[Label, ...]:
    """The first day, the last, and one between."""
    middle = (first + last) // 2
    texts = [(EPOCH + timedelta(days=day)).isoformat() for day in (first, middle, last)]
    return tuple(
        Label(at, text, anchor)
        for at, text, anchor in zip(("0%", "50%", "100%"), texts, ("start", "middle", "end"), strict=True)
    )
