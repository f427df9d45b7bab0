"""Where requests and statements spend their time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from performance.analysis.rules.application import MUCH
from performance.database.selectors import slow_queries
from performance.models import ApplicationSample, DatabaseSample
from performance.report.details import details, grouped, highest, none_of, share, total, usual
from performance.report.sections import TEXT, TIME, Column, Content, Table, section
from performance.timerange import Window
from performance.units import COUNT, PERCENT, SECONDS, took
from valor.lib.numbers import format_duration

MOST = 10
PLACES = {"cpu": "CPU", "database": "database", "cache": "cache", "outside": "others' servers"}
ROUTES = (
    Column("route", "Route"),
    Column("method", "Method"),
    Column("count", "Requests", COUNT),
    Column("error_percent", "Errors", PERCENT),
    Column("p50", "Median", SECONDS, took),
    Column("p95", "P95", SECONDS, took),
    Column("worst_p95", "Worst p95", SECONDS, took),
    Column("seconds", "Together", SECONDS, format_duration),
    Column("spent", "Most of it in"),
)
STATEMENTS = (
    Column("fingerprint", "Fingerprint"),
    Column("count", "Runs", COUNT),
    Column("errors", "Errors", COUNT),
    Column("p95", "P95", SECONDS, took),
    Column("seconds", "Together", SECONDS, format_duration),
    Column("statement", "Statement"),
)
SLOW = (
    Column("fingerprint", "Fingerprint"),
    Column("worst", "Worst", SECONDS, took),
    Column("usual", "Usual", SECONDS, took),
    Column("count", "Times", COUNT),
    Column("last_seen", "Last seen", TIME),
    Column("line", "Line", TEXT),
    Column("advice", "Advice", TEXT),
    Column("statement", "Statement", TEXT),
)


@section("routes", "Slowest routes")
def routes_of(window: Window) -> Content:
    found = details(ApplicationSample, window)
    groups = grouped(found.members("routes"), "route", "method")
    rows = [route(name, method, members, found.every) for (name, method), members in groups.items()]
    rows = sorted(rows, key=lambda row: -row["seconds"])[:MOST]
    caption = "By the time they took together; a percentile is the usual one of the samples"
    none = none_of("request_count", ApplicationSample, window)
    return Content(none, [Table(caption, ROUTES, rows)], "No request was measured.", found.notes)


def route(name: str, method: str, members: Sequence[Mapping[str, Any]], every: int) -> dict[str, Any]:
    count, seconds = total(members, "count"), total(members, "seconds")
    return {
        "route": name,
        "method": method,
        "count": round(count * every),
        "error_percent": share(total(members, "errors"), count),
        "p50": usual(members, "p50", "count"),
        "p95": usual(members, "p95", "count"),
        "worst_p95": highest(members, "p95"),
        "seconds": seconds * every,
        "spent": spent({place: total(members, place) for place in PLACES}, seconds),
    }


def spent(places: Mapping[str, float], seconds: float) -> str:
    """The part that took most of the time; where that is in none, what no part accounts for."""
    if not seconds:
        return ""
    largest = max(places, key=lambda place: places[place])
    part, rest = places[largest] / seconds, 1 - sum(places.values()) / seconds
    name, most = (PLACES[largest], part) if part >= MUCH or part >= rest else ("not measured", rest)
    return f"{name} {100 * min(most, 1):.0f} %"


@section("statements", "Busiest statements")
def statements_of(window: Window) -> Content:
    found = details(DatabaseSample, window)
    groups = grouped(found.members("statements"), "fingerprint")
    rows = [statement(key[0], members, found.every) for key, members in groups.items()]
    rows = sorted(rows, key=lambda row: -row["seconds"])[:MOST]
    return Content(
        tables=[Table("By the time they took together", STATEMENTS, rows)],
        empty="No statement was measured.",
        notes=found.notes,
    )


def statement(fingerprint: str, members: Sequence[Mapping[str, Any]], every: int) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint,
        "count": round(total(members, "count") * every),
        "errors": round(total(members, "errors") * every),
        "p95": usual(members, "p95", "count"),
        "seconds": total(members, "seconds") * every,
        "statement": members[-1].get("statement", ""),
    }


@section("slow_statements", "Slow statements")
def slow_of(window: Window) -> Content:
    found = slow_queries().filter(last_seen__gt=window.start, last_seen__lte=window.end)[:MOST]
    rows = [
        {
            "fingerprint": row.fingerprint,
            "worst": row.worst,
            "usual": row.usual,
            "count": row.count,
            "last_seen": row.last_seen,
            "line": row.line,
            "advice": "; ".join(advice["what"] for advice in row.advice),
            "statement": row.gist,
        }
        for row in found
    ]
    return Content(tables=[Table("Seen in this span, the slowest first", SLOW, rows)], empty="No statement was slow.")
