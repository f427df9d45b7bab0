"""The top lists that a panel can show: of the last sample, or of what the processes last published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from performance.cache import cached
from performance.cache.fleet import fleet
from performance.database.selectors import busiest
from performance.glance import Glance
from performance.models import ApplicationSample
from performance.requests import processes_of, routes_of
from tasks.readings import finished
from valor.lib.numbers import format_duration, format_number, format_percent

LONGEST = 20
KEPT_SECONDS = 10  # Processes publish every ten seconds.
Row = tuple[str, ...]


@dataclass(frozen=True)
class TopList:
    """A list, what took most first.

    Attributes
    ----------
    heads : of its columns; the first names the row, the others are figures
    rows : of a host, in words
    of_a_host : whether another host's list is another one
    page : where there is more of it
    """

    name: str
    label: str
    heads: Row
    rows: Callable[[Glance, str, datetime], Sequence[Row]]
    empty: str
    page: str
    for_operators: bool = True
    of_a_host: bool = True


TOPS: dict[str, TopList] = {}


def register(top: TopList) -> None:
    """Declares a list; the same name twice is a mistake."""
    if top.name in TOPS:
        raise ValueError(f"The list {top.name!r} is declared twice.")
    TOPS[top.name] = top


def tops() -> dict[str, TopList]:
    return TOPS


def routes(glance: Glance, host: str, now: datetime) -> list[Row]:
    found = routes_of(glance.last(ApplicationSample, host))
    return [
        (
            f"{row['method']} {row['route']}",
            format_number(row["count"], 0),
            str(row["p95"]),
            f"{format_number(row['seconds'], 2)} s",
        )
        for row in found[:LONGEST]
    ]


def processes(glance: Glance, host: str, now: datetime) -> list[Row]:
    return [
        (f"{row['role']} {row['pid']} on {row['host']}", f"{format_number(row.get('cpu'), 1)} %", str(row["memory"]))
        for row in processes_of(glance.last(ApplicationSample, host))[:LONGEST]
    ]


@cached(ttl=KEPT_SECONDS, namespace="tops")
def busiest_statements() -> list[Row]:
    return [
        (busy.statement[:200], format_number(busy.count, 0), busy.shown["p95"], busy.shown["total"])
        for busy in busiest(LONGEST)
    ]


@cached(ttl=KEPT_SECONDS, namespace="tops")
def busiest_namespaces() -> list[Row]:
    reading = fleet()
    calls = sorted(reading.calls if reading else (), key=lambda call: -(call.hits + call.misses))
    return [
        (
            call.namespace,
            format_number(call.hits + call.misses, 0),
            format_percent(call.ratio, 0),
            f"{format_number(call.saved_seconds, 1)} s",
        )
        for call in calls[:LONGEST]
    ]


@cached(ttl=KEPT_SECONDS, namespace="tops")
def busiest_kinds() -> list[Row]:
    """By the time that their jobs ran altogether."""
    kinds = sorted(finished(timezone.now()).kinds, key=lambda kind: -(kind.finished * (kind.run.mean or 0.0)))
    return [
        (kind.title, format_number(kind.finished, 0), format_number(kind.failed, 0), format_duration(kind.run.p95))
        for kind in kinds[:LONGEST]
    ]


register(
    TopList(
        "routes",
        "Routes by time",
        ("Route", "Requests", "P95", "Total"),
        routes,
        "No request was finished since the sample before.",
        "requests",
    )
)
register(
    TopList(
        "statements",
        "Statements by time",
        ("Statement", "Runs", "P95", "Total"),
        lambda glance, host, now: busiest_statements(),
        "No process has told its figures yet; each does within ten seconds.",
        "queries",
        of_a_host=False,
    )
)
register(
    TopList(
        "processes",
        "Processes by CPU",
        ("Process", "CPU", "Memory"),
        processes,
        "No process of the product was measured yet.",
        "processes",
    )
)
register(
    TopList(
        "cache",
        "Namespaces of the cache",
        ("Namespace", "Calls", "Hits", "Saved"),
        lambda glance, host, now: busiest_namespaces(),
        "Nothing was asked of the cache yet.",
        "cache",
        of_a_host=False,
    )
)
register(
    TopList(
        "jobs",
        "Kinds of jobs by time",
        ("Kind", "Finished", "Failed", "Ran, p95"),
        lambda glance, host, now: busiest_kinds(),
        "No job finished in the last five minutes.",
        "workers",
        for_operators=False,
        of_a_host=False,
    )
)
