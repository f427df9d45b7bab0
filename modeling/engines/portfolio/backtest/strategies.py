"""What decides, and the plainest ways to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from modeling.engines.portfolio.problem import Array
from modeling.engines.prices.panel import Panel


@dataclass(frozen=True)
class Context:
    """What a strategy knows besides past prices.

    Attributes
    ----------
    day : of the decision, days since 1970-01-01
    step : how many decisions came before
    weights : shape (k,), what is held of the assets shown, drifted to this close
    cash : share of the value that is in cash
    value : of the portfolio at this close, money
    periods_per_year : of the prices
    """

    day: int
    step: int
    weights: Array
    cash: float
    value: float
    periods_per_year: float


Strategy = Callable[[Panel, Context], Array]
"""Given the past of the k assets that can be held, their weights (k,); what they lack to 1 stays in cash."""


def equal_weight(past: Panel, context: Context) -> Array:
    """One share for each."""
    return np.full(len(past.tickers), 1.0 / len(past.tickers))


def on_returns(decide: Callable[[Array, Context], Array]) -> Strategy:
    """A strategy from a function of simple returns, shape (k, periods), NaN where a price is missing."""

    def strategy(past: Panel, context: Context) -> Array:
        return decide(past.prices[:, 1:] / past.prices[:, :-1] - 1.0, context)

    return strategy
