"""What the pages of alerts and settings show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone

from performance.alerts import catalogue, sentences
from performance.alerts.models import Alert, Silence, Threshold
from performance.alerts.own_work import SHARED
from performance.alerts.sentences import level, metric_of
from performance.lease import this_host
from performance.metrics import CATEGORIES, Metric
from performance.models import SamplerLease
from performance.panels import bands, limit_shown
from performance.series import Series, history
from performance.timerange import Window
from performance.units import clock, lasting, shown

AROUND = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
MOST_SPEAKERS = 10
# When the page asks again, in milliseconds: while something moves, and when nothing does.
FAST, SLOW = 3000, 10_000


@dataclass(frozen=True)
class Row:
    """An alert as a list shows it."""

    alert: Alert
    title: str
    sentence: str
    value: str
    limit: str
    worst: str

    @property
    def cause(self) -> str:
        """What explains it, so that nobody is told; empty where nothing does."""
        category, _, metric = self.alert.muted_by.partition(".")
        return catalogue.known(category, metric).label if metric else ""

    @property
    def word(self) -> str:
        """What its icon says: how bad it is while it fires, else its state."""
        return self.alert.severity if self.alert.state == "firing" else self.alert.state


def row_of(alert: Alert, now: datetime) -> Row:
    metric = metric_of(alert)
    return Row(
        alert,
        sentences.title(alert),
        sentences.sentence(alert, now),
        level(metric, alert.value),
        level(metric, alert.limit),
        level(metric, alert.worst),
    )


def grouped(alerts: Sequence[Alert], now: datetime) -> list[tuple[str, list[Row]]]:
    """By metric, in the order in which they came: one that fires on several hosts is one trouble."""
    order = {key: index for index, key in reversed(list(enumerate(alert.key for alert in alerts)))}
    ranked = sorted(alerts, key=lambda alert: order[alert.key])
    return [
        (catalogue.known(*key).label, [row_of(alert, now) for alert in group])
        for key, group in groupby(ranked, key=lambda alert: alert.key)
    ]


def ask_again(alerts: Sequence[Alert]) -> int:
    return FAST if alerts else SLOW


class Chart:
    """The one chart of an alert's page, as performance/_chart.html wants a panel."""

    slug = "alert"

    def __init__(self, alert: Alert) -> None:
        self.alert, self.metric = alert, metric_of(alert)
        self.title, self.labels, self.unit = self.metric.label, [self.metric.label], self.metric.unit
        self.threshold = alert.limit
        self.threshold_name = f"limit {limit_shown(alert.limit, self.metric.unit)}"

    def figures(self, now: datetime) -> dict[str, Any]:
        """Its arrays, the window around the firing, and the same in words."""
        series = around(self.alert, self.metric, now)
        window = [series.window.start.timestamp(), series.window.end.timestamp()]
        name = self.metric.name
        return {
            "data": [series.times, series.values[name]],
            "bands": bands(series, [name]),
            "window": window,
            "summary": spoken(series),
        }


def chart_of(alert: Alert) -> Chart | None:
    """None where nothing of it is sampled."""
    return Chart(alert) if catalogue.sampled(alert.category, alert.metric) else None


def window_of(alert: Alert, now: datetime) -> Window:
    """From half an hour before it began to half an hour after its end, or now; of a long one its beginning."""
    start = alert.began_at - AROUND
    end = min(now, (alert.resolved_at or now) + AROUND, start + LONGEST)
    return Window(start, max(end, start + AROUND))


def around(alert: Alert, metric: Metric, now: datetime) -> Series:
    """The alert's figure on its host; that of the platform as the first host tells it that was sampled at the time."""
    category, window = CATEGORIES[alert.category], window_of(alert, now)
    hosts = [alert.host] if alert.host else speakers(window)
    found = (history(category, host, window, [metric]) for host in hosts)
    first = next(found)
    return first if told_of(first) else next(filter(told_of, found), first)


def speakers(window: Window) -> list[str]:
    """Hosts whose samples may tell of the platform in a window: none that was taken out of service before it."""
    leases = SamplerLease.objects.filter(renewed_at__gte=window.start).order_by("host")
    return list(leases.values_list("host", flat=True)[:MOST_SPEAKERS]) or [this_host()]


def told_of(series: Series) -> bool:
    return any(value is not None for value in series.values[series.metrics[0].name])


def spoken(series: Series) -> str:
    (metric,) = series.metrics
    known = [(v, t) for v, t in zip(series.values[metric.name], series.times, strict=True) if v is not None]
    if not known:
        return f"No samples of {metric.noun} are kept of this time."
    (low, _), (high, at) = min(known), max(known)
    moment = clock(datetime.fromtimestamp(at, tz=timezone.get_current_timezone()))
    return f"{metric.label} between {shown(low, metric.unit)} and {shown(high, metric.unit)} (at {moment})."


@dataclass(frozen=True)
class Setting:
    """A threshold as the settings show it."""

    threshold: Threshold
    label: str
    unit: str
    sentence: str


def setting(row: Threshold) -> Setting:
    metric = metric_of(row)
    words = [f"{row.direction} {level(metric, row.warning)}"]
    words += [f"critical {row.direction} {level(metric, row.critical)}"] if row.critical is not None else []
    words += [f"for {lasting(timedelta(seconds=row.duration))}"] if row.duration else []
    words += ["unless jobs take it"] if (row.category, row.metric) in SHARED else []
    return Setting(row, metric.label, metric.unit, ", ".join(words))


def settings_of(rows: Sequence[Threshold]) -> list[tuple[str, list[Setting]]]:
    return [(name, [setting(row) for row in group]) for name, group in groupby(rows, key=lambda row: row.category)]


def silence_named(row: Silence) -> str:
    what = metric_of(row).label if row.metric else row.what.capitalize()
    return f"{what} on {row.host}" if row.host else what
