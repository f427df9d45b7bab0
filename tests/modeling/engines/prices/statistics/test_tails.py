"""Value at risk and expected shortfall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.engines.prices.returns import returns_of
from modeling.engines.prices.statistics.summary import statistics_of
from modeling.engines.prices.statistics.tails import cornish_fisher, historical_tail, increasing, normal_tail
from tests.modeling.engines.prices.panels import random_panel

LEVELS = pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99, 0.9999])


@LEVELS
@pytest.mark.parametrize("size", [1, 2, 19, 20, 100, 299])
def test_historical_tails_are_those_of_skfolio(confidence: float, size: int) -> None:
    from skfolio.measures import cvar, value_at_risk

    returns = np.random.default_rng(size).standard_t(4, (3, size)) / 100
    found = historical_tail(returns.copy(), confidence)
    np.testing.assert_allclose(found.value_at_risk, value_at_risk(returns.T, beta=confidence), rtol=1e-12)
    np.testing.assert_allclose(found.expected_shortfall, cvar(returns.T, beta=confidence), rtol=1e-9)


def test_missing_returns_do_not_count() -> None:
    returns = np.random.default_rng(1).standard_normal((4, 200))
    holed = returns.copy()
    holed[1, ::3] = np.nan
    holed[2] = np.nan
    found = historical_tail(holed.copy(), 0.95)
    for row in (0, 1, 3):
        alone = historical_tail(holed[row][~np.isnan(holed[row])][None, :].copy(), 0.95)
        assert found.value_at_risk[row] == alone.value_at_risk[0]
        assert found.expected_shortfall[row] == pytest.approx(alone.expected_shortfall[0])
    assert np.isnan([found.value_at_risk[2], found.expected_shortfall[2]]).all()
    assert not found.valid[2]


@LEVELS
def test_normal_tails_are_quantile_and_tail_mean_of_scipy(confidence: float) -> None:
    from scipy.stats import norm

    mean, deviation = np.array([0.001]), np.array([0.02])
    found = normal_tail(mean, deviation, confidence)
    law = norm(0.001, 0.02)
    assert found.value_at_risk[0] == pytest.approx(-law.ppf(1 - confidence), abs=1e-12)
    beyond = law.expect(lambda x: x, ub=law.ppf(1 - confidence), lb=-1) / (1 - confidence)
    assert found.expected_shortfall[0] == pytest.approx(-beyond, rel=1e-3 if confidence > 0.999 else 1e-6)


@LEVELS
def test_the_expansion_with_no_skew_and_kurtosis_is_the_normal(confidence: float) -> None:
    mean, deviation, none = np.array([0.001]), np.array([0.02]), np.zeros(1)
    expanded, plain = cornish_fisher(mean, deviation, none, none, confidence), normal_tail(mean, deviation, confidence)
    assert expanded.value_at_risk[0] == pytest.approx(plain.value_at_risk[0])
    assert expanded.expected_shortfall[0] == pytest.approx(plain.expected_shortfall[0])


@LEVELS
@pytest.mark.parametrize(("skew", "kurtosis"), [(-0.4, 1.5), (0.3, 2.0), (0.0, 6.0)])
def test_the_expanded_shortfall_integrates_the_expanded_quantile(confidence, skew, kurtosis) -> None:
    from scipy.integrate import quad
    from scipy.stats import norm

    def quantile(chance: float) -> float:
        z = norm.ppf(chance)
        w = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24 - (2 * z**3 - 5 * z) * skew**2 / 36
        return 0.001 + 0.02 * w

    one = (np.array([figure]) for figure in (0.001, 0.02, skew, kurtosis))
    found = cornish_fisher(*one, confidence)
    chance = 1 - confidence
    assert found.value_at_risk[0] == pytest.approx(-quantile(chance), abs=1e-12)
    assert found.expected_shortfall[0] == pytest.approx(-quad(quantile, 0, chance)[0] / chance, rel=1e-5)


@given(st.floats(-3, 3).map(lambda figure: round(figure, 3)), st.floats(-2, 12).map(lambda figure: round(figure, 3)))
def test_the_domain_is_where_the_expansion_rises(skew: float, kurtosis: float) -> None:
    far = np.logspace(1, 8, 4_000)
    z = np.concatenate([-far, np.linspace(-10, 10, 4_001), far])
    slope = 1 + z * skew / 3 + (z**2 - 1) * kurtosis / 8 - (6 * z**2 - 5) * skew**2 / 36
    found = bool(increasing(np.array(skew), np.array(kurtosis)))
    if abs(slope.min()) > 1e-2:
        assert found == (slope.min() > 0)


def test_outside_its_domain_the_expansion_has_no_figure() -> None:
    one = np.ones(1)
    found = cornish_fisher(0 * one, one, 0 * one, 9 * one, 0.95)
    assert not found.valid[0]
    assert np.isnan([found.value_at_risk[0], found.expected_shortfall[0]]).all()


def test_the_set_uses_the_moments_of_its_returns() -> None:
    from scipy.stats import kurtosis, skew

    panel = random_panel(seed=2)
    found = statistics_of(panel).measures
    returns = returns_of(panel)
    moments = returns.mean(1), returns.std(1, ddof=1), skew(returns, axis=1), kurtosis(returns, axis=1)
    np.testing.assert_allclose(found.normal.value_at_risk, normal_tail(*moments[:2], 0.95).value_at_risk)
    expected = cornish_fisher(*moments, 0.95)
    assert expected.valid.any()
    np.testing.assert_allclose(found.cornish_fisher.value_at_risk, expected.value_at_risk)
    np.testing.assert_allclose(found.cornish_fisher.expected_shortfall, expected.expected_shortfall)


@LEVELS
def test_the_shortfall_is_at_least_the_value_at_risk(confidence: float) -> None:
    found = statistics_of(random_panel(gaps=0.2))
    for tail in (found.historical, found.measures.normal, found.measures.cornish_fisher):
        assert (tail.expected_shortfall >= tail.value_at_risk)[tail.valid].all()
