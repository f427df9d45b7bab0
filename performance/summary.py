"""Current figures of a host: value, change against the period before, threshold, state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from django.utils import timezone

from performance.alerts.readings import supported, value_of
from performance.alerts.selectors import limit_of, watched
from performance.checks import fresh
from performance.glance import Glance
from performance.metrics import SYSTEM, Category, Metric
from performance.models.samples import Sample
from performance.series import Series, mean
from performance.sparkline import Sparkline, sparkline
from performance.timerange import Window
from performance.units import PERCENT, Shown, clock, shown
from performance.words import Nothing, Word

if TYPE_CHECKING:
    from performance.rollups.several import Ask

PERIOD = timedelta(hours=1)
SPARK_POINTS = 60


@dataclass(frozen=True)
class Figure:
    """A metric now. *previous* is the mean of the hour before the last one, else the first sample there is.

    *points* are what its small line is drawn through: the last hour in equal parts.
    """

    category: str
    metric: Metric
    value: float | None
    previous: float | None
    compared_with: str
    state: Word | Nothing
    spark: Sparkline
    limit: float | None = None
    points: Sequence[float | None] = ()

    @property
    def shown(self) -> Shown:
        return shown(self.value, self.metric.unit)

    @property
    def limit_words(self) -> str:
        return str(shown(self.limit, self.metric.unit))

    @property
    def change(self) -> float | None:
        return None if self.value is None or self.previous is None else round(self.value - self.previous, 3)

    @property
    def change_sentence(self) -> str:
        """ "up 3.1 points on the hour before", with a word besides the arrow that the page adds."""
        if self.change is None:
            return "nothing to compare with yet"
        if not self.direction:
            return f"as {self.compared_with}"
        size = shown(abs(self.change), self.metric.unit)
        amount = f"{size.figure} points" if self.metric.unit == PERCENT else str(size)
        return f"{self.direction} {amount} on {self.compared_with}"

    @property
    def direction(self) -> str:
        """Empty where the change is too small for the figure's digits to show it."""
        if not self.change or not set(shown(abs(self.change), self.metric.unit).figure) & set("123456789"):
            return ""
        return "up" if self.change > 0 else "down"


def figures(
    host: str,
    latest: Sample | None,
    now: datetime,
    category: Category = SYSTEM,
    *,
    metrics: Sequence[Metric] = (),
    glance: Glance | None = None,
    series: Series | None = None,
) -> list[Figure]:
    """These metrics, else all, of the host's last sample; all null and Unknown where there is none.

    *series* holds the two hours before that sample, where they were read already.
    """
    chosen = metrics or category.metrics
    if latest is None:
        return [unmeasured(metric, category) for metric in chosen]
    series = series or up_to(latest, category)
    known = fresh(latest, now)
    wrong = (glance or Glance()).wrong(category.name, host)
    words = {
        metric.name: tells_of_nothing(metric, latest, known)
        or (Word.UNKNOWN if too_few(metric, category, latest) else state(values, known, metric.name in wrong))
        for metric in chosen
        for values in [series.values[metric.name]]
    }
    return [figure(metric, series, latest, now, words[metric.name]) for metric in chosen]


def every_figure(host: str, categories: Sequence[Category], glance: Glance, now: datetime) -> list[Figure]:
    """All figures of these categories, read at once."""
    there = [(c, last) for c in categories if (last := glance.last(c.model, host)) is not None]
    lines = dict(zip((c.name for c, _ in there), up_to_all(there), strict=True))
    return [
        figure
        for c in categories
        for figure in figures(host, glance.last(c.model, host), now, c, glance=glance, series=lines.get(c.name))
    ]


def tells_of_nothing(metric: Metric, latest: Sample, known: bool) -> Nothing | None:
    """The word for it, where the last sample is fresh and counted none of what the figure tells of."""
    if not (known and metric.support) or metric.of(vars(latest)) is not None:
        return None
    return Nothing.where(metric.support, getattr(latest, metric.support))


def too_few(metric: Metric, category: Category, latest: Sample) -> bool:
    """Whether the figure is beyond its limit, but tells of so few that nobody is alarmed."""
    threshold, row = watched(category.name, metric.name), vars(latest)
    if threshold is None or supported(metric, row):
        return False
    value = value_of(metric, row)
    return value is not None and threshold.rule.beyond(value, threshold.warning)


def unmeasured(metric: Metric, category: Category) -> Figure:
    limit = limit_of(category.name, metric.name)
    return Figure(category.name, metric, None, None, "", Word.UNKNOWN, sparkline([], share=True), limit)


def up_to(latest: Sample, category: Category) -> Series:
    """The two hours before a sample."""
    return up_to_all([(category, latest)])[0]


def up_to_all(asked: Sequence[tuple[Category, Sample]]) -> list[Series]:
    """The two hours before each of these samples; what is kept of them is not read again."""
    from performance.rollups.several import histories

    return histories([before(latest, category, category.metrics) for category, latest in asked], timezone.now())


def before(latest: Sample, category: Category, metrics: Sequence[Metric]) -> Ask:
    """The question for the two hours before a sample."""
    from performance.rollups.several import Ask  # NumPy, which most processes do without

    window = Window(latest.taken_at - 2 * PERIOD, latest.taken_at)
    # Up to a sample a second, so that nothing is merged across the hour's edge.
    return Ask(category, latest.host, window, tuple(metrics), latest.interval, points=8000, latest=latest)


def figure(metric: Metric, series: Series, latest: Sample, now: datetime, word: Word | Nothing) -> Figure:
    values = series.values[metric.name]
    edge = (latest.taken_at - PERIOD).timestamp()
    split = next((index for index, time in enumerate(series.times) if time > edge), len(values))
    previous, compared_with = mean(values[:split]), "the hour before"
    if previous is None:
        first = next((index for index, value in enumerate(values[:-1]) if value is not None), None)
        if first is not None:
            previous = values[first]
            at = datetime.fromtimestamp(series.times[first], tz=now.tzinfo)
            compared_with = f"the first sample at {clock(at, now)}"
    value = values[-1] if values else None
    share = metric.unit == PERCENT
    limit = limit_of(series.category, metric.name)
    points = binned(series, metric.name, edge, latest.interval)
    spark = sparkline(points, share=share, threshold=limit)
    return Figure(series.category, metric, value, previous, compared_with, word, spark, limit, points)


def state(values: list[float | None], known: bool, wrong: bool) -> Word:
    """Degraded while an alert of it fires; without a fresh figure nothing is known."""
    if not known or not values or values[-1] is None:
        return Word.UNKNOWN
    return Word.DEGRADED if wrong else Word.HEALTHY


def binned(series: Series, name: str, start: float, interval: int) -> list[float | None]:
    """The last period in equal bins of a minute or more; a bin without samples is a gap as wide as it lasted."""
    width = max(PERIOD.total_seconds() / SPARK_POINTS, 2 * interval)
    bins: list[list[float | None]] = [[] for _ in range(ceil(PERIOD.total_seconds() / width))]
    for time, value in zip(series.times, series.values[name], strict=True):
        if time > start:
            bins[min(len(bins) - 1, int((time - start) / width))].append(value)
    return [mean(members) for members in bins]
