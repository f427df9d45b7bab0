"""Returns from a panel: simple, logarithmic, in excess of a rate, and at other frequencies.

A return exists where a ticker has a price on a day of the calendar and on the day before it. By choice it also bridges
days without a price (``spanned``), then from the last price the ticker had. Where it does not exist, it is NaN.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.prices.errors import NotPositive, OutOfStep, TooFewPrices
from modeling.engines.prices.panel import Array, Panel
from valor.lib.errors import Problem

KINDS: Final = ("simple", "log")
FREQUENCIES: Final = ("weekly", "monthly", "quarterly", "yearly")
Places = NDArray[np.int64]


def returns_of(panel: Panel, kind: str = "simple", *, spanned: int = 0, limit_days: int | None = None) -> Array:
    """The returns of every ticker, shape (n, t - 1); column j is the return that ends on day j + 1.

    Parameters
    ----------
    kind : "simple" (price over price, minus one) or "log" (its logarithm)
    spanned : how many days of the calendar without a price a return may bridge; it stands on the day it ends
    limit_days : the most days of the year between its two prices, or None for any number

    Raises
    ------
    EngineError
        For an unknown kind or a negative limit; NotPositive for a price that is not above zero and finite;
        TooFewPrices for a calendar of less than two days.
    """
    check_kind(kind)
    check_limits(spanned, limit_days)
    check_prices(panel)
    before = panel.prices[:, :-1]
    if spanned:
        previous = previous_rows(panel, spanned)
        before = np.where(previous < 0, np.nan, np.take_along_axis(panel.prices, np.maximum(previous, 0), axis=1))
    returns = change(before, panel.prices[:, 1:], kind)
    return returns if limit_days is None else _within(returns, panel, spanned, limit_days)


def change(before: Array, after: Array, kind: str) -> Array:
    """The return from one price to the other."""
    ratio: Array = after / before
    if kind == "log":
        return np.log(ratio, out=ratio)
    ratio -= 1.0
    return ratio


def last_rows(prices: Array) -> Places:
    """For every ticker and day the place of its latest price so far, -1 before its first; shape (n, t)."""
    places = np.where(np.isnan(prices), -1, np.arange(prices.shape[1]))
    return np.maximum.accumulate(places, axis=1)


def previous_rows(panel: Panel, spanned: int) -> Places:
    """For each return the place of the price it starts from, -1 where there is none near enough; shape (n, t - 1)."""
    previous = last_rows(panel.prices)[:, :-1]
    bridged = np.arange(previous.shape[1]) - previous
    return np.where(bridged <= spanned, previous, -1)


def _within(returns: Array, panel: Panel, spanned: int, limit_days: int) -> Array:
    """The returns without those whose two prices lie too far apart."""
    days = panel.days.astype(np.int64)
    if not spanned:
        returns[:, np.diff(days) > limit_days] = np.nan
        return returns
    previous = previous_rows(panel, spanned)
    returns[days[1:] - days[np.maximum(previous, 0)] > limit_days] = np.nan
    return returns


def rates_per_period(risk_free: Any, panel: Panel, periods_per_year: float, kind: str = "simple") -> Array:
    """What a risk-free investment returns from each day of the calendar to the next, shape (t,).

    ``risk_free`` is a decimal per year, or one for each day of the calendar, shape (t,): that of the day a period
    starts on counts for it, so no later rate is used; the last is that of a period still to come. Simple returns take
    rate / periods, as the mean of simple returns is annualised; logarithmic ones log(1 + rate) / periods. Raises
    OutOfStep for another shape, a missing rate, or one of -1 or less.
    """
    given = np.asarray(risk_free, dtype=np.float64)
    if given.shape not in ((), panel.days.shape):
        shape = " x ".join(map(str, given.shape))
        remedy = f"Give one rate, or one for each of the {len(panel.days)} days."
        raise OutOfStep(problems=[Problem("risk_free", shape, "It has another length than the calendar.", remedy)])
    bad = ~(np.isfinite(given) & (given > -1))
    if bad.any():
        figure = str(given[bad].flat[0]) if given.ndim else str(given)
        remedy = "Give a decimal per year above -1 for every day, such as 0.02."
        raise OutOfStep(problems=[Problem("risk_free", figure, "A rate is missing or impossible.", remedy)])
    rates: Array = (np.log1p(given) if kind == "log" else given) / check_periods(periods_per_year)
    return np.broadcast_to(rates, panel.days.shape)


def excess_returns(
    panel: Panel,
    risk_free: Any,
    periods_per_year: float,
    kind: str = "simple",
    *,
    spanned: int = 0,
    limit_days: int | None = None,
) -> Array:
    """Returns less the risk-free return over the same days, shape (n, t - 1); see `returns_of`, `rates_per_period`."""
    returns = returns_of(panel, kind, spanned=spanned, limit_days=limit_days)
    rates = rates_per_period(risk_free, panel, periods_per_year, kind)[:-1]
    if spanned:
        level = np.concatenate([[0.0], np.cumsum(rates)])
        rates = level[1:] - level[np.maximum(previous_rows(panel, spanned), 0)]
    returns -= rates
    return returns


def resampled(panel: Panel, frequency: str) -> Panel:
    """The panel at the last price of every week (Monday to Sunday), month, quarter or year.

    A period stands on its last day in the calendar; a ticker without a price in it has NaN. The first and last period
    may be incomplete: cut the panel with `Panel.between` where that matters.
    """
    if frequency not in FREQUENCIES:
        remedy = f"Choose one of {', '.join(FREQUENCIES)}."
        raise EngineError(problems=[Problem("frequency", frequency, "There is no such frequency.", remedy)])
    periods = _periods(panel, frequency)
    ends = np.flatnonzero(np.append(periods[1:] != periods[:-1], True)) if len(periods) else np.array([], np.int64)
    starts = np.append(0, ends[:-1] + 1) if len(ends) else ends
    last = last_rows(panel.prices)[:, ends]
    found = np.take_along_axis(panel.prices, np.maximum(last, 0), axis=1)
    return Panel(panel.days[ends], panel.tickers, np.where(last >= starts, found, np.nan), panel.currencies)


def _periods(panel: Panel, frequency: str) -> Places:
    """A number for every day's period."""
    if frequency == "weekly":
        return (panel.days.astype(np.int64) + 3) // 7  # 1970-01-01 was a Thursday
    months = panel.dates.astype("datetime64[M]").astype(np.int64)
    return months // {"monthly": 1, "quarterly": 3, "yearly": 12}[frequency]


