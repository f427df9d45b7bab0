"""Measures over rolling windows, and the paths of drawdown and decayed volatility.

Every function answers with shape (n, t) for series of shape (n, t): the figure of the window that ends there, NaN in
the first ``window - 1`` places and where a window has fewer than ``least`` entries (by default all of it are needed).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modeling.engines.prices.errors import OutOfStep
from modeling.engines.prices.panel import Array, Panel
from modeling.engines.prices.returns import check_periods
from modeling.engines.prices.statistics import windows
from modeling.engines.prices.statistics.measures import STILL, over
from modeling.engines.prices.statistics.records import carried
from modeling.engines.prices.statistics.settings import RISKMETRICS
from valor.lib.errors import Problem


def rolling_mean(returns: Array, window: int, *, periods_per_year: float, least: int | None = None) -> Array:
    """Mean return times periods per year."""
    count, mean, _ = _moments(returns, window, least)
    return _ending(np.where(np.isnan(count), np.nan, mean * check_periods(periods_per_year)), window)


def rolling_volatility(returns: Array, window: int, *, periods_per_year: float, least: int | None = None) -> Array:
    """Standard deviation (divisor n - 1) times the root of periods per year."""
    count, _, squares = _moments(returns, window, least)
    return _ending(np.sqrt(_moved(squares, count) / (count - 1) * check_periods(periods_per_year)), window)


def rolling_sharpe(excess: Array, window: int, *, periods_per_year: float, least: int | None = None) -> Array:
    """Mean of excess returns over their standard deviation, annualised; NaN where they do not move."""
    count, mean, squares = _moments(excess, window, least)
    deviation = np.sqrt(_moved(squares, count) / (count - 1))
    return _ending(over(mean, deviation) * np.sqrt(check_periods(periods_per_year)), window)


def rolling_beta(returns: Array, market: Any, window: int, *, least: int | None = None) -> Array:
    """Slope on the market's returns, shape (t,); NaN where the market does not move."""
    count, _, _, _, squares, product = _joint(returns, market, window, least)
    return _ending(over(product, _moved(squares, count)), window)


def rolling_correlation(first: Array, second: Any, window: int, *, least: int | None = None) -> Array:
    """Correlation with another series, shape (t,), or row by row with as many others, shape (n, t)."""
    count, _, _, own, squares, product = _joint(first, second, window, least)
    scale = np.sqrt(_moved(own, count) * _moved(squares, count))
    return _ending(np.clip(over(product, scale), -1.0, 1.0), window)


def rolling_drawdown(prices: Array, window: int, *, least: int | None = None) -> Array:
    """The deepest fall from a high within each window of prices, -0.3 for 30 %."""
    needed = windows.check_window(window, prices.shape[1], least)
    count, _, _, depth = windows.over_windows([prices], window, windows.fall, windows.join_falls)
    return _ending(np.where(count >= needed, depth, np.nan), window)


def drawdown_path(panel: Panel) -> Array:
    """How far each price is below the highest so far, zero or less, shape (n, t); NaN where there is no price."""
    filled = carried(panel.prices)[0]
    path: Array = panel.prices / np.maximum.accumulate(filled, axis=1) - 1.0
    return path


def ewma_path(returns: Array, *, periods_per_year: float, decay: float = RISKMETRICS) -> Array:
    """The decayed volatility after each period, annualised; its last column is that of the measures, shape (n, t).

    A missing return changes nothing; before the first there is none.
    """
    there = ~np.isnan(returns)
    squares, weight = np.zeros(len(returns)), np.zeros(len(returns))
    path = np.empty_like(returns)
    for period in range(returns.shape[1]):
        known = there[:, period]
        squares = np.where(known, decay * squares + np.square(returns[:, period]), squares)
        weight = np.where(known, decay * weight + 1.0, weight)
        path[:, period] = over(squares, weight)
    path *= check_periods(periods_per_year)
    return np.sqrt(path, out=path)


def _moments(returns: Array, window: int, least: int | None) -> windows.Part:
    needed = windows.check_window(window, returns.shape[1], least)
    count, *rest = windows.over_windows([returns], window, windows.moment, windows.join_moments)
    return np.where(count >= needed, count, np.nan), *rest


def _joint(first: Array, second: Any, window: int, least: int | None) -> windows.Part:
    needed = windows.check_window(window, first.shape[1], least)
    given = np.asarray(second, dtype=np.float64)
    if given.shape not in (first.shape, first.shape[1:]):
        shape = " x ".join(map(str, given.shape))
        remedy = f"Give one figure for each of the {first.shape[1]} periods, NaN where there is none."
        raise OutOfStep(problems=[Problem("market", shape, "It has another length than the returns.", remedy)])
    both = [first, np.broadcast_to(given, first.shape)]
    count, *rest = windows.over_windows(both, window, windows.joint_moment, windows.join_joint_moments)
    return np.where(count >= needed, count, np.nan), *rest


def _moved(squares: Array, count: Array) -> Array:
    """Squared deviations, zero where they are rounding only, NaN where too few are there."""
    return np.where(squares > count * STILL**2, squares, np.where(np.isnan(count), np.nan, 0.0))


def _ending(figures: Array, window: int) -> Array:
    out = np.full((figures.shape[0], figures.shape[1] + window - 1), np.nan)
    out[:, window - 1 :] = figures
    return out
