"""How surprising a deviation is, given all deviations before it, by a tail that is followed with a constant state."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

TAIL = 0.005  # The share of deviations that lie in the tail.
WARM = 200  # So many deviations are kept to find where the tail begins.
QUANTILE_RATE, SHAPE_RATE, USUAL_RATE = 0.1, 0.2, 0.001
LEAST_SHAPE = 0.1
EPISODE = 6  # After so many deviations inside the edge the next one beyond it begins an episode of its own.
MOST_GROWTH = 1.5  # An episode teaches the shape no more than this, or a slow trouble would become usual as it comes.
MOST_SHAPES = 3.0  # An excess teaches the shape of the tail with no more than so many times the shape it has.
SMALL = 0.1  # Differences far below this share of the usual deviation mean nothing.
TINY = 1e-9
COUNTS, FIGURES = ("seen", "tailed", "calm"), ("usual", "edge", "shape", "before")


class Tail:
    """A Pareto tail of deviations: beyond a high quantile their logarithms are exponential (Hill, 1975).

    The quantile follows by stochastic approximation, the shape (the mean excess of the logarithm) by a running mean,
    so that a spiky series learns that spikes are usual. ``surprise`` is the natural logarithm of how much rarer a
    deviation is than the edge of the tail: 0 inside, 2.3 for a tenth as frequent, and so on.
    """

    __slots__ = ("before", "calm", "edge", "first", "seen", "shape", "tailed", "usual")

    def __init__(self) -> None:
        self.first: list[float] = []
        self.seen, self.tailed, self.calm = 0, 0, EPISODE
        self.usual, self.edge, self.shape, self.before = 0.0, 0.0, 1.0, 1.0

    def surprise(self, deviation: float, grain: float = 0.0) -> float:
        """Judges a deviation of at least zero by those before, then learns it; *grain* is too little to matter."""
        size = math.log(deviation + SMALL * self.usual + grain + TINY)
        self.seen += 1
        self.usual += max(1 / self.seen, USUAL_RATE) * (deviation - self.usual)
        if self.seen <= WARM:
            self.warm(size)
            return 0.0
        return self.judge(size - self.edge)

    def warm(self, size: float) -> None:
        self.first.append(size)
        if self.seen == WARM:
            ordered = sorted(self.first)
            self.edge = ordered[int((1 - TAIL) * WARM)]
            excesses = [size - self.edge for size in ordered if size > self.edge]
            self.tailed = len(excesses)
            self.shape = max(LEAST_SHAPE, sum(excesses) / max(1, self.tailed))
            self.first = []

    def judge(self, excess: float) -> float:
        shape, step = self.shape, QUANTILE_RATE * self.shape
        if excess <= 0:
            self.edge -= step * TAIL
            self.calm += 1
            return 0.0
        if self.calm >= EPISODE:
            self.before = shape
        self.calm = 0
        self.edge += step * (1 - TAIL)
        self.tailed += 1
        learnt = min(excess, MOST_SHAPES * shape)
        taught = shape + max(1 / self.tailed, SHAPE_RATE) * (learnt - shape)
        self.shape = max(LEAST_SHAPE, min(taught, max(shape, MOST_GROWTH * self.before)))
        return excess / shape

    def as_json(self) -> dict[str, Any]:
        kept = {name: getattr(self, name) for name in (*COUNTS, *FIGURES)}
        return kept | {"first": [round(size, 4) for size in self.first]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        made = cls()
        for name in COUNTS:
            setattr(made, name, int(data[name]))
        for name in FIGURES:
            setattr(made, name, float(data[name]))
        made.first = list(data["first"])
        return made
