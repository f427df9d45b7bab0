"""Trends as a table's rows: texts, ready to show."""

from __future__ import annotations

from dataclasses import dataclass

from performance.analysis.trends import Shift
from performance.foresight.shifts import Trend, against, matters
from performance.units import shown
from valor.lib.numbers import MISSING


@dataclass(frozen=True)
class Change:
    """One cell; *direction* is up, down or empty."""

    text: str
    direction: str


@dataclass(frozen=True)
class Row:
    label: str
    host: str
    usual: str
    peak: str
    changes: tuple[Change, ...]
    rising: str


def row_of(trend: Trend) -> Row:
    return Row(
        trend.metric.label,
        trend.host,
        str(shown(trend.value, trend.metric.unit)),
        str(shown(trend.peak, trend.metric.unit)),
        tuple(change(found, trend) for found in (trend.day, trend.day_peak, trend.week, trend.week_peak)),
        trend.rising,
    )


def change(found: Shift | None, trend: Trend) -> Change:
    if found is None:
        return Change(MISSING, "")
    if not matters(found, trend.metric):
        return Change("same", "")
    return Change(against(found, "", trend.metric).removesuffix(" on "), "up" if found.difference > 0 else "down")
