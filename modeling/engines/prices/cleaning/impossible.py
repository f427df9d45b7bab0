"""Prices that can't be: zero, negative or infinite."""

from __future__ import annotations

import numpy as np

from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair, counted
from modeling.engines.prices.errors import NotPositive
from modeling.engines.prices.panel import Panel
from modeling.engines.prices.returns import not_positive

SHOWN = 10


def impossible_findings(panel: Panel) -> list[Finding]:
    """One finding for each such price."""
    return [
        Finding(
            "not_positive",
            panel.tickers[row],
            panel.dates[day],
            panel.dates[day],
            f"The price is {panel.prices[row, day]:g}.",
            {"price": str(float(panel.prices[row, day]))},
        )
        for row, day in _places(panel)
    ]


def refuse_impossible(panel: Panel) -> None:
    """NotPositive where there is one."""
    places = _places(panel)
    if places:
        raise NotPositive(problems=[not_positive(panel, row, day) for row, day in places[:SHOWN]])


def drop_impossible(panel: Panel) -> Cleaned:
    """The panel without them."""
    places = _places(panel)
    if not places:
        return Cleaned(panel)
    prices = panel.prices.copy()
    repairs = []
    for row in sorted({row for row, _ in places}):
        days = [day for other, day in places if other == row]
        prices[row, days] = np.nan
        message = f"{counted(len(days), 'price')} dropped that can't be."
        first, last = panel.dates[days[0]], panel.dates[days[-1]]
        repairs.append(Repair("not_positive", panel.tickers[row], first, last, message, len(days)))
    cleaned = Panel(panel.days, panel.tickers, prices, panel.currencies)
    return Cleaned(cleaned, tuple(impossible_findings(panel)), tuple(repairs))


def _places(panel: Panel) -> list[tuple[int, int]]:
    return [(int(row), int(day)) for row, day in np.argwhere((panel.prices <= 0) | np.isinf(panel.prices))]
