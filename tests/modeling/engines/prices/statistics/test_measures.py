"""Every measure against pandas, SciPy or skfolio, or a slow reference written out here."""

from __future__ import annotations

import json

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.prices.errors import NotPositive, OutOfStep
from modeling.engines.prices.readable import as_json
from modeling.engines.prices.returns import excess_returns, returns_of
from modeling.engines.prices.statistics.settings import Settings
from modeling.engines.prices.statistics.summary import statistics_of
from tests.modeling.engines.prices.panels import market_of, panel_of, random_panel

NAN = np.nan
GAPS = pytest.mark.parametrize("gaps", [0.0, 0.1])
SETTINGS = Settings(risk_free=0.03)


def own(row: np.ndarray) -> np.ndarray:
    return row[~np.isnan(row)]


@GAPS
def test_moments_are_those_of_pandas(gaps: float) -> None:
    import pandas as pd

    panel = random_panel(gaps=gaps)
    found = statistics_of(panel).measures
    returns = pd.DataFrame(returns_of(panel).T)
    np.testing.assert_array_equal(found.returns, returns.count())
    np.testing.assert_allclose(found.mean_return, returns.mean() * 252, rtol=1e-12)
    np.testing.assert_allclose(found.volatility, returns.std() * np.sqrt(252), rtol=1e-12)
    np.testing.assert_allclose(found.skew, returns.skew(), rtol=1e-10)
    np.testing.assert_allclose(found.excess_kurtosis, returns.kurt(), rtol=1e-10)


@GAPS
def test_the_weighted_volatility_is_that_of_pandas(gaps: float) -> None:
    import pandas as pd

    panel = random_panel(gaps=gaps)
    squares = pd.DataFrame(returns_of(panel).T) ** 2
    expected = squares.ewm(alpha=0.06, adjust=True, ignore_na=True).mean().iloc[-1]
    np.testing.assert_allclose(statistics_of(panel).measures.ewma_volatility, np.sqrt(expected * 252), rtol=1e-12)


@GAPS
@pytest.mark.parametrize("varying", [False, True])
def test_ratios_are_those_of_their_definition(gaps: float, varying: bool) -> None:
    panel = random_panel(gaps=gaps)
    rates = np.linspace(0.0, 0.06, len(panel.days)) if varying else 0.03
    found = statistics_of(panel, SETTINGS, risk_free=rates if varying else None).measures
    for row, line in enumerate(excess_returns(panel, rates, 252)):
        excess = own(line)
        assert found.sharpe[row] == pytest.approx(excess.mean() / excess.std(ddof=1) * np.sqrt(252))
        below = np.sqrt((np.minimum(excess, 0) ** 2).mean())
        assert found.sortino[row] == pytest.approx(excess.mean() / below * np.sqrt(252))


def test_sharpe_and_sortino_are_those_of_skfolio() -> None:
    from skfolio.measures import mean, semi_deviation, standard_deviation

    panel = random_panel()
    found = statistics_of(panel).measures
    for row, line in enumerate(returns_of(panel)):
        assert found.sharpe[row] == pytest.approx(mean(line) / standard_deviation(line) * np.sqrt(252))
        downside = semi_deviation(line, min_acceptable_return=0.0) * np.sqrt((len(line) - 1) / len(line))
        assert found.sortino[row] == pytest.approx(mean(line) / downside * np.sqrt(252))


@GAPS
def test_the_deepest_fall_is_the_slow_reference(gaps: float) -> None:
    panel = random_panel(gaps=gaps)
    found = statistics_of(panel).measures
    for row, line in enumerate(panel.prices):
        there = ~np.isnan(line)
        prices, days = line[there], panel.dates[there]
        falls = [(prices[j] / prices[i] - 1, i, j) for i in range(len(prices)) for j in range(i, len(prices))]
        depth, peak, trough = min(falls)
        assert found.max_drawdown[row] == pytest.approx(depth)
        assert (found.peak_day[row], found.trough_day[row]) == (days[peak], days[trough])
        back = [day for day, price in zip(days[trough:], prices[trough:], strict=True) if price >= prices[peak]]
        assert found.recovered[row] == bool(back)
        assert str(found.recovery_day[row]) == (str(back[0]) if back else "NaT")
        assert found.drawdown[row] == pytest.approx(prices[-1] / prices.max() - 1)


def test_the_calmar_ratio_is_compound_growth_over_the_deepest_fall() -> None:
    panel = panel_of([[100, 120, 90, 144]], days=np.array([0, 100, 300, 730], np.int32))
    found = statistics_of(panel).measures
    growth = 1.44 ** (365.25 / 730) - 1
    assert found.annual_growth[0] == pytest.approx(growth)
    assert found.calmar[0] == pytest.approx(growth / 0.25)


@GAPS
@pytest.mark.parametrize("missing", [False, True])
def test_beta_and_alpha_are_the_line_of_least_squares(gaps: float, missing: bool) -> None:
    panel = random_panel(gaps=gaps)
    market = market_of(panel)
    if missing:
        market[[5, 60, 61]] = np.nan
    found = statistics_of(panel, SETTINGS, market=market).measures
    others = excess_returns(panel_of([market]), 0.03, 252)[0]
    for row, line in enumerate(excess_returns(panel, 0.03, 252)):
        both = ~np.isnan(line) & ~np.isnan(others)
        slope, level = np.polyfit(others[both], line[both], 1)
        assert found.beta[row] == pytest.approx(slope)
        assert found.alpha[row] == pytest.approx(level * 252)
        assert found.market_correlation[row] == pytest.approx(np.corrcoef(others[both], line[both])[0, 1])


