"""A portfolio of today in crises of the past, as far as prices reach, and in the worst stretches they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.backtest.measures import max_drawdown
from modeling.engines.portfolio.decomposition import checked_weights
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.stress import Stressed
from modeling.engines.prices.panel import Panel
from valor.lib.errors import Problem

Missing = Literal["refuse", "leave_out"]
EPOCH = date(1970, 1, 1)
STALE = 10  # days before the first one within which a price still counts as that day's


class NotCovered(EngineError):
    """The prices don't reach over this stretch: choose another one, import more, or leave assets out."""


@dataclass(frozen=True)
class Stretch:
    """From the close of one day to that of another, days since 1970-01-01."""

    name: str
    first: int
    last: int

    def __post_init__(self) -> None:
        if self.last <= self.first:
            raise EngineError(problems=[Problem("last", self.last, "It is not after the first day.", "Give a later.")])


@dataclass(frozen=True)
class Crises:
    """The crises that the prices cover, and why the others are not among them: (name, reason)."""

    covered: tuple[Stressed, ...]
    not_covered: tuple[tuple[str, str], ...]


def stretch(name: str, first: str, last: str) -> Stretch:
    """A stretch from dates such as 2008-09-12."""
    return Stretch(name, *((date.fromisoformat(day) - EPOCH).days for day in (first, last)))


CRISES = (
    stretch("Black Monday 1987", "1987-10-13", "1987-10-19"),
    stretch("Gulf war 1990", "1990-07-16", "1990-10-11"),
    stretch("Russia and LTCM 1998", "1998-07-17", "1998-08-31"),
    stretch("Dot-com bust 2000 to 2002", "2000-03-24", "2002-10-09"),
    stretch("September 11, 2001", "2001-09-10", "2001-09-21"),
    stretch("Financial crisis 2007 to 2009", "2007-10-09", "2009-03-09"),
    stretch("Lehman, autumn 2008", "2008-09-12", "2008-11-20"),
    stretch("Euro debt 2011", "2011-07-22", "2011-10-03"),
    stretch("China and oil 2015 to 2016", "2015-11-03", "2016-02-11"),
    stretch("Rate scare, end of 2018", "2018-09-20", "2018-12-24"),
    stretch("Covid 2020", "2020-02-19", "2020-03-23"),
    stretch("Inflation and rates 2022", "2022-01-03", "2022-10-12"),
)
"""From the S&P 500's closing peak to its trough, or the weeks a crisis is named after."""


def crises(
    weights: Any, panel: Panel, stretches: Iterable[Stretch] = CRISES, *, missing: Missing = "leave_out"
) -> Crises:
    """Today's weights (n,) in each stretch that the panel covers."""
    covered, others = [], []
    for one in stretches:
        try:
            covered.append(during(weights, panel, one, missing=missing))
        except NotCovered as refused:
            others.append((one.name, refused.problems[0].message))
    return Crises(tuple(covered), tuple(others))


def during(weights: Any, panel: Panel, over: Stretch, *, missing: Missing = "refuse") -> Stressed:
    """The weights (n,), bought at the close of the first day and held to that of the last; the rest of 1 is cash.

    The first price is the last one up to 10 days before; an asset that is delisted on the way keeps its last price.
    An asset that has no price then, or none on the way, is refused; or left out, and the others scaled up to the same
    sum of absolute weights.

    Raises NotCovered.
    """
    held = fitting(weights, panel)
    base, stop = span_of(panel, over)
    recent = int(np.searchsorted(panel.days, panel.days[base] - STALE, "left"))
    first = filled(panel.prices[:, recent : base + 1])[:, -1]
    path = filled(np.column_stack([first, panel.prices[:, base + 1 : stop]]))
    known = ~np.isnan(first) & (~np.isnan(panel.prices[:, base + 1 : stop])).any(axis=1)
    absent = np.flatnonzero((held != 0.0) & ~known)
    left_out = tuple(panel.tickers[row] for row in absent)
    if len(absent):
        held = without(held, absent, left_out, over, missing)
    moves = np.where(known[:, None], path / np.where(known, first, 1.0)[:, None] - 1.0, 0.0)
    values = 1.0 + held @ moves
    fall = max_drawdown(values[1:] / values[:-1] - 1.0) if (values > 0.0).all() else -1.0
    contributions = held * moves[:, -1]
    return Stressed(
        name=over.name,
        returns=moves[:, -1],
        contributions=contributions,
        portfolio_return=float(contributions.sum()),
        first=int(panel.days[base]),
        last=int(panel.days[stop - 1]),
        max_drawdown=fall,
        left_out=left_out,
    )


