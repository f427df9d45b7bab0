"""Problems on which critical lines break: ties, replicas, singular covariances, bounds that leave little or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.portfolio.critical_line import trace_frontier
from modeling.engines.portfolio.critical_line.errors import BudgetOutOfReach, IndefiniteCovariance
from modeling.engines.portfolio.problem import problem_of
from tests.campaign.judge import LIMIT, residuals
from tests.modeling.engines.portfolio.critical_line.problems import random_problem, variance


def proven(problem, **expected):
    """The frontier, every corner of which another judge finds optimal."""
    frontier = trace_frontier(problem)
    assert frontier.method == "critical line"
    for weights, tolerance in zip(frontier.weights, frontier.risk_tolerances, strict=True):
        optimality, outside = residuals(problem, weights, float(tolerance))
        assert max(optimality, outside) <= LIMIT
    return frontier


@pytest.mark.parametrize("tied", [2, 5, 20])
def test_of_tied_best_means_the_least_variance_comes_first(tied) -> None:
    base = random_problem(20, 4)
    mean = base.mean.copy()
    mean[np.argsort(mean)[-tied:]] = mean.max()
    frontier = proven(problem_of(mean, base.covariance))
    best = np.flatnonzero(mean == mean.max())
    alone = trace_frontier(problem_of(np.zeros(len(best)), base.covariance[np.ix_(best, best)]))
    richest = frontier.maximum_return()
    assert richest.expected_return == pytest.approx(mean.max())
    assert richest.volatility == pytest.approx(alone.minimum_variance().volatility, rel=1e-12)


def test_equal_means_leave_the_least_variance_alone() -> None:
    base = random_problem(15, 2)
    frontier = proven(problem_of(np.full(15, 0.07), base.covariance))
    assert frontier.weights.shape == (1, 15)
    expected = trace_frontier(base).minimum_variance()
    np.testing.assert_allclose(frontier.weights[0], expected.weights, atol=1e-10)


def test_means_rounded_to_two_decimals() -> None:
    base = random_problem(60, 6)
    proven(problem_of(np.round(base.mean, 2), np.round(base.covariance, 4), upper=0.1))


def test_more_assets_than_observations() -> None:
    rng = np.random.default_rng(7)
    returns = rng.normal(size=(80, 30)) + np.outer(rng.uniform(0.5, 1.5, 80), rng.normal(size=30))
    frontier = proven(problem_of(rng.normal(0.08, 0.05, 80), np.cov(returns), lower=-0.1, upper=0.2))
    # Wide enough bounds let the risk vanish: thirty observations can't keep eighty assets apart.
    assert frontier.volatilities[-1] < 1e-5


def test_an_asset_and_its_twin_share_what_the_one_would_hold() -> None:
    base = random_problem(8, 9)
    twice = np.r_[0:8, 0:8]
    doubled = problem_of(base.mean[twice], base.covariance[np.ix_(twice, twice)])
    single, double = proven(base), proven(doubled)
    for asked in np.linspace(single.returns[-1], single.returns[0], 9):
        assert double.at_return(asked).volatility == pytest.approx(single.at_return(asked).volatility, rel=1e-7)


def test_twins_with_different_means_and_a_cap() -> None:
    base = random_problem(8, 9)
    twice = np.r_[0:8, 0:8]
    mean = base.mean[twice] + np.r_[np.zeros(8), np.full(8, -0.01)]
    frontier = proven(problem_of(mean, base.covariance[np.ix_(twice, twice)], upper=0.2))
    # The poorer twin is bought only where the richer one is full.
    richer, poorer = frontier.weights[:-1, :8], frontier.weights[:-1, 8:]
    assert np.all((poorer < 1e-8) | (richer > 0.2 - 1e-8))


def test_bounds_that_fill_exactly() -> None:
    frontier = proven(random_problem(40, 3, upper=0.1))
    assert np.sum(frontier.weights[0] == 0.1) == 10


def test_fixed_weights_stay() -> None:
    lower, upper = np.zeros(10), np.ones(10)
    lower[3] = upper[3] = 0.25
    frontier = proven(random_problem(10, 3, lower=lower, upper=upper))
    assert np.all(frontier.weights[:, 3] == 0.25)
    everything = np.full(10, 0.1)
    only = proven(random_problem(10, 3, lower=everything, upper=everything))
    assert only.weights.tolist() == [everything.tolist()]


def test_bounds_that_just_meet_the_budget_leave_one_portfolio() -> None:
    third = problem_of([0.1, 0.2, 0.3], np.eye(3), upper=0.333333333333)
    frontier = proven(third)
    np.testing.assert_allclose(frontier.weights[-1], 1 / 3, atol=1e-9)


def test_a_riskless_asset_ends_the_frontier() -> None:
    base = random_problem(6, 8)
    covariance = np.zeros((7, 7))
    covariance[:6, :6] = base.covariance
    frontier = proven(problem_of(np.append(base.mean, 0.02), covariance))
    least = frontier.minimum_variance()
    assert least.weights[6] == pytest.approx(1.0)
    assert least.volatility == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1e4])
def test_a_frontier_scales_with_its_figures(scale) -> None:
    base = random_problem(20, 1)
    scaled = problem_of(base.mean * scale**0.5, base.covariance * scale)
    np.testing.assert_allclose(proven(scaled).weights, proven(base).weights, atol=1e-9)


def test_shorts_without_a_budget() -> None:
    problem = random_problem(12, 6, lower=-1.0, budget=0.0)
    frontier = proven(problem)
    assert variance(problem, frontier.minimum_variance().weights) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize(
    ("bounds", "field", "value", "words"),
    [
        ({"upper": 0.05}, "upper", 0.05, "only add up to 0.5"),
        ({"upper": [0.02, *[0.01] * 9]}, "upper", [0.02, *[0.01] * 9], "only add up to 0.11"),
        ({"lower": 0.2}, "lower", 0.2, "already add up to 2"),
        ({"budget": -1.0}, "lower", 0.0, "already add up to 0"),
    ],
)
def test_a_budget_out_of_reach_is_refused_with_the_missing_weight(bounds, field, value, words) -> None:
    with pytest.raises(BudgetOutOfReach) as refused:
        trace_frontier(random_problem(10, 1, **bounds))
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == (field, value)
    assert words in problem.message
    assert "in all" in problem.remedy


def test_an_indefinite_covariance_is_refused_with_its_eigenvalue() -> None:
    correlation = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    with pytest.raises(IndefiniteCovariance) as refused:
        trace_frontier(problem_of([0.1, 0.2, 0.3], correlation * 0.04))
    (problem,) = refused.value.problems
    assert problem.value == pytest.approx(float(np.linalg.eigvalsh(correlation)[0]) * 0.04)
    assert "add 0.032" in problem.remedy


def test_a_covariance_that_is_indefinite_by_rounding_alone_is_taken() -> None:
    rng = np.random.default_rng(3)
    covariance = np.cov(rng.normal(size=(30, 10)))
    values, vectors = np.linalg.eigh(covariance)
    values[0] = -1e-11
    proven(problem_of(rng.normal(size=30), (vectors * values) @ vectors.T))
