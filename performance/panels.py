"""What the performance page shows: each panel is a declared class, a card and a chart.

A panel says which metric its card leads with and which lines its chart draws; page and poll do the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from performance.metrics import DATABASE, SYSTEM, Category, Metric
from performance.series import Series, mean
from performance.summary import Figure
from performance.units import PERCENT, clock, shown


class Panel:
    """A card and a chart of one unit with at most four lines."""

    category: ClassVar[Category] = SYSTEM
    slug: ClassVar[str]
    title: ClassVar[str]
    card: ClassVar[str]
    lines: ClassVar[tuple[str, ...]]
    vendors: ClassVar[tuple[str, ...]] = ()  # the databases that know this; empty: all of them

    @classmethod
    def metrics(cls) -> tuple[Metric, ...]:
        return tuple(cls.category.by_name[name] for name in cls.lines)

    @classmethod
    def labels(cls) -> list[str]:
        return [metric.label for metric in cls.metrics()]

    @classmethod
    def unit(cls) -> str:
        return cls.metrics()[0].unit

    @classmethod
    def threshold(cls) -> float | None:
        return cls.metrics()[0].threshold


PANELS: dict[str, type[Panel]] = {}
P = TypeVar("P", bound=type[Panel])


def register(panel: P) -> P:
    """Declares a panel; the same slug twice, mixed units or more than four lines are mistakes."""
    if panel.slug in PANELS:
        raise ValueError(f"The panel {panel.slug!r} is declared twice.")
    if len({metric.unit for metric in panel.metrics()}) != 1 or len(panel.lines) > 4:
        raise ValueError(f"The panel {panel.slug!r} needs one unit and at most four lines.")
    PANELS[panel.slug] = panel
    return panel


@register
class CpuPanel(Panel):
    slug, title, card = "cpu", "CPU", "cpu_percent"
    lines = ("cpu_percent",)


@register
class MemoryPanel(Panel):
    slug, title, card = "memory", "Memory", "memory_percent"
    lines = ("memory_percent", "swap_percent")


@register
class DiskPanel(Panel):
    slug, title, card = "disk", "Disk traffic", "disk_percent"
    lines = ("disk_read_rate", "disk_write_rate")


@register
class NetworkPanel(Panel):
    slug, title, card = "network", "Network", "network_rate"
    lines = ("network_in_rate", "network_out_rate")


@register
class DatabaseUsePanel(Panel):
    category = DATABASE
    slug, title, card = "database-connections", "Connections", "worst_percent"
    lines = ("worst_percent", "pool_percent", "connections_percent")
    vendors = ("postgresql",)


@register
class ThreadUsePanel(Panel):
    """A file has no server whose connections could run out."""

    category = DATABASE
    slug, title, card = "database-use", "Connections", "worst_percent"
    lines = ("worst_percent",)
    vendors = ("sqlite",)


@register
class DatabaseLatencyPanel(Panel):
    category = DATABASE
    slug, title, card = "database-latency", "Latency", "read_ms"
    lines = ("connect_ms", "read_ms", "write_ms")


@register
class DatabaseSizePanel(Panel):
    category = DATABASE
    slug, title, card = "database-size", "Size", "size"
    lines = ("size",)
    vendors = ("postgresql",)


@register
class DatabaseFilePanel(Panel):
    category = DATABASE
    slug, title, card = "database-file", "Size", "size"
    lines = ("size", "wal_size")
    vendors = ("sqlite",)


@register
class DatabaseTransactionsPanel(Panel):
    category = DATABASE
    slug, title, card = "database-transactions", "Transactions", "commit_rate"
    lines = ("commit_rate", "rollback_rate")
    vendors = ("postgresql",)


def panels_of(category: Category, vendor: str = "") -> list[type[Panel]]:
    """The category's panels, in the order of their declaration; of a database's only what *vendor* knows."""
    return [p for p in PANELS.values() if p.category is category and (not p.vendors or vendor in p.vendors)]


def charted(panels: Sequence[type[Panel]]) -> tuple[Metric, ...]:
    """Every metric that some chart draws, so that one query serves them all."""
    found = {metric.name: metric for panel in panels for metric in panel.metrics()}
    return tuple(found.values())


def cards(figures: Sequence[Figure], panels: Sequence[type[Panel]]) -> list[Figure]:
    """The figures that lead the panels' cards, in the panels' order."""
    by_name = {figure.metric.name: figure for figure in figures}
    return [by_name[panel.card] for panel in panels]


def charts(series: Series, panels: Sequence[type[Panel]]) -> dict[str, dict[str, Any]]:
    """What each chart needs: aligned arrays, the window, and the same in words."""
    window = [series.window.start.timestamp(), series.window.end.timestamp()]
    return {
        panel.slug: {
            "data": [series.times, *(series.values[name] for name in panel.lines)],
            "window": window,
            "summary": spoken(panel, series),
        }
        for panel in panels
    }


def spoken(panel: type[Panel], series: Series) -> str:
    """The chart in words: where each line is, where it was lowest and highest, and what is missing."""
    lines = [line_in_words(metric, series) for metric in panel.metrics()]
    told = [line for line in lines if line]
    if not told:
        return f"No {panel.title} samples in this time range."
    gaps = f" {series.gaps} {'gap' if series.gaps == 1 else 'gaps'} without samples." if series.gaps else ""
    threshold = panel.threshold()
    limit = f" Degraded above {shown(threshold, panel.unit(), digits=0)}." if threshold is not None else ""
    points = f" Each point is the {series.resolution}." if series.level else ""
    return "; ".join(told) + "." + gaps + points + limit


def line_in_words(metric: Metric, series: Series) -> str:
    values = series.values[metric.name]
    known = [value for value in values if value is not None]
    if not known:
        return ""
    # Where points are means, the lowest and the highest sample in them.
    lows, highs = (kept.get(metric.name, values) for kept in (series.lows, series.highs))
    lowest = min(value for value in lows if value is not None)
    highest, time = max((value, at) for value, at in zip(highs, series.times, strict=True) if value is not None)
    at = clock(datetime.fromtimestamp(time, tz=series.window.end.tzinfo), series.window.end)
    digits = 0 if metric.unit == PERCENT else 1
    last, low, top, usual = (
        shown(value, metric.unit, digits=digits) for value in (known[-1], lowest, highest, mean(known))
    )
    return f"{metric.label} {last}, between {low} and {top} (at {at}), mean {usual}"
