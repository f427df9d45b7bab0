"""Stored prices and offered ones, made one series by a stated rule. Pure arrays: nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from modeling.engines.prices.panel import Array, Days
from modeling.prices.points import day_of
from modeling.prices.rules import Rule

MOST_CONFLICTS = 20


@dataclass(frozen=True)
class PriceConflict:
    """A day of which another price was stored than is offered."""

    day: date
    stored: float
    offered: float


@dataclass(frozen=True)
class Merged:
    """What merging did to one ticker.

    ``differing`` counts the days of which another price was stored, and ``conflicts`` are the first of them; by the
    rule `replace` they were ``changed``, by `keep` they are as they were.
    """

    ticker: str
    added: int
    changed: int
    unchanged: int
    differing: int = 0
    conflicts: tuple[PriceConflict, ...] = ()
    created: bool = False


class Outcome(NamedTuple):
    """The days and prices that belong into the spans concerned, and what became of the offered ones."""

    days: Days
    prices: Array
    merged: Merged


def merge(ticker: str, stored: tuple[Days, Array], offered: tuple[Days, Array], rule: Rule) -> Outcome:
    """Both calendars united; where both have a price and these differ, *rule* decides."""
    (old_days, old), (new_days, new) = stored, offered
    place = np.searchsorted(old_days, new_days)
    known = np.zeros(len(new_days), dtype=bool)
    within = place < len(old_days)
    known[within] = old_days[place[within]] == new_days[within]
    differing = np.flatnonzero(known)[old[place[known]] != new[known]]
    prices = old.copy()
    if rule is Rule.REPLACE:
        prices[place[differing]] = new[differing]
    fresh = ~known
    days = np.concatenate([old_days, new_days[fresh]])
    order = np.argsort(days, kind="stable")
    conflicts = tuple(
        PriceConflict(day_of(new_days[at]), float(old[place[at]]), float(new[at])) for at in differing[:MOST_CONFLICTS]
    )
    changed = len(differing) if rule is Rule.REPLACE else 0
    merged = Merged(
        ticker=ticker,
        added=int(fresh.sum()),
        changed=changed,
        unchanged=int(known.sum()) - changed,
        differing=len(differing),
        conflicts=conflicts,
    )
    return Outcome(days[order], np.concatenate([prices, new[fresh]])[order], merged)
