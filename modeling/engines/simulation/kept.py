"""Outcomes that are kept, 8 bytes a trial: every statistic is exact."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.plan import Block, Plan, Segment
from modeling.engines.simulation.quantities import PROBABILITIES, TAIL, Counts, Quantities, Sample

Floats = NDArray[np.float64]


class KeptOutcomes:
    """Collects the outcomes of consecutive segments."""

    def __init__(self) -> None:
        self._segments: list[Floats] = []
        self._offset = 0

    def open(self, segment: Segment) -> None:
        self._segments.append(np.empty(segment.size))
        self._offset = segment.offset

    def place(self, block: Block) -> Floats:
        """Where the outcomes of the block are to be written."""
        start = block.offset - self._offset
        return self._segments[-1][start : start + block.size]

    def take(self, outcomes: Floats) -> float:
        """They are in their place already, and none is summed apart."""
        return 0.0

    def close(self) -> Floats:
        """All outcomes since the last time, in the order of the trials."""
        kept = self._segments[0] if len(self._segments) == 1 else np.concatenate(self._segments)
        self._segments = []
        return kept


class KeptSample(Sample):
    """The outcomes of all trials, in the order of the run."""

    def __init__(self, outcomes: Floats, plan: Plan) -> None:
        self._outcomes = outcomes
        self._plan = plan

    def pooled(self) -> Quantities:
        return quantities(self._outcomes)

    def of_groups(self) -> list[Quantities]:
        return [quantities(self._outcomes[g.offset : g.offset + g.size]) for g in self._plan.groups]

    def between(self, low: float, high: float, bins: int) -> tuple[Counts, int, int]:
        counts, _ = np.histogram(self._outcomes, bins=bins, range=(low, high))
        below = int(np.count_nonzero(self._outcomes < low))
        return counts, below, len(self._outcomes) - below - int(counts.sum())


def quantities(outcomes: Floats) -> Quantities:
    """Exact, by partial sorting of a copy: linear between the two nearest order statistics."""
    positions = [(len(outcomes) - 1) * probability for probability in PROBABILITIES]
    tail = len(outcomes) * TAIL
    whole = int(tail)
    neighbours = {
        min(k + step, len(outcomes) - 1) for position in positions for k in [int(position)] for step in (0, 1)
    }
    ordered = np.partition(outcomes, sorted({*neighbours, whole}))
    found = [_between(ordered, position) for position in positions]
    shortfall = (float(ordered[:whole].sum()) + (tail - whole) * float(ordered[whole])) / tail
    return Quantities.named(found, shortfall)


def _between(ordered: Floats, position: float) -> float:
    low = int(position)
    part = position - low
    first = float(ordered[low])
    return first if part == 0.0 else first + part * (float(ordered[low + 1]) - first)
