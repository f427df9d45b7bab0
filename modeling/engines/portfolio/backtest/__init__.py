"""Walk-forward backtests: what a strategy would have earned, knowing at each decision only what was known then."""

from __future__ import annotations

from modeling.engines.portfolio.backtest.rules import Rebalancing, Rules, Window
from modeling.engines.portfolio.backtest.run import backtest
from modeling.engines.portfolio.backtest.strategies import Context, Strategy, equal_weight, on_returns
from modeling.engines.portfolio.backtest.track import Backtest, Decision, Event, Rebalance, Track

__all__ = [
    "Backtest",
    "Context",
    "Decision",
    "Event",
    "Rebalance",
    "Rebalancing",
    "Rules",
    "Strategy",
    "Track",
    "Window",
    "backtest",
    "equal_weight",
    "on_returns",
]
