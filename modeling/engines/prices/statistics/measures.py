"""The measures of a set, one figure per ticker, from its state; NaN where a ticker has too few returns for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.prices.panel import Array
from modeling.engines.prices.statistics.merging import UNKNOWN_DAY
from modeling.engines.prices.statistics.records import NO_DAY, Records
from modeling.engines.prices.statistics.settings import Settings
from modeling.engines.prices.statistics.state import StatisticsState
from modeling.engines.prices.statistics.tails import Tail, cornish_fisher, normal_tail

Dates = NDArray[np.datetime64]
STILL: Final = 1e-14
"""Below this deviation per period, returns differ by the rounding of their prices only: they count as constant."""
DAYS_PER_YEAR: Final = 365.25
DAYS: Final = ("first_day", "last_day", "peak_day", "trough_day", "recovery_day")


@dataclass(frozen=True)
class Measures:
    """One figure per ticker, shape (n,); rates are decimals per year unless said otherwise.

    Attributes
    ----------
    observations, returns : how many prices and how many returns there are
    first_day, last_day : of its prices
    mean_return : mean return times periods per year
    annual_growth : last price over first, compounded per year of 365.25 days; needs a period of a day or more, and no
        move so large in so short a time that no number holds it
    volatility : standard deviation (divisor n - 1) times the root of periods per year
    ewma_volatility : root of the mean of squared returns, the newest weighing one, each older one ``decay`` of the next
    sharpe : mean excess return over its standard deviation, annualised
    sortino : mean excess return over the root of the mean square of those below zero, annualised
    calmar : annual growth over the deepest fall
    skew, excess_kurtosis : corrected for bias (G1 and G2 of Joanes and Gill, 1998), as pandas does; not annualised
    max_drawdown : the deepest fall from a high, -0.3 for 30 %; peak, trough and recovery are its days
    recovered : whether the price came back to that high; the day may be unknown in a state merged of parts
    drawdown : from the highest price to the last
    beta, alpha, market_correlation : of excess returns on the market's; alpha is Jensen's, per year
    normal, cornish_fisher : value at risk and expected shortfall per period, from moments
    """

    observations: NDArray[np.int64]
    returns: NDArray[np.int64]
    first_day: Dates
    last_day: Dates
    last_price: Array
    mean_return: Array
    annual_growth: Array
    volatility: Array
    ewma_volatility: Array
    sharpe: Array
    sortino: Array
    calmar: Array
    skew: Array
    excess_kurtosis: Array
    max_drawdown: Array
    peak_day: Dates
    trough_day: Dates
    recovery_day: Dates
    recovered: NDArray[np.bool_]
    drawdown: Array
    beta: Array
    alpha: Array
    market_correlation: Array
    normal: Tail
    cornish_fisher: Tail


def measures_of(state: StatisticsState) -> Measures:
    """What the state says of every ticker."""
    records, settings = state.records, state.settings
    shape = _shape(records)
    priced = records["prices"] > 0
    growth = _growth(records, priced)
    depth = np.where(priced, records["depth"], np.nan)
    mean, deviation = shape["mean"], shape["deviation"]
    moments = (mean, deviation, shape["g1"], shape["g2"])
    ratios: dict[str, Any] = _ratios(records, settings) | _market(records, settings)
    days: dict[str, Any] = {name: _dates(records[name]) for name in DAYS}
    return Measures(
        observations=records["prices"].copy(),
        returns=records["count"].copy(),
        **days,
        last_price=np.where(priced, records["last_price"], np.nan),
        mean_return=mean * settings.periods_per_year,
        annual_growth=growth,
        volatility=deviation * np.sqrt(settings.periods_per_year),
        ewma_volatility=np.sqrt(over(records["squares"], records["weight"]) * settings.periods_per_year),
        **ratios,
        calmar=over(growth, -depth),
        skew=shape["skew"],
        excess_kurtosis=shape["kurtosis"],
        max_drawdown=depth,
        recovered=priced & (records["recovery_day"] != NO_DAY),
        drawdown=over(records["last_price"], records["high"]) - 1.0,
        normal=normal_tail(*moments[:2], settings.confidence),
        cornish_fisher=cornish_fisher(*moments, settings.confidence),
    )


def over(above: Any, below: Any) -> Array:
    """The quotient, NaN where what is below is not above zero."""
    out = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=out, where=np.asarray(below) > 0)
    return out


def _shape(records: Records) -> dict[str, Array]:
    """Moments per period: g1 and g2 of the sample itself, skew and kurtosis corrected for bias."""
    n = records["count"].astype(np.float64)
    m2 = np.where(records["m2"] > n * STILL**2, records["m2"], 0.0)
    variance = over(m2, n)
    g1 = over(over(records["m3"], n), np.where(m2 > 0, variance, 0.0) ** 1.5)
    g2 = over(over(records["m4"], n), np.where(m2 > 0, variance, 0.0) ** 2) - 3.0
    skew = g1 * np.sqrt(np.where(n > 2, n * (n - 1), np.nan)) / np.where(n > 2, n - 2, np.nan)
    divisor = np.where(n > 3, (n - 2) * (n - 3), np.nan)
    kurtosis = (n - 1) / divisor * ((n + 1) * g2 + 6.0)
    deviation = np.sqrt(over(m2, n - 1))
    mean = np.where(n > 0, records["mean"], np.nan)
    return {"mean": mean, "deviation": deviation, "g1": g1, "g2": g2, "skew": skew, "kurtosis": kurtosis}


def _ratios(records: Records, settings: Settings) -> dict[str, Array]:
    n, scale = records["count"].astype(np.float64), np.sqrt(settings.periods_per_year)
    excess_m2 = np.where(records["excess_m2"] > n * STILL**2, records["excess_m2"], 0.0)
    below = np.where(records["below"] > n * STILL**2, records["below"], 0.0)
    downside = np.sqrt(over(below, n))
    return {
        "sharpe": over(records["excess_mean"], np.sqrt(over(excess_m2, n - 1))) * scale,
        "sortino": over(records["excess_mean"], downside) * scale,
    }


def _growth(records: Records, priced: NDArray[np.bool_]) -> Array:
    days = np.where(priced, records["last_day"].astype(np.float64) - records["first_day"], 0.0)
    change = over(records["last_price"], records["first_price"])
    with np.errstate(over="ignore"):
        growth = np.where(days > 0, change, np.nan) ** (DAYS_PER_YEAR / np.where(days > 0, days, 1.0)) - 1.0
    return np.where(np.isfinite(growth), growth, np.nan)


def _market(records: Records, settings: Settings) -> dict[str, Array]:
    """Beta as the least-squares slope, over the returns that both have; two are needed."""
    n = records["joint"].astype(np.float64)
    varied = np.where((n > 1) & (records["market_m2"] > n * STILL**2), records["market_m2"], 0.0)
    beta = over(records["joint_product"], varied)
    own = np.where(records["joint_m2"] > n * STILL**2, records["joint_m2"], 0.0)
    return {
        "beta": beta,
        "alpha": (records["joint_mean"] - beta * records["joint_market"]) * settings.periods_per_year,
        "market_correlation": np.clip(over(records["joint_product"], np.sqrt(varied * own)), -1.0, 1.0),
    }


def _dates(days: NDArray[np.int32]) -> Dates:
    known = (days != NO_DAY) & (days != UNKNOWN_DAY)
    return np.where(known, days.astype("datetime64[D]"), np.datetime64("NaT"))
