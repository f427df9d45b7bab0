"""Prices in long form, one row each, made into a panel; where a ticker and day come twice, a rule decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair, counted
from modeling.engines.prices.errors import ConflictingPrices, OutOfStep
from modeling.engines.prices.panel import Array, Panel
from valor.lib.errors import Problem

RULES: Final = ("refuse", "first", "last", "mean")
SHOWN: Final = 10
Places = NDArray[np.int64]


def gathered(
    tickers: Sequence[str],
    days: Any,
    prices: Any,
    *,
    duplicates: str = "refuse",
    currencies: Mapping[str, str] | None = None,
) -> Cleaned:
    """The panel of rows in any order; tickers in the order of their first row, days in rising order.

    Parameters
    ----------
    tickers, days, prices : of each row; days since 1970-01-01; a NaN price counts as none
    duplicates : what becomes of several different prices for a ticker and day: "refuse", the "first" or "last" row,
        or their "mean". The same price twice is no conflict: it is reported, and kept once.
    currencies : of each ticker, where known

    Raises
    ------
    ConflictingPrices
        By "refuse". OutOfStep for columns of different lengths, EngineError for an unknown rule.
    """
    if duplicates not in RULES:
        remedy = f"Choose one of {', '.join(RULES)}."
        raise EngineError(problems=[Problem("duplicates", duplicates, "There is no such rule.", remedy)])
    when, price = np.asarray(days, dtype=np.int64), np.asarray(prices, dtype=np.float64)
    if not len(tickers) == len(when) == len(price):
        lengths = f"{len(tickers)}, {len(when)}, {len(price)}"
        problem = Problem("rows", lengths, "The columns have different lengths.", "Give each row all three.")
        raise OutOfStep(problems=[problem])
    numbers: dict[str, int] = {}
    row = np.array([numbers.setdefault(ticker, len(numbers)) for ticker in tickers], dtype=np.int64)
    calendar, place = np.unique(when, return_inverse=True)
    names = tuple(numbers)
    panel_prices = np.full((len(names), len(calendar)), np.nan)
    known = ~np.isnan(price)
    cells = (row * max(len(calendar), 1) + place)[known]
    values = price[known]
    kept, twice = _settle(cells, values, duplicates)
    panel_prices.reshape(-1)[kept[0]] = kept[1]
    codes = tuple((currencies or {}).get(name, "") for name in names)
    panel = Panel(calendar.astype(np.int32), names, panel_prices, codes if currencies and all(codes) else ())
    findings = tuple(_finding(panel, cell, found) for cell, found in twice)
    if duplicates == "refuse" and any(not finding.evidence["same"] for finding in findings):
        raise ConflictingPrices(problems=[_problem(one) for one in findings if not one.evidence["same"]][:SHOWN])
    return Cleaned(panel, findings, tuple(_repair(panel, one, duplicates) for one in findings))


def _settle(cells: Places, values: Array, rule: str) -> tuple[tuple[Places, Array], list[tuple[int, Array]]]:
    """One price for each cell, and all prices of the cells that have several, in the order of the rows."""
    order = np.argsort(cells, kind="stable")
    cells, values = cells[order], values[order]
    single, starts, counts = np.unique(cells, return_index=True, return_counts=True)
    chosen = values[starts + counts - 1] if rule == "last" else values[starts]
    twice = []
    for at in np.flatnonzero(counts > 1).tolist():
        found = values[starts[at] : starts[at] + counts[at]]
        twice.append((int(single[at]), found))
        if rule == "mean":
            chosen[at] = found.mean()
    return (single, chosen), twice


def _finding(panel: Panel, cell: int, found: Array) -> Finding:
    row, place = divmod(cell, len(panel.days))
    same = bool((found == found[0]).all())
    least, most = float(found.min()), float(found.max())
    what = "the same price" if same else f"prices from {least:g} to {most:g}"
    evidence = {"rows": len(found), "prices": found[:SHOWN].tolist(), "same": same}
    day = panel.dates[place]
    message = f"{counted(len(found), 'row')} for this day with {what}."
    return Finding("duplicate", panel.tickers[row], day, day, message, evidence)


def _problem(finding: Finding) -> Problem:
    place = f"{finding.ticker} on {finding.first_day}"
    listed = ", ".join(f"{price:g}" for price in finding.evidence["prices"])
    remedy = "Correct the rows, or choose a rule: first, last or mean."
    return Problem("prices", listed, f"There are different prices for {place}.", remedy)


def _repair(panel: Panel, finding: Finding, rule: str) -> Repair:
    place = int(np.searchsorted(panel.dates, finding.first_day))
    price = float(panel.prices[panel.tickers.index(finding.ticker), place])
    how = "the same in all rows" if finding.evidence["same"] else f"the {rule}"
    message = f"One price kept, {how}: {price:g}."
    changed = finding.evidence["rows"] - 1
    return Repair("duplicate", finding.ticker, finding.first_day, finding.last_day, message, changed, {"kept": price})
