"""Black-Litterman against He and Litterman's tables and PyPortfolioOpt, certain and contradictory views."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.black_litterman import (
    ContradictoryViews,
    SingularCovariance,
    UnusableMarket,
    black_litterman,
    equilibrium_returns,
    market_risk_aversion,
    unconstrained_weights,
)
from modeling.engines.portfolio.views import UnusableView, View, absolute, picks, relative

# G. He and R. Litterman, The intuition behind Black-Litterman model portfolios (1999), tables 1 and 2.
COUNTRIES = ("Australia", "Canada", "France", "Germany", "Japan", "UK", "USA")
CORRELATION = np.array(
    [
        [1.0, 0.488, 0.478, 0.515, 0.439, 0.512, 0.491],
        [0.488, 1.0, 0.664, 0.655, 0.31, 0.608, 0.779],
        [0.478, 0.664, 1.0, 0.861, 0.355, 0.783, 0.668],
        [0.515, 0.655, 0.861, 1.0, 0.354, 0.777, 0.653],
        [0.439, 0.31, 0.355, 0.354, 1.0, 0.405, 0.306],
        [0.512, 0.608, 0.783, 0.777, 0.405, 1.0, 0.652],
        [0.491, 0.779, 0.668, 0.653, 0.306, 0.652, 1.0],
    ]
)
VOLATILITY = np.array([0.16, 0.203, 0.248, 0.271, 0.21, 0.2, 0.187])
COVARIANCE = CORRELATION * np.outer(VOLATILITY, VOLATILITY)
MARKET = np.array([0.016, 0.022, 0.052, 0.055, 0.116, 0.124, 0.615])
DELTA = 2.5
PRIOR = equilibrium_returns(COVARIANCE, MARKET, DELTA)
GERMANY = relative("Germany", {"France": 0.295, "UK": 0.705}, 0.05)


def blend(*views: View, **changes: object):
    return black_litterman(COVARIANCE, PRIOR, views, names=COUNTRIES, **changes)  # type: ignore[arg-type]


def test_equilibrium_returns_are_the_published_ones() -> None:
    np.testing.assert_allclose(PRIOR * 100, [3.9, 6.9, 8.4, 9.0, 4.3, 6.8, 7.6], atol=0.06)
    np.testing.assert_allclose(unconstrained_weights(PRIOR, COVARIANCE, DELTA), MARKET, rtol=1e-10)


def test_the_view_that_germany_outperforms_moves_returns_and_weights_as_published() -> None:
    """He and Litterman, table 4."""
    found = blend(GERMANY)
    np.testing.assert_allclose(found.mean * 100, [4.3, 7.6, 9.3, 11.0, 4.5, 7.0, 8.1], atol=0.06)
    weights = unconstrained_weights(found.mean, found.covariance, DELTA)
    np.testing.assert_allclose(weights * 100, [1.5, 2.1, -4.0, 35.4, 11.0, -9.5, 58.6], atol=0.11)
    (effect,) = found.effects
    assert effect.label == "Germany over France and UK"
    assert effect.stated == 0.05
    assert effect.prior < effect.posterior < effect.stated
    assert effect.posterior == pytest.approx((effect.prior + effect.stated) / 2)  # as sure as the prior


def test_several_views_are_blended_as_by_pyportfolioopt() -> None:
    import pandas as pd
    from pypfopt import BlackLittermanModel

    views = [GERMANY, relative("Canada", "USA", 0.03, confidence=0.8), absolute("Japan", 0.02, confidence=0.25)]
    portfolio, stated = picks(views, COUNTRIES)
    labelled = pd.DataFrame(COVARIANCE, index=COUNTRIES, columns=COUNTRIES)
    oracle = BlackLittermanModel(
        labelled, pi=PRIOR, P=portfolio, Q=stated, omega="idzorek", view_confidences=[0.5, 0.8, 0.25], tau=0.05
    )
    found = blend(*views)
    np.testing.assert_allclose(found.mean, oracle.bl_returns(), rtol=1e-10)
    np.testing.assert_allclose(found.covariance, oracle.bl_cov(), rtol=1e-10)
    variances = [effect.variance for effect in found.effects]
    np.testing.assert_allclose(variances, np.diagonal(oracle.omega), rtol=1e-10)
    stating = [View(view.weights, view.expected_return, variance=v) for view, v in zip(views, variances, strict=True)]
    np.testing.assert_allclose(blend(*stating).mean, found.mean, rtol=1e-12)
    bare = [View(view.weights, view.expected_return) for view in views]
    np.testing.assert_allclose(blend(*bare, omega=np.diag(variances)).mean, found.mean, rtol=1e-12)


def test_views_whose_errors_depend_on_each_other_are_blended_by_the_formula_with_inverses() -> None:
    """Black and Litterman's own form, [(tau S)^-1 + P' Omega^-1 P]^-1 [(tau S)^-1 pi + P' Omega^-1 q]."""
    views = [absolute("Japan", 0.08), absolute("USA", 0.05)]
    omega = np.array([[0.002, 0.001], [0.001, 0.004]])
    portfolio, stated = picks(views, COUNTRIES)
    precision = np.linalg.inv(0.05 * COVARIANCE)
    uncertainty = np.linalg.inv(precision + portfolio.T @ np.linalg.inv(omega) @ portfolio)
    mean = uncertainty @ (precision @ PRIOR + portfolio.T @ np.linalg.inv(omega) @ stated)
    found = blend(*views, omega=omega)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-9)
    np.testing.assert_allclose(found.uncertainty, uncertainty, rtol=1e-8, atol=1e-12)


