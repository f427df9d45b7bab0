"""Rolling windows against pandas and against the whole computation on each window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.prices.errors import OutOfStep
from modeling.engines.prices.returns import returns_of
from modeling.engines.prices.statistics import rolling
from modeling.engines.prices.statistics.summary import statistics_of
from tests.modeling.engines.prices.panels import market_of, panel_of, random_panel

WINDOWS = pytest.mark.parametrize(("window", "least"), [(2, None), (21, None), (63, 20), (299, 2)])
YEAR = {"periods_per_year": 252.0}


def frames(gaps: float = 0.1):
    import pandas as pd

    panel = random_panel(gaps=gaps)
    returns = returns_of(panel)
    market = market_of(panel)[1:]
    market[40] = np.nan
    return returns, market, pd.DataFrame(returns.T), pd.Series(market)


@WINDOWS
@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_mean_volatility_and_sharpe_are_those_of_pandas(window: int, least: int | None, gaps: float) -> None:
    returns, _, frame, _ = frames(gaps)
    windows = frame.rolling(window, min_periods=least or window)
    mean, deviation = windows.mean()[window - 1 :], windows.std()[window - 1 :]
    options = {"least": least, **YEAR}
    close = {"rtol": 1e-7, "atol": 1e-12}
    np.testing.assert_allclose(rolling.rolling_mean(returns, window, **options)[:, window - 1 :], mean.T * 252, **close)
    np.testing.assert_allclose(
        rolling.rolling_volatility(returns, window, **options)[:, window - 1 :], deviation.T * 252**0.5, **close
    )
    expected = (mean / deviation).T * 252**0.5
    np.testing.assert_allclose(rolling.rolling_sharpe(returns, window, **options)[:, window - 1 :], expected, rtol=1e-6)


@WINDOWS
def test_beta_and_correlation_are_those_of_pandas(window: int, least: int | None) -> None:
    returns, market, frame, series = frames()
    needed = least or window
    beta = rolling.rolling_beta(returns, market, window, least=least)
    correlation = rolling.rolling_correlation(returns, market, window, least=least)
    for row in range(len(returns)):
        own = frame[row].where(series.notna())
        others = series.where(own.notna())
        windows = own.rolling(window, min_periods=needed)
        expected = windows.cov(others) / others.rolling(window, min_periods=needed).var()
        full = slice(window - 1, None)  # pandas answers before the first whole window, too
        np.testing.assert_allclose(beta[row][full], expected[full], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(correlation[row][full], windows.corr(others)[full], rtol=1e-6, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.sampled_from([0.0, 0.3, 0.8]))
@settings(max_examples=40)
def test_each_drawdown_is_that_of_the_window_alone(seed: int, window: int, gaps: float) -> None:
    panel = random_panel(tickers=2, days=40, gaps=gaps, seed=seed)
    found = rolling.rolling_drawdown(panel.prices, window, least=2)
    assert np.isnan(found[:, : window - 1]).all()
    for end in range(window, 41):
        part = panel_of(panel.prices[:, end - window : end])
        alone = statistics_of(part, correlation=False).measures
        expected = np.where(alone.observations >= 2, alone.max_drawdown, np.nan)
        np.testing.assert_allclose(found[:, end - 1], expected, rtol=1e-12)


def test_a_wild_figure_leaves_no_trace_in_later_windows() -> None:
    random = np.random.default_rng(1)
    returns = 1e-4 * random.standard_normal((1, 100))
    spoilt = returns.copy()
    spoilt[0, 30] = 1e9
    for measure in (rolling.rolling_volatility, rolling.rolling_mean):
        clean, found = (measure(series, 7, **YEAR) for series in (returns, spoilt))
        np.testing.assert_array_equal(found[:, 37:], clean[:, 37:])


def test_a_still_window_has_no_volatility_and_no_sharpe() -> None:
    returns = np.array([[0.3, 0.1, 0.1, 0.1, 0.1]])
    np.testing.assert_array_equal(rolling.rolling_volatility(returns, 3, **YEAR)[0, 3:], [0, 0])
    assert np.isnan(rolling.rolling_sharpe(returns, 3, **YEAR)[0, 3:]).all()


def test_the_path_of_the_drawdown_reaches_its_depth() -> None:
    panel = random_panel(gaps=0.2)
    path = rolling.drawdown_path(panel)
    found = statistics_of(panel).measures
    np.testing.assert_allclose(np.nanmin(path, axis=1), found.max_drawdown)
    np.testing.assert_array_equal(np.isnan(path), np.isnan(panel.prices))
    expected = [row / np.fmax.accumulate(row) - 1 for row in panel.prices]
    np.testing.assert_allclose(path, expected, rtol=1e-12)


def test_the_path_of_the_decayed_volatility_is_that_of_pandas() -> None:
    import pandas as pd

    panel = random_panel(gaps=0.2)
    path = rolling.ewma_path(returns_of(panel), decay=0.9, **YEAR)
    expected = (pd.DataFrame(returns_of(panel).T) ** 2).ewm(alpha=0.1, ignore_na=True).mean()
    np.testing.assert_allclose(path, np.sqrt(expected.T * 252), rtol=1e-12)


@pytest.mark.parametrize(("window", "least", "field"), [(1, None, "window"), (301, None, "window"), (5, 6, "least")])
def test_windows_that_do_not_fit_are_refused(window: int, least: int | None, field: str) -> None:
    with pytest.raises(EngineError) as refused:
        rolling.rolling_mean(np.zeros((1, 300)), window, least=least, **YEAR)
    assert refused.value.problems[0].field == field


def test_a_market_of_another_length_is_refused() -> None:
    with pytest.raises(OutOfStep, match="market"):
        rolling.rolling_beta(np.zeros((2, 30)), np.zeros(29), 5)
