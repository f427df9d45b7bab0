"""Reads of slow and repeated statements."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from performance.database.publishing import NAME
from performance.histogram import Histogram
from performance.models import RepeatedQuery, SlowQuery
from performance.reporter import living
from performance.units import took
from valor.lib.errors import NotFound


def slow_queries() -> QuerySet[SlowQuery]:
    """What cost most first, without plans and advice, which only a single one shows."""
    return SlowQuery.objects.defer("plan").order_by("-worst", "pk")


def repeated_queries() -> QuerySet[RepeatedQuery]:
    """The worst first."""
    return RepeatedQuery.objects.order_by("-worst", "pk")


def slow_query(fingerprint: str) -> SlowQuery:
    """One slow statement, or NotFound."""
    row = SlowQuery.objects.filter(fingerprint=fingerprint).first()
    if row is None:
        raise NotFound("No statement with this fingerprint has been slow in the last 30 days.")
    return row


@dataclass(frozen=True)
class Busy:
    """One of the statements that took most time; seconds."""

    fingerprint: str
    statement: str
    count: int
    errors: int
    total: float
    median: float | None
    p95: float | None
    worst: float

    @property
    def shown(self) -> dict[str, str]:
        seconds = {"total": self.total, "median": self.median, "p95": self.p95, "worst": self.worst}
        return {name: took(value) for name, value in seconds.items()}


def busiest(most: int = 20) -> list[Busy]:
    """What took most time of all processes that are at work, each since its start."""
    merged: dict[str, tuple[str, int, Histogram]] = {}
    for readings in living(timezone.now()).values_list("readings", flat=True):
        for entry in readings.get(NAME, {}).get("statements", ()):
            shown, errors, times = merged.get(entry["fingerprint"], (entry["statement"], 0, Histogram()))
            times.merge(Histogram.from_json(entry["times"]))
            merged[entry["fingerprint"]] = (shown, errors + entry["errors"], times)
    found = [busy_of(fingerprint, *row) for fingerprint, row in merged.items()]
    return sorted(found, key=lambda busy: -busy.total)[:most]


def busy_of(fingerprint: str, statement: str, errors: int, times: Histogram) -> Busy:
    return Busy(
        fingerprint=fingerprint,
        statement=statement,
        count=times.count,
        errors=errors,
        total=times.total,
        median=times.quantile(0.5),
        p95=times.quantile(0.95),
        worst=times.highest,
    )
