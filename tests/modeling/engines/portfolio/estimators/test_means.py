"""Expected returns against pandas, PyPortfolioOpt and skfolio, with and without gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.portfolio.estimators import means
from modeling.engines.portfolio.estimators.errors import (
    MarketMissing,
    SingularSample,
    TooFewReturns,
    TooLittleOverlap,
    UnusableParameter,
)
from modeling.engines.portfolio.estimators.sample import sample_of
from tests.modeling.engines.portfolio.estimators.ragged import market_returns, with_gaps

RETURNS, MARKET = market_returns()
RAGGED = with_gaps(RETURNS)


def frame(returns: np.ndarray):
    import pandas as pd

    return pd.DataFrame(returns.T)


@pytest.mark.parametrize("compound", [False, True])
def test_the_historical_mean_is_that_of_each_tickers_own_dates(compound: bool) -> None:
    import pandas as pd

    found = means.historical(sample_of(RAGGED, 252), compound=compound).values
    returns: pd.DataFrame = frame(RAGGED)
    expected = (1 + returns).prod() ** (252 / returns.count()) - 1 if compound else returns.mean() * 252
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_total_loss_compounds_to_minus_one() -> None:
    returns = RETURNS.copy()
    returns[0, 7] = -1.0
    assert means.historical(sample_of(returns, 252), compound=True).values[0] == -1.0


def test_a_loss_of_more_than_everything_is_not_compounded() -> None:
    returns = RETURNS.copy()
    returns[2, 7] = -1.2
    with pytest.raises(UnusableParameter, match=r"asset 3 is -1\.2"):
        means.historical(sample_of(returns, 252), compound=True)


@pytest.mark.parametrize("compound", [False, True])
def test_the_exponential_mean_is_that_of_pandas_over_ragged_histories(compound: bool) -> None:
    last = frame(RAGGED).ewm(span=100).mean().iloc[-1]
    expected = (1 + last) ** 252 - 1 if compound else last * 252
    found = means.ewma(sample_of(RAGGED, 252), span=100, compound=compound).values
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_half_life_is_when_a_return_counts_half() -> None:
    expected = frame(RAGGED).ewm(halflife=30).mean().iloc[-1] * 12
    found = means.ewma(sample_of(RAGGED, 12), half_life=30).values
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_span_and_a_half_life_are_one_too_many() -> None:
    with pytest.raises(UnusableParameter, match="Both a span and a half-life"):
        means.ewma(sample_of(RETURNS, 252), span=10, half_life=5)


def test_a_ticker_that_ended_long_ago_has_no_exponential_mean() -> None:
    with pytest.raises(TooLittleOverlap, match="asset 2 lie so far back"):
        means.ewma(sample_of(RAGGED, 252), span=20)


@pytest.mark.parametrize("compound", [False, True])
def test_the_capital_asset_pricing_model_is_that_of_pyportfolioopt(compound: bool) -> None:
    import pandas as pd
    from pypfopt import expected_returns

    expected = expected_returns.capm_return(
        frame(RETURNS),
        market_prices=pd.DataFrame({"market": MARKET}),
        returns_data=True,
        risk_free_rate=0.02,
        compounding=compound,
    )
    sample = sample_of(RETURNS, 252, market=MARKET, risk_free=0.02)
    np.testing.assert_allclose(means.capm(sample, compound=compound).values, expected, rtol=1e-10)


def test_betas_use_the_dates_that_ticker_and_market_share() -> None:
    market = MARKET.copy()
    market[3::11] = np.nan
    found = means.market_betas(sample_of(RAGGED, 252, market=market))
    for row, ticker in enumerate(RAGGED):
        both = ~np.isnan(ticker) & ~np.isnan(market)
        covariance = np.cov(ticker[both], market[both])
        assert found[row] == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=1e-10)


def test_a_stated_premium_takes_the_place_of_the_markets_history() -> None:
    sample = sample_of(RETURNS, 252, market=MARKET, risk_free=0.03)
    found = means.capm(sample, market_premium=0.05)
    np.testing.assert_allclose(found.values, 0.03 + 0.05 * means.market_betas(sample))


def test_without_a_market_there_is_no_beta() -> None:
    with pytest.raises(MarketMissing, match="There are no returns of a market"):
        means.capm(sample_of(RETURNS, 252))
    with pytest.raises(MarketMissing, match="all the same"):
        means.capm(sample_of(RETURNS, 252, market=np.full(400, 0.01)))


def test_a_ticker_without_dates_of_the_market_is_named() -> None:
    market = MARKET.copy()
    market[195:] = np.nan
    with pytest.raises(TooFewReturns, match="T1 and the market have 0 returns"):
        means.capm(sample_of(RAGGED, 252, market=market, names=[f"T{k}" for k in range(1, 9)]))


@pytest.mark.parametrize(
    ("method", "target", "weighted"),
    [
        ("JAMES_STEIN", means.AVERAGE, False),
        ("JAMES_STEIN", means.MINIMUM_VARIANCE, True),
        ("BAYES_STEIN", means.MINIMUM_VARIANCE, True),
    ],
)
def test_shrunk_means_are_those_of_skfolio(method: str, target: str, weighted: bool) -> None:
    from skfolio.moments import ShrunkMu, ShrunkMuMethods

    # Means far enough apart that skfolio, which does not hold the intensity to 0..1, stays within it.
    returns = RETURNS + np.linspace(-0.002, 0.002, len(RETURNS))[:, None]
    oracle = ShrunkMu(method=ShrunkMuMethods[method], vol_weighted_target=weighted).fit(returns.T)
    sample = sample_of(returns, 252)
    found = means.bayes_stein(sample) if method == "BAYES_STEIN" else means.james_stein(sample, target=target)
    assert 0.0 < found.details["shrinkage"] < 1.0
    np.testing.assert_allclose(found.values, oracle.mu_ * 252, rtol=1e-9)


def test_ragged_means_are_shrunk_by_the_errors_of_each_history() -> None:
    """An independent slow reference: the covariance of two means counts the dates they share, pair by pair."""
    size = len(RAGGED)
    seen = ~np.isnan(RAGGED)
    mean = np.nanmean(RAGGED, axis=1)
    of_means = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            both = seen[i] & seen[j]
            covariance = np.cov(RAGGED[i, both], RAGGED[j, both])[0, 1]
            of_means[i, j] = covariance * both.sum() / (seen[i].sum() * seen[j].sum())
    values = np.linalg.eigvalsh(of_means)
    spread = np.sum((mean - mean.mean()) ** 2)
    found = means.james_stein(sample_of(RAGGED, 252))
    assert found.details["shrinkage"] == pytest.approx((values.sum() - 2 * values[-1]) / spread, rel=1e-9)
    weights = np.linalg.solve(of_means, np.ones(size))
    center = weights @ mean / weights.sum()
    distance = (mean - center) @ np.linalg.solve(of_means, mean - center)
    bayes = means.bayes_stein(sample_of(RAGGED, 252))
    assert bayes.details["target"] == pytest.approx(center * 252, rel=1e-9)
    assert bayes.details["shrinkage"] == pytest.approx((size + 2) / (size + 2 + distance), rel=1e-9)


@settings(max_examples=60)
@given(seed=st.integers(0, 1000), tickers=st.integers(1, 12))
def test_a_shrunk_mean_lies_between_the_tickers_own_and_the_target(seed: int, tickers: int) -> None:
    returns, _ = market_returns(seed, max(tickers, 4), 120)
    sample = sample_of(with_gaps(returns)[:tickers], 252)
    own = means.historical(sample).values
    found = means.james_stein(sample)
    target = found.details["target"]
    assert (np.abs(found.values - target) <= np.abs(own - target) + 1e-12).all()
    assert target == pytest.approx(own.mean())


def test_bayes_stein_needs_more_returns_than_tickers() -> None:
    returns, _ = market_returns(3, 30, 20)
    with pytest.raises(SingularSample, match="30 tickers from as few as 20 returns"):
        means.bayes_stein(sample_of(returns, 252))
