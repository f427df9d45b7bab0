"""Routes, by what they cost those who wait for them, and where their time goes."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from performance.alerts.culprits import Case, Culprit, Entry, explains, largest, of_times, part, percent, total
from performance.alerts.culprits.databases import by_time
from performance.units import took
from performance.workers import counted

PARTS = {"database": "in the database", "outside": "waiting for others' servers", "cache": "in the cache", "cpu": "CPU"}
MOST_OF_IT = 0.5


def named(route: Entry) -> str:
    method = str(route.get("method") or "")
    return f"{route['route']}" if method in ("", "GET") else f"{method} {route['route']}"


def figures(route: Entry) -> dict[str, object]:
    names = ("count", "errors", "p50", "p95", "seconds", *PARTS)
    return {name: route[name] for name in names if route.get(name) is not None}


def where(route: Entry) -> tuple[str, float]:
    """Which part of a route's time is the largest, and what share it is."""
    shares = {name: part(route.get(name), route.get("seconds")) or 0.0 for name in PARTS}
    worst = max(shares, key=lambda name: shares[name])
    return worst, shares[worst]


@explains("application.latency_p95")
def slowest(case: Case) -> list[Culprit]:
    """Routes that are beyond the limit, those that most time was spent in first; then what the worst of them asks."""
    routes = case.detail("application", "routes")
    slow = [route for route in routes if (route.get("p95") or 0) * 1000 > case.alert.limit] or routes
    found = largest(slow, "seconds")
    whole = total(routes, "seconds")
    told = [by_latency(route, whole, case) for route in found]
    if found and where(found[0])[0] == "database":
        told += by_time(case, 2)
    return told


def by_latency(route: Entry, whole: float, case: Case) -> Culprit:
    name, share = where(route)
    goes = f", {percent(share)} {PARTS[name]}" if share >= MOST_OF_IT else ""
    if goes and name == "database" and one_statement(case.detail("database", "statements")):
        goes = f", {percent(share)} in the database, most of it in one query"
    sentence = f"{named(route)} p95 {took(route.get('p95'))}{goes}"
    url = reverse("performance:queries") if name == "database" else ""
    return Culprit("route", named(route), figures(route), sentence, part(route["seconds"], whole), url)


def one_statement(statements: Sequence[Entry]) -> bool:
    """Whether one statement takes most of what all of them take."""
    return bool(statements) and (statements[0].get("seconds") or 0) > MOST_OF_IT * total(statements, "seconds")


@explains("application.error_percent")
def failing(case: Case) -> list[Culprit]:
    routes = case.detail("application", "routes")
    whole = total(routes, "errors")
    return [by_errors(route, part(route["errors"], whole)) for route in largest(routes, "errors")]


def by_errors(route: Entry, share: float | None) -> Culprit:
    sentence = f"{named(route)} failed {of_times(route['errors'], route.get('count') or 0)}"
    return Culprit("route", named(route), figures(route), sentence, share)


@explains("application.outside_ms")
def others(case: Case) -> list[Culprit]:
    """The servers that are waited for, then the routes that wait for them."""
    targets, routes = case.detail("application", "outside"), case.detail("application", "routes")
    whole, waited = total(targets, "seconds"), total(routes, "outside")
    told = [by_target(target, part(target["seconds"], whole)) for target in largest(targets, "seconds")]
    return told + [by_wait(route, part(route["outside"], waited)) for route in largest(routes, "outside")]


def by_target(target: Entry, share: float | None) -> Culprit:
    name = str(target["target"])
    sentence = f"{name} takes {took(target.get('p95'))} (p95 of {counted(target.get('count') or 0, 'call')})"
    told = {key: target[key] for key in ("count", "errors", "p95", "seconds") if target.get(key) is not None}
    return Culprit("target", name, told, sentence, share)


def by_wait(route: Entry, share: float | None) -> Culprit:
    sentence = f"{named(route)} waited {took(route['outside'])} for others' servers"
    return Culprit("route", named(route), figures(route), sentence, share)
