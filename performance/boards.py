"""The pages of figures: which category each shows, by which template, and which of its fragments move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from performance.database import report
from performance.foresight import recent_anomalies
from performance.metrics import DATABASE, SYSTEM, Category
from performance.panels import Panel, panels_of


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


OVERVIEW = Board(
    "overview",
    SYSTEM,
    "performance/overview.html",
    ("status", "cards", "anomalies"),
    lambda sample, now: {"anomalies": recent_anomalies(now, timedelta(days=1), most=5)},
)
DATABASE_BOARD = Board(
    "database",
    DATABASE,
    "performance/database.html",
    ("status", "cards", "database"),
    lambda sample, now: {"report": report.of(sample)},
)
