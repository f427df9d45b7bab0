"""The most diversified portfolio: its condition, an oracle, bounds and refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.portfolio.diversification import (
    NotDiversifiable,
    diversification_ratio,
    maximum_diversification,
)
from modeling.engines.portfolio.problem import problem_of


def random_covariance(seed: int, size: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    returns = generator.standard_normal((size, 2 * size + 4)) + 0.5 * generator.standard_normal(2 * size + 4)
    return np.cov(returns * generator.lognormal(size=(size, 1)))


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), size=st.integers(2, 25))
def test_what_is_held_correlates_equally_with_the_portfolio_and_the_rest_more(seed: int, size: int) -> None:
    """The condition of Choueifaty, Froidure and Reynier (2013): the core property of the most diversified portfolio."""
    covariance = random_covariance(seed, size)
    found = maximum_diversification(problem_of(np.zeros(size), covariance))
    correlations = covariance @ found.weights / (np.sqrt(np.diagonal(covariance)) * found.volatility)
    held = found.weights > 1e-9
    np.testing.assert_allclose(correlations[held], 1 / found.details["diversification_ratio"], rtol=1e-6)
    assert (correlations[~held] >= 1 / found.details["diversification_ratio"] - 1e-7).all()
    assert found.certificate is not None and found.certificate.holds


def test_bounded_weights_are_those_of_skfolio() -> None:
    from skfolio.optimization import MaximumDiversification

    returns = np.random.default_rng(3).multivariate_normal(np.zeros(8), random_covariance(3, 8), 500) * 0.01
    oracle = MaximumDiversification(min_weights=0.03, max_weights=0.25).fit(returns)
    found = maximum_diversification(problem_of(np.zeros(8), np.cov(returns.T), lower=0.03, upper=0.25))
    np.testing.assert_allclose(found.weights, oracle.weights_, atol=1e-4)
    assert found.details["diversification_ratio"] >= diversification_ratio(np.cov(returns.T), oracle.weights_) - 1e-9


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), size=st.integers(3, 12))
def test_no_other_portfolio_within_the_bounds_is_more_diversified(seed: int, size: int) -> None:
    generator = np.random.default_rng(seed)
    covariance = random_covariance(seed, size)
    upper = 1.5 / size
    found = maximum_diversification(problem_of(np.zeros(size), covariance, upper=upper))
    for _ in range(20):
        weights = np.clip(found.weights + generator.normal(0, 0.1 / size, size), 0, upper)
        weights /= weights.sum()
        if weights.max() <= upper:
            assert diversification_ratio(covariance, weights) <= found.details["diversification_ratio"] * (1 + 1e-9)


def test_the_expected_return_is_that_of_the_given_means() -> None:
    mean = np.array([0.05, 0.1])
    found = maximum_diversification(problem_of(mean, np.diag([0.04, 0.01])))
    np.testing.assert_allclose(found.weights, [1 / 3, 2 / 3], rtol=1e-9)
    assert found.expected_return == pytest.approx(mean @ found.weights)
    assert found.details["diversification_ratio"] == pytest.approx(np.sqrt(2))
    json.dumps(found.details, allow_nan=False)


def test_what_has_no_greatest_ratio_is_refused() -> None:
    with pytest.raises(NotDiversifiable, match="no risk although its assets have"):
        maximum_diversification(problem_of(np.zeros(2), [[0.04, -0.04], [-0.04, 0.04]]))
    with pytest.raises(NotDiversifiable, match="asset 2 has no variance"):
        maximum_diversification(problem_of(np.zeros(2), [[0.04, 0.0], [0.0, 0.0]]))
    with pytest.raises(NotDiversifiable, match="asset 1 may be sold short"):
        maximum_diversification(problem_of(np.zeros(2), [[0.04, 0.0], [0.0, 0.01]], lower=-0.1))
    with pytest.raises(NotDiversifiable, match="nothing to invest"):
        maximum_diversification(problem_of(np.zeros(2), [[0.04, 0.0], [0.0, 0.01]], budget=0.0))
    with pytest.raises(NotDiversifiable, match="no risk to compare with"):
        diversification_ratio(np.eye(2), np.zeros(2))
