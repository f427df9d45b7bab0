"""The charts of one ticker. It loads NumPy: import it late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.urls import reverse

from modeling.engines.prices.panel import Panel
from modeling.engines.prices.returns import returns_of
from modeling.engines.prices.statistics.rolling import drawdown_path, rolling_volatility
from modeling.models import PriceSeries
from modeling.presenters.price_reports import KINDS
from modeling.presenters.scale import digits_for
from modeling.presenters.time_chart import Mark, TimeChart, figures_of, thinned
from modeling.prices.report_request import ReportRequest
from modeling.selectors_prices import panel
from valor.lib.numbers import format_number, format_percent

LIKELY = 0.5


def charts_of(
    series: PriceSeries, asked: ReportRequest, periods: int, findings: Sequence[Mapping[str, Any]]
) -> list[TimeChart]:
    """Price with what is doubtful in it, drawdown, and volatility over a quarter; none of less than two prices."""
    found = own_days(panel(series.price_set, asked.read, asked.first, asked.last).only([series.ticker]))
    days, prices = found.days.tolist(), found.prices[0]
    if len(days) < 2:
        return []
    window = max(3, periods // 4)
    charts = [
        price_chart(series, asked, days, prices, marks_of(findings)),
        drawdown_chart(days, drawdown_path(found)[0]),
    ]
    if len(days) > window + 1:
        rolling = rolling_volatility(returns_of(found), window, periods_per_year=periods)[0]
        charts += volatility_chart(days[1:], rolling, window)
    return charts


def own_days(found: Panel) -> Panel:
    """The prices of one ticker without the days on which only its benchmark has one."""
    there = ~np.isnan(found.prices[0])
    return Panel(found.days[there], found.tickers, found.prices[:, there], found.currencies)


def money(value: float) -> str:
    return format_number(float(value), digits_for(float(value)))


def share(value: float) -> str:
    return format_percent(float(value), 1)


def price_chart(
    series: PriceSeries, asked: ReportRequest, days: list[int], prices: Any, marks: Sequence[Mark]
) -> TimeChart:
    """What can't be on a logarithmic scale is not offered one."""
    shown_days, shown = thinned(days, prices.tolist())
    return TimeChart(
        slug="price",
        title=f"Price, {series.currency}",
        labels=(series.ticker,),
        unit="money",
        range="growth" if prices.min() > 0 else "own",
        figures=figures_of(shown_days, [shown], marks=marks, source=address_of(series, asked)),
        summary=f"From {money(prices[0])} to {money(prices[-1])}; least {money(prices.min())}, "
        f"greatest {money(prices.max())}.",
        is_tall=True,
    )


def address_of(series: PriceSeries, asked: ReportRequest) -> str:
    """Where the API gives the same prices."""
    period = {name: day for name, day in (("from", asked.first), ("to", asked.last)) if day}
    address = reverse("api-price-series-of", args=[series.price_set_id, series.ticker])
    return f"{address}?{urlencode(period)}" if period else address


def drawdown_chart(days: list[int], path: Any) -> TimeChart:
    deepest = int(np.nanargmin(path))
    day = np.datetime64(days[deepest], "D")
    summary = f"Deepest: {share(path[deepest])} on {day}; at the end {share(path[-1])}."
    return rate_chart("drawdown", "Drawdown", days, path, summary)


def volatility_chart(days: list[int], rolling: Any, window: int) -> list[TimeChart]:
    known = rolling[~np.isnan(rolling)]
    if len(known) < 2:
        return []
    summary = f"From {share(known.min())} to {share(known.max())} a year; now {share(known[-1])}."
    return [rate_chart("volatility", f"Volatility over {window} periods", days, rolling, summary)]


def rate_chart(slug: str, title: str, days: list[int], values: Any, summary: str) -> TimeChart:
    """A share over time, in percent; zero is in sight."""
    shown_days, shown = thinned(days, (values * 100).tolist())
    return TimeChart(slug, title, (title,), "rate", "zero", figures_of(shown_days, [shown]), summary)


def marks_of(findings: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """What is doubtful, as days; a gap that is told of as a whole marks nothing."""
    return [
        Mark(
            number(finding["first_day"]),
            number(finding["last_day"]),
            f"{KINDS.get(finding['kind'], finding['kind'])} ({finding['word']})",
            "warning" if finding["confidence"] >= LIKELY else "quiet",
        )
        for finding in findings
        if finding["first_day"] and "gaps" not in finding["evidence"] and finding["kind"] != "calendar"
    ]


def number(day: str) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