def test_a_bridged_return_meets_the_market_over_the_same_days() -> None:
    market = np.array([100, 110, 99, 108.9, 120, 118, 125.0])
    panel = panel_of([[100, np.nan, 99, 108.9, 120, 118, 125.0]])
    found = statistics_of(panel, Settings(spanned=1), market=market).measures
    assert found.beta[0] == pytest.approx(1.0)
    assert found.alpha[0] == pytest.approx(0.0, abs=1e-12)


def test_a_ticker_of_the_set_can_be_the_market() -> None:
    panel = random_panel()
    found = statistics_of(panel, market="B").measures
    assert found.beta[1] == pytest.approx(1.0)
    np.testing.assert_allclose(found.beta, statistics_of(panel, market=panel.prices[1]).measures.beta)


def test_without_a_market_there_is_no_beta() -> None:
    assert np.isnan(statistics_of(random_panel()).measures.beta).all()


def test_a_price_that_never_moves_has_no_ratios_and_no_fall() -> None:
    found = statistics_of(panel_of([[5.0] * 20]), market=np.arange(1.0, 21.0)).measures
    assert found.volatility[0] == 0
    assert found.max_drawdown[0] == 0
    assert np.isnan([found.sharpe[0], found.sortino[0], found.calmar[0], found.skew[0]]).all()
    assert np.isnat(found.peak_day[0])
    assert not found.recovered[0]
    assert found.beta[0] == 0


def test_a_constant_growth_counts_as_no_volatility() -> None:
    found = statistics_of(panel_of([1.01 ** np.arange(500.0)])).measures
    assert found.volatility[0] == 0
    assert np.isnan([found.sharpe[0], found.skew[0], found.excess_kurtosis[0]]).all()


def test_what_earns_the_risk_free_rate_and_nothing_else_has_no_ratios() -> None:
    found = statistics_of(panel_of([(1 + 0.0252 / 252) ** np.arange(300.0)]), Settings(risk_free=0.0252)).measures
    assert np.isnan([found.sharpe[0], found.sortino[0]]).all()


@pytest.mark.filterwarnings("error")
def test_growth_that_no_number_holds_is_no_figure() -> None:
    found = statistics_of(panel_of([[1.0, 100.0, 50.0]], np.arange(3, dtype=np.int32))).measures
    assert np.isnan([found.annual_growth[0], found.calmar[0]]).all()


def test_tickers_with_few_prices_have_what_can_be_known() -> None:
    prices = np.full((3, 6), NAN)
    prices[1, 2] = 7.0
    prices[2, 2:4] = 7.0, 8.0
    found = statistics_of(panel_of(prices), market=np.arange(1.0, 7.0))
    np.testing.assert_array_equal(found.measures.observations, [0, 1, 2])
    np.testing.assert_array_equal(found.measures.returns, [0, 0, 1])
    np.testing.assert_array_equal(found.measures.last_price, [NAN, 7, 8])
    np.testing.assert_array_equal(found.measures.max_drawdown, [NAN, 0, 0])
    assert np.isnan(found.measures.volatility).all()
    assert found.measures.mean_return[2] == pytest.approx(252 / 7)
    json.dumps(as_json(found), allow_nan=False)


def test_results_are_json_with_dates_and_null() -> None:
    text = as_json(statistics_of(random_panel(), market="A"))
    assert text["first_day"] == "2015-01-02"
    assert text["measures"]["trough_day"][0].startswith("201")
    assert text["correlation"]["matrix"][0][0] == 1.0
    json.dumps(text, allow_nan=False)


def test_one_ticker_can_be_read_out() -> None:
    panel = random_panel()
    found = statistics_of(panel)
    told = as_json(found.ticker("C"))
    assert told["volatility"] == found.measures.volatility[2]
    assert told["historical"]["value_at_risk"] == found.historical.value_at_risk[2]
    assert told["normal"]["valid"] is True


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decay": 1.0}, "decay"),
        ({"confidence": 0.3}, "confidence"),
        ({"confidence": 1.0}, "confidence"),
        ({"risk_free": -1.0}, "risk_free"),
        ({"risk_free": NAN}, "risk_free"),
        ({"periods_per_year": 0}, "periods_per_year"),
        ({"kind": "x"}, "kind"),
    ],
)
def test_bad_settings_are_refused(change: dict, field: str) -> None:
    with pytest.raises(EngineError) as refused:
        Settings(**change)
    assert refused.value.problems[0].field == field


def test_bad_prices_and_markets_are_refused() -> None:
    panel = random_panel()
    with pytest.raises(NotPositive, match="B on"):
        statistics_of(panel_of([[1, 2], [0, 1]]))
    with pytest.raises(NotPositive, match="the market"):
        statistics_of(panel_of([[1, 2]]), market=[1, -1])
    with pytest.raises(OutOfStep, match="market"):
        statistics_of(panel, market=[1.0, 2.0])
    with pytest.raises(EngineError, match="no prices of X"):
        statistics_of(panel, market="X")
