"""The histogram of a run as positions for a server-side SVG, with a price line that can be moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from modeling.presenters.scale import Scale, digits_for
from valor.lib.numbers import format_number, format_percent

HEIGHT = 220


@dataclass(frozen=True)
class Bar:
    x: str
    width: str
    y: str
    height: str
    words: str
    above: bool


@dataclass(frozen=True)
class Tick:
    """``anchor`` keeps the text of an outer tick inside the drawing."""

    x: str
    text: str
    anchor: str


@dataclass(frozen=True)
class Histogram:
    """``edges``, ``counts``, ``below`` and ``above`` travel as data attributes for the movable line."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    height: int
    edges: str
    counts: str
    below: int
    above: int
    low: float
    high: float
    line: float
    line_x: str
    line_words: str
    is_price: bool
    summary: str
    table: tuple[tuple[str, str], ...]


def histogram_of(result: Mapping[str, Any], currency: str) -> Histogram:
    """The bars of a result, scaled to the highest; the line stands at the price, else at the median."""
    data = result["histogram"]
    edges, counts = [float(edge) for edge in data["edges"]], [int(count) for count in data["counts"]]
    below, above = int(data.get("below") or 0), int(data.get("above") or 0)
    scale, total = Scale(edges[0], edges[-1]), sum(counts) + below + above
    price = result.get("price")
    line = min(max(float(price if price is not None else result["percentiles"]["p50"]), edges[0]), edges[-1])
    digits = digits_for(edges[-1] - edges[0])
    spans = list(zip(pairwise(edges), counts, strict=True))
    chance = format_percent(share_above(line, edges, counts, below, above), 0)
    return Histogram(
        bars=bars_of(spans, scale, total, digits, line),
        ticks=ticks_of(scale),
        height=HEIGHT,
        edges=json.dumps(edges),
        counts=json.dumps(counts),
        below=below,
        above=above,
        low=edges[0],
        high=edges[-1],
        line=line,
        line_x=scale.at(line),
        line_words=f"{chance} above {currency} {format_number(line, digits)}",
        is_price=price is not None,
        summary=summary_of(result, currency, digits),
        table=tuple(
            (f"{format_number(low, digits)} to {format_number(high, digits)}", format_number(count, 0))
            for (low, high), count in spans
        ),
    )


def bars_of(
    spans: list[tuple[tuple[float, float], int]], scale: Scale, total: int, digits: int, line: float
) -> tuple[Bar, ...]:
    highest = max((count for _, count in spans), default=1) or 1
    bars = []
    for (low, high), count in spans:
        x, width = scale.span(low, high)
        tall = count / highest * (HEIGHT - 8)
        words = f"{format_number(low, digits)} to {format_number(high, digits)}: {format_percent(count / total)}"
        bars.append(Bar(x, width, f"{HEIGHT - tall:.1f}", f"{tall:.1f}", words, (low + high) / 2 > line))
    return tuple(bars)


def ticks_of(scale: Scale) -> tuple[Tick, ...]:
    ticks = []
    values = scale.ticks()
    digits = tick_digits(values)
    for value in values:
        share = scale.share(value)
        anchor = "start" if share < 6 else "end" if share > 94 else "middle"
        ticks.append(Tick(scale.at(value), format_number(value, digits), anchor))
    return tuple(ticks)


def tick_digits(values: list[float]) -> int:
    """The fewest decimals that tell neighbouring ticks apart."""
    step = values[1] - values[0] if len(values) > 1 else 1.0
    return next((digits for digits in range(7) if abs(round(step, digits) - step) < step * 1e-6), 6)


def share_above(line: float, edges: list[float], counts: list[int], below: int, above: int) -> float:
    """The share of trials above *line*, even within a bar; the same rule moves the line in the browser."""
    total = sum(counts) + below + above
    higher = float(above)
    for (low, high), count in zip(pairwise(edges), counts, strict=True):
        higher += count * min(1.0, max(0.0, (high - line) / (high - low))) if high > low else 0.0
    return higher / total if total else 0.0


def summary_of(result: Mapping[str, Any], currency: str, digits: int) -> str:
    """What the drawing shows, for those who don't see it."""
    marks = result["percentiles"]
    low, middle, high = (format_number(marks[name], digits) for name in ("p10", "p50", "p90"))
    return (
        f"Histogram of value per share in {currency}: eight of ten trials lie between {low} and {high}, "
        f"half above {middle}."
    )
