"""One calendar for tickers that were traded on different days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair, counted
from modeling.engines.prices.errors import TooFewPrices
from modeling.engines.prices.panel import Panel
from valor.lib.errors import Problem

SELDOM = 0.5
"""A ticker that lacks more than this share of the days within its own life has another calendar than the set."""


def joined(panels: Sequence[Panel]) -> Panel:
    """Panels of different tickers on the union of their calendars, NaN where one has no price.

    Raises EngineError for a ticker in two of them.
    """
    names = tuple(ticker for panel in panels for ticker in panel.tickers)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        remedy = "Rename one, or leave it out."
        raise EngineError(problems=[Problem("tickers", name, "It is in two sets.", remedy) for name in twice])
    days = np.unique(np.concatenate([panel.days for panel in panels] or [np.array([], np.int32)])).astype(np.int32)
    prices = np.full((len(names), len(days)), np.nan)
    start = 0
    for panel in panels:
        places = np.searchsorted(days, panel.days)
        prices[start : start + len(panel.tickers), places] = panel.prices
        start += len(panel.tickers)
    known = all(panel.currencies or not panel.tickers for panel in panels)
    currencies = tuple(code for panel in panels for code in panel.currencies) if known else ()
    return Panel(days, names, prices, currencies)


def on_calendar(panel: Panel, calendar: str) -> Cleaned:
    """The panel on the "union" of all days, on their "intersection", or on the days a ticker named here has prices.

    Days that are dropped are one repair; a ticker that has prices on few of the days of its own life, or none on the
    calendar kept, is a finding. Raises TooFewPrices where no day is left, EngineError for an unknown ticker.
    """
    there = ~np.isnan(panel.prices)
    if calendar == "union":
        kept = there.any(axis=0) if panel.tickers else np.ones(len(panel.days), np.bool_)
    elif calendar == "intersection":
        kept = there.all(axis=0) if panel.tickers else np.ones(len(panel.days), np.bool_)
    else:
        kept = ~np.isnan(panel.only([calendar]).prices[0])
    if not kept.any():
        message = "No day is left on which all tickers have a price."
        remedy = "Choose the union, or leave out the tickers with the shortest history."
        raise TooFewPrices(problems=[Problem("calendar", calendar, message, remedy)])
    prices = np.ascontiguousarray(panel.prices[:, kept])
    cleaned = Panel(panel.days[kept], panel.tickers, prices, panel.currencies)
    dropped = np.flatnonzero(~kept)
    return Cleaned(cleaned, tuple(calendar_findings(panel)), _repairs(panel, dropped, calendar))


def calendar_findings(panel: Panel) -> list[Finding]:
    """Tickers that lack most days of the calendar between their first and last price."""
    found = []
    for row, ticker in enumerate(panel.tickers):
        places = np.flatnonzero(~np.isnan(panel.prices[row]))
        life = int(places[-1] - places[0] + 1) if len(places) else 0
        missing = 1 - len(places) / life if life else 0.0
        if missing > SELDOM:
            message = f"It has prices on {1 - missing:.0%} of the days between its first and last: another calendar."
            evidence = {"share_missing": missing, "prices": len(places)}
            first, last = panel.dates[places[0]], panel.dates[places[-1]]
            found.append(Finding("calendar", ticker, first, last, message, evidence, round(missing, 2)))
    return found


def _repairs(panel: Panel, dropped: np.ndarray, calendar: str) -> tuple[Repair, ...]:
    if not len(dropped):
        return ()
    changed = int((~np.isnan(panel.prices[:, dropped])).sum())
    rule = {"union": "without any price", "intersection": "not common to all tickers"}.get(
        calendar, f"without a price of {calendar}"
    )
    message = f"{counted(len(dropped), 'day')} {rule} dropped, with {counted(changed, 'price')}."
    first, last = panel.dates[dropped[0]], panel.dates[dropped[-1]]
    return (Repair("calendar", "", first, last, message, changed, {"days": len(dropped)}),)
