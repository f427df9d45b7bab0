"""How a chosen portfolio would have done over the very returns it was chosen from: in sample, so better than it was."""

from __future__ import annotations

from typing import Any

import numpy as np

from modeling.engines.portfolio.backtest.measures import annual_growth, max_drawdown, mean_over_deviation
from modeling.engines.portfolio.decomposition import historical_tail
from modeling.engines.portfolio.problem import Array
from modeling.portfolios.data import Data

HELD = 1e-9  # weights smaller than this are rounding
LEAST_PERIODS = 2
LEAST_SCENARIOS = 20  # in fewer returns no tail can be seen
CONFIDENCE = 0.95


def past_of(weights: Array, data: Data | None) -> dict[str, Any] | None:
    """Measures per year, and the tail of one period, over the periods in which all that is held has a return.

    The weights are restored each period, without costs. None without prices, with fewer than two such periods, and
    where everything would have been lost on the way.
    """
    held = np.flatnonzero(np.abs(weights) > HELD)
    if data is None or not len(held):
        return None
    returns = data.returns[held]
    whole = returns[:, np.isfinite(returns).all(axis=0)]
    earned = weights[held] @ whole
    if len(earned) < LEAST_PERIODS or earned.min() <= -1.0:
        return None
    volatility, _ = mean_over_deviation(earned, data.periods_per_year)
    return {
        "in_sample": True,
        "periods": len(earned),
        "annual_return": growth(earned, data.periods_per_year),
        "volatility": volatility,
        "max_drawdown": max_drawdown(earned),
        **tail(weights[held], whole),
    }


def growth(earned: Array, periods_per_year: float) -> float | None:
    """The compound return per year; None where few periods would compound to more than can be written."""
    with np.errstate(over="ignore"):
        found = annual_growth(earned, periods_per_year)
    return found if np.isfinite(found) else None


def tail(weights: Array, returns: Array) -> dict[str, Any]:
    """Value at risk and expected shortfall of one period, losses positive; None in too few periods."""
    if returns.shape[1] < LEAST_SCENARIOS:
        return {"confidence": CONFIDENCE, "value_at_risk": None, "expected_shortfall": None}
    found = historical_tail(weights, returns, CONFIDENCE)
    return {
        "confidence": CONFIDENCE,
        "value_at_risk": found.value_at_risk,
        "expected_shortfall": found.expected_shortfall,
    }
