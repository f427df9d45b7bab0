"""How well portfolios fulfil the Karush-Kuhn-Tucker conditions of the mean-variance problem they answer.

Minimise w'Sw/2 - lambda mu'w where the weights add up to the budget and each stays within its bounds. With the gradient
g = Sw - lambda mu, a feasible portfolio is optimal exactly where no money gains by moving from one asset to another:
no asset that can be sold has a larger gradient than one that can be bought. That gap needs no multiplier of the budget,
and it is at least as large as the error that any multiplier leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.problem import TOLERANCE, Array, Certificate, MeanVariance

AT_BOUND = 1e-9  # a weight this close to its bound lies on it


@dataclass(frozen=True)
class Certificates:
    """Those of k portfolios; each array has shape (k,)."""

    stationarity: Array
    complementarity: Array
    feasibility: Array

    @property
    def holds(self) -> NDArray[np.bool_]:
        worst: NDArray[np.bool_] = (
            np.maximum(np.maximum(self.stationarity, self.complementarity), self.feasibility) <= TOLERANCE
        )
        return worst

    def of(self, portfolio: int) -> Certificate:
        return Certificate(
            float(self.stationarity[portfolio]),
            float(self.complementarity[portfolio]),
            float(self.feasibility[portfolio]),
        )

    def worst(self) -> Certificate:
        """The largest of each figure: where it holds, every one holds."""
        return Certificate(
            float(np.max(self.stationarity)), float(np.max(self.complementarity)), float(np.max(self.feasibility))
        )


def certify(problem: MeanVariance, weights: Array, risk_tolerance: float) -> Certificate:
    """The certificate of one portfolio, of shape (n,), at one risk tolerance (lambda)."""
    return certify_all(problem, weights[None, :], np.array([risk_tolerance])).of(0)


def certify_all(
    problem: MeanVariance, weights: Array, risk_tolerances: Array, risks: Array | None = None
) -> Certificates:
    """The certificates of k portfolios of shape (k, n), each at its own risk tolerance of shape (k,).

    ``risks`` are the marginal risks S w of shape (k, n) where the caller has them. Stationarity and complementarity are
    relative to the largest of the mean variance, lambda times the largest mean, and the largest entry of the gradient.
    """
    gradient = (marginal_risks(problem, weights) if risks is None else risks) - np.multiply.outer(
        risk_tolerances, problem.mean
    )
    above = weights - problem.lower
    below = problem.upper - weights
    dearest = np.where(above > AT_BOUND, gradient, -np.inf).max(axis=1)  # of what can be sold
    cheapest = np.where(below > AT_BOUND, gradient, np.inf).min(axis=1)  # of what can be bought
    gap = np.maximum(dearest - cheapest, 0.0)
    scale = scales(problem, gradient, risk_tolerances)
    feasibility = np.maximum(
        np.maximum(-above.min(axis=1), -below.min(axis=1)), np.abs(weights.sum(axis=1) - problem.budget)
    )
    return Certificates(
        gap / scale, loose(gradient, above, below, dearest, cheapest) / scale, np.maximum(feasibility, 0.0)
    )


def marginal_risks(problem: MeanVariance, weights: Array) -> Array:
    """S w of each portfolio; assets that none of them holds are left out of the product."""
    held = np.flatnonzero(weights.any(axis=0))
    if 2 * len(held) > problem.size:
        return weights @ problem.covariance
    risks: Array = weights[:, held] @ problem.covariance[held]
    return risks


def scales(problem: MeanVariance, gradient: Array, risk_tolerances: Array) -> Array:
    mean_variance = float(np.mean(np.diagonal(problem.covariance)))
    rewards = risk_tolerances * np.max(np.abs(problem.mean))
    largest = np.maximum(gradient.max(axis=1), -gradient.min(axis=1))
    scale: Array = np.maximum(np.maximum(mean_variance, rewards), largest)
    scale[scale == 0] = 1.0
    return scale


def loose(gradient: Array, above: Array, below: Array, dearest: Array, cheapest: Array) -> Array:
    """The largest product of a bound's multiplier and its slack: what lies within AT_BOUND, not quite on the bound.

    The multiplier of the budget lies midway between the dearest that can be sold and the cheapest that can be bought.
    """
    products = np.zeros(len(gradient))
    near = ((above != 0) & (above <= AT_BOUND)) | ((below != 0) & (below <= AT_BOUND))
    rows, assets = np.nonzero(near)
    if not len(rows):
        return products
    top = np.where(np.isfinite(dearest), dearest, cheapest)
    low = np.where(np.isfinite(cheapest), cheapest, top)
    level = (np.nan_to_num(top, posinf=0.0, neginf=0.0) + np.nan_to_num(low, posinf=0.0, neginf=0.0)) / 2
    reduced = gradient[rows, assets] - level[rows]
    slack = np.where(reduced > 0, above[rows, assets], below[rows, assets])
    np.maximum.at(products, rows, np.abs(reduced) * np.clip(slack, 0.0, AT_BOUND))
    return products
