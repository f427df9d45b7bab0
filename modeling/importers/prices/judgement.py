"""What of a ticker's prices can be used. One that can't be trusted is left out whole, with the lines that say why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from modeling.importers.prices.dates import EPOCH
from modeling.importers.prices.refusals import refused, shown
from modeling.importers.prices.signs import fits, misfit, several
from modeling.prices.units import MINOR

FIRST_DAY = date(1800, 1, 1).toordinal() - EPOCH
LARGEST, SMALLEST = 1e12, 1e-9
AHEAD = 1  # days: it is tomorrow already somewhere
LONGEST_TICKER = 32
MOST_PROBLEMS = 5  # told of one ticker; more are counted
FORMULA = tuple("=+-@\t\r")
NAME = re.compile(r"[A-Za-z0-9^$.][A-Za-z0-9 ._^=:&$-]*")
# What to do with several prices of one date that differ.
DUPLICATES = ("refuse", "first", "last")

Days = NDArray[np.int32]
Floats = NDArray[np.float64]
Lines = NDArray[np.int64]


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a ticker, and where; *line* is 0 where it is about the ticker itself."""

    line: int
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"line {self.line:,}: " if self.line else ""
        return f"{where}{self.message} {self.remedy}".rstrip()


@dataclass(frozen=True)
class Series:
    """One ticker's prices, days strictly rising; ``duplicates`` equal ones were dropped, ``overruled`` by policy.

    ``sign`` is that of the currency its prices are written with, ``unit`` the minor one that they were converted from;
    empty where there is none.
    """

    ticker: str
    days: Days
    prices: Floats
    currency: str = ""
    duplicates: int = 0
    overruled: int = 0
    sign: str = ""
    unit: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A ticker that is not imported; of ``trouble_count`` problems some are told."""

    ticker: str
    troubles: tuple[Trouble, ...]
    trouble_count: int


@dataclass
class Troubles:
    """Collects what is wrong with a ticker in bounded memory."""

    told: list[Trouble] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, value: str, message: str, remedy: str) -> None:
        self.count += 1
        if len(self.told) < MOST_PROBLEMS:
            self.told.append(Trouble(int(line), shown(value), message, remedy))

    def tell(self, places: Iterable[int], describe: Callable[[int], tuple[int, str, str, str]]) -> None:
        """Adds what *describe* says of each place, asking only for the first few."""
        places = list(places)
        for place in places[:MOST_PROBLEMS]:
            self.add(*describe(place))
        self.count += max(0, len(places) - MOST_PROBLEMS)

    def extend(self, others: Troubles) -> None:
        self.count += others.count
        self.told = (self.told + others.told)[:MOST_PROBLEMS]


@dataclass(frozen=True)
class Money:
    """What a file says of the money a ticker is priced in: its currency, and the signs of its prices."""

    currency: str = ""
    signs: frozenset[str] = frozenset()

    @property
    def sign(self) -> str:
        return min(self.signs, default="")

    def judge(self, troubles: Troubles) -> None:
        """Notes signs that contradict each other or the currency."""
        if problem := several(self.signs):
            troubles.add(0, problem.value, problem.message, problem.remedy)
        elif self.currency and not fits(self.sign, self.currency):
            problem = misfit(self.sign, self.currency)
            troubles.add(0, self.sign, problem.message, problem.remedy)


@dataclass(frozen=True)
class Rules:
    """Whose clock counts, and what to do with dates that come twice.

    Attributes
    ----------
    today : prices of days later than tomorrow are refused
    duplicates : with several prices of one date that differ: refuse the ticker, or take the first or the last
    """

    today: date
    duplicates: str = "refuse"

    def __post_init__(self) -> None:
        if self.duplicates not in DUPLICATES:
            raise refused(
                "There is no such rule.", f"Use one of: {', '.join(DUPLICATES)}.", "duplicates", self.duplicates
            )


def judge(
    ticker: str, days: Days, prices: Floats, lines: Lines, *, rules: Rules, troubles: Troubles, money: Money
) -> Series | LeftOut:
    """The series of a ticker, or why it is left out. *prices* are NaN where none is stated; days come in any order."""
    stated = ~np.isnan(prices)
    days, prices, lines = days[stated], prices[stated], lines[stated]
    money.judge(troubles)
    judge_prices(prices, lines, troubles)
    judge_days(days, lines, rules.today, troubles)
    if len(days) == 0 and not troubles.count:
        troubles.add(0, ticker, "It has no price at all.", "Leave it out, or state its prices.")
    order = np.argsort(days, kind="stable")
    days, prices, lines = days[order], prices[order], lines[order]
    keep, duplicates, overruled = judge_duplicates(days, prices, lines, rules.duplicates, troubles)
    if troubles.count:
        told = sorted(troubles.told, key=lambda trouble: trouble.line)
        return LeftOut(ticker, tuple(told), troubles.count)
    days, prices, currency = days[keep], prices[keep], money.currency
    if currency not in MINOR:
        return Series(ticker, days, prices, currency, duplicates, overruled, money.sign)
    minor = MINOR[currency]
    return Series(ticker, days, minor.whole(prices), minor.currency, duplicates, overruled, unit=currency)


def judge_prices(prices: Floats, lines: Lines, troubles: Troubles) -> None:
    def describe(at: int) -> tuple[int, str, str, str]:
        value = f"{prices[at]:g}"
        if prices[at] > 0:
            word = "large" if prices[at] > LARGEST else "small"
            return int(lines[at]), value, f"The price is too {word}.", f"Prices are {SMALLEST:g} to {LARGEST:g}."
        message = "The price is zero." if prices[at] == 0 else "The price is negative."
        return int(lines[at]), value, message, "Leave the cell empty where there is no price."

    troubles.tell(np.flatnonzero(~((prices >= SMALLEST) & (prices <= LARGEST))), describe)


def judge_days(days: Days, lines: Lines, today: date, troubles: Troubles) -> None:
    last = today.toordinal() - EPOCH + AHEAD

    def describe(at: int) -> tuple[int, str, str, str]:
        when = written(int(days[at]))
        why = f"{when} is in the future (today is {today})." if days[at] > last else f"{when} is before 1800."
        return int(lines[at]), when, why, "Check the date, and the format of the dates."

    troubles.tell(np.flatnonzero((days > last) | (days < FIRST_DAY)), describe)


def written(day: int) -> str:
    return date.fromordinal(day + EPOCH).isoformat()


def judge_duplicates(
    days: Days, prices: Floats, lines: Lines, policy: str, troubles: Troubles
) -> tuple[NDArray[np.bool_], int, int]:
    """Which of sorted rows stay, how many equal ones go, and how many that differ."""
    keep = np.ones(len(days), dtype=bool)
    again = np.flatnonzero(days[1:] == days[:-1]) + 1
    if not len(again):
        return keep, 0, 0
    starts = np.flatnonzero(np.concatenate(([True], days[1:] != days[:-1])))
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(days))))
    differs = again[prices[again] != prices[starts[group[again]]]]

    def describe(at: int) -> tuple[int, str, str, str]:
        first = starts[group[at]]
        message = f"{written(int(days[at]))} has the price {prices[first]:g} in line {lines[first]:,} already."
        return int(lines[at]), f"{prices[at]:g}", message, "Keep one of them, or state which one counts."

    if policy == "refuse":
        troubles.tell(differs, describe)
    if policy == "last":
        keep[:-1] = days[1:] != days[:-1]
    else:
        keep[again] = False
    return keep, len(again) - len(differs), len(differs)


def ticker_troubles(ticker: str) -> Troubles:
    """What is wrong with a name of a ticker."""
    troubles = Troubles()
    if not ticker:
        troubles.add(0, ticker, "A column or line has no ticker.", "Name it.")
    elif ticker.startswith(FORMULA):
        troubles.add(
            0, ticker, f"It begins with {ticker[0]!r}, as a formula does.", "Rename it: a spreadsheet would run it."
        )
    elif len(ticker) > LONGEST_TICKER:
        troubles.add(0, ticker, f"It has more than {LONGEST_TICKER} characters.", "Shorten it.")
    elif not NAME.fullmatch(ticker):
        troubles.add(
            0, ticker, "It holds characters that no ticker has.", "Use letters, digits and . _ - ^ = : & $ only."
        )
    return troubles


def alike(tickers: Iterable[str]) -> dict[str, Sequence[str]]:
    """The tickers that differ from another only in case or spaces, each with all that are like it."""
    groups: dict[str, list[str]] = {}
    for ticker in tickers:
        groups.setdefault("".join(ticker.split()).casefold(), []).append(ticker)
    return {ticker: group for group in groups.values() if len(group) > 1 for ticker in group}
