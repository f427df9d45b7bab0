"""Statements, transactions and tables."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from performance.alerts.culprits import (
    MOST,
    Case,
    Culprit,
    Entry,
    explains,
    largest,
    of_times,
    part,
    percent,
    times,
    total,
)
from performance.database.statements import gist
from performance.models import RepeatedQuery, SlowQuery
from performance.units import took
from performance.workers import counted
from valor.lib.numbers import format_duration, format_number

LONGEST_NAME = 120


def page_of(fingerprint: str, slow: set[str]) -> str:
    """A statement has a page of its own once it was slow."""
    return reverse("performance:query", args=[fingerprint]) if fingerprint in slow else reverse("performance:queries")


def slow_among(entries: list[Entry]) -> set[str]:
    wanted = [entry["fingerprint"] for entry in entries]
    return set(SlowQuery.objects.filter(fingerprint__in=wanted).values_list("fingerprint", flat=True))


@explains("database.slow_rate", "database.query_p95_ms")
def slowest(case: Case) -> list[Culprit]:
    return by_time(case, MOST)


def by_time(case: Case, most: int) -> list[Culprit]:
    """The statements that took most time since the sample before."""
    statements = case.detail("database", "statements")
    whole, found = total(statements, "seconds"), largest(statements, "seconds", most)
    slow = slow_among(found) if found else set()
    return [by_seconds(entry, part(entry["seconds"], whole), page_of(entry["fingerprint"], slow)) for entry in found]


def figures(entry: Entry) -> dict[str, object]:
    return {name: entry[name] for name in ("fingerprint", "count", "errors", "seconds", "p95") if name in entry}


def by_seconds(entry: Entry, share: float | None, url: str) -> Culprit:
    of = f"{percent(share)} of all time in the database, " if share is not None else ""
    sentence = f"one statement took {of}p95 {took(entry.get('p95'))}, {times(entry.get('count') or 0)}"
    return Culprit("statement", gist(entry["statement"])[:LONGEST_NAME], figures(entry), sentence, share, url)


@explains("database.query_error_rate")
def failing(case: Case) -> list[Culprit]:
    statements = case.detail("database", "statements")
    whole, found = total(statements, "errors"), largest(statements, "errors")
    slow = slow_among(found) if found else set()
    return [
        Culprit(
            "statement",
            gist(entry["statement"])[:LONGEST_NAME],
            figures(entry),
            f"one statement failed {of_times(entry['errors'], entry.get('count') or 0)}",
            part(entry["errors"], whole),
            page_of(entry["fingerprint"], slow),
        )
        for entry in found
    ]


@explains("database.longest_transaction", "database.locks_waiting", "database.write_ms")
def holding(case: Case) -> list[Culprit]:
    """Who holds what others wait for: transactions that stay open, then the statements that take long."""
    return transactions(case) + by_time(case, 2)


def transactions(case: Case) -> list[Culprit]:
    return [by_age(entry) for entry in largest(case.detail("database", "long"), "seconds")]


def by_age(entry: Entry) -> Culprit:
    who = entry.get("application") or "a connection"
    name = f"{who} {entry.get('pid')}"
    age = format_duration(entry["seconds"])
    sentence = f"a transaction of {name} is open for {age}, {entry.get('state') or 'at work'}"
    told = {key: entry[key] for key in ("pid", "seconds", "state", "statement") if key in entry}
    return Culprit("transaction", name, told, sentence, None, reverse("performance:database"))


@explains("database.worst_percent")
def connected(case: Case) -> list[Culprit]:
    """Long transactions, processes whose connections are taken, and the routes that keep the database busiest."""
    return transactions(case) + taken(case) + busiest_routes(case)


def taken(case: Case) -> list[Culprit]:
    processes = case.detail("database", "processes")
    whole, found = total(processes, "in_use"), largest(processes, "in_use", 3)
    return [by_use(entry, part(entry["in_use"], whole)) for entry in found]


def by_use(entry: Entry, share: float | None) -> Culprit:
    name = f"{entry.get('role')} {entry.get('pid')}"
    waiting = entry.get("waiting") or 0
    queue = f", {counted(waiting, 'request')} {'waits' if waiting == 1 else 'wait'}" if waiting else ""
    used = format_number(entry["in_use"], 0 if entry["in_use"] == int(entry["in_use"]) else 1)
    sentence = f"{name} uses {used} of {entry.get('maximum') or 0:,} connections{queue}"
    told = {key: entry[key] for key in ("pid", "in_use", "peak", "maximum", "waiting") if key in entry}
    return Culprit("process", name, told, sentence, share, reverse("performance:database"))


def busiest_routes(case: Case) -> list[Culprit]:
    routes = case.detail("application", "routes")
    whole, found = total(routes, "database"), largest(routes, "database", 3)
    return [by_database(route, part(route["database"], whole)) for route in found]


def by_database(route: Entry, share: float | None) -> Culprit:
    sentence = f"{route['route']} spent {took(route['database'])} in the database"
    told = {key: route[key] for key in ("count", "p95", "seconds", "database") if route.get(key) is not None}
    return Culprit("route", str(route["route"]), told, sentence, share, reverse("performance:queries"))


@explains("database.dead_percent")
def bloated(case: Case) -> list[Culprit]:
    found = largest(case.detail("database", "tables"), "dead")
    return [
        Culprit(
            "table",
            str(table["name"]),
            {"rows": table.get("rows"), "dead": table["dead"], "bytes": table.get("bytes")},
            f"{table['name']} holds {table['dead']:,} dead rows beside {table.get('rows') or 0:,} living",
            part(table["dead"], table["dead"] + (table.get("rows") or 0)),
            reverse("performance:database"),
        )
        for table in found
    ]


@explains("queries.repeated")
def repeated(case: Case) -> list[Culprit]:
    """Routes that ask for each row by itself."""
    since = case.tick.taken_at - timedelta(seconds=case.tick.interval)
    rows = RepeatedQuery.objects.filter(kind="request", last_seen__gt=since).order_by("-latest", "pk")[:MOST]
    return [
        Culprit(
            "route",
            row.route,
            {
                "runs": row.latest,
                "statement": row.gist[:LONGEST_NAME],
                "fingerprint": row.fingerprint,
                "line": row.line,
            },
            f"{row.route} ran one statement {times(row.latest)}{f' at {row.line}' if row.line else ''}",
            None,
            reverse("performance:queries"),
        )
        for row in rows
    ]
