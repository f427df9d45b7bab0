"""The rules of a backtest: how far the strategy sees, when it decides, when that is traded, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.trading import Costs, fractional, unusable
from modeling.engines.prices.panel import Days
from valor.lib.errors import Problem

Calendar = Literal["week", "month", "quarter", "year"]
OnRefusal = Literal["keep", "stop"]


@dataclass(frozen=True)
class Window:
    """How much of the past the strategy is shown.

    Attributes
    ----------
    periods : returns in a rolling window, or the least number of them before an expanding one is first used
    expanding : whether the window begins with the panel's first day and only grows
    minimum : prices that an asset must have in the window to be shown, at least 2. Left out it is all of a rolling
        window, and ``periods + 1`` of an expanding one, whose rows may then begin with NaN.
    """

    periods: int
    expanding: bool = False
    minimum: int | None = None

    def __post_init__(self) -> None:
        problems = unusable("window.periods", self.periods, 1, np.inf)
        if self.minimum is not None:
            problems += unusable("window.minimum", self.minimum, 2, np.inf if self.expanding else self.periods + 1)
        problems = problems or fractional("window.periods", self.periods) + fractional("window.minimum", self.minimum)
        if problems:
            raise EngineError(problems=problems)

    @property
    def required(self) -> int:
        return self.periods + 1 if self.minimum is None else self.minimum

    def first(self, day: int) -> int:
        """Where the window begins that ends with the close of *day* (places in the calendar)."""
        return 0 if self.expanding else day - self.periods


@dataclass(frozen=True)
class Rebalancing:
    """When the strategy is asked again.

    Every so many periods, or on the last trading day of each week, month, quarter or year (the calendar is known
    beforehand, prices are not), and also, where a band is given, at the close of any day on which the weight of an
    asset is further than ``band`` from what it was after the last trade. With none of these it is asked once.
    """

    every: int | None = None
    calendar: Calendar | None = None
    band: float | None = None

    def __post_init__(self) -> None:
        problems = [] if self.every is None else unusable("rebalancing.every", self.every, 1, np.inf)
        if self.band is not None:
            problems += unusable("rebalancing.band", self.band, 0.0, np.inf, strictly=True)
        if self.calendar is not None and self.calendar not in get_args(Calendar):
            remedy = f"Give one of {', '.join(get_args(Calendar))}."
            problems.append(Problem("rebalancing.calendar", self.calendar, "There is no such calendar.", remedy))
        if self.calendar is not None and self.every is not None:
            remedy = "Leave out one of the two."
            problems.append(Problem("rebalancing", self.every, "It has both a calendar and a number.", remedy))
        problems = problems or fractional("rebalancing.every", self.every)
        if problems:
            raise EngineError(problems=problems)

    def schedule(self, days: Days, earliest: int) -> NDArray[np.int64]:
        """The places of the decision days from *earliest* on, rising; the first of them is the first decision."""
        if self.calendar is not None:
            ends = np.flatnonzero(ends_of(self.calendar, days))
            return ends[ends >= earliest]
        step = self.every or len(days)
        return np.arange(earliest, len(days), step)


def ends_of(calendar: Calendar, days: Days) -> NDArray[np.bool_]:
    """Which days are the last of their week, month, quarter or year: the next trading day belongs to another one."""
    dates = days.astype("datetime64[D]")
    if calendar == "week":
        number = (days.astype(np.int64) + 3) // 7  # weeks begin on Mondays; 1970-01-01 was a Thursday
    else:
        months = dates.astype("datetime64[M]").astype(np.int64)
        number = months // {"month": 1, "quarter": 3, "year": 12}[calendar]
    return np.append(number[1:] != number[:-1], False)


@dataclass(frozen=True)
class Rules:
    """Everything a backtest needs besides prices and a strategy.

    Attributes
    ----------
    periods_per_year : 252 for daily prices, 52 for weekly ones
    delay : 1 trades at the close after the one that the decision has seen; 0 trades at that same close, which is
        optimistic, as nobody knows a close before it
    initial : money on the first day of trading, in cash
    cash_rate, borrowing_rate : earned on cash, paid on cash below zero (left out: the cash rate), decimals per year,
        compounded per period
    delisted_after : periods without a price after which an asset counts as delisted: what is held of it becomes cash at
        its last price, without costs. Until then it is kept at its last price and can't be traded. Whether a price
        comes back later is the future, so no decision can rest on it.
    on_refusal : where the strategy refuses: ``keep`` what is held and log it, or ``stop`` with its error
    risk_free : decimal per year, for the measures
    start : the earliest day to decide on, days since 1970-01-01
    """

    window: Window
    rebalancing: Rebalancing
    periods_per_year: float
    costs: Costs = field(default_factory=Costs)
    delay: int = 1
    initial: float = 1_000_000.0
    cash_rate: float = 0.0
    borrowing_rate: float | None = None
    delisted_after: int = 5
    on_refusal: OnRefusal = "keep"
    risk_free: float = 0.0
    start: int | None = None

    def __post_init__(self) -> None:
        problems = [
            *unusable("periods_per_year", self.periods_per_year, 0.0, np.inf, strictly=True),
            *unusable("initial", self.initial, 0.0, np.inf, strictly=True),
            *unusable("cash_rate", self.cash_rate, -0.99, np.inf),
            *unusable("delisted_after", self.delisted_after, 1, np.inf),
            *unusable("risk_free", self.risk_free, -0.99, np.inf),
        ]
        if self.borrowing_rate is not None:
            problems += unusable("borrowing_rate", self.borrowing_rate, -0.99, np.inf)
        if self.delay not in (0, 1):
            problems.append(Problem("delay", self.delay, "It is neither 0 nor 1.", "Give 1, or 0 for the same close."))
        if self.on_refusal not in get_args(OnRefusal):
            problems.append(Problem("on_refusal", self.on_refusal, "There is no such policy.", "Give keep or stop."))
        problems = problems or fractional("delisted_after", self.delisted_after)
        if problems:
            raise EngineError(problems=problems)

    @property
    def borrowing(self) -> float:
        return self.cash_rate if self.borrowing_rate is None else self.borrowing_rate
