"""Records of two neighbouring periods joined, with the return from the last price of one to the first of the other."""

from __future__ import annotations

import numpy as np

from modeling.engines.prices.panel import Array, Days
from modeling.engines.prices.returns import change
from modeling.engines.prices.statistics.records import NO_DAY, Records, empty_records
from modeling.engines.prices.statistics.settings import Settings

UNKNOWN_DAY = NO_DAY + 1
"""A recovery that lies within the later period, on a day its record does not tell."""


def merged(earlier: Records, later: Records, settings: Settings) -> Records:
    """The records of both periods; the later one begins on the day of the calendar after the earlier one's last."""
    joined = pooled(pooled(earlier, _bridge(earlier, later, settings), settings.decay), later, settings.decay)
    _join_prices(joined, earlier, later)
    _join_falls(joined, earlier, later)
    return joined


def pooled(first: Records, second: Records, decay: float) -> Records:
    """Counts and moments of both (Pébay, 2008, equations 1.3, 2.1 and 3.1)."""
    a, b = first, second
    joined = a.copy()
    n = np.maximum(a["count"] + b["count"], 1).astype(np.float64)
    na, nb = a["count"].astype(np.float64), b["count"].astype(np.float64)
    shift = b["mean"] - a["mean"]
    joined["count"] = a["count"] + b["count"]
    joined["mean"] = np.where(na > 0, a["mean"] + shift * nb / n, b["mean"])
    joined["m2"] = a["m2"] + b["m2"] + shift**2 * na * nb / n
    joined["m3"] = a["m3"] + b["m3"] + shift**3 * na * nb * (na - nb) / n**2
    joined["m3"] += 3 * shift * (na * b["m2"] - nb * a["m2"]) / n
    joined["m4"] = a["m4"] + b["m4"] + shift**4 * na * nb * (na**2 - na * nb + nb**2) / n**3
    joined["m4"] += 6 * shift**2 * (na**2 * b["m2"] + nb**2 * a["m2"]) / n**2
    joined["m4"] += 4 * shift * (na * b["m3"] - nb * a["m3"]) / n
    shift = b["excess_mean"] - a["excess_mean"]
    joined["excess_mean"] = np.where(na > 0, a["excess_mean"] + shift * nb / n, b["excess_mean"])
    joined["excess_m2"] = a["excess_m2"] + b["excess_m2"] + shift**2 * na * nb / n
    joined["below"] = a["below"] + b["below"]
    for name in ("squares", "weight"):
        joined[name] = a[name] * decay**nb + b[name]
    _pool_joint(joined, a, b)
    return joined


def _pool_joint(joined: Records, a: Records, b: Records) -> None:
    """Co-moments of both (Pébay, 2008, equation 4.1)."""
    na, nb = a["joint"].astype(np.float64), b["joint"].astype(np.float64)
    n = np.maximum(na + nb, 1)
    joined["joint"] = a["joint"] + b["joint"]
    own, market = b["joint_mean"] - a["joint_mean"], b["joint_market"] - a["joint_market"]
    joined["joint_mean"] = np.where(na > 0, a["joint_mean"] + own * nb / n, b["joint_mean"])
    joined["joint_market"] = np.where(na > 0, a["joint_market"] + market * nb / n, b["joint_market"])
    for name, product in (("joint_m2", own**2), ("market_m2", market**2), ("joint_product", own * market)):
        joined[name] = a[name] + b[name] + product * na * nb / n


