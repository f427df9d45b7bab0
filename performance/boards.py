"""The pages of figures: which panels and cards each shows, by which template, and which of its fragments move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from performance.database import report
from performance.glance import Glance
from performance.metrics import APPLICATION, CACHE, DATABASE, SYSTEM, TASKS, Category, Metric
from performance.news import News, OverviewNews, WorkersNews
from performance.panels import Panel, Source, named, panels_of
from performance.requests import processes_of, routes_of
from performance.words import Status


class Lead(NamedTuple):
    """A metric that has a card, and the page that tells more of it, under its name in performance.urls.

    *host* is named where the card is not about the one that is looked at.
    """

    category: Category
    name: str
    page: str = ""
    host: str = ""

    @property
    def source(self) -> Source:
        return Source(self.category, self.host)

    @property
    def metric(self) -> Metric:
        return self.category.by_name[self.name]

    @property
    def address(self) -> str:
        """The page's name for templates; empty where there is none."""
        return f"performance:{self.page}" if self.page else ""


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
    news : what they need besides, and what makes the page ask sooner
    """

    name: str
    category: Category
    template: str
    fragments: tuple[str, ...] = ("status", "cards")
    context: Callable[[Any, datetime], dict[str, Any]] = nothing_more
    news: Callable[[Glance, datetime, Any, Status], News] = News
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


@dataclass(frozen=True)
class Composed(Board):
    """A page that somebody put together: what was not chosen has neither chart nor card."""

    composed: tuple[type[Panel], ...] = ()

    @property
    def panels(self) -> list[type[Panel]]:
        return list(self.composed)

    @property
    def cards(self) -> tuple[Lead, ...]:
        return self.leads


OVERVIEW = Board(
    "overview",
    SYSTEM,
    "performance/overview.html",
    ("status", "cards", "steps", "open_alerts", "cures", "platform", "anomalies"),
    news=OverviewNews,
    slugs=("cpu", "memory", "disk-space", "disk", "network", "requests", "latency", "errors"),
    leads=(
        Lead(SYSTEM, "cpu_percent", "processes"),
        Lead(SYSTEM, "memory_percent", "processes"),
        Lead(SYSTEM, "disk_percent", "trends"),
        Lead(SYSTEM, "network_rate", "requests"),
        Lead(APPLICATION, "request_rate", "requests"),
        Lead(APPLICATION, "latency_p95", "requests"),
        Lead(APPLICATION, "error_percent", "requests"),
        Lead(CACHE, "hit_percent", "cache"),
        Lead(DATABASE, "worst_percent", "database"),
        Lead(DATABASE, "query_p95_ms", "queries"),
        Lead(TASKS, "oldest_seconds", "workers"),
        Lead(TASKS, "workers", "workers"),
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
WORKERS = Board("workers", TASKS, "performance/workers.html", ("status", "cards", "workers"), news=WorkersNews)
