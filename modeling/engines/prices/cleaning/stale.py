"""Stale runs: a price that stays the same for more days than chance would leave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair, counted
from modeling.engines.prices.panel import Panel

LEAST_DAYS: Final = 5
CHANCE: Final = 1e-3
"""A run counts as stale where a share that stays as often as this one would have one so long less often than this."""


@dataclass(frozen=True)
class StaleRun:
    """Prices of ticker ``row`` from place ``first`` to ``last``, ``days`` of them, all the same."""

    row: int
    first: int
    last: int
    days: int
    confidence: float


def find_stale(panel: Panel, least_days: int = LEAST_DAYS) -> list[StaleRun]:
    """Runs of at least so many equal prices in a row that are longer than the ticker's habit explains."""
    return [run for row in range(len(panel.tickers)) for run in _runs(panel, row, least_days)]


def _runs(panel: Panel, row: int, least_days: int) -> list[StaleRun]:
    places = np.flatnonzero(~np.isnan(panel.prices[row]))
    if len(places) < least_days:
        return []
    prices = panel.prices[row, places]
    breaks = np.flatnonzero(prices[1:] != prices[:-1]) + 1
    starts, ends = np.append(0, breaks), np.append(breaks, len(prices))
    lengths = ends - starts
    stayed = np.minimum(lengths - 1, least_days - 1).sum() / max(len(prices) - 1, 1)  # a long run is no habit
    found = []
    for start, end in zip(starts[lengths >= least_days], ends[lengths >= least_days], strict=True):
        length = int(end - start)
        chance = min(1.0, len(prices) * float(stayed) ** (length - 1))
        if chance < CHANCE:
            confidence = round(min(0.99, 1 - chance / CHANCE * 0.5 - 1 / length), 2)
            found.append(StaleRun(row, int(places[start]), int(places[end - 1]), length, confidence))
    return found


def stale_findings(panel: Panel, runs: list[StaleRun]) -> list[Finding]:
    found = []
    for run in runs:
        price = float(panel.prices[run.row, run.first])
        first, last = panel.dates[run.first], panel.dates[run.last]
        message = f"The price stayed at {price:g} for {counted(run.days, 'day')}."
        evidence = {"price": price, "days": run.days}
        found.append(Finding("stale", panel.tickers[run.row], first, last, message, evidence, run.confidence))
    return found


def drop_stale(panel: Panel, least_days: int = LEAST_DAYS) -> Cleaned:
    """The panel with the first price of every stale run only: the others tell nothing new."""
    runs = find_stale(panel, least_days)
    prices = panel.prices.copy()
    repairs = []
    for run in runs:
        rest = slice(run.first + 1, run.last + 1)
        changed = int((~np.isnan(prices[run.row, rest])).sum())
        prices[run.row, rest] = np.nan
        message = f"{counted(changed, 'repeated price')} dropped."
        first, last = panel.dates[run.first + 1], panel.dates[run.last]
        repairs.append(Repair("stale", panel.tickers[run.row], first, last, message, changed, {"days": run.days}))
    cleaned = Panel(panel.days, panel.tickers, prices, panel.currencies)
    return Cleaned(cleaned, tuple(stale_findings(panel, runs)), tuple(repairs))
