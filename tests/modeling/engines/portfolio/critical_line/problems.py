"""Small problems for the tests of the frontier."""

from __future__ import annotations

from typing import Any

import numpy as np

from modeling.engines.portfolio.problem import MeanVariance, problem_of


def random_problem(n: int, seed: int, **stated: Any) -> MeanVariance:
    """Assets with a common factor, long only unless stated otherwise."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(size=(n, 5 * n + 20)) * rng.uniform(0.1, 0.4, (n, 1))
    returns += np.outer(rng.uniform(0.5, 1.5, n), rng.normal(size=5 * n + 20) * 0.15)
    return problem_of(rng.normal(0.08, 0.05, n), np.atleast_2d(np.cov(returns)), **stated)


def variance(problem: MeanVariance, weights: np.ndarray) -> float:
    return float(weights @ problem.covariance @ weights)
