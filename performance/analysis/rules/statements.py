"""Statements: an index that is missing, a loop that asks for each row (N+1), a statement that is slow all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from performance.analysis.rules.base import CONNECTIONS, CPU, LATENCY, Area, Case, Cure, Effort, named, rule
from performance.analysis.rules.facts import Facts, Repeated, Row, Slow
from performance.analysis.rules.words import share, times, took, whole

QUERIES = named("database", "query_p95_ms query_p50_ms slow_rate read_ms")
RATES = ("database.query_rate", "queries.repeated")
RUNS = named("tasks", "run_p50_seconds run_p95_seconds")
RECENT, DAY = 900.0, 86_400.0  # seconds: a sighting counts in full, and not at all
INDEX = re.compile(r'ON "(?P<table>[^"]+)" \((?P<columns>.+)\);')
NOT_TRIED = "Not tried"
OTHERS = ("full_scan", "sort", "count")
SEVERAL = 3  # sightings that make a repetition more than an accident
TOO_MANY = 3.0  # times the limit: that often, one sighting is enough


def freshness(age: float) -> float:
    """1 for what was seen just now, falling to 0.1 within a day: old evidence must not outrank what hurts now."""
    return 1.0 if age <= RECENT else max(0.1, 1 - 0.9 * (age - RECENT) / (DAY - RECENT))


def advised(slow: Slow, kinds: Iterable[str]) -> Row | None:
    return next((advice for advice in slow.advice if advice.text("kind") in kinds), None)


@rule("missing_index", Area.DATABASE, 1.0, (*LATENCY, *QUERIES, *CONNECTIONS, *CPU, *RUNS))
def missing_index(facts: Facts) -> Iterator[Case]:
    """One case for each index, however many statements want it."""
    wanted: dict[str, list[tuple[Slow, Row]]] = {}
    for slow in facts.slow:
        advice = advised(slow, ("missing_index",))
        if advice is not None and facts.age(slow.last_seen) < DAY:
            wanted.setdefault(advice.text("how"), []).append((slow, advice))
    for how, statements in wanted.items():
        yield index_case(facts, how, statements)


def index_case(facts: Facts, how: str, statements: list[tuple[Slow, Row]]) -> Case:
    worst, advice = max(statements, key=lambda pair: pair[0].worst)
    count = sum(slow.count for slow, _ in statements)
    found = INDEX.search(how)
    subject = f"{found['table']} ({found['columns']})" if found else worst.fingerprint
    age = min(facts.age(slow.last_seen) for slow, _ in statements)
    sure = 0.7 if advice.text("checked").startswith(NOT_TRIED) else 1.0
    severity = 0.6 + 0.4 * min(1.0, worst.worst / max(facts.limits.slow_seconds, 1e-3))
    return Case(
        subject=subject.replace('"', ""),
        title=advice.text("what"),
        cause=advice.text("why"),
        cure=f"Create the index: {how}",
        evidence=(
            ("Slow", times(count)),
            ("Slowest", took(worst.worst)),
            ("Usual", took(worst.usual)),
            ("Statement", worst.gist),
            ("Line", worst.line or "not known"),
        ),
        effect=f"{advice.text('effect')} {advice.text('checked')}",
        effort=Effort.MINUTES,
        strength=freshness(age) * sure * severity,
        magnitude=worst.worst,
        touches=tuple({name for slow, _ in statements for name in (slow.fingerprint, *slow.routes)}),
        action=Cure("create_index", {"fingerprint": worst.fingerprint}),
    )


@rule("n_plus_one", Area.DATABASE, 0.97, ("queries.repeated", *LATENCY, *CONNECTIONS, *CPU, *RATES, *RUNS))
def n_plus_one(facts: Facts) -> Iterator[Case]:
    """One case for each route or kind of job, by the statement that it repeats most."""
    by_route: dict[tuple[str, str], list[Repeated]] = {}
    for row in facts.repeated:
        often = row.sightings >= SEVERAL or row.worst >= TOO_MANY * facts.limits.repeated
        if row.worst > facts.limits.repeated and often and facts.age(row.last_seen) < DAY:
            by_route.setdefault((row.kind, row.route), []).append(row)
    for (kind, route), rows in by_route.items():
        measured = facts.job(route) if kind == "job" else facts.route(route)
        yield repeated_case(facts, max(rows, key=lambda row: row.worst), rows, measured)


def repeated_case(facts: Facts, worst: Repeated, rows: list[Repeated], measured: Row) -> Case:
    inside = measured.of("database") / measured.of("seconds") if measured.of("seconds") else None
    saved = measured.of("database") / max(1.0, measured.of("count")) * (1 - 1 / worst.worst)
    # A loop of hundreds spends its time between the statements, too: building each costs about as much as asking.
    weighs = 0.5 + 0.5 * min(1.0, worst.worst / (10 * facts.limits.repeated))
    where = "job" if worst.kind == "job" else "request"
    effect = f"One statement instead of up to {whole(worst.worst)} in a {where}"
    if saved:
        effect += f", and about {took(saved)} less for each: the share of the database of the last interval"
    return Case(
        subject=worst.route,
        title=f"{worst.route} asks for each row by itself (N+1)",
        cause=f"{worst.line or 'A loop'} runs one statement up to {whole(worst.worst)} times in one {where}.",
        cure="Fetch all rows at once: select_related or prefetch_related, or one statement with all the keys.",
        evidence=(
            ("Most runs in one go", whole(worst.worst)),
            (f"Seen in {where}s", whole(sum(row.sightings for row in rows))),
            ("Time in the database", share(None if inside is None else 100 * inside)),
            ("p95", took(measured.get("p95"))),
            ("Statement", worst.gist),
        ),
        effect=f"{effect}.",
        effort=Effort.HOURS,
        strength=freshness(min(facts.age(row.last_seen) for row in rows)) * weighs,
        magnitude=float(worst.worst),
        touches=(worst.route, *(row.fingerprint for row in rows)),
    )


@rule("slow_statement", Area.DATABASE, 0.72, (*LATENCY, *QUERIES, *RUNS))
def slow_statement(facts: Facts) -> Iterator[Case]:
    """Slow, and no index would help: read less, sort less, count less."""
    for slow in facts.slow:
        locks = advised(slow, ("lock",))
        if advised(slow, ("missing_index",)) or locks or slow.worst < facts.limits.slow_seconds:
            continue
        if facts.age(slow.last_seen) >= DAY or not (slow.routes or slow.advice):
            continue
        advice = advised(slow, OTHERS) or Row()
        yield Case(
            subject=slow.fingerprint,
            title=advice.text("what") or f"A statement takes {took(slow.worst)}",
            cause=advice.text("why") or f"{slow.line or 'Some line'} runs a statement that no index would speed up.",
            cure=advice.text("how") or "Ask for fewer rows or columns, or keep the result in the cache.",
            evidence=(
                ("Slow", times(slow.count)),
                ("Slowest", took(slow.worst)),
                ("Usual", took(slow.usual)),
                ("Statement", slow.gist),
                ("Line", slow.line or "not known"),
            ),
            effect=advice.text("effect") or "The time falls with the rows that are read; not estimated.",
            effort=Effort.HOURS,
            strength=freshness(facts.age(slow.last_seen)) * (0.6 + 0.4 * min(1.0, slow.worst / 10)),
            magnitude=slow.worst,
            touches=(slow.fingerprint, *slow.routes),
        )
