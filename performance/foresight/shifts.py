"""The last 24 hours against the day before and the same day of the week before, for what matters of each category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from performance.analysis.trends import Shift, Slope, shift, theil_sen
from performance.cache import cached
from performance.foresight.grid import Floats, evenly_of, past, places
from performance.metrics import APPLICATION, CACHE, CATEGORIES, DATABASE, SYSTEM, TASKS, Category, Metric
from performance.units import PERCENT, shown
from valor.lib.numbers import format_number

MAIN: Mapping[str, tuple[str, ...]] = {
    SYSTEM.name: ("cpu_percent", "memory_percent", "network_rate"),
    APPLICATION.name: ("request_rate", "latency_p50", "latency_p95", "error_percent"),
    DATABASE.name: ("query_rate", "query_p95_ms", "read_ms", "worst_percent"),
    CACHE.name: ("hit_percent", "lookup_rate"),
    TASKS.name: ("finished_rate", "wait_p95_seconds", "run_p95_seconds", "failed_percent"),
}
DAY, WEEK = timedelta(days=1), timedelta(days=7)
DAYS, DAY_POINTS, WEEK_POINTS = 8, 144, 168
KEPT_SECONDS = 300
PEAK = 0.95
LEAST_POINTS = 1.0  # Percentages are compared in points; a shift of less than one is not told.
LEAST_RISE = 0.1  # A slope is told where it moves the level by this share within a week.


@dataclass(frozen=True)
class Trend:
    """A figure's last day. The shifts are of its usual level (median) and its peaks (p95); None: nothing to compare.

    *slope* is over the week, per second.
    """

    category: str
    metric: Metric
    host: str
    value: float
    peak: float
    day: Shift | None
    week: Shift | None
    day_peak: Shift | None
    week_peak: Shift | None
    slope: Slope | None

    @property
    def told(self) -> bool:
        """Whether anything changed."""
        shifts = (self.day, self.week, self.day_peak, self.week_peak)
        return bool(self.rising) or any(matters(found, self.metric) for found in shifts)

    @property
    def sentence(self) -> str:
        """ "latency, p95 210 ms, up 40 % on yesterday, as a week ago"."""
        label = f"{self.metric.noun}{f' on {self.host}' if self.host else ''}"
        return ", ".join([f"{label} {shown(self.value, self.metric.unit)}", *self.clauses])

    @property
    def clauses(self) -> list[str]:
        level = [against(self.day, "yesterday", self.metric), against(self.week, "a week ago", self.metric)]
        peaks = [
            f"peaks {against(found, when, self.metric)}"
            for found, usual, when in (
                (self.day_peak, self.day, "yesterday"),
                (self.week_peak, self.week, "a week ago"),
            )
            if matters(found, self.metric) and not matters(usual, self.metric)
        ]
        return [clause for clause in (*level, *peaks, self.rising) if clause] or ["nothing to compare with yet"]

    @property
    def rising(self) -> str:
        """ "rising by 1.2 points a day", where the week's slope is beyond doubt and large enough to matter."""
        if self.slope is None or not self.slope.certain:
            return ""
        daily = self.slope.value * DAY.total_seconds()
        least = LEAST_POINTS if self.metric.unit == PERCENT else LEAST_RISE * abs(self.value)
        if abs(daily) * 7 < least or not daily:
            return ""
        return f"{'rising' if daily > 0 else 'falling'} by {amount(abs(daily), self.metric)} a day"


def amount(value: float, metric: Metric) -> str:
    size = shown(value, metric.unit)
    return f"{size.figure} points" if metric.unit == PERCENT else str(size)


def matters(found: Shift | None, metric: Metric) -> bool:
    """Whether a shift is told: beyond its noise, and of a percentage at least a point."""
    if found is None or not found.told:
        return False
    return metric.unit != PERCENT or abs(found.difference) >= LEAST_POINTS


def against(found: Shift | None, when: str, metric: Metric) -> str:
    """ "up 40 % on yesterday", "as a week ago"; empty where that day is not known."""
    if found is None:
        return ""
    if not matters(found, metric):
        return f"as {when}"
    word = "up" if found.difference > 0 else "down"
    if metric.unit == PERCENT or found.share is None:
        return f"{word} {amount(abs(found.difference), metric)} on {when}"
    return f"{word} {format_number(100 * abs(found.share), 0)} % on {when}"


def trends(now: datetime) -> list[Trend]:
    """Every main figure that was measured in the last day, those that changed first."""
    # What is asked for within the same few minutes is answered from the same figures.
    minute = int(now.timestamp() // KEPT_SECONDS * KEPT_SECONDS)
    found: list[Trend] = kept(minute, now)
    return found


@cached(ttl=2 * KEPT_SECONDS, namespace="foresight", key=lambda minute, now: ("trends", minute))
def kept(minute: int, now: datetime) -> list[Trend]:
    found = [trend for name, names in MAIN.items() for trend in compared(CATEGORIES[name], names, now)]
    return sorted(found, key=lambda trend: not trend.told)


def compared(category: Category, names: Sequence[str], now: datetime) -> Iterator[Trend]:
    """From one reading of the eight days of all hosts: each day and the week are parts of it."""
    asked = places(category, names)
    hosts = list(dict.fromkeys(host for host, _, _ in asked))
    metrics = [category.by_name[name] for name in names]
    found = evenly_of(category, hosts, past(now, DAY + WEEK), metrics, DAYS * DAY_POINTS) if hosts else {}
    for host, owner, own in asked:
        for metric in own:
            points = found[host][metric.name]
            if np.isfinite(points[-DAY_POINTS:]).any():
                yield trend_of(category.name, metric, owner, points)


def trend_of(category: str, metric: Metric, host: str, points: Floats) -> Trend:
    days = points.reshape(DAYS, DAY_POINTS)
    today, yesterday, back = days[-1], days[-2], days[0]
    week = hourly(points[DAY_POINTS:])
    hours = np.arange(WEEK_POINTS) * WEEK.total_seconds() / WEEK_POINTS
    return Trend(
        category=category,
        metric=metric,
        host=host,
        value=float(np.nanmedian(today)),
        peak=float(np.nanquantile(today, PEAK)),
        day=shift(today, yesterday, 0.5),
        week=shift(today, back, 0.5),
        day_peak=shift(today, yesterday, PEAK),
        week_peak=shift(today, back, PEAK),
        slope=theil_sen(hours, week) if whole(week) else None,
    )


def hourly(points: Floats) -> Floats:
    """The means of the hours, NaN where nothing of one is known."""
    table = points.reshape(WEEK_POINTS, -1)
    counts = np.isfinite(table).sum(axis=1)
    means: Floats = np.divide(np.nansum(table, axis=1), counts, out=np.full(WEEK_POINTS, np.nan), where=counts > 0)
    return means


def whole(week: Floats) -> bool:
    """A slope over less than half a week would tell the time of day, not a trend."""
    return bool(np.isfinite(week).mean() > 0.5)