def _bridge(a: Records, b: Records, settings: Settings) -> Records:
    """The one return from the last price of the earlier period to the first of the later, where it exists."""
    bridge = empty_records(len(a))
    there = (a["prices"] > 0) & (b["prices"] > 0) & (a["trailing"] + b["leading"] <= settings.spanned)
    if settings.limit_days is not None:
        there &= b["first_day"].astype(np.int64) - a["last_day"] <= settings.limit_days
    before, after = (np.where(there, part, 1.0) for part in (a["last_price"], b["first_price"]))
    value = change(before, after, settings.kind)
    rate = np.where(there, a["trailing_rate"] + b["leading_rate"], 0.0)
    bridge["count"] = bridge["weight"] = there
    bridge["mean"], bridge["squares"] = value, value**2
    bridge["excess_mean"] = value - rate
    bridge["below"] = np.minimum(value - rate, 0.0) ** 2
    both = there & ~np.isnan(a["market_last"]) & ~np.isnan(b["market_first"])
    start, end = (np.where(both, part, 1.0) for part in (a["market_last"], b["market_first"]))
    bridge["joint"] = both
    bridge["joint_mean"] = np.where(both, value - rate, 0.0)
    bridge["joint_market"] = np.where(both, change(start, end, settings.kind) - rate, 0.0)
    return bridge


def _join_prices(joined: Records, a: Records, b: Records) -> None:
    """First from the earlier period that has a price, last from the later."""
    old, new = a["prices"] > 0, b["prices"] > 0
    joined["prices"] = a["prices"] + b["prices"]
    for name in ("first_day", "first_price", "market_first"):
        joined[name] = np.where(old, a[name], b[name])
    for name in ("last_day", "last_price", "market_last"):
        joined[name] = np.where(new, b[name], a[name])
    for name in ("leading", "leading_rate"):
        joined[name] = np.where(old, a[name], a[name] + b[name])
    for name, unpriced in (("trailing", "leading"), ("trailing_rate", "leading_rate")):
        joined[name] = np.where(new, b[name], np.where(old, a[name] + b[unpriced], 0))


def _join_falls(joined: Records, a: Records, b: Records) -> None:
    """The deepest fall lies in the earlier period, from its high to the later one's low, or in the later one."""
    old, new = a["prices"] > 0, b["prices"] > 0
    both = old & new
    across = np.where(both, b["low"] / np.where(old, a["high"], 1.0) - 1.0, 0.0)
    for name, more in (("high", b["high"] > a["high"]), ("low", b["low"] < a["low"])):
        taken = new & (~old | more)
        joined[name] = np.where(taken, b[name], a[name])
        joined[f"{name}_day"] = np.where(taken, b[f"{name}_day"], a[f"{name}_day"])
    within, over = np.where(old, a["depth"], 0.0), across
    crossing = both & (over < within) & (over <= b["depth"])
    inside = new & ~crossing & (b["depth"] < within)
    parts = {"depth": over, "peak": a["high"], "peak_day": a["high_day"], "trough_day": b["low_day"]}
    for name, figure in parts.items():
        joined[name] = np.where(crossing, figure, np.where(inside | ~old, b[name], a[name]))
    open_before = both & ~crossing & ~inside & (a["depth"] < 0) & (a["recovery_day"] == NO_DAY)
    # Where the high was reached again before that fall, the later record knows the same fall, and its recovery.
    again = crossing & (b["peak"] == a["high"]) & (b["trough_day"] == b["low_day"])
    day = np.where(inside | ~old | again, b["recovery_day"], np.where(crossing, NO_DAY, a["recovery_day"]))
    made_good = (open_before | (crossing & ~again)) & (b["high"] >= joined["peak"])
    joined["recovery_day"] = np.where(made_good, UNKNOWN_DAY, day)


def settle_recoveries(joined: Records, earlier: Records, prices: Array, days: Days) -> None:
    """Read the unknown days of recovery from the later period's prices: the first at the old peak or above."""
    told = (earlier["recovery_day"] == UNKNOWN_DAY) & (earlier["trough_day"] == joined["trough_day"])
    for row in np.flatnonzero((joined["recovery_day"] == UNKNOWN_DAY) & ~told):
        reached = (prices[row] >= joined["peak"][row]) & (days > joined["trough_day"][row])
        joined["recovery_day"][row] = days[np.argmax(reached)] if reached.any() else NO_DAY
