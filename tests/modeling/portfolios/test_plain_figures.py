"""What a document is answered, against pandas and formulas written out, at every frequency, with gaps and without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from modeling.codecs.portfolio import parse_portfolio
from modeling.portfolios.answer import optimise_model

NAMES = ["AAA", "BBB", "CCC", "DDD"]
PERIODS = {"daily": 252, "weekly": 52, "monthly": 12}
CALENDARS = {"daily": ("B", 400), "weekly": ("W-FRI", 150), "monthly": ("BME", 60)}
ENDS = {"weekly": "W-SUN", "monthly": "ME"}
RATE, BUY, SELL, YEARS = 0.03, 0.002, 0.004, 2
HELD = np.array([0.5, 0.5, 0.0, 0.0])
PAIRS = [("daily", "own"), ("daily", "weekly"), ("daily", "monthly"), ("weekly", "own"), ("weekly", "monthly")]
PAIRS += [("monthly", "own")]


def prices(stored: str, gaps: float) -> pd.DataFrame:
    random = np.random.default_rng(11)
    step, count = CALENDARS[stored]
    steps = random.normal(0.001, 0.02, (count, 4)) + random.normal(0, 0.01, (count, 1))
    table = pd.DataFrame(50 * np.exp(np.cumsum(steps, axis=0)), columns=NAMES)
    table.index = pd.date_range("2018-01-02", periods=count, freq=step)
    return table.mask(random.random(table.shape) < gaps)


def whole(table: pd.DataFrame, frequency: str) -> pd.DataFrame:
    """The last price of each week or month that is over: the next working day belongs to another."""
    found = table.resample(ENDS[frequency]).last()
    return found if found.index[-1] < table.index[-1] + pd.offsets.BDay(1) else found.iloc[:-1]


def answer(table: pd.DataFrame, frequency: str) -> dict[str, Any]:
    series = {name: [None if np.isnan(price) else price for price in table[name]] for name in NAMES}
    document = {
        "prices": {"dates": [str(day.date()) for day in table.index], "series": series, "frequency": frequency},
        "risk_free": RATE,
        "objective": "min_variance",
        "estimators": {"mean": "historical", "covariance": "sample"},
        "current": {"AAA": 0.5, "BBB": 0.5},
        "costs": {"buy": BUY, "sell": SELL, "holding": YEARS},
    }
    return optimise_model(parse_portfolio(document))


@pytest.mark.parametrize("gaps", [0.0, 0.03])
@pytest.mark.parametrize(("stored", "frequency"), PAIRS)
def test_an_answer_is_what_the_formulas_say(stored: str, frequency: str, gaps: float) -> None:
    table = prices(stored, gaps)
    found = answer(table, frequency)
    effective = stored if frequency == "own" else frequency
    year = PERIODS[effective]
    returns = (table if frequency == "own" else whole(table, frequency)).pct_change(fill_method=None).iloc[1:]
    weights = np.array([found["weights"].get(name, 0.0) for name in NAMES])
    traded = weights - HELD
    cost = BUY * traded[traded > 0].sum() - SELL * traded[traded < 0].sum()
    mean, covariance = returns.mean().to_numpy() * year, returns.cov().to_numpy() * year
    volatility = np.sqrt(weights @ covariance @ weights)
    expected = weights @ mean - cost / YEARS
    assert found["data"]["periods_per_year"] == year
    assert found["data"]["returns"] == len(returns)
    assert list(found["estimates"]["expected_return"].values()) == pytest.approx(mean)
    assert list(found["estimates"]["volatility"].values()) == pytest.approx(np.sqrt(np.diag(covariance)))
    assert found["volatility"] == pytest.approx(volatility)
    assert found["expected_return"] == pytest.approx(expected)
    assert found["sharpe"] == pytest.approx((expected - RATE) / volatility)
    assert found["trades"]["turnover"] == pytest.approx(np.abs(traded).sum() / 2)
    assert found["trades"]["cost"] == pytest.approx(cost)
    earned = returns.loc[:, weights > 1e-9].dropna().to_numpy() @ weights[weights > 1e-9]
    worth = np.append(1.0, np.cumprod(1 + earned))
    assert found["past"]["periods"] == len(earned)
    assert found["past"]["annual_return"] == pytest.approx(worth[-1] ** (year / len(earned)) - 1)
    assert found["past"]["volatility"] == pytest.approx(earned.std(ddof=1) * np.sqrt(year))
    assert found["past"]["max_drawdown"] == pytest.approx((worth / np.maximum.accumulate(worth) - 1).min())
