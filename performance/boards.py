"""The pages of figures: which panels and cards each shows, by which template, and which of its fragments move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from performance.alerts.pages import row_of
from performance.alerts.selectors import MOST_OPEN, open_alerts
from performance.database import report
from performance.foresight import recent_anomalies
from performance.metrics import APPLICATION, CACHE, DATABASE, SYSTEM, TASKS, Category, Metric
from performance.panels import Panel, named, panels_of
from performance.requests import processes_of, routes_of


class Lead(NamedTuple):
    """A metric that has a card."""

    category: Category
    name: str

    @property
    def metric(self) -> Metric:
        return self.category.by_name[self.name]


MOST_ALERTS = 3


def nothing_more(sample: Any, now: datetime) -> dict[str, Any]:
    """A page of cards and charts only."""
    return {}


@dataclass(frozen=True)
class Board:
    """A page.

    Attributes
    ----------
    category : whose samples say which hosts there are, and when the last one was taken
    slugs : of the panels whose charts it shows, of any category; empty: all of its category
    leads : its cards; empty: those of its panels
    context : what its own fragments need for the host's last sample
    """

    name: str
    category: Category
    template: str
    fragments: tuple[str, ...] = ("status", "cards")
    context: Callable[[Any, datetime], dict[str, Any]] = nothing_more
    slugs: tuple[str, ...] = ()
    leads: tuple[Lead, ...] = ()

    @property
    def panels(self) -> list[type[Panel]]:
        if self.slugs:
            return [panel for panel in named(*self.slugs) if panel.fits()]
        return panels_of(self.category)

    @property
    def cards(self) -> tuple[Lead, ...]:
        return self.leads or tuple(Lead(panel.category, panel.card) for panel in self.panels)


def news(sample: Any, now: datetime) -> dict[str, Any]:
    """What is wrong or odd on any host: whoever looks at one is told of the others."""
    found = list(open_alerts()[:MOST_OPEN])
    return {
        "alerts": [row_of(alert, now) for alert in found[:MOST_ALERTS]],
        "more_alerts": max(0, len(found) - MOST_ALERTS),
        "anomalies": recent_anomalies(now, timedelta(days=1), most=5),
    }


OVERVIEW = Board(
    "overview",
    SYSTEM,
    "performance/overview.html",
    ("status", "cards", "open_alerts", "anomalies"),
    news,
    slugs=("cpu", "memory", "disk-space", "disk", "network", "requests", "latency", "errors"),
    leads=(
        Lead(SYSTEM, "cpu_percent"),
        Lead(SYSTEM, "memory_percent"),
        Lead(SYSTEM, "disk_percent"),
        Lead(SYSTEM, "network_rate"),
        Lead(APPLICATION, "request_rate"),
        Lead(APPLICATION, "latency_p95"),
        Lead(APPLICATION, "error_percent"),
        Lead(DATABASE, "worst_percent"),
        Lead(CACHE, "hit_percent"),
        Lead(TASKS, "oldest_seconds"),
        Lead(TASKS, "workers"),
    ),
)
REQUESTS = Board(
    "requests",
    APPLICATION,
    "performance/requests.html",
    ("status", "cards", "requests"),
    lambda sample, now: {"routes": routes_of(sample)},
    slugs=("requests", "latency", "errors", "in-hand"),
)
PROCESSES = Board(
    "processes",
    APPLICATION,
    "performance/processes.html",
    ("status", "cards", "processes"),
    lambda sample, now: {"processes": processes_of(sample)},
    slugs=("product-cpu", "product-memory", "product-processes", "product-files"),
)
DATABASE_BOARD = Board(
    "database",
    DATABASE,
    "performance/database.html",
    ("status", "cards", "database"),
    lambda sample, now: {"report": report.of(sample)},
)
CACHE_BOARD = Board("cache", CACHE, "performance/cache.html")
WORKERS = Board("workers", TASKS, "performance/workers.html")
