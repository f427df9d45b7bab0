"""What is read off each block while it is still in the processor's cache."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.dependence import Dependence
from modeling.engines.simulation.partial import Partial
from modeling.engines.simulation.sampling import BLOCK, GROUPS, Block

Floats = NDArray[np.float64]

BINS: Final = 64
RANK_GROUPS: Final = 4  # the rank correlation is measured in the first block of each of these: up to 65,536 trials

_CELLS: Final = 4_096
_CELLS_PER_SCORE: Final = _CELLS / 8.0


def _bin_of_cell() -> NDArray[np.uint8]:
    """The equal-probability bin of each of 4,096 narrow cells of normal scores from -4 to 4 (beyond: the outermost).

    A bin's edge is thus rounded to 1/512 of a standard deviation, which the counts kept with the sums make up for.
    """
    edges = [NormalDist().inv_cdf(k / BINS) for k in range(1, BINS)]
    middles = (np.arange(_CELLS) + 0.5) / _CELLS_PER_SCORE - 4.0
    return np.searchsorted(edges, middles).astype(np.uint8)


_BIN_OF_CELL: Final = _bin_of_cell()


class Readings:
    """Collects the readings of a range of blocks; ``note_scores`` and ``note_outcomes`` alternate, block by block."""

    def __init__(self, blocks: Sequence[Block], drivers: int, dependence: Dependence) -> None:
        count, correlated = len(blocks), len(dependence.rows)
        self._first = blocks[0].number
        self._rows = dependence.rows
        self._position = np.empty(BLOCK)
        self._cell = np.empty(BLOCK, dtype=np.intp)
        self._bins = np.empty((drivers, BLOCK), dtype=np.uint8)
        self._moments = np.zeros((count, 2))
        self._failed = np.zeros(count, dtype=np.int64)
        self._suspicion = np.zeros((count, drivers))
        self._bin_counts = np.zeros((count, drivers, BINS), dtype=np.int64)
        self._bin_sums = np.zeros((count, drivers, BINS))
        self._driver_means = np.zeros((count, correlated))
        self._driver_products = np.zeros((count, correlated, correlated))
        self._ranks = np.zeros((count, correlated, correlated))

    def note_scores(self, scores: Floats) -> None:
        """Remember the bin of every score, before the scores turn into the drivers' values."""
        size = scores.shape[1]
        position, cell = self._position[:size], self._cell[:size]
        for row, bins in zip(scores, self._bins, strict=True):
            np.multiply(row, _CELLS_PER_SCORE, out=position)
            position += _CELLS / 2
            np.copyto(cell, position, casting="unsafe")
            np.take(_BIN_OF_CELL, cell, out=bins[:size], mode="clip")

    def note_outcomes(self, block: Block, values: Floats, outcomes: Floats) -> None:
        """Read a block's outcomes and the drivers' ``values`` of shape (drivers, trials)."""
        at = block.number - self._first
        with np.errstate(invalid="ignore", over="ignore"):
            mean = float(np.mean(outcomes))
            if not np.isfinite(mean):
                self._note_failure(at, values, outcomes)
                return
        deviations = np.subtract(outcomes, mean, out=self._position[: block.size])
        self._moments[at] = mean, float(np.einsum("i,i->", deviations, deviations))
        for driver, bins in enumerate(self._bins):
            self._bin_counts[at, driver] = np.bincount(bins[: block.size], minlength=BINS)
            self._bin_sums[at, driver] = np.bincount(bins[: block.size], outcomes, minlength=BINS)
        if self._rows:
            self._note_dependence(at, block, values[list(self._rows)])

    def partial(self, key: str, outcomes: Floats, floored: NDArray[np.int64]) -> Partial:
        return Partial(
            key=key,
            first=self._first,
            last=self._first + len(self._failed),
            outcomes=outcomes,
            moments=self._moments,
            floored=floored,
            failed=self._failed,
            suspicion=self._suspicion,
            bin_counts=self._bin_counts,
            bin_sums=self._bin_sums,
            driver_means=self._driver_means,
            driver_products=self._driver_products,
            ranks=self._ranks,
        )

    def _note_dependence(self, at: int, block: Block, values: Floats) -> None:
        means = values.mean(axis=1)
        self._driver_means[at] = means
        # einsum, not a matrix product: BLAS may share that out over threads and then rounds differently.
        values -= means[:, np.newaxis]
        self._driver_products[at] = np.einsum("ij,kj->ik", values, values)
        if measures_ranks(block):
            self._ranks[at] = rank_correlation(values)

    def _note_failure(self, at: int, values: Floats, outcomes: Floats) -> None:
        failed = ~np.isfinite(outcomes)
        self._failed[at] = np.count_nonzero(failed)
        for driver, row in enumerate(values):
            if not np.isfinite(row[failed]).all():
                self._suspicion[at, driver] = 1e300
            elif (spread := float(np.std(row))) > 0:
                self._suspicion[at, driver] = self._failed[at] * (np.mean(row[failed]) - np.mean(row)) / spread


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
