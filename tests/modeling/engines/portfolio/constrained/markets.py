"""Made-up markets that every test of this package starts from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.problem import MeanVariance, problem_of

Array = NDArray[np.float64]


def market(size: int, seed: int = 0) -> tuple[Array, Array]:
    """Means and covariance of assets with a market, five other factors and something of their own."""
    random = np.random.default_rng(seed)
    beta = random.uniform(0.5, 1.5, size)
    factors = random.normal(size=(size, 5)) * 0.05
    own = random.uniform(0.1, 0.4, size)
    covariance = np.outer(beta, beta) * 0.16**2 + factors @ factors.T + np.diag(own**2)
    return 0.02 + 0.06 * beta + random.normal(size=size) * 0.02, covariance


def names(size: int) -> tuple[str, ...]:
    return tuple(f"A{place}" for place in range(1, size + 1))


def asset_problem(size: int, seed: int = 0, **bounds: object) -> MeanVariance:
    mean, covariance = market(size, seed)
    return problem_of(mean, covariance, names=names(size), **bounds)
