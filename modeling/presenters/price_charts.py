"""The charts of one ticker. It loads NumPy: import it late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modeling.engines.prices.panel import Panel
from modeling.engines.prices.returns import returns_of
from modeling.engines.prices.statistics.rolling import drawdown_path, rolling_volatility
from modeling.models import PriceSeries
from modeling.presenters.line_chart import LineChart, Mark, line_chart
from modeling.presenters.price_reports import KINDS
from modeling.presenters.scale import digits_for
from modeling.prices.report_request import ReportRequest
from modeling.selectors_prices import panel
from valor.lib.numbers import format_number, format_percent


def charts_of(
    series: PriceSeries, asked: ReportRequest, periods: int, findings: Sequence[Mapping[str, Any]]
) -> list[LineChart]:
    """Price with what is doubtful in it, drawdown, and volatility over a quarter."""
    found = own_days(panel(series.price_set, asked.read, asked.first, asked.last).only([series.ticker]))
    days, prices = found.days.tolist(), found.prices[0]
    if len(days) < 2:
        return []
    window = max(3, periods // 4)
    charts = [
        line_chart(
            f"Price, {series.currency}",
            days,
            prices.tolist(),
            write=money,
            marks=marks_of(findings),
            summary=f"From {money(prices[0])} to {money(prices[-1])}; least {money(prices.min())}, "
            f"greatest {money(prices.max())}.",
        ),
        drawdown_chart(days, drawdown_path(found)[0]),
    ]
    if len(days) > window + 1:
        rolling = rolling_volatility(returns_of(found), window, periods_per_year=periods)[0]
        charts.append(volatility_chart(days[1:], rolling, window))
    return [chart for chart in charts if chart is not None]


def own_days(found: Panel) -> Panel:
    """The prices of one ticker without the days on which only its benchmark has one."""
    there = ~np.isnan(found.prices[0])
    return Panel(found.days[there], found.tickers, found.prices[:, there], found.currencies)


def money(value: float) -> str:
    return format_number(float(value), digits_for(float(value)))


def share(value: float) -> str:
    return format_percent(float(value), 1)


def drawdown_chart(days: list[int], path: Any) -> LineChart | None:
    deepest = int(np.nanargmin(path))
    day = np.datetime64(days[deepest], "D")
    summary = f"Deepest: {share(path[deepest])} on {day}; at the end {share(path[-1])}."
    return line_chart("Drawdown", days, path.tolist(), write=share, summary=summary, from_zero=True)


def volatility_chart(days: list[int], rolling: Any, window: int) -> LineChart | None:
    known = rolling[~np.isnan(rolling)]
    if not len(known):
        return None
    summary = f"From {share(known.min())} to {share(known.max())} a year; now {share(known[-1])}."
    title = f"Volatility over {window} periods"
    return line_chart(title, days, rolling.tolist(), write=share, summary=summary, from_zero=True)


def marks_of(findings: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """What is doubtful, as days; a gap that is told of as a whole marks nothing."""
    marks = []
    for finding in findings:
        if not finding["first_day"] or "gaps" in finding["evidence"] or finding["kind"] == "calendar":
            continue
        first, last = (number(finding[name]) for name in ("first_day", "last_day"))
        kind = KINDS.get(finding["kind"], finding["kind"])
        marks.append(Mark(first, last, f"{kind} ({finding['word']}), {finding['first_day']}: {finding['message']}"))
    return marks


def number(day: str) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
