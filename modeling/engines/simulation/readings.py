"""What is read off each block while it is still in the processor's cache."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.dependence import Dependence
from modeling.engines.simulation.plan import BLOCK, GROUPS, Block, Segment
from modeling.engines.simulation.records import DRIVER_BINS, TRACE_POINTS, Records, pooled, record_type

Floats = NDArray[np.float64]

RANK_GROUPS: Final = 4  # the rank correlation is measured in the first block of each of these: up to 65,536 trials

_CELLS: Final = 4_096
_CELLS_PER_SCORE: Final = _CELLS / 8.0


def _bin_of_cell() -> NDArray[np.uint8]:
    """The equal-probability bin of each of 4,096 narrow cells of normal scores from -4 to 4 (beyond: the outermost).

    A bin's edge is thus rounded to 1/512 of a standard deviation, which the counts kept with the sums make up for.
    """
    edges = [NormalDist().inv_cdf(k / DRIVER_BINS) for k in range(1, DRIVER_BINS)]
    middles = (np.arange(_CELLS) + 0.5) / _CELLS_PER_SCORE - 4.0
    return np.searchsorted(edges, middles).astype(np.uint8)


_BIN_OF_CELL: Final = _bin_of_cell()


class Readings:
    """Collects the record of one segment at a time: after ``open`` each block's ``note_scores``, ``note_outcomes``."""

    def __init__(self, drivers: int, dependence: Dependence, price: float | None) -> None:
        self.type: Final = record_type(drivers, len(dependence.rows))
        self._rows = list(dependence.rows)
        self._price = price
        self._position = np.empty(BLOCK)
        self._cell = np.empty(BLOCK, dtype=np.intp)
        self._bins = np.empty((drivers, BLOCK), dtype=np.uint8)
        self._ends: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._record: Any = None

    def open(self, segment: Segment) -> None:
        self._record = np.zeros(1, dtype=self.type)[0]
        self._record["least"], self._record["most"] = np.inf, -np.inf
        self._ends = trace_ends(segment.group.size)

    def close(self) -> Records:
        record: Records = self._record
        return record

    def note_scores(self, scores: Floats) -> None:
        """Remember the bin of every score, before the scores turn into the drivers' values."""
        size = scores.shape[1]
        position, cell = self._position[:size], self._cell[:size]
        for row, bins in zip(scores, self._bins, strict=True):
            np.multiply(row, _CELLS_PER_SCORE, out=position)
            position += _CELLS / 2
            np.copyto(cell, position, casting="unsafe")
            np.take(_BIN_OF_CELL, cell, out=bins[:size], mode="clip")

    def note_outcomes(self, block: Block, values: Floats, outcomes: Floats, floored: int) -> bool:
        """Read a block's outcomes and the drivers' ``values`` of shape (drivers, trials); False where a trial failed.

        The trials of a block without a finite mean are not pooled: a run with a failed trial has no result.
        """
        self._record["floored"] += floored
        with np.errstate(invalid="ignore", over="ignore"):
            mean = float(np.mean(outcomes))
            if not np.isfinite(mean):
                self._note_failure(values, outcomes)
                return False
        before = int(self._record["trials"])
        self._note_moments(mean, outcomes)
        self._note_counts(outcomes)
        self._note_trace(block, outcomes)
        for driver, bins in enumerate(self._bins):
            self._record["bin_counts"][driver] += np.bincount(bins[: block.size], minlength=DRIVER_BINS)
            self._record["bin_sums"][driver] += np.bincount(bins[: block.size], outcomes, minlength=DRIVER_BINS)
        if self._rows:
            self._note_dependence(before, block, values[self._rows])
        return True

    def note_lowest(self, total: float) -> None:
        """Add the sum of those outcomes of the block that lie below all inner bins."""
        self._record["lowest"] += total

    def _note_moments(self, mean: float, outcomes: Floats) -> None:
        record = self._record
        deviations = np.subtract(outcomes, mean, out=self._position[: len(outcomes)])
        before = int(record["trials"]), float(record["mean"]), float(record["squares"])
        block = len(outcomes), mean, float(np.einsum("i,i->", deviations, deviations))
        record["trials"], record["mean"], record["squares"] = pooled(before, block)

    def _note_counts(self, outcomes: Floats) -> None:
        record = self._record
        record["least"] = min(record["least"], outcomes.min())
        record["most"] = max(record["most"], outcomes.max())
        # Exactly zero is what limited liability leaves of a negative value; without it no trial is.
        record["not_positive"] += np.count_nonzero(outcomes <= 0)
        if self._price is not None:
            record["above"] += np.count_nonzero(outcomes > self._price)

    def _note_trace(self, block: Block, outcomes: Floats) -> None:
        first, last = np.searchsorted(self._ends, (block.start, block.start + block.size - 1), side="right")
        starts = np.concatenate([[0], self._ends[first:last] - block.start])
        self._record["trace"][first : last + 1] += np.add.reduceat(outcomes, starts)

    def _note_dependence(self, before: int, block: Block, values: Floats) -> None:
        record = self._record
        means = values.mean(axis=1)
        # einsum, not a matrix product: BLAS may share that out over threads and then rounds differently.
        values -= means[:, np.newaxis]
        found = block.size, means, np.einsum("ij,kj->ik", values, values)
        _, means, products = pooled((before, record["driver_means"], record["driver_products"]), found)
        record["driver_means"], record["driver_products"] = means, products
        if measures_ranks(block):
            record["ranks"], record["rank_trials"] = rank_correlation(values), block.size

    def _note_failure(self, values: Floats, outcomes: Floats) -> None:
        failed = ~np.isfinite(outcomes)
        count = int(np.count_nonzero(failed))
        self._record["failed"] += count
        for driver, row in enumerate(values):
            if not np.isfinite(row[failed]).all():
                self._record["suspicion"][driver] += 1e300
            elif (spread := float(np.std(row))) > 0:
                self._record["suspicion"][driver] += count * (np.mean(row[failed]) - np.mean(row)) / spread


def trace_ends(size: int) -> NDArray[np.int64]:
    """The trials of a group after which its mean is read: each 32nd."""
    return np.arange(1, TRACE_POINTS + 1, dtype=np.int64) * size // TRACE_POINTS


def measures_ranks(block: Block) -> bool:
    return block.start == 0 and block.group % (GROUPS // RANK_GROUPS) == 0


def rank_correlation(values: Floats) -> Floats:
    """Spearman's rank correlations of the rows of ``values``; equal values share their average rank."""
    ranks = np.array([_average_ranks(row) for row in values])
    ranks -= ranks.mean(axis=1, keepdims=True)
    products = np.einsum("ij,kj->ik", ranks, ranks)
    return correlation_of(products)


def correlation_of(products: Floats) -> Floats:
    """Correlations from centred cross-products; a driver that never moved correlates with nothing."""
    spreads = np.sqrt(np.diagonal(products))
    scale = np.divide(1.0, spreads, out=np.zeros_like(spreads), where=spreads > 0)
    correlations: Floats = np.clip(products * np.outer(scale, scale), -1.0, 1.0)
    np.fill_diagonal(correlations, 1.0)
    return correlations


def _average_ranks(values: Floats) -> Floats:
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2.0)[position]
    return ranks
