"""What is kept of each ticker: counts, moments, co-moments with the market and the drawdown, of a fixed size.

Two records of neighbouring periods add up to that of both (`merging`), so new prices never need the old ones.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.prices.panel import Array, Days
from modeling.engines.prices.returns import Places

Records = NDArray[np.void]
NO_DAY: Final = np.iinfo(np.int32).min

_FIGURES: Final = (
    *("first_price", "last_price", "market_first", "market_last", "leading_rate", "trailing_rate"),
    *("mean", "m2", "m3", "m4", "excess_mean", "excess_m2", "below", "squares", "weight"),
    *("joint_mean", "joint_market", "joint_m2", "market_m2", "joint_product"),
    *("high", "low", "depth", "peak"),
)
_COUNTS: Final = ("prices", "leading", "trailing", "count", "joint")
_DAYS: Final = ("first_day", "last_day", "high_day", "low_day", "peak_day", "trough_day", "recovery_day")

RECORD: Final = np.dtype(
    [(name, "<f8") for name in _FIGURES] + [(name, "<i8") for name in _COUNTS] + [(name, "<i4") for name in _DAYS]
)
"""One ticker's record.

prices, leading, trailing : how many prices it has, and the days of the calendar before its first and after its last
first_*, last_* : its first and last price, their days, and the market's price on them (NaN where it has none)
leading_rate, trailing_rate : the risk-free return of the days before its first price and from its last on
count, mean, m2, m3, m4 : of its returns; the m are sums of powers of the deviations from the mean
excess_mean, excess_m2, below : of its excess returns; ``below`` sums the squares of those below zero
squares, weight : decayed sums of the squared returns and of ones
joint, joint_mean, joint_market, joint_m2, market_m2, joint_product : excess returns where the market has one, too
high, low : greatest and least price so far
depth, peak, *_day : the deepest fall, relative to its peak, when it began, was deepest and was made good (or NO_DAY)
"""


def empty_records(tickers: int) -> Records:
    records = np.zeros(tickers, RECORD)
    for name in _DAYS:
        records[name] = NO_DAY
    records["market_first"] = records["market_last"] = np.nan
    return records


def keep_prices(records: Records, prices: Array, days: Days, market: Array, rates: Array) -> None:
    """Write down what the prices of some tickers, shape (k, t), say themselves."""
    filled, first, last = carried(prices)
    row = np.arange(len(prices))
    level = np.concatenate([[0.0], np.cumsum(rates)])
    t = len(days)
    figures: dict[str, Any] = {
        "prices": t - np.isnan(prices).sum(axis=1),
        "leading": first,
        "trailing": t - 1 - last,
        "first_day": days[first],
        "last_day": days[last],
        "first_price": prices[row, first],
        "last_price": prices[row, last],
        "market_first": market[first],
        "market_last": market[last],
        "leading_rate": level[first],
        "trailing_rate": level[t] - level[last],
        **_falls(filled, days, first),
    }
    priced = figures["prices"] > 0
    blank = empty_records(len(prices))
    for name, figure in figures.items():
        records[name] = np.where(priced, figure, blank[name])
    records["leading"][~priced] = t  # all of its days lie before a first price
    records["leading_rate"][~priced] = level[t]


def carried(prices: Array) -> tuple[Array, Places, Places]:
    """Prices carried over days without one (the first back to the start), and the places of the first and last."""
    k, t = prices.shape
    missing = np.isnan(prices)
    if not missing.any():
        return prices, np.zeros(k, np.int64), np.full(k, t - 1)
    first = np.argmin(missing, axis=1)
    last = t - 1 - np.argmin(missing[:, ::-1], axis=1)
    places = np.where(missing, first[:, None], np.arange(t))
    np.maximum.accumulate(places, axis=1, out=places)
    return np.take_along_axis(prices, places, axis=1), first, last


def _falls(filled: Array, days: Days, first: Places) -> dict[str, Any]:
    """The high, the low, and the deepest fall with its days; of equal ones the earliest."""
    row = np.arange(len(filled))
    highs = np.maximum.accumulate(filled, axis=1)
    left = np.divide(filled, highs)
    trough = np.argmin(left, axis=1)
    peak = highs[row, trough]
    depth = left[row, trough] - 1.0
    high, low = highs[:, -1], np.argmin(filled, axis=1)
    fell = depth < 0
    recovered = filled >= peak[:, None]
    recovered[np.arange(filled.shape[1]) <= trough[:, None]] = False
    recovery = np.argmax(recovered, axis=1)

    def day(place: Places, there: Any = True) -> Any:
        return np.where(there, days[np.maximum(place, first)], NO_DAY)

    return {
        "high": high,
        "high_day": day(np.argmax(filled == high[:, None], axis=1)),
        "low": filled[row, low],
        "low_day": day(low),
        "depth": depth,
        "peak": peak,
        "peak_day": day(np.argmax(filled == peak[:, None], axis=1), fell),
        "trough_day": day(trough, fell),
        "recovery_day": day(recovery, fell & (recovery > 0)),
    }
