"""The kinds of panels that a dashboard is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from performance.alerts.choices import AlertSeverity
from performance.alerts.pages import row_of
from performance.boards import Lead
from performance.components import components
from performance.dashboards.options import HOST, METRIC, METRICS, PANEL, SHOWN, Choices, Option, metric_of
from performance.dashboards.tops import Row, tops
from performance.dashboards.widgets import FOR_OPERATORS, Seen, Widget, register
from performance.glance import Glance
from performance.models import Recommendation
from performance.news import News, alert_marks
from performance.panels import Panel, fault, named
from performance.recommendations.selectors import open_recommendations
from valor.lib.errors import Problem

MOST_ADVICE = 5


@register
class Chart(Widget):
    kind, label, options = "chart", "Chart of another page", (PANEL, HOST)
    what = "One of the charts that the other pages show, such as latency with its percentiles."

    @property
    def declared(self) -> type[Panel]:
        return named(self.entry["panel"])[0]

    @property
    def usual(self) -> str:
        return f"{self.declared.title}{self.where}"

    @property
    def panel(self) -> type[Panel]:
        return composed(self, self.declared, {})


@register
class Series(Widget):
    kind, label, options = "series", "Chart of any figures", (METRICS, HOST)
    what = "Up to four lines of one category and unit, over time."

    @property
    def usual(self) -> str:
        return f"{', '.join(metric_of(name)[1].label for name in self.entry['metrics'])}{self.where}"

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Problem]:
        chosen = [metric_of(name) for name in values["metrics"]]
        told = ", ".join(values["metrics"])[:SHOWN]
        if len({category.name for category, _ in chosen}) > 1:
            remedy = "Choose lines of one category, and the others in a panel of their own."
            yield Problem("metrics", told, "One chart shows one category.", remedy)
        elif why := fault([metric for _, metric in chosen]):
            units = ", ".join(sorted({metric.unit for _, metric in chosen}))
            yield Problem("metrics", told, why, f"Choose lines of one unit: these have {units}.")

    @property
    def panel(self) -> type[Panel]:
        chosen = [metric_of(name) for name in self.entry["metrics"]]
        lines = tuple(metric.name for _, metric in chosen)
        return composed(self, Panel, {"category": chosen[0][0], "lines": lines, "card": lines[0]})


def composed(widget: Widget, base: type[Panel], more: Mapping[str, Any]) -> type[Panel]:
    """A panel like a declared one, with the place, title and host that were chosen for it."""
    own = {"slug": widget.name, "title": widget.title, "host": widget.entry["host"]}
    return type("ComposedPanel", (base,), {**own, **more})


@register
class Stat(Widget):
    kind, label, options = "stat", "One figure", (METRIC, HOST)
    what = "A figure now, with its last hour, its limit and its change."
    template = "performance/dashboards/_stat.html"

    @property
    def usual(self) -> str:
        return f"{metric_of(self.entry['metric'])[1].label}{self.where}"

    @property
    def lead(self) -> Lead:
        category, metric = metric_of(self.entry["metric"])
        return Lead(category, metric.name, host=self.entry["host"])

    def shown(self, seen: Seen) -> dict[str, Any]:
        lead = self.lead
        return {"figure": next(figure for other, figure in seen.showing.cards if other == lead)}


def lists() -> dict[str, Choices]:
    return {"": [(top.name, top.label) for top in tops().values()]}


@register
class Top(Widget):
    kind, label = "top", "Top list"
    what = "What took most: routes, statements, processes, namespaces of the cache, or kinds of jobs."
    options = (
        Option("list", "Of", lists),
        Option("rows", "Rows", lambda: {"": [("5", "5"), ("10", "10"), ("20", "20")]}, default="5"),
        HOST,
    )
    template = "performance/dashboards/_top.html"

    @property
    def usual(self) -> str:
        top = tops()[self.entry["list"]]
        return f"{top.label}{self.where if top.of_a_host else ''}"

    def withheld(self, operator: bool) -> str:
        return FOR_OPERATORS if tops()[self.entry["list"]].for_operators and not operator else ""

    def shown(self, seen: Seen) -> dict[str, Any]:
        host = self.entry["host"] or seen.showing.host
        return {"top": tops()[self.entry["list"]], "rows": self.rows(seen.glance, host, seen.now)}

    def marks(self, news: News) -> Iterable[object]:
        """What is bound to no sample moves without one."""
        if tops()[self.entry["list"]].of_a_host or self.withheld(news.operator):
            return ()
        return self.rows(news.glance, "", news.now)

    def rows(self, glance: Glance, host: str, now: datetime) -> Sequence[Row]:
        return tops()[self.entry["list"]].rows(glance, host, now)[: int(self.entry["rows"])]


def severities() -> dict[str, Choices]:
    return {"": [("", "Any severity"), *((value, f"{label} only") for value, label in AlertSeverity.choices)]}


@register
class Alerts(Widget):
    kind, label = "alerts", "Open alerts"
    what = "What is wrong just now, the worst first."
    options = (
        Option("severity", "Severity", severities, default=""),
        Option(
            "hosts",
            "Of",
            lambda: {"": [("every", "Every host"), ("chosen", "The one chosen on the page")]},
            default="every",
        ),
    )
    template = "performance/dashboards/_alerts.html"

    def shown(self, seen: Seen) -> dict[str, Any]:
        severity = self.entry["severity"]
        hosts = ("", seen.showing.host) if self.entry["hosts"] == "chosen" else None
        found = [
            alert
            for alert in seen.glance.open
            if severity in ("", alert.severity) and (hosts is None or alert.host in hosts)
        ]
        return {"rows": [row_of(alert, seen.now) for alert in found]}

    def marks(self, news: News) -> Iterable[object]:
        return [alert_marks(alert) for alert in news.glance.open]


@register
class StatusOfParts(Widget):
    kind, label, width = "status", "Status", 3
    what = "How the platform is, in a sentence, and each of its parts."
    template = "performance/dashboards/_parts.html"

    def shown(self, seen: Seen) -> dict[str, Any]:
        return {"components": components(seen.showing.status)}

    def marks(self, news: News) -> Iterable[object]:
        return [(one.word, one.sentence) for one in components(news.status)]


@register
class Advice(Widget):
    kind, label, width = "advice", "What would help", 2
    what = "The best recommendations, for operators."
    template = "performance/dashboards/_advice.html"

    def withheld(self, operator: bool) -> str:
        return "" if operator else FOR_OPERATORS

    @cached_property
    def rows(self) -> list[Recommendation]:
        """Read once for an answer, for which the panel is made."""
        return list(open_recommendations()[:MOST_ADVICE])

    def shown(self, seen: Seen) -> dict[str, Any]:
        return {"rows": self.rows}

    def marks(self, news: News) -> Iterable[object]:
        return [(row.pk, row.title, row.cure) for row in self.rows] if news.operator else ()
