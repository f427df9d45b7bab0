"""Where the walk starts: the portfolio of the greatest return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.problem import Array

TIED = 1e-13  # of the spread of the means


@dataclass(frozen=True)
class Start:
    """Weights of the greatest return, of shape (n,).

    ``side`` is 1 for an asset at its lower bound, -1 at its upper, 0 where it is fixed; ``tied`` are the assets that
    share the mean of the last money: as long as they share it in another way, the return stays the greatest. ``mean``
    has exactly one figure for all of these.
    """

    weights: Array
    side: Array
    tied: NDArray[np.intp]
    mean: Array


def start_of(mean: Array, lower: Array, upper: Array, budget: float) -> Start:
    """Fill the assets by falling mean until the budget is spent."""
    weights = lower.copy()
    side = np.where(lower < upper, 1.0, 0.0)
    movable = np.flatnonzero(side)
    order = movable[np.argsort(-mean[movable], kind="stable")]
    if not len(order):
        return Start(weights, side, order, mean)
    room = upper[order] - lower[order]
    filled = np.cumsum(room)
    rest = budget - float(lower.sum())
    last = min(int(np.searchsorted(filled, rest)), len(order) - 1)
    full, marginal = order[:last], order[last]
    weights[full] = upper[full]
    side[full] = -1.0
    weights[marginal] += min(max(rest - float(filled[last] - room[last]), 0.0), float(room[last]))
    tied = order[np.abs(mean[order] - mean[marginal]) <= TIED]
    if len(tied) > 1:
        mean = mean.copy()
        mean[tied] = mean[marginal]
    return Start(weights, side, tied, mean)
