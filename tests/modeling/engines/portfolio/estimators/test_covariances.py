"""Covariances against pandas, scikit-learn, PyPortfolioOpt and skfolio, with and without gaps."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.portfolio.estimators.covariances import ewma_covariance, sample_covariance
from modeling.engines.portfolio.estimators.denoised import denoised, signals
from modeling.engines.portfolio.estimators.errors import (
    FactorsMissing,
    NoVariation,
    TooFewReturns,
    TooLittleOverlap,
    UnusableParameter,
)
from modeling.engines.portfolio.estimators.factors import factor_returns, principal_factors
from modeling.engines.portfolio.estimators.overlap import pairwise_moments
from modeling.engines.portfolio.estimators.sample import sample_of
from modeling.engines.portfolio.estimators.shrinkage import constant_correlation, ledoit_wolf, oas
from tests.modeling.engines.portfolio.estimators.ragged import market_returns, with_gaps

RETURNS, MARKET = market_returns()
RAGGED = with_gaps(RETURNS)
COMMON = RAGGED[:, ~np.isnan(RAGGED).any(axis=0)]


def frame(returns: np.ndarray):
    import pandas as pd

    return pd.DataFrame(returns.T)


@pytest.mark.parametrize("returns", [RETURNS, RAGGED], ids=["complete", "ragged"])
def test_pairwise_moments_are_those_of_pandas(returns: np.ndarray) -> None:
    moments = pairwise_moments(sample_of(returns, 252))
    np.testing.assert_allclose(moments.covariance, frame(returns).cov(), rtol=1e-10, atol=1e-18)
    np.testing.assert_allclose(moments.correlation, frame(returns).corr(), rtol=1e-10, atol=1e-14)
    assert np.array_equal(sample_covariance(sample_of(returns, 52)).values, moments.covariance * 52)


@pytest.mark.parametrize("returns", [RETURNS, RAGGED], ids=["complete", "ragged"])
def test_the_exponential_covariance_is_that_of_pyportfolioopt(returns: np.ndarray) -> None:
    from pypfopt import risk_models

    expected = risk_models.exp_cov(frame(returns), returns_data=True, span=180)
    np.testing.assert_allclose(ewma_covariance(sample_of(returns, 252)).values, expected, rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize(("tickers", "periods"), [(8, 400), (60, 40), (5, 13), (1, 30)])
@pytest.mark.parametrize("name", ["ledoit_wolf", "oas"])
def test_shrinkage_is_that_of_scikit_learn(name: str, tickers: int, periods: int) -> None:
    from sklearn import covariance

    returns, _ = market_returns(7, tickers, periods)
    expected, share = getattr(covariance, name)(returns.T)
    found = {"ledoit_wolf": ledoit_wolf, "oas": oas}[name](sample_of(returns, 1))
    np.testing.assert_allclose(found.values, expected, rtol=1e-12, atol=1e-18)
    assert found.details["shrinkage"] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("estimator", [ledoit_wolf, constant_correlation, oas, principal_factors, denoised])
def test_common_dates_are_what_is_left_of_ragged_histories(estimator) -> None:
    found = estimator(sample_of(RAGGED, 252))
    np.testing.assert_allclose(found.values, estimator(sample_of(COMMON, 252)).values, rtol=1e-12)
    assert found.notes[0].figures == {"used": COMMON.shape[1], "of": 400}


@pytest.mark.parametrize("estimator", [ledoit_wolf, constant_correlation, oas, principal_factors, denoised])
def test_pairwise_and_common_dates_agree_where_there_are_no_gaps(estimator) -> None:
    sample = sample_of(RETURNS, 252)
    common, pairwise = estimator(sample), estimator(sample, missing="pairwise")
    np.testing.assert_allclose(pairwise.values, common.values, rtol=1e-12)


def test_pairwise_shrinkage_is_the_formula_written_out() -> None:
    """An independent slow reference: every pair in a loop."""
    deviations = RAGGED - np.nanmean(RAGGED, axis=1, keepdims=True)
    size = len(deviations)
    covariance, errors = np.empty((size, size)), 0.0
    for i in range(size):
        for j in range(size):
            products = (deviations[i] * deviations[j])[~np.isnan(deviations[i] * deviations[j])]
            covariance[i, j] = products.mean()
            errors += products.var() / len(products)
    level = np.trace(covariance) / size
    share = errors / np.sum((covariance - level * np.eye(size)) ** 2)
    found = ledoit_wolf(sample_of(RAGGED, 1), missing="pairwise")
    assert found.details["shrinkage"] == pytest.approx(share, rel=1e-10)
    np.testing.assert_allclose(found.values, (1 - share) * covariance + share * level * np.eye(size), rtol=1e-10)


def test_shrinkage_to_one_correlation_is_the_formula_written_out() -> None:
    """An independent slow reference: the sums of the appendix, pair by pair and date by date."""
    size, periods = 5, RETURNS.shape[1]
    x = RETURNS[:size] - RETURNS[:size].mean(axis=1, keepdims=True)
    s = x @ x.T / periods
    r = np.mean([s[i, j] / np.sqrt(s[i, i] * s[j, j]) for i in range(size) for j in range(i)])
    pi = rho = gamma = 0.0
    for i in range(size):
        for j in range(size):
            of_pair = np.mean((x[i] * x[j] - s[i, j]) ** 2)
            pi += of_pair
            theta = [np.mean((x[k] ** 2 - s[k, k]) * (x[i] * x[j] - s[i, j])) for k in (i, j)]
            ratio = np.sqrt(s[j, j] / s[i, i])
            rho += of_pair if i == j else r / 2 * (ratio * theta[0] + theta[1] / ratio)
            gamma += 0.0 if i == j else (r * np.sqrt(s[i, i] * s[j, j]) - s[i, j]) ** 2
    found = constant_correlation(sample_of(RETURNS[:size], 1))
    assert 0.0 < found.details["shrinkage"] < 1.0
    assert found.details["shrinkage"] == pytest.approx((pi - rho) / gamma / periods, rel=1e-9)
    np.testing.assert_allclose(np.diagonal(found.values), np.diagonal(s), rtol=1e-12)


def test_shrinkage_to_one_correlation_is_nearly_that_of_pyportfolioopt() -> None:
    """It mixes the divisors t and t - 1, so the figures agree to the order of one over t."""
    from pypfopt.risk_models import CovarianceShrinkage

    oracle = CovarianceShrinkage(frame(RETURNS), returns_data=True)
    expected = oracle.ledoit_wolf("constant_correlation")
    found = constant_correlation(sample_of(RETURNS, 252))
    assert found.details["shrinkage"] == pytest.approx(oracle.delta, rel=0.02)
    np.testing.assert_allclose(found.values, expected, rtol=0.01)


def test_twins_are_their_own_target() -> None:
    """Rounding leaves the error a little below zero and the distance at zero."""
    returns = np.random.default_rng(0).standard_normal(40)
    found = constant_correlation(sample_of(np.vstack([returns, returns]), 1))
    np.testing.assert_allclose(found.values, np.full((2, 2), returns.var()), rtol=1e-12)


def test_too_few_common_dates_name_the_shortest_histories() -> None:
    returns = RETURNS.copy()
    returns[4, :300] = np.nan
    returns[6, 305:] = np.nan
    names = [f"T{row}" for row in range(8)]
    with pytest.raises(TooLittleOverlap) as refused:
        ledoit_wolf(sample_of(returns, 252, names=names))
    first = refused.value.problems[0]
    assert (first.field, first.value) == ("returns.T4", 100)
    assert "All tickers together have 5 common dates; at least 12 are needed" in first.message
    assert "Leave T4 out" in first.remedy
    with pytest.raises(TooLittleOverlap, match="T4 and T6 have 5 returns on common dates"):
        sample_covariance(sample_of(returns, 252, names=names))


def test_a_constant_ticker_is_named() -> None:
    returns = RETURNS.copy()
    returns[5] = 0.1  # a mean that is not exactly representable
    shrinking = (ledoit_wolf, constant_correlation, oas)
    for estimator in (sample_covariance, ewma_covariance, *shrinking, principal_factors, denoised):
        with pytest.raises(NoVariation, match="asset 6 are all the same"):
            estimator(sample_of(returns, 252))


def test_pairs_whose_common_dates_ended_long_ago_are_refused_by_the_exponential_covariance() -> None:
    with pytest.raises(TooLittleOverlap, match="lie so far back"):
        ewma_covariance(sample_of(RAGGED, 252), span=20)


def test_the_factor_model_keeps_the_variances_and_the_largest_components() -> None:
    found = principal_factors(sample_of(RETURNS, 1), factors=2)
    covariance = np.cov(RETURNS)
    np.testing.assert_allclose(np.diagonal(found.values), np.diagonal(covariance), rtol=1e-12)
    deviation = np.sqrt(np.diagonal(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(deviation, deviation))
    expected = (vectors[:, -2:] * values[-2:]) @ vectors[:, -2:].T * np.outer(deviation, deviation)
    off = ~np.eye(8, dtype=bool)
    np.testing.assert_allclose(found.values[off], expected[off], rtol=1e-10)
    assert found.details["explained"] == pytest.approx(values[-2:].sum() / 8)


def test_as_many_factors_as_tickers_are_refused() -> None:
    with pytest.raises(UnusableParameter, match="8 factors can't simplify 8 tickers"):
        principal_factors(sample_of(RETURNS, 1), factors=8)


def test_given_factors_are_regressed_over_each_tickers_own_dates() -> None:
    generator = np.random.default_rng(4)
    factors = np.vstack([MARKET, 0.005 * generator.standard_normal(400)])
    factors[1, 30:40] = np.nan
    found = factor_returns(sample_of(RAGGED, 252, factors=factors)).values
    seen = ~np.isnan(factors).any(axis=0)
    loadings, residual = [], []
    for ticker in RAGGED:
        both = seen & ~np.isnan(ticker)
        design = np.column_stack([np.ones(both.sum()), factors[:, both].T])
        beta = np.linalg.inv(design.T @ design) @ design.T @ ticker[both]
        loadings.append(beta[1:])
        residual.append(np.sum((ticker[both] - design @ beta) ** 2) / (both.sum() - 3))
    expected = np.array(loadings) @ np.cov(factors[:, seen]) @ np.array(loadings).T + np.diag(residual)
    np.testing.assert_allclose(found, expected * 252, rtol=1e-8)


def test_factors_that_can_not_explain_anything_are_refused() -> None:
    with pytest.raises(FactorsMissing, match="There are no returns of factors"):
        factor_returns(sample_of(RETURNS, 252))
    with pytest.raises(FactorsMissing, match="constant, or a combination"):
        factor_returns(sample_of(RETURNS, 252, factors=np.vstack([MARKET, 2 * MARKET])))
    short = MARKET.copy()
    short[5:] = np.nan
    with pytest.raises(FactorsMissing, match="5 returns on common dates"):
        factor_returns(sample_of(RETURNS, 252, factors=short))
    late = MARKET.copy()
    late[195:] = np.nan
    with pytest.raises(TooFewReturns, match="asset 1 and the factors have 0 returns"):
        factor_returns(sample_of(RAGGED, 252, factors=late))


def test_denoising_is_that_of_skfolio() -> None:
    from skfolio.moments import DenoiseCovariance, EmpiricalCovariance

    generator = np.random.default_rng(0)
    common = generator.uniform(0.5, 1.5, (120, 4)) @ generator.standard_normal((4, 500))
    returns = 0.01 * (common + generator.standard_normal((120, 500)))
    expected = DenoiseCovariance(covariance_estimator=EmpiricalCovariance()).fit(returns.T)
    found = denoised(sample_of(returns, 1))
    np.testing.assert_allclose(found.values, expected.covariance_, rtol=1e-8)
    np.testing.assert_allclose(np.diagonal(found.values), np.var(returns, axis=1, ddof=1), rtol=1e-10)


def test_noise_has_no_signal_and_loses_its_correlations() -> None:
    returns = np.random.default_rng(2).standard_normal((50, 1000)) * 0.01
    found = denoised(sample_of(returns, 252))
    assert found.details["signals"] == 0
    np.testing.assert_allclose(found.values, np.diag(np.diagonal(found.values)), atol=1e-15)
    assert signals(np.array([0.1, 0.2, 2.7]), 100.0) == 1


def test_detoning_takes_the_market_away() -> None:
    sample = sample_of(RETURNS, 1)
    toned, detoned = denoised(sample).values, denoised(sample, detone=1).values
    deviation = np.sqrt(np.diagonal(toned))
    np.testing.assert_allclose(np.diagonal(detoned), np.diagonal(toned), rtol=1e-10)
    unit = np.outer(deviation, deviation)
    off = ~np.eye(8, dtype=bool)
    assert np.mean((toned / unit)[off]) > 0.15
    assert np.mean((detoned / unit)[off]) < 0.0
    with pytest.raises(UnusableParameter, match="Only 1 components stand out"):
        denoised(sample, detone=2)
    twins = np.vstack([RETURNS[0], RETURNS[0]])
    with pytest.raises(UnusableParameter, match="Nothing is left of asset"):
        denoised(sample_of(twins, 1), detone=1)