@settings(max_examples=60)
@given(confidence=st.floats(0.0, 1.0), tau=st.floats(0.01, 1.0), difference=st.floats(-0.2, 0.2))
def test_a_confidence_is_the_share_of_the_way_to_certainty(confidence: float, tau: float, difference: float) -> None:
    """Idzorek's definition, exact for each view by itself, in returns and so in the unconstrained weights."""
    certain = blend(relative("Germany", "UK", difference, confidence=1.0), tau=tau)
    partly = blend(relative("Germany", "UK", difference, confidence=confidence), tau=tau)
    np.testing.assert_allclose(partly.mean - PRIOR, confidence * (certain.mean - PRIOR), atol=1e-12)
    weights = [unconstrained_weights(found.mean, COVARIANCE, DELTA) - MARKET for found in (partly, certain)]
    np.testing.assert_allclose(weights[0], confidence * weights[1], atol=1e-9)


@settings(max_examples=60)
@given(returns=st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=7))
def test_certain_views_come_true(returns: list[float]) -> None:
    views = [absolute(country, figure, confidence=1.0) for country, figure in zip(COUNTRIES, returns, strict=False)]
    found = blend(*views)
    np.testing.assert_allclose(found.mean[: len(returns)], returns, atol=1e-12)
    np.testing.assert_allclose(found.uncertainty[: len(returns)], 0.0, atol=1e-14)
    assert np.linalg.eigvalsh(found.covariance)[0] > 0


def test_a_view_without_confidence_is_left_out() -> None:
    found = blend(absolute("Japan", 0.5, confidence=0.0), GERMANY)
    np.testing.assert_allclose(found.mean, blend(GERMANY).mean, rtol=1e-14)
    assert found.effects[0].variance is None


def test_without_views_the_prior_stays() -> None:
    found = blend()
    assert np.array_equal(found.mean, PRIOR)
    np.testing.assert_allclose(found.covariance, 1.05 * COVARIANCE)


def test_certain_views_may_repeat_each_other_but_not_contradict() -> None:
    once = relative("Germany", "UK", 0.03, confidence=1.0)
    again = relative("UK", "Germany", -0.03, confidence=1.0)
    np.testing.assert_allclose(blend(once, again).mean, blend(once).mean, atol=1e-12)
    with pytest.raises(ContradictoryViews, match="Germany over UK; UK over Germany"):
        blend(once, relative("UK", "Germany", 0.01, confidence=1.0))
    circle = [relative("Germany", "UK", 0.03, confidence=1.0), relative("UK", "USA", 0.02, confidence=1.0)]
    blend(*circle, relative("Germany", "USA", 0.05, confidence=1.0))
    with pytest.raises(
        ContradictoryViews, match="can't all hold: Germany over UK; UK over USA; Germany over USA"
    ) as no:
        blend(*circle, relative("Germany", "USA", 0.01, confidence=1.0), absolute("Japan", 0.1, confidence=1.0))
    assert no.value.problems[0].remedy == "Leave Germany over USA out, or give it a confidence below 1."


