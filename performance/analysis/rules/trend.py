"""A slope that a few wild samples don't turn: Theil and Sen's, the median of the slopes of all pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from statistics import median

from performance.analysis.rules.facts import Trace

MOST_POINTS = 30


@dataclass(frozen=True)
class Trend:
    """``slope`` is per second, ``rising`` the share of pairs whose later value is the larger one."""

    slope: float
    rising: float
    first: float
    last: float
    seconds: float
    points: int

    @property
    def grown(self) -> float:
        return self.last - self.first


def trend_of(trace: Trace) -> Trend | None:
    """The trend of at least three samples; long traces are thinned evenly, the last sample kept."""
    ordered = sorted(trace)
    step = max(1, -(-len(ordered) // MOST_POINTS))
    points = ordered[::-1][::step][::-1]
    pairs = [(b[0] - a[0], b[1] - a[1]) for a, b in combinations(points, 2) if b[0] > a[0]]
    if len(points) < 3 or not pairs:
        return None
    slope = median(rise / run for run, rise in pairs)
    rising = sum(rise > 0 for _, rise in pairs) / len(pairs)
    span = points[-1][0] - points[0][0]
    return Trend(slope, rising, points[0][1], points[-1][1], span, len(points))