def worst(weights: Any, panel: Panel, periods: int, count: int = 5) -> tuple[Stressed, ...]:
    """The worst stretches of so many periods, worst first, no two overlapping; only those that lost money.

    Considered are all stretches with prices of every held asset at both ends.
    """
    held = fitting(weights, panel)
    if not 1 <= periods < len(panel.days):
        remedy = f"Give a whole number from 1 to {len(panel.days) - 1}."
        raise EngineError(problems=[Problem("periods", periods, "There are no stretches of this length.", remedy)])
    prices = panel.prices[held != 0.0]
    outcomes = held[held != 0.0] @ (prices[:, periods:] / prices[:, :-periods] - 1.0)
    if np.isnan(outcomes).all():
        message = f"No {periods} periods have prices of every asset at both ends."
        raise NotCovered(problems=[Problem("periods", periods, message, "Leave out assets with short histories.")])
    found: list[Stressed] = []
    open_to = ~np.isnan(outcomes) & (outcomes < 0.0)
    while open_to.any() and len(found) < count:
        at = int(np.argmin(np.where(open_to, outcomes, np.inf)))
        open_to[max(at - periods + 1, 0) : at + periods] = False
        first, last = int(panel.days[at]), int(panel.days[at + periods])
        name = f"{panel.dates[at]} to {panel.dates[at + periods]}"
        found.append(during(held, panel, Stretch(name, first, last)))
    return tuple(found)


def fitting(weights: Any, panel: Panel) -> Array:
    held = checked_weights(weights)
    if len(held) != len(panel.tickers):
        remedy = f"Give one for each of the {len(panel.tickers)} tickers."
        raise EngineError(problems=[Problem("weights", len(held), "There are not as many as tickers.", remedy)])
    return held


def span_of(panel: Panel, over: Stretch) -> tuple[int, int]:
    """The place of the first day's close, and that after the last one's.

    Refused where the prices begin later or end earlier, or are so far apart that half of the stretch would be missed.
    """
    if not (len(panel.days) and panel.days[0] <= over.first and over.last <= panel.days[-1]):
        span = f"from {panel.dates[0]} to {panel.dates[-1]}" if len(panel.days) else "of which there are none"
        raise not_covered(over, f"It lies outside the prices, {span}.")
    base = int(np.searchsorted(panel.days, over.first, "right")) - 1
    stop = int(np.searchsorted(panel.days, over.last, "right"))
    missed = (over.first - panel.days[base]) + (over.last - panel.days[stop - 1])
    if stop - 1 <= base or 2 * missed > over.last - over.first:
        raise not_covered(over, "The prices are too far apart to show it.")
    return base, stop


def not_covered(over: Stretch, message: str) -> NotCovered:
    return NotCovered(problems=[Problem("stretch", over.name, message, "Import more prices, or take another stretch.")])


def without(held: Array, absent: Any, names: tuple[str, ...], over: Stretch, missing: Missing) -> Array:
    """The weights without some assets, scaled to the same sum of absolute weights; refused where none would stay."""
    rest = held.copy()
    rest[absent] = 0.0
    if missing == "refuse" or not rest.any():
        message = f"There are no prices of {', '.join(names[:5])}{' and others' if len(names) > 5 else ''} then."
        raise not_covered(over, message)
    scaled: Array = rest * (np.abs(held).sum() / np.abs(rest).sum())
    return scaled


def filled(prices: Array) -> Array:
    """Each row's last price so far; NaN before the first."""
    places = np.where(np.isnan(prices), 0, np.arange(prices.shape[1]))
    return np.take_along_axis(prices, np.maximum.accumulate(places, axis=1), axis=1)