def test_a_certain_view_can_not_tell_assets_apart_that_never_differ() -> None:
    twins = np.full((2, 2), 0.04)
    with pytest.raises(ContradictoryViews, match="its assets' risks cancel out"):
        black_litterman(twins, [0.05, 0.05], [relative("A", "B", 0.01, confidence=1.0)], names=("A", "B"))


@pytest.mark.parametrize(
    ("view", "field", "words"),
    [
        (absolute("Spain", 0.1), "views.0.weights", "names Spain, which is not among the assets"),
        (View({"Japan": 0.4}, 0.1), "views.0.weights", "add up to 0.4"),
        (View({}, 0.1), "views.0.weights", "about nothing"),
        (View({"Japan": 0.0}, 0.1), "views.0.weights", "about nothing"),
        (View({"Japan": np.nan}, 0.1), "views.0.weights", "weight of Japan in the view 1|is not finite"),
        (absolute("Japan", np.inf), "views.0.expected_return", "is not finite"),
        (absolute("Japan", 0.1, confidence=1.2), "views.0.confidence", "confidence of the view Japan is 1.2"),
        (absolute("Japan", 0.1, confidence=np.nan), "views.0.confidence", "confidence of the view Japan is nan"),
        (absolute("Japan", 0.1, variance=-0.1), "views.0.variance", "variance of the view Japan is -0.1"),
        (absolute("Japan", 0.1, confidence=0.5, variance=0.1), "views.0", "both a confidence and a variance"),
    ],
)
def test_what_is_no_view_is_refused(view: View, field: str, words: str) -> None:
    with pytest.raises(UnusableView, match=words) as refused:
        blend(view)
    assert field in [problem.field for problem in refused.value.problems]
    assert all(problem.remedy for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("views", "omega", "words"),
    [
        ([GERMANY], np.eye(2), "doesn't fit the views"),
        ([GERMANY], [[np.nan]], "doesn't fit the views"),
        ([GERMANY, absolute("Japan", 0.1)], [[1.0, 0.0], [0.5, 1.0]], "no covariance"),
        ([GERMANY, absolute("Japan", 0.1)], [[1.0, 2.0], [2.0, 1.0]], "no covariance"),
        ([absolute("Japan", 0.1, confidence=0.5)], [[0.1]], "has its own certainty"),
    ],
)
def test_what_is_no_covariance_of_views_is_refused(views: list[View], omega: object, words: str) -> None:
    with pytest.raises(UnusableView, match=words):
        blend(*views, omega=omega)


def test_a_market_that_can_not_be_in_equilibrium_is_refused() -> None:
    with pytest.raises(UnusableMarket, match="weights add up to 2"):
        equilibrium_returns(COVARIANCE, 2 * MARKET, DELTA)
    with pytest.raises(UnusableMarket, match="weights are incomplete"):
        equilibrium_returns(COVARIANCE, MARKET[:-1], DELTA)
    with pytest.raises(UnusableMarket, match="risk_aversion: It is not above zero"):
        equilibrium_returns(COVARIANCE, MARKET, 0.0)
    assert market_risk_aversion(0.08, 0.024, risk_free=0.02) == pytest.approx(2.5)
    with pytest.raises(UnusableMarket, match="pays nothing for its risk"):
        market_risk_aversion(0.01, 0.02, risk_free=0.02)
    np.testing.assert_allclose(equilibrium_returns(COVARIANCE, MARKET, DELTA, risk_free=0.02), PRIOR + 0.02)


def test_what_does_not_fit_together_is_refused() -> None:
    for changes, words in [
        ({"covariance": COVARIANCE[:3]}, "don't fit"),
        ({"covariance": -COVARIANCE}, "negative variance"),
        ({"names": COUNTRIES[:-1]}, "incomplete or repeat"),
        ({"names": ("USA",) * 7}, "incomplete or repeat"),
        ({"tau": 0.0}, "tau: It is not above zero"),
    ]:
        arguments = {"covariance": COVARIANCE, "prior": PRIOR, "views": [], "names": COUNTRIES, **changes}
        with pytest.raises(EngineError, match=words):
            black_litterman(**arguments)
    with pytest.raises(SingularCovariance, match="no risk"):
        unconstrained_weights([0.1, 0.1], np.full((2, 2), 0.04), DELTA)
