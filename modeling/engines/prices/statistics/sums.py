"""Moments and co-moments of returns, written into the records of some tickers at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.prices.panel import Array
from modeling.engines.prices.statistics.records import Records


@dataclass(frozen=True)
class Sample:
    """Returns of k tickers, shape (k, t); ``rates`` and ``market`` of the same days, or of (t,) where all share them.

    ``complete`` says that no return is missing; those of the market may be.
    """

    returns: Array
    rates: Array
    market: Array
    complete: bool


def keep_returns(records: Records, sample: Sample, decay: float) -> None:
    """Write down what the returns say; a ticker without any keeps zeros."""
    there = None if sample.complete else ~np.isnan(sample.returns)
    returns = sample.returns if there is None else np.where(there, sample.returns, 0.0)
    t = returns.shape[1]
    count = np.full(len(returns), t) if there is None else there.sum(axis=1)
    records["count"] = count
    mean = returns.sum(axis=1) / np.maximum(count, 1)
    away = _away(returns, mean, there)
    square = away * away
    records["mean"] = mean
    records["m2"] = square.sum(axis=1)
    records["m3"] = np.vecdot(square, away)
    records["m4"] = np.vecdot(square, square)
    _keep_decayed(records, returns, there, decay)
    excess = _keep_excess(records, sample, returns, away, there)
    _keep_joint(records, sample, excess, there)


def _away(values: Array, mean: Array, there: NDArray[np.bool_] | None) -> Array:
    away = values - mean[:, None]
    if there is not None:
        away *= there
    return away


def _keep_decayed(records: Records, returns: Array, there: NDArray[np.bool_] | None, decay: float) -> None:
    """The newest return weighs one, each older one of the ticker's own ``decay`` times as much as the next."""
    t = returns.shape[1]
    powers = decay ** np.arange(t)
    if there is None:
        weights = powers[::-1]
        records["weight"] = weights.sum()
        records["squares"] = np.vecdot(returns * returns, weights)
        return
    later = records["count"][:, None] - np.cumsum(there, axis=1)
    weighted = powers[later] * there
    records["weight"] = weighted.sum(axis=1)
    records["squares"] = np.vecdot(returns * returns, weighted)


def _keep_excess(
    records: Records, sample: Sample, returns: Array, away: Array, there: NDArray[np.bool_] | None
) -> Array:
    """Moments of the excess returns; answers with their deviations from their mean, zero where there is none."""
    excess = returns - sample.rates
    if there is not None:
        excess *= there
    mean = excess.sum(axis=1) / np.maximum(records["count"], 1)
    steady = not np.ptp(sample.rates)
    deviations = away if steady else _away(excess, mean, there)
    records["excess_mean"] = mean
    records["excess_m2"] = records["m2"] if steady else np.vecdot(deviations, deviations)
    np.minimum(excess, 0.0, out=excess)
    records["below"] = np.vecdot(excess, excess)
    return deviations


def _keep_joint(records: Records, sample: Sample, away: Array, there: NDArray[np.bool_] | None) -> None:
    """Co-moments over the returns that ticker and market both have.

    Both are centred before, nearly or exactly, so that the products below lose no digits.
    """
    market = sample.market - sample.rates
    has = ~np.isnan(market)
    if not has.any():
        return
    center = float(market[has].mean())
    market = np.where(has, market - center, 0.0)
    both = (has if there is None else has & there).astype(np.float64)
    count = both.sum(axis=-1)
    n = np.maximum(count, 1.0)
    own = np.vecdot(away, both) / n
    others = np.vecdot(market, both) / n
    records["joint"] = count
    records["joint_mean"] = np.where(count > 0, records["excess_mean"] + own, 0.0)
    records["joint_market"] = np.where(count > 0, center + others, 0.0)
    if sample.complete and has.all() and market.ndim == 1:
        records["joint_m2"] = records["excess_m2"]
    else:
        records["joint_m2"] = np.maximum(np.vecdot(away * away, both) - n * own * own, 0.0)
    records["market_m2"] = np.maximum(np.vecdot(market * market, both) - n * others * others, 0.0)
    records["joint_product"] = np.vecdot(away, market) - n * own * others
