"""Requests: a server outside that is slow, a burst of errors, a slow route and where its time goes, large answers."""

from __future__ import annotations

from collections.abc import Iterator

from performance.analysis.rules.base import CONNECTIONS, CPU, LATENCY, Area, Case, Effort, named, rule
from performance.analysis.rules.facts import Facts, Host, Row
from performance.analysis.rules.words import share, size, took, whole

ERRORS = named("application", "error_percent client_error_percent")
SLOW, LARGE = 1.0, 1_000_000.0
OUTSIDE_SLOW, OUTSIDE_SHARE, OUTSIDE_MEAN = 1.0, 0.5, 300.0  # s, of the time, ms a request
REQUESTS, ERROR_PERCENT, ERRORS_LEAST = 10.0, 5.0, 3.0
PARTS = {
    "database": ("in the database", "Look at its statements below Queries: fewer of them, or an index."),
    "cache": ("waiting for the cache", "Ask it for several keys at once, and keep large values out of it."),
    "outside": ("waiting for others' servers", "Do that in a job, keep the answer in the cache, and limit the wait."),
    "cpu": ("computing", "Do it in a job, keep the result in the cache, or compute less of it."),
}
MUCH = 0.4  # the share of the time from which on a part is where most of it goes
ELSEWHERE = ("in no part that is measured", "It waits for something: a lock, a thread, the CPU. Profile one request.")


