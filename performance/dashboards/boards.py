"""A dashboard as a page of figures: its charts and cards, and what moves besides them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from performance.boards import Composed
from performance.dashboards.layout import widgets_of
from performance.dashboards.models import Dashboard
from performance.dashboards.widgets import Seen, Widget
from performance.glance import Glance
from performance.metrics import SYSTEM
from performance.news import News, Showing
from performance.polls import Part
from performance.words import Status

OUTDATED = Part("outdated", "performance/dashboards/_outdated.html")
WITHHELD = "performance/dashboards/_withheld.html"


def board_of(dashboard: Dashboard, seen_version: int | None = None) -> Composed:
    """*seen_version* is the one that the page which asks was made of; None: it is made now."""
    widgets = widgets_of(dashboard.layout)
    outdated = seen_version is not None and seen_version != dashboard.version
    return Composed(
        name=f"dashboard {dashboard.pk}.{dashboard.version}",
        category=SYSTEM,
        template="performance/dashboards/dashboard.html",
        fragments=("status",),
        news=partial(DashboardNews, widgets=widgets, outdated=outdated),
        leads=tuple(widget.lead for widget in widgets if widget.lead),
        composed=tuple(panel for widget in widgets if (panel := widget.panel)),
    )


class DashboardNews(News):
    """Its panels' own fragments, each by the name of its place."""

    def __init__(
        self, glance: Glance, now: datetime, user: Any, status: Status, *, widgets: Sequence[Widget], outdated: bool
    ) -> None:
        super().__init__(glance, now, user, status)
        self.widgets, self.outdated = widgets, outdated

    def marks(self) -> Iterable[object]:
        yield from super().marks()
        yield self.outdated
        for widget in self.widgets:
            yield widget.name
            yield from widget.marks(self)

    def parts(self, shown: Showing) -> Sequence[Part]:
        seen = Seen(self.glance, self.now, self.user, self.operator, shown)
        found = [self.part(widget, seen) for widget in self.widgets]
        return [*found, OUTDATED] if self.outdated else found

    def part(self, widget: Widget, seen: Seen) -> Part:
        own: dict[str, Any] = {"widget": widget, "name": widget.name}
        if words := widget.withheld(self.operator):
            return Part(widget.name, WITHHELD, own | {"words": words})
        return Part(widget.name, widget.template, own | widget.shown(seen))
