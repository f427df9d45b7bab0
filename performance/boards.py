"""The pages of figures: which category each shows, by which template, and which of its fragments move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from performance.alerts.pages import row_of
from performance.alerts.selectors import open_alerts
from performance.database import report
from performance.metrics import DATABASE, SYSTEM, Category
from performance.panels import Panel, panels_of

MOST_ALERTS = 10


def nothing_more(sample: Any, now: datetime) -> dict[str, Any]:
    """A page of cards and charts only."""
    return {}


@dataclass(frozen=True)
class Board:
    """A page. *context* adds what its own fragments need for the host's last sample."""

    name: str
    category: Category
    template: str
    fragments: tuple[str, ...] = ("status", "cards")
    context: Callable[[Any, datetime], dict[str, Any]] = nothing_more

    @property
    def panels(self) -> list[type[Panel]]:
        return panels_of(self.category, connection.vendor)


def open_now(sample: Any, now: datetime) -> dict[str, Any]:
    """What is wrong on any host: whoever looks at one is told of the others."""
    alerts = list(open_alerts()[:MOST_ALERTS])
    return {"alerts": [row_of(alert, now) for alert in alerts]}


OVERVIEW = Board("overview", SYSTEM, "performance/overview.html", ("status", "cards", "open_alerts"), open_now)
DATABASE_BOARD = Board(
    "database",
    DATABASE,
    "performance/database.html",
    ("status", "cards", "database"),
    lambda sample, now: {"report": report.of(sample)},
)