@rule("slow_outside", Area.APPLICATION, 0.98, (*LATENCY, "application.outside_ms", *CONNECTIONS))
def slow_outside(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        for target in host.application.members("outside"):
            if target.over("p95", OUTSIDE_SLOW) or is_much(facts, target) or is_felt(host, target):
                yield outside_case(facts, host, target)


def is_much(facts: Facts, target: Row) -> bool:
    """Half of all the time of requests, and enough to be felt."""
    return target.of("seconds") >= max(OUTSIDE_SLOW, OUTSIDE_SHARE * facts.request_seconds)


def is_felt(host: Host, target: Row) -> bool:
    """Requests wait for others' servers, and for this one more than for all the rest."""
    waits = sum(other.of("seconds") for other in host.application.members("outside"))
    return host.application.over("outside_ms", OUTSIDE_MEAN) and target.of("seconds") >= OUTSIDE_SHARE * waits


def outside_case(facts: Facts, host: Host, target: Row) -> Case:
    name = target.text("target") or "a server outside"
    waiting = [route for route in host.routes if route.of("outside") >= OUTSIDE_SHARE * (route.of("seconds") or 1)]
    part = min(1.0, target.of("seconds") / facts.request_seconds) if facts.request_seconds else 0.0
    return Case(
        subject=name,
        title=f"{name} answers slowly",
        cause=f"Calls to {name} take up to {took(target.get('p95'))}, and those who call it wait: "
        f"{', '.join(route.text('route') for route in waiting[:3]) or 'no single route'}.",
        cure="Limit the wait (timeout), keep its answers in the cache, or call it in a job; ask who runs it.",
        evidence=(
            ("Calls", whole(target.of("count"))),
            ("p95", took(target.get("p95"))),
            ("Failed", whole(target.of("errors"))),
            ("Time in it", took(target.of("seconds"))),
            ("Share of all requests' time", share(100 * part)),
        ),
        effect=f"Up to {took(target.of('seconds'))} less waiting in each interval: all the time spent in it.",
        effort=Effort.HOURS,
        strength=0.75 + 0.25 * min(1.0, part),
        magnitude=target.of("seconds"),
        touches=(name, *(route.text("route") for route in waiting)),
    )


@rule("error_burst", Area.APPLICATION, 0.95, ERRORS)
def error_burst(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        row = host.application
        if not (row.over("error_percent", ERROR_PERCENT) and row.over("request_count", REQUESTS)):
            continue
        worst = max(host.routes, key=lambda route: route.of("errors"), default=Row())
        errors = sum(route.of("errors") for route in host.routes)
        if worst.of("errors") >= ERRORS_LEAST:
            yield error_case(row, worst, errors)


def error_case(row: Row, worst: Row, errors: float) -> Case:
    name = worst.text("route")
    return Case(
        subject=name,
        title=f"{name} fails",
        cause=f"{whole(worst.of('errors'))} of {whole(worst.of('count'))} requests to {name} ended in a server error: "
        f"{share(100 * worst.of('errors') / max(1.0, errors))} of all errors.",
        cure="See the traceback in the log of the web process; undo what was changed last, if it began then.",
        evidence=(
            ("Its errors", whole(worst.of("errors"))),
            ("Its requests", whole(worst.of("count"))),
            ("Method", worst.text("method") or "any"),
            ("Errors of all requests", share(row.get("error_percent"), 1)),
        ),
        effect=f"Errors fall from {share(row.get('error_percent'), 1)} by its share of them.",
        effort=Effort.HOURS,
        strength=0.8 + 0.2 * worst.of("errors") / max(1.0, errors),
        magnitude=worst.of("errors"),
        touches=(name,),
    )


@rule("slow_route", Area.APPLICATION, 0.6, (*LATENCY, *CPU, *CONNECTIONS))
def slow_route(facts: Facts) -> Iterator[Case]:
    """The route, and in which part its time goes: for want of a deeper cause."""
    for host in facts.hosts:
        for route in host.routes:
            if route.over("p95", SLOW):
                yield route_case(facts, route)


def route_case(facts: Facts, route: Row) -> Case:
    name, seconds = route.text("route"), route.of("seconds")
    largest = max(PARTS, key=route.of)
    part = route.of(largest) / seconds if seconds else 0.0
    where, cure = PARTS[largest] if part >= MUCH else ELSEWHERE
    weighs = seconds / facts.request_seconds if facts.request_seconds else 0.0
    shares = [(f"Time {words}", share(100 * route.of(key) / seconds)) for key, (words, _) in PARTS.items() if seconds]
    return Case(
        subject=name,
        title=f"{name} is slow, most of it {where}",
        cause=f"Its p95 is {took(route.get('p95'))}; {share(100 * part)} of its time goes by {where}."
        if part >= MUCH
        else f"Its p95 is {took(route.get('p95'))}; no measured part accounts for most of it.",
        cure=cure,
        evidence=(
            ("p95", took(route.get("p95"))),
            ("Median", took(route.get("p50"))),
            ("Requests", whole(route.of("count"))),
            *shares,
        ),
        effect=f"At most {share(100 * part)} of its time: what that part takes.",
        effort=Effort.HOURS,
        strength=0.5 + 0.5 * min(1.0, weighs),
        magnitude=seconds,
        touches=(name,),
    )


@rule(
    "large_answer",
    Area.APPLICATION,
    0.65,
    (*named("application", "response_bytes_p95"), *LATENCY, *named("system", "network_rate network_out_rate")),
)
def large_answer(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        for route in host.routes:
            if not route.over("bytes_p95", LARGE):
                continue
            name = route.text("route")
            yield Case(
                subject=name,
                title=f"{name} answers with {size(route.get('bytes_p95'))}",
                cause="So much has to be built, sent and read for each request.",
                cure="Answer in pages, leave out what nobody reads, and compress it.",
                evidence=(
                    ("Size, p95", size(route.get("bytes_p95"))),
                    ("Requests", whole(route.of("count"))),
                    ("p95", took(route.get("p95"))),
                ),
                effect="Pages of a tenth of it save about nine tenths of its bytes: by proportion.",
                effort=Effort.HOURS,
                strength=0.5 + 0.5 * min(1.0, route.of("bytes_p95") / (10 * LARGE)),
                magnitude=route.of("bytes_p95"),
                touches=(name,),
            )
