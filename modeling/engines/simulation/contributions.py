"""How much of the spread of the value comes from each driver, and how the drivers moved together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.partial import Partial
from modeling.engines.simulation.readings import correlation_of, measures_ranks
from modeling.engines.simulation.sampling import Block

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Contribution:
    """A driver's first-order share of the variance, and the mean value in its lowest and its highest decile."""

    driver: str
    share: float
    low: float
    high: float
    overlapping: bool


def contributions_of(
    names: Sequence[str], correlated: Sequence[int], whole: Partial, mean: float, sd: float
) -> tuple[Contribution, ...]:
    """Largest first. Shares of correlated drivers overlap: what two of them move together counts for both."""
    counts = whole.bin_counts.sum(axis=0)
    sums = _in_order(whole.bin_sums)
    found = [
        Contribution(
            driver=name,
            share=first_order_share(counts[row], sums[row], mean, sd),
            low=decile_mean(counts[row], sums[row]),
            high=decile_mean(counts[row][::-1], sums[row][::-1]),
            overlapping=row in correlated,
        )
        for row, name in enumerate(names)
    ]
    return tuple(sorted(found, key=lambda contribution: -contribution.share))


def first_order_share(counts: NDArray[np.int64], sums: Floats, mean: float, sd: float) -> float:
    """The variance of the bin means over the total variance, less what chance alone puts into 64 means.

    A driver without influence would otherwise show (bins - 1) / trials: 6 % at a thousand trials.
    """
    trials = int(counts.sum())
    if sd == 0:
        return 0.0
    filled = counts > 0
    deviations = sums[filled] / counts[filled] - mean
    between = float(counts[filled] @ deviations**2)
    total = sd * sd * (trials - 1)
    degrees = int(filled.sum()) - 1
    chance = degrees * max(total - between, 0.0) / (trials - degrees - 1)
    return min(max((between - chance) / total, 0.0), 1.0)


def decile_mean(counts: NDArray[np.int64], sums: Floats) -> float:
    """The mean value over the first tenth of the trials in the order of the bins, the last bin in part."""
    wanted = counts.sum() / 10
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    parts = np.clip((wanted - before) / np.maximum(counts, 1), 0.0, 1.0)
    return float(parts @ sums / wanted)


def correlations_of(
    names: Sequence[str], correlated: Sequence[int], requested: Floats | None, blocks: Sequence[Block], whole: Partial
) -> dict[str, Any]:
    """The correlated drivers' requested correlations (of normal scores) and the achieved ones (of values).

    Linear from the moments of all trials; rank (Spearman) as the mean over the first blocks of four groups.
    """
    if requested is None or not correlated:
        return {"drivers": [], "requested": [], "rank": [], "linear": []}
    rows = list(correlated)
    measured = [block for block in blocks if measures_ranks(block)]
    weights = np.array([block.size for block in measured], dtype=np.float64)
    ranks = np.einsum("b,bij->ij", weights / weights.sum(), whole.ranks[[block.number for block in measured]])
    return {
        "drivers": [names[row] for row in rows],
        "requested": requested[np.ix_(rows, rows)].tolist(),
        "rank": ranks.tolist(),
        "linear": correlation_of(_pooled_products(whole, blocks)).tolist(),
    }


def _pooled_products(whole: Partial, blocks: Sequence[Block]) -> Floats:
    """Cross-products about the common mean from those about the mean of each block."""
    sizes = np.array([block.size for block in blocks], dtype=np.float64)
    shifts = whole.driver_means - np.einsum("b,bi->i", sizes / sizes.sum(), whole.driver_means)
    between: Floats = np.einsum("b,bi,bj->ij", sizes, shifts, shifts)
    return _in_order(whole.driver_products) + between


def _in_order(readings: Floats) -> Floats:
    """The sum over blocks, one after the other."""
    total = np.zeros(readings.shape[1:])
    for reading in readings:
        total += reading
    return total
