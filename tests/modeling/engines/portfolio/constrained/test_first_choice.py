"""The search among assets begins near what bounds alone would hold, not among single assets."""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.constrained.objectives import MinimumVariance
from modeling.engines.portfolio.constrained.optimise import optimise
from modeling.engines.portfolio.constrained.outer import Effort
from modeling.engines.portfolio.constraints import Cardinality, constraints_of
from modeling.engines.portfolio.critical_line.trace import trace_frontier
from modeling.engines.portfolio.problem import problem_of


def test_a_few_rounds_beat_the_largest_positions_of_the_free_optimum() -> None:
    rng = np.random.default_rng(5)
    size, most = 40, 6
    betas, own = rng.uniform(0.6, 1.4, size), rng.uniform(0.01, 0.03, size)
    returns = np.outer(betas, rng.normal(0.0, 0.01, 300)) + own[:, None] * rng.normal(size=(size, 300))
    covariance = 252 * np.cov(returns)
    problem = problem_of(np.zeros(size), covariance)
    found = optimise(problem, MinimumVariance(), constraints_of(Cardinality(most)), Effort(rounds=3, nodes=500))
    largest = np.argsort(-trace_frontier(problem).minimum_variance().weights)[:most]
    naive = trace_frontier(problem_of(np.zeros(most), covariance[np.ix_(largest, largest)])).minimum_variance()
    assert np.count_nonzero(found.weights > 1e-9) == most
    assert found.volatility <= naive.volatility * (1 + 1e-9)
