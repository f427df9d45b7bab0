"""Equal and budgeted risk contributions: published figures, an oracle, invariants, bounds and refusals."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.portfolio.critical_line import trace_frontier
from modeling.engines.portfolio.long_only import BoundsCannotHold
from modeling.engines.portfolio.problem import MeanVariance, problem_of
from modeling.engines.portfolio.risk_parity import (
    NoRiskToShare,
    NotARiskBudget,
    contributions,
    risk_parity,
)

VOLATILITIES = np.array([0.1, 0.2, 0.3, 0.4])
CORRELATION = np.array([[1, 0.8, 0, 0], [0.8, 1, 0, 0], [0, 0, 1, -0.5], [0, 0, -0.5, 1]])
COVARIANCE = CORRELATION * np.outer(VOLATILITIES, VOLATILITIES)
MEAN = np.array([0.02, 0.04, 0.06, 0.08])


def random_problem(seed: int, size: int, **changes: object) -> MeanVariance:
    generator = np.random.default_rng(seed)
    returns = generator.standard_normal((size, 3 * size)) + generator.standard_normal(3 * size)
    returns *= generator.lognormal(sigma=0.5, size=(size, 1))
    return problem_of(np.zeros(size), np.cov(returns) if size > 1 else [[1.0]], **changes)  # type: ignore[arg-type]


def test_equal_contributions_are_the_published_ones() -> None:
    """S. Maillard, T. Roncalli and J. Teiletche, Journal of Portfolio Management 36 (2010), the numerical example."""
    found = risk_parity(problem_of(MEAN, COVARIANCE))
    np.testing.assert_allclose(found.weights * 100, [38.4, 19.2, 24.3, 18.2], atol=0.06)
    assert found.volatility * 100 == pytest.approx(10.3, abs=0.06)
    assert found.expected_return == pytest.approx(MEAN @ found.weights)
    np.testing.assert_allclose(found.details["contributions"], 0.25, rtol=1e-12)
    json.dumps(found.details, allow_nan=False)


def test_the_volatility_lies_between_those_of_the_least_variance_and_of_equal_weights() -> None:
    """The same source, whose figures for the three portfolios are 8.6 %, 10.3 % and 11.5 %."""
    problem = problem_of(MEAN, COVARIANCE)
    least = trace_frontier(problem).minimum_variance()
    equal = math.sqrt(float(COVARIANCE.sum())) / 4
    np.testing.assert_allclose(least.weights * 100, [74.5, 0, 15.2, 10.3], atol=0.06)
    volatilities = [least.volatility, risk_parity(problem).volatility, equal]
    np.testing.assert_allclose(np.array(volatilities) * 100, [8.6, 10.3, 11.5], atol=0.06)


def test_without_correlation_weights_are_inverse_to_the_volatilities() -> None:
    found = risk_parity(problem_of(MEAN, np.diag(VOLATILITIES**2)))
    np.testing.assert_allclose(found.weights, (1 / VOLATILITIES) / (1 / VOLATILITIES).sum(), rtol=1e-12)


def test_risk_budgets_are_those_of_skfolio() -> None:
    from skfolio.optimization import RiskBudgeting

    returns = np.random.default_rng(1).multivariate_normal(np.zeros(4), COVARIANCE / 252, 600)
    budgets = np.array([0.4, 0.3, 0.2, 0.1])
    oracle = RiskBudgeting(risk_budget=budgets).fit(returns)
    found = risk_parity(problem_of(MEAN, np.cov(returns.T)), budgets)
    np.testing.assert_allclose(found.weights, oracle.weights_, atol=2e-4)


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 40))
def test_every_asset_contributes_its_budget(seed: int, size: int) -> None:
    problem = random_problem(seed, size)
    budgets = np.random.default_rng(seed).lognormal(size=size)
    found = risk_parity(problem, budgets)
    assert found.certificate is not None and found.certificate.holds
    assert (found.weights > 0).all()
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(contributions(problem.covariance, found.weights), budgets / budgets.sum(), rtol=1e-8)


@settings(max_examples=60)
@given(seed=st.integers(0, 1000), scale=st.floats(1e-6, 1e6), budget=st.floats(0.1, 10.0))
def test_neither_the_unit_of_the_risk_nor_the_money_changes_the_shares(seed: int, scale: float, budget: float) -> None:
    problem = random_problem(seed, 8)
    whole = risk_parity(problem).weights
    other = risk_parity(problem_of(problem.mean, problem.covariance * scale, upper=20.0, budget=budget)).weights
    np.testing.assert_allclose(other, whole * budget, rtol=1e-9)


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), size=st.integers(2, 25), tightness=st.floats(1.05, 3.0))
def test_an_upper_bound_holds_those_it_binds_below_their_budget_and_shares_the_rest(
    seed: int, size: int, tightness: float
) -> None:
    upper = min(1.0, tightness / size)
    problem = random_problem(seed, size, upper=upper)
    found = risk_parity(problem)
    part = contributions(problem.covariance, found.weights)
    held = found.weights >= upper
    assert found.weights.max() <= upper
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-9)
    if not held.all():
        level = part[~held].mean()
        np.testing.assert_allclose(part[~held], level, rtol=1e-8)
        assert (part[held] <= level * (1 + 1e-8)).all()
        assert (risk_parity(random_problem(seed, size)).weights > upper).any() == held.any()


def test_bounds_that_bind_are_told_by_name() -> None:
    problem = problem_of(MEAN, COVARIANCE, lower=[0.0, 0.0, 0.0, 0.2], upper=[0.3, 1, 1, 1], names=tuple("ABCD"))
    found = risk_parity(problem)
    assert found.weights[0] == 0.3
    assert found.details["at_upper"] == ["A"]
    assert found.details["at_lower"] == []
    part = np.array(found.details["contributions"])
    np.testing.assert_allclose(part[1:], part[1], rtol=1e-10)
    lifted = risk_parity(problem_of(MEAN, COVARIANCE, lower=[0, 0, 0, 0.2], names=tuple("ABCD")))
    assert lifted.weights[3] == 0.2
    assert lifted.details["at_lower"] == ["D"]
    assert lifted.details["contributions"][3] > 0.25 > lifted.details["contributions"][0]


def test_a_lower_bound_below_zero_never_binds() -> None:
    short = risk_parity(problem_of(MEAN, COVARIANCE, lower=-1.0))
    np.testing.assert_allclose(short.weights, risk_parity(problem_of(MEAN, COVARIANCE)).weights, rtol=1e-12)


def test_a_singular_covariance_still_has_risk_to_share() -> None:
    twice = problem_of(np.zeros(3), [[0.04, 0.04, 0.0], [0.04, 0.04, 0.0], [0.0, 0.0, 0.09]])
    found = risk_parity(twice)
    np.testing.assert_allclose(found.details["contributions"], 1 / 3, rtol=1e-10)
    assert found.weights[0] == pytest.approx(found.weights[1])


@pytest.mark.parametrize(
    ("budgets", "words"),
    [([1, 1, 1], "3 budgets for 4"), ([1, 1, 0, 1], "asset 3 is not above zero"), ([1, math.nan, 1, 1], "asset 2")],
)
def test_what_is_no_risk_budget_is_refused(budgets: list[float], words: str) -> None:
    with pytest.raises(NotARiskBudget, match=words):
        risk_parity(problem_of(MEAN, COVARIANCE), budgets)


def test_assets_that_cancel_out_have_no_risk_to_share() -> None:
    with pytest.raises(NoRiskToShare, match="risk is zero"):
        risk_parity(problem_of(np.zeros(2), [[0.04, -0.04], [-0.04, 0.04]]))
    with pytest.raises(NoRiskToShare, match="asset 2 has no variance"):
        risk_parity(problem_of(np.zeros(2), [[0.04, 0.0], [0.0, 0.0]]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"upper": 0.2}, "add up to 0 to 0.8, never to 1"),
        ({"lower": 0.3}, "add up to 1.2 to 4, never to 1"),
        ({"upper": [1, 1, 0, 1]}, "asset 3 may not be held"),
        ({"budget": -1.0}, "never to -1"),
    ],
)
def test_bounds_that_nothing_positive_meets_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(BoundsCannotHold, match=words):
        risk_parity(problem_of(MEAN, COVARIANCE, **changes))


def test_lower_bounds_under_which_no_level_shares_the_risk_are_refused_by_name() -> None:
    hedged = [[0.04, -0.036, 0.0], [-0.036, 0.04, 0.0], [0.0, 0.0, 0.0001]]
    with pytest.raises(BoundsCannotHold, match="asset 1 would weigh"):
        risk_parity(problem_of(np.zeros(3), hedged, lower=[0.6, 0.0, 0.0]))
