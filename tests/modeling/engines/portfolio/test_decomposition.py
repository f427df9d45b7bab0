"""Contributions to risk: they add up, they are gradients, and they agree with slow sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.decomposition import (
    NoRisk,
    by_factor,
    by_group,
    decompose,
    historical_tail,
    normal_tail,
    tail_shares,
)
from modeling.engines.portfolio.problem import Array

SEEDS = st.integers(0, 10**6)


def made_up(seed: int, n: int = 5) -> tuple[Array, Array, Array]:
    random = np.random.default_rng(seed)
    returns = random.normal(0.001, 0.02, (n, 80)) + random.normal(0.0, 0.02, 80)
    weights = random.normal(0.3, 0.5, n)
    return weights, np.cov(returns), returns


@given(SEEDS, st.integers(1, 8))
@settings(max_examples=50)
def test_contributions_are_weight_times_gradient_and_add_up(seed: int, n: int) -> None:
    weights, sigma, _ = made_up(seed, n)
    sigma = np.atleast_2d(sigma)
    found = decompose(weights, sigma)
    assert found.absolute.sum() == pytest.approx(found.volatility, rel=1e-12)
    assert found.share.sum() == pytest.approx(1.0, rel=1e-12)
    for row in range(n):
        step = np.zeros(n)
        step[row] = 1e-6
        slope = (decompose(weights + step, sigma).volatility - decompose(weights - step, sigma).volatility) / 2e-6
        assert found.marginal[row] == pytest.approx(slope, abs=1e-6)
        assert found.absolute[row] == pytest.approx(weights[row] * slope, abs=1e-6)


def test_counts_of_names_and_bets() -> None:
    equal = decompose([0.25] * 4, np.eye(4) * 0.04)
    assert equal.volatility == pytest.approx(0.1)
    assert (equal.effective_names, equal.effective_bets) == (pytest.approx(4.0), pytest.approx(4.0))
    assert equal.diversification_ratio == pytest.approx(2.0)
    single = decompose([1.0, 0.0], np.full((2, 2), 0.04))
    assert (single.effective_names, single.effective_bets, single.diversification_ratio) == pytest.approx((1, 1, 1))
    bets = decompose([0.5, 0.5], np.diag([0.09, 0.01]))
    assert bets.effective_bets == pytest.approx(1 / (0.9**2 + 0.1**2))


def test_groups_gather_their_assets() -> None:
    weights, sigma, _ = made_up(1)
    risk = decompose(weights, sigma)
    parts = by_group(risk, ["b", "a", "b", "c", "a"])
    assert parts.names == ("b", "a", "c")
    assert parts.parts[0] == pytest.approx(risk.absolute[0] + risk.absolute[2])
    assert parts.parts.sum() == pytest.approx(parts.total) == pytest.approx(risk.volatility)
    with pytest.raises(EngineError, match="Name a group for each of the 5 assets"):
        by_group(risk, ["a"])


@given(SEEDS)
@settings(max_examples=30)
def test_factors_and_the_specific_rest_add_up(seed: int) -> None:
    random = np.random.default_rng(seed)
    loadings, factors = random.normal(1.0, 0.5, (6, 2)), np.array([[0.04, 0.01], [0.01, 0.02]])
    specific = random.uniform(0.01, 0.05, 6)
    weights = random.dirichlet(np.ones(6))
    sigma = loadings @ factors @ loadings.T + np.diag(specific)
    found = by_factor(weights, sigma, loadings, factors, ["market", "rates"])
    assert found.names == ("market", "rates", "specific")
    assert found.parts.sum() == pytest.approx(found.total, rel=1e-12)
    assert found.parts[-1] == pytest.approx(math.fsum(weights**2 * specific) / found.total)
    b = loadings.T @ weights
    market = b[0] * (0.04 * b[0] + 0.01 * b[1]) / found.total
    assert found.parts[0] == pytest.approx(market)


@given(SEEDS, st.sampled_from([0.9, 0.95, 0.99]))
@settings(max_examples=30)
def test_normal_tails_agree_with_scipy_and_add_up(seed: int, confidence: float) -> None:
    from scipy.integrate import quad
    from scipy.stats import norm

    weights, sigma, returns = made_up(seed)
    mean = returns.mean(axis=1)
    found = normal_tail(weights, mean, sigma, confidence)
    of_losses = norm(-(weights @ mean), math.sqrt(weights @ sigma @ weights))
    assert found.value_at_risk == pytest.approx(of_losses.ppf(confidence), rel=1e-9, abs=1e-12)
    beyond = quad(of_losses.ppf, confidence, 1.0)[0] / (1 - confidence)
    assert found.expected_shortfall == pytest.approx(beyond, rel=1e-6)
    assert found.value_at_risk_parts.sum() == pytest.approx(found.value_at_risk, rel=1e-12)
    assert found.expected_shortfall_parts.sum() == pytest.approx(found.expected_shortfall, rel=1e-12)


@given(SEEDS, st.integers(1, 90), st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99]))
@settings(max_examples=60)
def test_historical_tails_agree_with_their_definition_and_add_up(seed: int, count: int, confidence: float) -> None:
    random = np.random.default_rng(seed)
    weights, returns = random.dirichlet(np.ones(4)), random.normal(0.0, 0.02, (4, count))
    found = historical_tail(weights, returns, confidence)
    losses = sorted((-(weights @ returns)).tolist())
    # Rockafellar and Uryasev: the shortfall is the least over z of z + E[(loss - z)+] / (1 - confidence),
    # reached at one of the losses, as it is a convex line with corners there.
    least = min(z + math.fsum(max(one - z, 0.0) for one in losses) / count / (1 - confidence) for z in losses)
    assert found.expected_shortfall == pytest.approx(least, rel=1e-9, abs=1e-12)
    at_risk = next(z for z in losses if sum(one <= z for one in losses) >= count * confidence - 1e-9)
    assert found.value_at_risk == pytest.approx(at_risk, rel=1e-12)
    assert found.expected_shortfall >= found.value_at_risk - 1e-15
    assert found.value_at_risk_parts.sum() == pytest.approx(found.value_at_risk, rel=1e-12, abs=1e-16)
    assert found.expected_shortfall_parts.sum() == pytest.approx(found.expected_shortfall, rel=1e-12, abs=1e-16)


def test_the_parts_of_the_shortfall_are_its_gradient() -> None:
    weights, _, returns = made_up(3)
    found = historical_tail(weights, returns, 0.9)
    for row in range(5):
        step = np.zeros(5)
        step[row] = 1e-7
        up, down = (historical_tail(weights + sign * step, returns, 0.9).expected_shortfall for sign in (1, -1))
        assert found.expected_shortfall_parts[row] == pytest.approx(weights[row] * (up - down) / 2e-7, abs=1e-8)


def test_a_scenario_at_the_edge_of_the_tail_counts_in_part() -> None:
    share, cut = tail_shares(50, 0.95)  # 2.5 scenarios
    np.testing.assert_allclose(share, [0.4, 0.4, 0.2])
    assert cut == 2
    share, cut = tail_shares(100, 0.95)
    np.testing.assert_allclose(share, [0.2] * 5)
    assert cut == 5


def test_what_can_not_be_shared_out_is_refused() -> None:
    sigma = np.eye(2)
    refused = [
        (lambda: decompose([0.0, 0.0], sigma), NoRisk, "All are zero"),
        (lambda: decompose([1.0, 1.0], np.zeros((2, 2))), NoRisk, "has no risk"),
        (lambda: decompose([1.0, -1.0], np.ones((2, 2))), NoRisk, "has no risk"),
        (lambda: decompose([1.0, math.nan], sigma), EngineError, "place 2 is not finite"),
        (lambda: decompose([1.0, 1.0], [[1.0, math.inf], [0.0, 1.0]]), EngineError, "place 1 and 2"),
        (lambda: decompose([1.0], sigma), EngineError, "each of the 1 assets"),
        (lambda: normal_tail([1.0, 1.0], [0.0], sigma), EngineError, "as many as weights"),
        (lambda: normal_tail([1.0, 1.0], [0.0, 0.0], sigma, 1.0), EngineError, "such as 0.95"),
        (lambda: historical_tail([1.0, 1.0], np.zeros((2, 0))), EngineError, "one row of returns"),
        (lambda: historical_tail([1.0], [[0.1, math.nan]]), EngineError, "leave the asset out"),
        (lambda: by_factor([1.0, 1.0], sigma, np.ones((3, 1)), np.eye(1)), EngineError, "loadings of 2 assets"),
        (lambda: by_factor([1.0, 1.0], sigma, np.ones((2, 1)), np.eye(1), ["a", "b"]), EngineError, "1 factors"),
    ]
    for call, error, words in refused:
        with pytest.raises(error, match=words):
            call()
