"""How returns turned out: the usual measures, per year. One that has no meaning is None, never NaN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modeling.engines.portfolio.problem import Array

STILL = 1e-14  # a standard deviation that is rounding alone


@dataclass(frozen=True)
class Performance:
    """Decimals per year; ``max_drawdown`` is a fraction of the peak, zero or negative.

    Attributes
    ----------
    annual_return : compound
    volatility : sample standard deviation (one degree of freedom less) times sqrt(periods per year)
    sharpe : mean excess return over the risk-free rate, per year, over the volatility of the excess return
    sortino : the same over the downside deviation about the risk-free rate, over all observations
    calmar : annual return over the size of the greatest drawdown
    tracking_error, information_ratio : of the difference to the benchmark's returns, where there is one
    """

    annual_return: float
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float
    calmar: float | None
    tracking_error: float | None = None
    information_ratio: float | None = None


def performance_of(
    returns: Array, periods_per_year: float, *, risk_free: float = 0.0, benchmark: Array | None = None
) -> Performance:
    """The measures of simple returns per period, shape (m,), m at least 1, all above -1."""
    excess = returns - risk_free / periods_per_year
    volatility, sharpe = mean_over_deviation(excess, periods_per_year)
    tracking, information = (None, None)
    if benchmark is not None:
        tracking, information = mean_over_deviation(returns - benchmark, periods_per_year)
    growth = annual_growth(returns, periods_per_year)
    drawdown = max_drawdown(returns)
    return Performance(
        annual_return=growth,
        volatility=volatility,
        sharpe=sharpe,
        sortino=sortino_of(excess, periods_per_year),
        max_drawdown=drawdown,
        calmar=growth / -drawdown if drawdown < 0.0 else None,
        tracking_error=tracking,
        information_ratio=information,
    )


def annual_growth(returns: Array, periods_per_year: float) -> float:
    """The compound return per year."""
    return float(np.expm1(np.log1p(returns).sum() * periods_per_year / len(returns)))


def mean_over_deviation(returns: Array, periods_per_year: float) -> tuple[float | None, float | None]:
    """The standard deviation per year, and the mean per year over it."""
    if len(returns) < 2:
        return None, None
    deviation = float(returns.std(ddof=1))
    ratio = float(returns.mean()) / deviation * periods_per_year**0.5 if deviation > STILL else None
    return deviation * periods_per_year**0.5, ratio


def sortino_of(excess: Array, periods_per_year: float) -> float | None:
    downside = float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2)))
    return float(excess.mean()) / downside * periods_per_year**0.5 if downside > STILL else None


def max_drawdown(returns: Array) -> float:
    """The deepest fall from a peak, the first day's value included, as a fraction of the peak: zero or negative."""
    wealth = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    return float((wealth / np.maximum.accumulate(wealth) - 1.0).min())
