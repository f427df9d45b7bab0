"""Outcomes that are counted into fixed bins, so that memory does not grow with the trials."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.bins import BINS, Bins
from modeling.engines.simulation.plan import BLOCK, Block, Segment
from modeling.engines.simulation.quantities import PROBABILITIES, TAIL, Counts, Quantities, Sample

Floats = NDArray[np.float64]


class CountedOutcomes:
    """Counts the outcomes of consecutive segments, group by group. A block with a failed trial is not counted."""

    def __init__(self, bins: Bins) -> None:
        self._bins = bins
        self._outcomes = np.empty(BLOCK)
        self._position = np.empty(BLOCK)
        self._index = np.empty(BLOCK, dtype=np.intp)
        self._groups: dict[int, Counts] = {}
        self._counts: Counts = np.zeros(0, dtype=np.int64)

    def open(self, segment: Segment) -> None:
        if segment.group.number not in self._groups:
            self._groups[segment.group.number] = np.zeros(BINS, dtype=np.int64)
        self._counts = self._groups[segment.group.number]

    def place(self, block: Block) -> Floats:
        """Where the outcomes of the block are to be written; the next block overwrites them."""
        return self._outcomes[: block.size]

    def take(self, outcomes: Floats) -> float:
        """Count finite outcomes; returns the sum of those in the first bin, whose position no edge tells."""
        position, index = self._position[: len(outcomes)], self._index[: len(outcomes)]
        self._bins.index(outcomes, position, index)
        np.add.at(self._counts, index, 1)
        return float(outcomes[index == 0].sum()) if position.min() < 1.0 else 0.0

    def close(self) -> Counts:
        """The counts since the last time, shape (groups touched, 262144)."""
        counts = np.stack(list(self._groups.values()))
        self._groups = {}
        return counts


class CountedSample(Sample):
    """A whole run by its counts.

    Parameters
    ----------
    bins : what was counted into
    counts : trials in each bin, shape (16, 262144)
    extremes : least and most outcome of each group, shape (16, 2)
    below : sum of the outcomes in the first bin, of each group, shape (16,)
    """

    def __init__(self, bins: Bins, counts: Counts, extremes: Floats, below: Floats) -> None:
        self._bins = bins
        self._counts = counts
        self._extremes = extremes
        self._below = below
        ends = float(extremes[:, 0].min()), float(extremes[:, 1].max())
        self._whole = _Distribution(bins, counts.sum(axis=0), ends, float(below.sum()))

    def pooled(self) -> Quantities:
        return self._whole.quantities()

    def of_groups(self) -> list[Quantities]:
        groups = zip(self._counts, self._extremes.tolist(), self._below.tolist(), strict=True)
        return [
            _Distribution(self._bins, counts, (least, most), below).quantities()
            for counts, (least, most), below in groups
        ]

    def between(self, low: float, high: float, bins: int) -> tuple[Counts, int, int]:
        edges = np.linspace(low, high, bins + 1)
        edges[-1] = np.nextafter(high, np.inf)  # the last bin holds its upper end
        below = self._whole.below(edges)
        return np.diff(below), int(below[0]), self._whole.trials - int(below[-1])


class _Distribution:
    """Counts read as a distribution: atoms where there are, else evenly over the bin, between the extremes."""

    def __init__(self, bins: Bins, counts: Counts, extremes: tuple[float, float], lowest: float) -> None:
        self._bins = bins
        self._counts = counts
        self._until = np.cumsum(counts)
        self._edges = np.clip(bins.edges, *extremes)
        self._atoms = np.clip(bins.atoms, *extremes)
        self._lowest = lowest

    @property
    def trials(self) -> int:
        return int(self._until[-1])

    def quantities(self) -> Quantities:
        positions = np.array(PROBABILITIES) * (self.trials - 1)
        low = positions.astype(np.int64)
        first, second = self._ranked(low), self._ranked(np.minimum(low + 1, self.trials - 1))
        found = first + (positions - low) * (second - first)
        return Quantities.named(found.tolist(), self._shortfall())

    def below(self, values: Floats) -> Counts:
        """Trials below each value, to the nearest whole one."""
        at = np.clip(np.searchsorted(self._bins.edges, values, side="right") - 1, 0, BINS - 1)
        left, width = self._edges[at], self._edges[at + 1] - self._edges[at]
        part = np.divide(values - left, width, out=np.where(values > left, 1.0, 0.0), where=width > 0)
        part = np.where(np.isnan(self._atoms[at]), np.clip(part, 0.0, 1.0), values > self._atoms[at])
        found: Counts = np.rint(self._until[at] - self._counts[at] * (1.0 - part)).astype(np.int64)
        return found

    def _ranked(self, ranks: Any) -> Floats:
        """The outcomes of these ranks, counted from 0: the k-th of n in a bin lies (k + 1/2) / n into it."""
        at = np.searchsorted(self._until, ranks, side="right")
        part = (ranks - self._until[at] + self._counts[at] + 0.5) / self._counts[at]
        inside = self._edges[at] + part * (self._edges[at + 1] - self._edges[at])
        atoms = self._atoms[at]
        found: Floats = np.where(np.isnan(atoms), inside, atoms)
        return found

    def _shortfall(self) -> float:
        """The mean of the worst 5 %: whole bins, the lower part of the next one, and a part of one trial."""
        tail = self.trials * TAIL
        whole = int(tail)
        at = int(np.searchsorted(self._until, whole, side="right"))
        middles = (self._edges[:at] + self._edges[1 : at + 1]) / 2
        means = np.where(np.isnan(self._atoms[:at]), middles, self._atoms[:at])
        total = float(np.einsum("i,i->", means[1:], self._counts[1:at].astype(np.float64)))
        total += self._lowest if at > 0 else 0.0
        rest = whole - (int(self._until[at - 1]) if at > 0 else 0)
        left, right = self._edges[at : at + 2]
        half = (right - left) * rest / (2 * self._counts[at])
        mean = left + half if np.isnan(self._atoms[at]) else self._atoms[at]
        return float((total + rest * mean + (tail - whole) * self._ranked(whole)) / tail)
