"""How much of the spread of the value comes from each driver, and how the drivers moved together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.readings import correlation_of
from modeling.engines.simulation.records import Records, in_order, pooled_products

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
    names: Sequence[str], correlated: Sequence[int], records: Records, mean: float, sd: float
) -> tuple[Contribution, ...]:
    """Largest first. Shares of correlated drivers overlap: what two of them move together counts for both."""
    counts = records["bin_counts"].sum(axis=0)
    sums = in_order(records["bin_sums"])
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
    names: Sequence[str], correlated: Sequence[int], requested: Floats | None, records: Records
) -> dict[str, Any]:
    """The correlated drivers' requested correlations (of normal scores) and the achieved ones (of values).

    Linear from the moments of all trials; rank (Spearman) as the mean over the first blocks of four groups.
    """
    if requested is None or not correlated:
        return {"drivers": [], "requested": [], "rank": [], "linear": []}
    rows = list(correlated)
    measured = records[records["rank_trials"] > 0]
    weights = measured["rank_trials"] / measured["rank_trials"].sum()
    ranks = np.einsum("s,sij->ij", weights, measured["ranks"])
    return {
        "drivers": [names[row] for row in rows],
        "requested": requested[np.ix_(rows, rows)].tolist(),
        "rank": ranks.tolist(),
        "linear": correlation_of(pooled_products(records)).tolist(),
    }