def check_kind(kind: str) -> None:
    if kind not in KINDS:
        remedy = f"Choose one of {', '.join(KINDS)}."
        raise EngineError(problems=[Problem("kind", kind, "There is no such return.", remedy)])


def check_limits(spanned: int, limit_days: int | None) -> None:
    for name, limit in (("spanned", spanned), ("limit_days", limit_days)):
        if limit is not None and limit < 0:
            raise EngineError(problems=[Problem(name, limit, "A limit is not below zero.", "Give 0 days or more.")])


def check_periods(periods_per_year: float) -> float:
    if not 0 < periods_per_year < np.inf:
        remedy = "Give 252 for daily prices, 52 for weekly, 12 for monthly ones."
        problem = Problem("periods_per_year", str(periods_per_year), "It is not a number above zero.", remedy)
        raise EngineError(problems=[problem])
    return periods_per_year


def check_prices(panel: Panel) -> None:
    """Refuses prices that no return can be made of, and a calendar without two days."""
    if len(panel.days) < 2:
        raise TooFewPrices(problems=[too_short(len(panel.days), 2)])
    least, most = panel.prices.min(initial=1.0), panel.prices.max(initial=1.0)
    if least > 0 and most < np.inf:
        return
    with np.errstate(invalid="ignore"):
        bad = np.argwhere((panel.prices <= 0) | np.isinf(panel.prices))
    if len(bad):
        raise NotPositive(problems=[not_positive(panel, int(row), int(day)) for row, day in bad[:10]])


def too_short(found: int, needed: int) -> Problem:
    message = f"The calendar has {found} days, and this needs {needed}."
    return Problem("days", found, message, "Give a longer period.")


def not_positive(panel: Panel, row: int, day: int) -> Problem:
    figure = float(panel.prices[row, day])
    message = f"The price of {panel.tickers[row]} on {panel.dates[day]} is {figure:g}."
    return Problem("prices", str(figure), message, "Clean the prices with a rule for them, or correct the figure.")
