"""What a backtest refuses, by field, value and remedy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.backtest import Rebalancing, Rules, Window, backtest, equal_weight
from modeling.engines.portfolio.backtest.errors import BenchmarkMissing, HistoryTooShort, Ruined
from modeling.engines.portfolio.trading import Costs, CostsTooHigh, Impact
from modeling.engines.prices.panel import Panel
from tests.modeling.engines.portfolio.markets import market

RULES = Rules(Window(10), Rebalancing(every=4), 52)


def test_losing_everything_is_refused_with_its_day() -> None:
    prices = np.array([[100.0] * 12 + [40.0] * 3, [100.0] * 15])
    panel = Panel(np.arange(15, dtype=np.int32), ("A", "B"), prices)
    with pytest.raises(Ruined, match="1970-01-13"):
        backtest(panel, lambda past, context: np.array([2.0, 0.0]), replace(RULES, rebalancing=Rebalancing()))


def test_costs_that_eat_the_portfolio_are_refused() -> None:
    costs = Costs(buy=0.5, sell=0.5)
    with pytest.raises(CostsTooHigh, match="lower the costs"):
        backtest(
            market(1, holes=False),
            lambda past, context: np.array([9.0, -8.0, 0, 0, 0, 0]),
            replace(RULES, costs=costs),
        )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"delay": 2}, "delay"),
        ({"initial": 0.0}, "initial"),
        ({"initial": math.nan}, "initial"),
        ({"periods_per_year": 0}, "periods_per_year"),
        ({"on_refusal": "panic"}, "on_refusal"),
        ({"cash_rate": math.inf}, "cash_rate"),
        ({"borrowing_rate": -1.0}, "borrowing_rate"),
        ({"delisted_after": 0}, "delisted_after"),
        ({"risk_free": math.nan}, "risk_free"),
    ],
)
def test_impossible_rules_are_refused_by_name(changed: dict[str, object], field: str) -> None:
    with pytest.raises(EngineError) as refused:
        replace(RULES, **changed)
    (problem,) = refused.value.problems
    assert problem.field == field and problem.remedy


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Window(0), "window.periods"),
        (lambda: Window(2.5), "window.periods"),
        (lambda: Rebalancing(every=1.5), "rebalancing.every"),
        (lambda: replace(RULES, delisted_after=1.5), "delisted_after"),
        (lambda: Window(10, minimum=1), "window.minimum"),
        (lambda: Window(10, minimum=12), "window.minimum"),
        (lambda: Rebalancing(every=0), "rebalancing.every"),
        (lambda: Rebalancing(band=0.0), "rebalancing.band"),
        (lambda: Rebalancing(calendar="fortnight"), "rebalancing.calendar"),
        (lambda: Rebalancing(every=2, calendar="month"), "rebalancing"),
        (lambda: Costs(buy=-0.1), "costs.buy"),
        (lambda: Costs(slippage=0.7), "costs.slippage"),
        (lambda: Impact(volume=0.0, volatility=0.1), "impact.volume"),
        (lambda: Impact(volume=1e6, volatility=np.array([0.1, np.nan])), "impact.volatility"),
        (lambda: Impact(volume=1e6, volatility=0.1, coefficient=-1.0), "impact.coefficient"),
    ],
)
def test_impossible_parts_of_rules_are_refused_by_name(make: object, field: str) -> None:
    with pytest.raises(EngineError) as refused:
        make()
    assert [problem.field for problem in refused.value.problems] == [field]


def test_what_can_not_be_walked_through_is_refused() -> None:
    panel = market(1, periods=40)
    with pytest.raises(HistoryTooShort, match="window of 39"):
        backtest(panel, equal_weight, replace(RULES, window=Window(39)))
    with pytest.raises(HistoryTooShort):
        backtest(panel, equal_weight, replace(RULES, start=int(panel.days[-1])))
    with pytest.raises(BenchmarkMissing, match="T1"):
        backtest(panel, equal_weight, RULES, benchmark="T1")
    with pytest.raises(EngineError, match="no prices of NOBODY"):
        backtest(panel, equal_weight, RULES, benchmark="NOBODY")
    with pytest.raises(EngineError, match="twice"):
        backtest(panel, equal_weight, RULES, universe=["T0", "T0"])
    with pytest.raises(EngineError, match="nothing to hold"):
        backtest(panel, equal_weight, RULES, universe=[])
    few = replace(RULES, costs=Costs(impact=Impact(volume=np.array([1e6, 1e6]), volatility=0.02)))
    with pytest.raises(EngineError, match="one for each of the 6 assets"):
        backtest(panel, equal_weight, few)
    mixed = replace(panel, currencies=("EUR",) + ("USD",) * 5)
    with pytest.raises(EngineError, match="Prices are in EUR and USD"):
        backtest(mixed, equal_weight, RULES)
    assert len(backtest(mixed, equal_weight, RULES, universe=["T3", "T4"]).strategy.values) == 29
    prices = panel.prices.copy()
    prices[0, 3] = 0.0
    with pytest.raises(EngineError, match="T0 on 2000-03-03"):
        backtest(replace(panel, prices=prices), equal_weight, RULES)
