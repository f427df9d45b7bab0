"""A small line as an SVG path: no axis, no inline style, gaps stay gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 120, 32


@dataclass(frozen=True)
class Sparkline:
    """Path of the line and the height of the threshold line (None: none), in a box of WIDTH x HEIGHT."""

    path: str
    threshold: float | None
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(values: Sequence[float | None], *, share: bool, threshold: float | None = None) -> Sparkline:
    """The line through *values*, from zero to 100 for shares, else to a little above the highest."""
    known = [value for value in values if value is not None]
    top = 100.0 if share else max([*known, 0.0]) * 1.1 or 1.0
    last = max(len(values) - 1, 1)
    pieces, pen = [], "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        pieces.append(f"{pen}{index * WIDTH / last:.1f} {level(value, top):.1f}")
        # A sample between two gaps would draw nothing: a stroke of no length shows as a dot.
        if pen == "M" and (index + 1 == len(values) or values[index + 1] is None):
            pieces.append("h0")
        pen = "L"
    return Sparkline("".join(pieces), None if threshold is None else round(level(threshold, top), 1))


def level(value: float, top: float) -> float:
    """The height of a value, one pixel inside the box."""
    return HEIGHT - 1 - min(value / top, 1.0) * (HEIGHT - 2)
