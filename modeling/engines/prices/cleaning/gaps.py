"""Days without a price: between a ticker's first and last, and after its last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair, counted
from modeling.engines.prices.panel import Panel
from modeling.engines.prices.statistics.records import carried

SUSPECTED_DAYS: Final = 10
CERTAIN_DAYS: Final = 60
LONG_GAP: Final = 5
"""From so many days on a gap is a finding of its own; a ticker's shorter ones are told of together."""


@dataclass(frozen=True)
class Gap:
    """Places ``first`` to ``last`` of ticker ``row`` without a price."""

    row: int
    first: int
    last: int

    @property
    def days(self) -> int:
        return self.last - self.first + 1


def find_gaps(panel: Panel) -> list[Gap]:
    """Runs of days without a price between the first and the last price of each ticker."""
    return [gap for row in range(len(panel.tickers)) for gap in _gaps(panel, row)]


def _gaps(panel: Panel, row: int) -> list[Gap]:
    places = np.flatnonzero(~np.isnan(panel.prices[row]))
    before = places[:-1][np.diff(places) > 1]
    after = places[1:][np.diff(places) > 1]
    return [Gap(row, start + 1, end - 1) for start, end in zip(before.tolist(), after.tolist(), strict=True)]


def gap_findings(panel: Panel, gaps: list[Gap]) -> list[Finding]:
    """A gap is as sure to be one as other tickers have prices on its days; short ones are one finding per ticker."""
    found = []
    short: dict[int, list[Gap]] = {}
    for gap in gaps:
        if gap.days < LONG_GAP:
            short.setdefault(gap.row, []).append(gap)
            continue
        there = ~np.isnan(panel.prices[:, gap.first : gap.last + 1])
        others = float(there.sum() / max(there.size - gap.days, 1))
        message = f"There is no price for {counted(gap.days, 'day')} of the calendar."
        evidence = {"days": gap.days, "share_of_others": others}
        first, last = panel.dates[gap.first], panel.dates[gap.last]
        found.append(Finding("gap", panel.tickers[gap.row], first, last, message, evidence, round(others, 2)))
    return found + [_short_gaps(panel, row, of_ticker) for row, of_ticker in short.items()]


def _short_gaps(panel: Panel, row: int, gaps: list[Gap]) -> Finding:
    days = sum(gap.days for gap in gaps)
    where = counted(len(gaps), "gap")
    message = f"There is no price for {counted(days, 'day')} in {where} of less than {LONG_GAP} days."
    evidence = {"days": days, "gaps": len(gaps), "longest": max(gap.days for gap in gaps)}
    first, last = panel.dates[gaps[0].first], panel.dates[gaps[-1].last]
    return Finding("gap", panel.tickers[row], first, last, message, evidence)


def fill_gaps(panel: Panel, limit_days: int) -> Cleaned:
    """Each gap's first days, at most so many, filled with the price before it.

    What lies before the first price or after the last is never filled: no price is made up for a share that was not
    yet, or is no longer, traded.
    """
    gaps = find_gaps(panel)
    prices = panel.prices.copy()
    repairs = []
    for gap in gaps:
        stop = min(gap.last, gap.first + limit_days - 1)
        if stop < gap.first:
            continue
        price = float(prices[gap.row, gap.first - 1])
        prices[gap.row, gap.first : stop + 1] = price
        message = f"{counted(stop - gap.first + 1, 'day')} filled with the price before, {price:g}."
        evidence = {"price": price, "gap": gap.days}
        ticker, first, last = panel.tickers[gap.row], panel.dates[gap.first], panel.dates[stop]
        repairs.append(Repair("gap", ticker, first, last, message, stop - gap.first + 1, evidence))
    cleaned = Panel(panel.days, panel.tickers, prices, panel.currencies)
    return Cleaned(cleaned, tuple(gap_findings(panel, gaps)), tuple(repairs))


def find_delistings(panel: Panel) -> list[Finding]:
    """Tickers whose prices end before the calendar does, by ten days or more; from sixty on it is certain.

    It is less sure for a short time; a last price far below the highest makes it surer.
    """
    filled, _, last = carried(panel.prices)
    found = []
    for row in np.flatnonzero(~np.isnan(panel.prices).all(axis=1)).tolist():
        missing = len(panel.days) - 1 - int(last[row])
        if missing < SUSPECTED_DAYS:
            continue
        price = float(panel.prices[row, last[row]])
        left = price / float(filled[row].max())
        sure = 0.99 if missing >= CERTAIN_DAYS else 0.5 + 0.4 * missing / CERTAIN_DAYS + (0.05 if left < 0.1 else 0.0)
        message = f"The prices end {counted(missing, 'day')} before the calendar does."
        evidence = {"days": missing, "last_price": price, "share_of_highest": left}
        day = panel.dates[last[row]]
        found.append(Finding("delisting", panel.tickers[row], day, day, message, evidence, round(sure, 2)))
    return found


def drop_delisted(panel: Panel) -> Cleaned:
    """The panel without the tickers whose delisting is certain: mind that what is left has survived."""
    findings = find_delistings(panel)
    gone = {finding.ticker: finding for finding in findings if finding.word == "certain"}
    repairs = tuple(_dropped(panel, ticker, "delisting", "Dropped: it was delisted.") for ticker in gone)
    kept = panel.only(ticker for ticker in panel.tickers if ticker not in gone)
    return Cleaned(kept, tuple(findings), repairs)


def drop_sparse_tickers(panel: Panel, most_missing: float) -> Cleaned:
    """The panel without the tickers that lack a price on more than this share of all days."""
    share = np.isnan(panel.prices).mean(axis=1) if len(panel.days) else np.zeros(len(panel.tickers))
    repairs = [
        _dropped(panel, panel.tickers[row], "gap", f"Dropped: it has no price on {share[row]:.1%} of the days.")
        for row in np.flatnonzero(share > most_missing)
    ]
    kept = [ticker for ticker, missing in zip(panel.tickers, share, strict=True) if missing <= most_missing]
    return Cleaned(panel.only(kept), (), tuple(repairs))


def drop_sparse_days(panel: Panel, most_missing: float) -> Cleaned:
    """The panel without the days on which more than this share of the tickers lack a price."""
    if not panel.tickers:
        return Cleaned(panel)
    share = np.isnan(panel.prices).mean(axis=0)
    repairs = []
    for place in np.flatnonzero(share > most_missing).tolist():
        changed = int((~np.isnan(panel.prices[:, place])).sum())
        day = panel.dates[place]
        message = f"The day was dropped: {share[place]:.1%} of the tickers have no price."
        repairs.append(Repair("gap", "", day, day, message, changed, {"share_missing": float(share[place])}))
    kept = share <= most_missing
    return Cleaned(
        Panel(panel.days[kept], panel.tickers, np.ascontiguousarray(panel.prices[:, kept]), panel.currencies),
        (),
        tuple(repairs),
    )


def _dropped(panel: Panel, ticker: str, kind: str, message: str) -> Repair:
    prices = panel.prices[panel.tickers.index(ticker)]
    places = np.flatnonzero(~np.isnan(prices))
    first, last = (panel.dates[places[0]], panel.dates[places[-1]]) if len(places) else (panel.dates[0],) * 2
    return Repair(kind, ticker, first, last, message, len(places), {"prices": len(places)})
