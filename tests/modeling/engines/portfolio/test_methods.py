"""From ragged returns to portfolios: the estimators and the methods work on each other's figures."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.portfolio.black_litterman import black_litterman, equilibrium_returns
from modeling.engines.portfolio.bridge import views_of_values
from modeling.engines.portfolio.critical_line import trace_frontier
from modeling.engines.portfolio.diversification import diversification_ratio, maximum_diversification
from modeling.engines.portfolio.estimators import covariance_estimators, estimate
from modeling.engines.portfolio.hierarchical import hierarchical_risk_parity
from modeling.engines.portfolio.problem import problem_of
from modeling.engines.portfolio.risk_parity import contributions, risk_parity
from modeling.engines.portfolio.value_samples import values_of_summary
from tests.modeling.engines.portfolio.estimators.ragged import market_returns, with_gaps

RETURNS, MARKET = market_returns()
RAGGED = with_gaps(RETURNS)
NAMES = tuple("ABCDEFGH")


@pytest.mark.parametrize("covariance", covariance_estimators.names)
def test_every_covariance_serves_every_method(covariance: str) -> None:
    found = estimate(RAGGED, 252, covariance=covariance, names=NAMES, factors=MARKET)
    problem = problem_of(found.mean, found.covariance, names=found.names, upper=0.5)
    equal = risk_parity(problem)
    tree = hierarchical_risk_parity(problem)
    diverse = maximum_diversification(problem)
    for solution in (equal, tree, diverse):
        assert solution.weights.sum() == pytest.approx(1.0, abs=1e-9)
        assert solution.weights.max() <= 0.5 + 1e-12
    np.testing.assert_allclose(contributions(problem.covariance, equal.weights), 1 / 8, rtol=1e-8)
    ratios = [diversification_ratio(problem.covariance, other.weights) for other in (equal, tree, diverse)]
    assert max(ratios) == ratios[2]


def test_a_valued_company_gains_weight_by_its_view() -> None:
    """Equilibrium, a simulated value above the price, the posterior, and the best portfolio within bounds."""
    found = estimate(RAGGED, 252, names=NAMES)
    market = np.full(8, 1 / 8)
    prior = equilibrium_returns(found.covariance, market, 2.5)
    values = [values_of_summary("C", 50.0, mean=75.0, sd=20.0)]
    best = []
    for views in ((), views_of_values(values, horizon=3.0).views):
        posterior = black_litterman(found.covariance, prior, views, names=found.names)
        problem = problem_of(posterior.mean, posterior.covariance, names=found.names)
        best.append(trace_frontier(problem).maximum_sharpe(0.0))
    np.testing.assert_allclose(best[0].weights, market, atol=1e-6)
    assert best[1].weights[2] > best[0].weights[2] + 0.01
