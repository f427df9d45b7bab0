"""What the performance page shows: each panel is a declared class, a card and a chart.

A panel says which metric its card leads with and which lines its chart draws; page and poll do the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection

from performance.alerts.models import Threshold
from performance.alerts.selectors import watched
from performance.metrics import SYSTEM, Category, Metric
from performance.series import Series, Values, mean
from performance.units import COUNT, PERCENT, clock, shown


class Source(NamedTuple):
    """Where figures come from: a category of the host that is looked at, or of one that is named."""

    category: Category
    host: str = ""

    @property
    def key(self) -> str:
        """What its samples and series are found by."""
        return f"{self.category.name} of {self.host}" if self.host else self.category.name


class Panel:
    """A card and a chart of one unit with at most four lines."""

    category: ClassVar[Category] = SYSTEM
    host: ClassVar[str] = ""  # of its own; empty: the one that is looked at
    slug: ClassVar[str]
    title: ClassVar[str]
    card: ClassVar[str]
    lines: ClassVar[tuple[str, ...]]
    vendors: ClassVar[tuple[str, ...]] = ()  # the databases that know this; empty: all of them
    with_redis: ClassVar[bool] = False  # there is nothing to show without it
    foreseen: ClassVar[Mapping[str, str]] = MappingProxyType({})  # by line the metric that tells its future, if another

    @classmethod
    def fits(cls) -> bool:
        """Whether this installation has what the panel shows."""
        return (not cls.vendors or connection.vendor in cls.vendors) and (
            not cls.with_redis or bool(settings.REDIS_URL)
        )

    @classmethod
    def source(cls) -> Source:
        return Source(cls.category, cls.host)

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
    def watched(cls) -> Threshold | None:
        """The threshold of the first line."""
        return watched(cls.category.name, cls.lines[0])

    @classmethod
    def threshold(cls) -> float | None:
        found = cls.watched()
        return found.warning if found is not None else None

    @classmethod
    def threshold_name(cls) -> str:
        return f"limit {limit_shown(cls.threshold(), cls.unit())}"


MOST_LINES = 4
PANELS: dict[str, type[Panel]] = {}
P = TypeVar("P", bound=type[Panel])


def fault(lines: Sequence[Metric]) -> str:
    """Why no chart can draw these lines; empty where one can."""
    if not 1 <= len(lines) <= MOST_LINES or len({metric.unit for metric in lines}) != 1:
        return f"A chart has one unit and one to {MOST_LINES} lines."
    return ""


def register(panel: P) -> P:
    """Declares a panel; the same slug twice, mixed units or more than four lines are mistakes."""
    if panel.slug in PANELS:
        raise ValueError(f"The panel {panel.slug!r} is declared twice.")
    if wrong := fault(panel.metrics()):
        raise ValueError(f"The panel {panel.slug!r} can't be drawn. {wrong}")
    PANELS[panel.slug] = panel
    return panel


def declared() -> list[type[Panel]]:
    """Every panel, in the order of declaration."""
    from performance.panels import application, cache, database, system, tasks  # noqa: F401  declare their panels

    return list(PANELS.values())


def panels_of(category: Category) -> list[type[Panel]]:
    """The category's panels that this installation can fill, in the order of their declaration."""
    return [panel for panel in declared() if panel.category is category and panel.fits()]


def named(*slugs: str) -> list[type[Panel]]:
    """The panels of these slugs, in this order."""
    declared()
    return [PANELS[slug] for slug in slugs]


def charted(panels: Sequence[type[Panel]]) -> dict[Source, tuple[Metric, ...]]:
    """Every metric that some chart draws, so that one query serves all charts of a source."""
    found: dict[Source, dict[str, Metric]] = {}
    for panel in panels:
        found.setdefault(panel.source(), {}).update({metric.name: metric for metric in panel.metrics()})
    return {source: tuple(metrics.values()) for source, metrics in found.items()}


def bands(series: Series, names: Sequence[str]) -> list[tuple[Values, Values]]:
    """Behind each line of means the least and the greatest sample in them; nothing behind lines of samples."""
    return [(series.lows[name], series.highs[name]) for name in names] if series.lows else []


def spoken(panel: type[Panel], series: Series) -> str:
    """The chart in words: where each line is, where it was lowest and highest, and what is missing."""
    lines = [line_in_words(metric, series) for metric in panel.metrics()]
    told = [line for line in lines if line]
    if not told:
        return f"No {panel.title} samples in this time range."
    gaps = f" {series.gaps} {'gap' if series.gaps == 1 else 'gaps'} without samples." if series.gaps else ""
    found = panel.watched()
    limit = f" Degraded {found.direction} {limit_shown(found.warning, panel.unit())}." if found is not None else ""
    points = f" Each point is the {series.resolution}, the band its least and greatest sample." if series.step else ""
    return "; ".join(told) + "." + gaps + points + limit


def limit_shown(limit: float | None, unit: str) -> str:
    """Without digits behind the point, where it has none."""
    return str(shown(limit, unit, digits=0 if limit is not None and limit == int(limit) else None))


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
    last, low, top, usual = (in_words(value, metric.unit) for value in (known[-1], lowest, highest, mean(known)))
    return f"{metric.label} {last}, between {low} and {top} (at {at}), mean {usual}"


def in_words(value: float | None, unit: str) -> str:
    """Shares without digits; the mean of a count may have one."""
    if unit == COUNT and value is not None and value != int(value):
        return str(shown(value, unit, digits=1))
    return str(shown(value, unit, digits=0 if unit == PERCENT else None))
