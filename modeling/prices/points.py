"""What is offered to be stored, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from modeling.engines.prices.panel import Array, Days
from modeling.prices.tickers import IN_WORDS, is_ticker
from modeling.prices.units import minor_problem
from valor.lib.errors import InvalidInput, Problem

MOST_POINTS = 40_000
HIGHEST_PRICE = 1e12
LOWEST_PRICE = 1e-9
EARLIEST = date(1800, 1, 1)
AHEAD = timedelta(days=1)  # It is tomorrow already somewhere.
EPOCH = date(1970, 1, 1)
MOST_TOLD = 10
CURRENCY = re.compile("[A-Z]{3}").fullmatch


@dataclass(frozen=True)
class Points:
    """Prices of one ticker, to be merged with what is stored of it.

    Attributes
    ----------
    ticker
        As exchanges write it.
    days : int32 array, shape (t,)
        Days since 1970-01-01, strictly rising. (datetime64 is understood, too.)
    prices : float64 array, shape (t,)
        Money per share, finite and above zero.
    currency
        ISO 4217; empty for that of the set.
    sign
        That of a currency, which the prices were written with; empty where there was none.
    name, sector, source
        Empty where nothing new is known.
    """

    ticker: str
    days: Days
    prices: Array
    currency: str = ""
    name: str = ""
    sector: str = ""
    source: str = ""
    sign: str = ""

    def checked(self, today: date) -> Points:
        """The same in its one form; raises InvalidInput with every problem."""
        problems = [*ticker_problems(self.ticker), *text_problems(self)]
        days, prices = numbers(self.days), numbers(self.prices)
        problems += shape_problems(self.ticker, days, prices) or [
            *day_problems(self.ticker, days, today),
            *price_problems(self.ticker, days, prices),
        ]
        if problems:
            raise InvalidInput(problems=problems)
        return replace(self, days=days.astype(np.int32), prices=prices.astype(np.float64))


def numbers(values: Any) -> np.ndarray:
    """An array of numbers; empty where *values* are none."""
    array = np.asarray(values)
    if array.dtype.kind == "M":
        array = array.astype("datetime64[D]").astype(np.int64)
    return array if array.dtype.kind in "iuf" else np.empty((0, 0))


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def shown(number: int) -> str:
    """A day as a date, where it is within any calendar."""
    try:
        return day_of(number).isoformat()
    except OverflowError:
        return f"{number} days after 1970-01-01"


def number_of(day: date) -> int:
    return (day - EPOCH).days


def ticker_problems(ticker: str) -> list[Problem]:
    if is_ticker(ticker):
        return []
    remedy = f"Give {IN_WORDS}. Write BRK.B for BRK/B."
    return [Problem("ticker", ticker[:80].replace("\0", ""), "This can't be a ticker.", remedy)]


def text_problems(points: Points) -> list[Problem]:
    problems = []
    if problem := minor_problem(points.currency):
        problems.append(problem)
    elif points.currency and not CURRENCY(points.currency):
        remedy = "Give three capital letters, such as USD."
        problems.append(Problem("currency", points.currency[:80], "This is no code of a currency.", remedy))
    for field, most in (("name", 200), ("sector", 120), ("source", 300)):
        text = getattr(points, field)
        if len(text) > most or "\0" in text:
            message = f"It is longer than {most} characters, or holds a NUL."
            problems.append(Problem(field, text[:80].replace("\0", ""), message, "Shorten it."))
    return problems


def shape_problems(ticker: str, days: np.ndarray, prices: np.ndarray) -> list[Problem]:
    if days.ndim != 1 or prices.ndim != 1 or days.dtype.kind == "f":
        return [Problem("prices", ticker, f"{ticker} has no list of days and of prices.", "Give both as numbers.")]
    if len(days) != len(prices):
        message = f"{ticker} has {len(days)} days and {len(prices)} prices."
        return [Problem("prices", len(prices), message, "Give a price for every day, and leave out days without one.")]
    if not len(days):
        return [Problem("prices", 0, f"{ticker} has no prices.", "Give at least one day with its price.")]
    return []


def day_problems(ticker: str, days: np.ndarray, today: date) -> list[Problem]:
    problems = []
    wrong = np.flatnonzero(np.diff(days) <= 0)
    if len(wrong):
        place = int(wrong[0]) + 1
        told = f"{shown(days[place])} after {shown(days[place - 1])}"
        remedy = "Sort them, each day once."
        problems.append(Problem("days", shown(days[place]), f"The days of {ticker} do not rise: {told}.", remedy))
    low, high = number_of(EARLIEST), number_of(today + AHEAD)
    beyond = days[(days < low) | (days > high)]
    if len(beyond):
        message = f"{ticker} has a price of a day that can't be: {shown(beyond[0])}."
        remedy = f"Give days from {EARLIEST} to today."
        problems.append(Problem("days", shown(beyond[0]), message, remedy))
    return problems


def price_problems(ticker: str, days: np.ndarray, prices: np.ndarray) -> list[Problem]:
    wrong = np.flatnonzero(~((prices >= LOWEST_PRICE) & (prices <= HIGHEST_PRICE)))
    remedy = f"Give a number from {LOWEST_PRICE:g} to {HIGHEST_PRICE:g}, or leave the day out."
    problems = [
        Problem(
            "prices",
            float(prices[place]) if np.isfinite(prices[place]) else str(prices[place]),
            f"{ticker} can't cost {prices[place]:g} (price {place + 1} of {len(prices)}).",
            remedy,
        )
        for place in wrong[:MOST_TOLD]
    ]
    if len(wrong) > MOST_TOLD:
        problems.append(Problem("prices", len(wrong), f"{ticker} has {len(wrong)} such prices in all.", remedy))
    return problems
