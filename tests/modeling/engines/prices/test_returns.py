"""Returns against pandas, and the rule for when one exists."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.prices.errors import NotPositive, OutOfStep, TooFewPrices
from modeling.engines.prices.returns import excess_returns, rates_per_period, resampled, returns_of
from tests.modeling.engines.prices.panels import panel_of, random_panel, weekdays

NAN = np.nan


def frame(panel):
    import pandas as pd

    return pd.DataFrame(panel.prices.T, index=pd.DatetimeIndex(panel.dates), columns=panel.tickers)


def test_simple_returns_are_those_of_pandas() -> None:
    panel = random_panel(gaps=0.1)
    expected = frame(panel).pct_change(fill_method=None).to_numpy().T[:, 1:]
    np.testing.assert_allclose(returns_of(panel), expected, rtol=1e-12, atol=1e-15)


def test_log_returns_are_the_logarithm_of_one_plus_the_simple() -> None:
    panel = random_panel(gaps=0.1)
    np.testing.assert_allclose(returns_of(panel, "log"), np.log1p(returns_of(panel)), rtol=1e-9, atol=1e-14)


def test_a_return_needs_a_price_on_the_day_before() -> None:
    panel = panel_of([[100, NAN, 121, 133.1]])
    np.testing.assert_allclose(returns_of(panel), [[NAN, NAN, 0.1]])


def test_by_choice_a_return_bridges_a_gap_up_to_its_limit() -> None:
    panel = panel_of([[100, NAN, 121, NAN, NAN, 242]])
    np.testing.assert_allclose(returns_of(panel, spanned=1), [[NAN, 0.21, NAN, NAN, NAN]])
    np.testing.assert_allclose(returns_of(panel, spanned=2), [[NAN, 0.21, NAN, NAN, 1.0]])


def test_bridged_returns_are_those_between_own_prices() -> None:
    panel = random_panel(gaps=0.3)
    found = returns_of(panel, spanned=len(panel.days))
    for row in range(len(panel.tickers)):
        own = panel.prices[row][~np.isnan(panel.prices[row])]
        np.testing.assert_allclose(found[row][~np.isnan(found[row])], own[1:] / own[:-1] - 1, rtol=1e-12)


def test_days_of_the_year_limit_a_return_with_and_without_a_bridge() -> None:
    panel = panel_of([[1, 2, NAN, 4]], days=np.array([0, 10, 11, 12], np.int32))
    np.testing.assert_array_equal(returns_of(panel, limit_days=9), [[NAN, NAN, NAN]])
    np.testing.assert_array_equal(returns_of(panel, spanned=1, limit_days=2), [[NAN, NAN, 1.0]])
    np.testing.assert_array_equal(returns_of(panel, spanned=1, limit_days=10), [[1.0, NAN, 1.0]])


def test_excess_returns_lose_a_constant_rate() -> None:
    panel = random_panel()
    np.testing.assert_allclose(excess_returns(panel, 0.0252, 252), returns_of(panel) - 0.0001)


def test_a_rate_counts_from_the_day_it_is_known() -> None:
    panel = panel_of([[100, 100, 100]])
    np.testing.assert_allclose(excess_returns(panel, [0.252, 0.0, 9.0], 252), [[-0.001, 0.0]])


def test_a_bridged_return_loses_the_rate_of_every_day() -> None:
    panel = panel_of([[100, NAN, 100, 100]])
    np.testing.assert_allclose(excess_returns(panel, 0.252, 252, spanned=1), [[NAN, -0.002, -0.001]], equal_nan=True)


def test_logarithmic_rates_compound_to_the_rate_of_a_year() -> None:
    rates = rates_per_period(0.05, panel_of([[1.0] * 13]), 12, "log")
    assert np.exp(rates[:-1].sum()) == pytest.approx(1.05)


@pytest.mark.parametrize(("frequency", "alias"), [("weekly", "W-SUN"), ("monthly", "ME"), ("quarterly", "QE")])
def test_the_last_price_of_a_period_is_that_of_pandas(frequency: str, alias: str) -> None:
    panel = random_panel(gaps=0.4)
    found = resampled(panel, frequency)
    expected = frame(panel).resample(alias).last().to_numpy().T
    np.testing.assert_array_equal(found.prices, expected)
    assert set(found.days) <= set(panel.days)
    assert found.days[-1] == panel.days[-1]


def test_a_period_without_a_price_stays_empty() -> None:
    panel = panel_of([[1, 2, 3, 4, 5] + [NAN] * 5 + [6]], days=weekdays(11, START_MONDAY))
    np.testing.assert_array_equal(resampled(panel, "weekly").prices, [[5, NAN, 6]])


START_MONDAY = 16_440  # 2015-01-05


@pytest.mark.parametrize("price", [0.0, -1.0, np.inf])
def test_an_impossible_price_is_named(price: float) -> None:
    with pytest.raises(NotPositive) as refused:
        returns_of(panel_of([[1, 2, 3], [1, price, 3]]))
    problem = refused.value.problems[0]
    assert problem.field == "prices"
    assert "B on 2015-01-05" in problem.message


@pytest.mark.parametrize(
    ("arguments", "field"),
    [({"kind": "geometric"}, "kind"), ({"spanned": -1}, "spanned"), ({"limit_days": -1}, "limit_days")],
)
def test_bad_choices_are_refused(arguments: dict, field: str) -> None:
    with pytest.raises(EngineError) as refused:
        returns_of(panel_of([[1, 2, 3]]), **arguments)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_too_short_a_calendar_and_an_unknown_frequency_are_refused() -> None:
    with pytest.raises(TooFewPrices):
        returns_of(panel_of([[1.0]]))
    with pytest.raises(EngineError, match="frequency"):
        resampled(panel_of([[1.0, 2.0]]), "hourly")


@pytest.mark.parametrize("rate", [[0.01, 0.02], [0.01, NAN, 0.02], -1.0])
def test_rates_must_fit_the_calendar(rate: object) -> None:
    with pytest.raises(OutOfStep, match="risk_free"):
        excess_returns(panel_of([[1, 2, 3]]), rate, 252)


def test_a_panel_without_tickers_has_no_returns() -> None:
    panel = random_panel().only([])
    assert returns_of(panel).shape == (0, len(panel.days) - 1)
