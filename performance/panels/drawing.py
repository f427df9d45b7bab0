"""What each chart is given: its lines, the same of an earlier time, what is foreseen, and all of it in words.

``data`` holds the times, a row for each line, and after them a row for each entry of ``more``: its label, its kind
("before": of the earlier time; "ahead": foreseen), which line it belongs to, and for what is foreseen the interval.
``window`` is what it is drawn over, ``asked`` the same without what is foreseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from performance.forms import Comparison, Look, encoded
from performance.metrics import Metric
from performance.panels import Panel, bands, in_words, spoken
from performance.panels.ahead import Ahead, ahead_of, foreseen, later
from performance.series import Series, Values, mean

if TYPE_CHECKING:
    from performance.aligned import Axis


@dataclass(frozen=True)
class Before:
    """The series of an earlier time, and which of its points stands at which time of the present one."""

    comparison: Comparison
    series: Series
    axis: Axis


@dataclass
class Sheet:
    """The rows of one chart, all as long as its times; bands are pairs of them."""

    times: list[float]
    rows: list[Values]
    bands: list[tuple[Values, Values]]
    more: list[dict[str, Any]] = field(default_factory=list)

    def add(self, label: str, kind: str, of: int, row: Values, band: tuple[Values, Values] | None = None) -> None:
        self.rows.append(row)
        self.more.append({"label": label, "kind": kind, "of": of, "band": band})

    def lengthen(self, times: list[float]) -> None:
        """Times after the last, at which nothing is known yet."""
        none: Values = [None] * len(times)
        self.times = self.times + times
        self.rows = [row + none for row in self.rows]
        self.bands = [(low + none, high + none) for low, high in self.bands]


def drawn(
    panels: Sequence[type[Panel]], look: Look, lines: Mapping[str, Series], earlier: Mapping[str, Series]
) -> dict[str, dict[str, Any]]:
    """Everything for these charts by slug, of the series of each source and those of the time it is compared with."""
    found: dict[str, dict[str, Any]] = {}
    now = timezone.now()
    looks = {panel.host: replace(look, host=panel.host or look.host) for panel in panels}
    forecasts = {host: foreseen(there, now) for host, there in looks.items()}
    for key, series in lines.items():
        before = before_of(series, earlier.get(key), look.comparison)
        for panel in panels:
            if panel.source().key == key:
                ahead = list(ahead_of(panel, series, forecasts[panel.host]))
                source = source_of(panel, looks[panel.host])
                found[panel.slug] = chart(panel, series, before, ahead) | {"source": source}
    return found


def before_of(series: Series, other: Series | None, comparison: Comparison | None) -> Before | None:
    if other is None or comparison is None:
        return None
    from performance.aligned import together  # NumPy, which most processes do without

    return Before(comparison, other, together(series, other))


def chart(panel: type[Panel], series: Series, before: Before | None, ahead: Sequence[Ahead]) -> dict[str, Any]:
    sheet = laid_out(panel, series, before)
    asked = [series.window.start.timestamp(), series.window.end.timestamp()]
    window = asked
    if ahead:
        go_on(sheet, panel, series, ahead)
        window = [asked[0], max(asked[1], sheet.times[-1])]
    words = [spoken(panel, series), compared(panel, before), *(f"{capfirst(one.sentence)}." for one in ahead)]
    return {
        "data": [sheet.times, *sheet.rows],
        "bands": sheet.bands,
        "more": sheet.more,
        "window": window,
        "asked": asked,
        "summary": " ".join(word for word in words if word),
    }


def laid_out(panel: type[Panel], series: Series, before: Before | None) -> Sheet:
    """The lines with their bands, and those of the earlier time beside them."""
    rows = [series.values[name] for name in panel.lines]
    if before is None:
        return Sheet(series.times, rows, bands(series, panel.lines))
    axis = before.axis
    behind = [(axis.row(0, low), axis.row(0, high)) for low, high in bands(series, panel.lines)]
    sheet = Sheet(axis.times, [axis.row(0, row) for row in rows], behind)
    for of, metric in enumerate(panel.metrics()):
        label = f"{metric.label}, {before.comparison.noun}"
        sheet.add(label, "before", of, axis.row(1, before.series.values[metric.name]))
    return sheet


def go_on(sheet: Sheet, panel: type[Panel], series: Series, ahead: Sequence[Ahead]) -> None:
    """Goes on with the lines that have a future, each from its last point."""
    past = len(sheet.times)
    reach = max(sum(value is not None for value in one.middle) for one in ahead)
    sheet.lengthen(later(series.window)[:reach])
    for one in ahead:
        line = sheet.rows[one.of]
        last = next(at for at in range(past - 1, -1, -1) if line[at] is not None)
        before: Values = [None] * last + [one.now] + [None] * (past - last - 1)
        middle, low, high = (before + row[:reach] for row in (one.middle, one.low, one.high))
        sheet.add(f"{panel.metrics()[one.of].label}, forecast", "ahead", one.of, middle, (low, high))


def compared(panel: type[Panel], before: Before | None) -> str:
    """ "The day before: CPU mean 12 %, up to 40 %." """
    if before is None:
        return ""
    told = [line for metric in panel.metrics() if (line := usual(metric, before.series))]
    noun = before.comparison.noun
    return f"{capfirst(noun)}: {'; '.join(told)}." if told else f"No samples of {noun}."


def usual(metric: Metric, series: Series) -> str:
    values = series.values[metric.name]
    highs = [value for value in series.highs.get(metric.name, values) if value is not None]
    if not highs:
        return ""
    return f"{metric.label} mean {in_words(mean(values), metric.unit)}, up to {in_words(max(highs), metric.unit)}"


def source_of(panel: type[Panel], look: Look) -> str:
    """Where the API gives exactly these lines of this view."""
    span = {name: look.span[name] for name in ("range", "from", "to")}
    asked = {"host": look.host, "fields": ",".join(panel.lines)}
    return f"{reverse('api-performance-metrics-history', args=[panel.category.name])}?{encoded(span | asked)}"
