"""Every rule: what makes it speak, what does not, and that nobody speaks of a calm platform."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from performance.analysis.rules import MODULES, RULES, findings
from performance.analysis.rules.base import Area, rule
from performance.analysis.rules.facts import Facts, JobKind, Limits, Memory, Row, Table
from performance.analysis.rules.trend import trend_of
from performance.metrics import CATEGORIES
from tests.performance.analysis.conftest import (
    APPLICATION,
    CACHE,
    DATABASE,
    KIND,
    NAMESPACE,
    NOW,
    ROUTE,
    SYSTEM,
    TASKS,
    facts,
    repeated,
    row,
    slow,
    trace,
)

OLD = NOW - timedelta(days=2)
LEAK = tuple(90e6 + 20e6 * step for step in range(12))
GROWN_ONCE = (90e6, 220e6, *[260e6] * 10)
SQLITE, POSTGRESQL = Limits(vendor="sqlite", pool=None), Limits(vendor="postgresql", pool=16)


def routes(**columns):
    return row(APPLICATION, {"routes": [ROUTE | columns]}, request_count=40)


def spaces(*namespaces, **columns):
    return row(CACHE, {"namespaces": [NAMESPACE | space for space in namespaces]}, **columns)


def queue(kinds=None, held=None, **columns):
    lists = {"kinds": kinds, "workers": held}
    return row(TASKS, {name: members for name, members in lists.items() if members is not None}, **columns)


def lock(worst):
    advice = Row({"kind": "lock", "what": "It waited for another writer"})
    return slow(gist="BEGIN IMMEDIATE", worst=worst, advice=(advice,))


BULKY = replace(KIND, kind="import.all", title="Import", priority=300, run_p95=90.0)
HELD = [{"pid": pid, "state": "busy", "kind": "import.all"} for pid in (11, 12)]
FLOOD = [{"kind": "import.all", "title": "Import", "waiting": 400}, {"kind": "modeling.simulate", "waiting": 3}]
HOG = Row({"pid": 99, "name": "stress", "command": "stress -c 1", "cpu": 98.0, "rss": 1_000_000, "ours": ""})
FEW = Row({"pid": 98, "name": "backup", "command": "backup", "cpu": 30.0, "ours": ""})

# Rule: facts that make it speak, about what, and a near miss.
CASES = {
    "missing_index": (facts(slow=(slow(),)), "tests_letter (sender)", facts(slow=(slow(last_seen=OLD),))),
    "n_plus_one": (facts(repeated=(repeated(),)), "/letters/", facts(repeated=(repeated(sightings=1, worst=25),))),
    "slow_statement": (
        facts(slow=(slow(advice=(), worst=3.0),)),
        "a" * 16,
        facts(slow=(slow(advice=(), worst=0.4),)),
    ),
    "long_transaction": (
        facts(
            database=row(
                DATABASE,
                {"long": [{"pid": 77, "seconds": 71.5, "state": "idle in transaction", "statement": "UPDATE t"}]},
                longest_transaction=71.5,
                locks_waiting=3,
            )
        ),
        "transaction",
        facts(database=row(DATABASE, longest_transaction=40.0)),
    ),
    "failing_statements": (
        facts(database=row(DATABASE, {"statements": [{"fingerprint": "d" * 16, "count": 50, "errors": 40}]})),
        "d" * 16,
        facts(database=row(DATABASE, {"statements": [{"fingerprint": "d" * 16, "count": 900, "errors": 9}]})),
    ),
    "redis_full": (
        facts(cache=row(CACHE, shared_percent=93.0)),
        "Redis memory",
        facts(cache=row(CACHE, shared_percent=80.0)),
    ),
    "write_lock": (facts(slow=(lock(4.0),)), "writers", facts(slow=(lock(0.3),))),
    "pool_too_small": (
        facts(database=row(DATABASE, worst_percent=96.0, pool_percent=96.0, pool_waiting=7, pool_wait_ms=900.0)),
        "connections",
        facts(database=row(DATABASE, worst_percent=78.0, pool_percent=78.0)),
    ),
    "dead_rows": (
        facts(database=row(DATABASE, {"tables": [{"name": "big", "bytes": 9e8, "rows": 50_000, "dead": 40_000}]})),
        "big",
        facts(database=row(DATABASE, {"tables": [{"name": "big", "bytes": 9e8, "rows": 500_000, "dead": 40_000}]})),
    ),
    "stale_statistics": (
        facts(tables=(Table("big", 50_000, 40_000),)),
        "big",
        facts(tables=(Table("big", 50_000, 9_000), Table("small", 900, 900))),
    ),
    "free_pages": (
        facts(database=row(DATABASE, page_count=40_000, free_pages=20_000)),
        "database file",
        facts(database=row(DATABASE, page_count=400_000, free_pages=20_000)),
    ),
    "write_ahead_log": (
        facts(database=row(DATABASE, wal_size=400_000_000), limits=SQLITE),
        "write-ahead log",
        facts(database=row(DATABASE, wal_size=400_000_000), limits=POSTGRESQL),
    ),
    "redis_away": (
        facts(cache=row(CACHE, {"breakers": [{"pid": 5, "state": "open", "reason": "Timeout"}]}, breakers_open=2)),
        "Redis",
        facts(cache=row(CACHE, {"breakers": [{"pid": 5, "state": "half-open"}]}, breakers_open=0)),
    ),
    "redis_slow": (facts(cache=row(CACHE, shared_p95_ms=180.0)), "Redis", facts(cache=row(CACHE, shared_p95_ms=20.0))),
    "stampede": (
        facts(cache=spaces({"joined": 300, "computed": 3, "compute_seconds": 6.0})),
        "statements",
        facts(cache=spaces({"joined": 60, "computed": 40})),
    ),
    "namespace_thrashes": (
        facts(
            cache=spaces({"name": "flood", "writes": 5000}, {"writes": 40}, local_percent=100.0, eviction_rate=150.0)
        ),
        "flood",
        facts(cache=spaces({"name": "flood", "writes": 5000}, local_percent=60.0, eviction_rate=0.0)),
    ),
    "lifetime_too_short": (
        facts(cache=spaces({"hits": 100, "misses": 400, "computed": 400, "entries": 4})),
        "statements",
        facts(cache=spaces({"hits": 100, "misses": 400, "computed": 400, "entries": 390})),
    ),
    "warm_after_start": (
        facts(cache=row(CACHE, hit_percent=20.0), application=row(APPLICATION, uptime_least=60.0)),
        "web-1",
        facts(cache=row(CACHE, hit_percent=90.0), application=row(APPLICATION, uptime_least=60.0)),
    ),
    "low_hit_ratio": (
        facts(cache=spaces({"hits": 10, "misses": 900}, hit_percent=10.0)),
        "statements",
        facts(cache=spaces({"hits": 1, "misses": 9}, hit_percent=10.0, lookup_count=10)),
    ),
    "dead_worker": (
        facts(
            tasks=queue(
                held=[{"host": "web-1", "pid": 11, "state": "silent", "kind": "a.b", "heartbeat_age": 45.0}],
                workers_silent=1,
                heartbeat_age=45.0,
            )
        ),
        "workers",
        facts(tasks=queue(heartbeat_age=9.0)),
    ),
    "queue_flooded": (
        facts(tasks=queue(kinds=FLOOD, oldest_seconds=200.0, drain_seconds=900.0)),
        "import.all",
        facts(tasks=queue(kinds=[{"kind": "a", "waiting": 60}, {"kind": "b", "waiting": 60}], oldest_seconds=200.0)),
    ),
    "more_workers": (
        facts(tasks=queue(drain_seconds=500.0, busy_percent=100.0)),
        "workers",
        facts(tasks=queue(drain_seconds=500.0, busy_percent=40.0)),
    ),
    "bulk_goes_first": (
        facts(tasks=queue(held=HELD, waiting_interactive=4, oldest_seconds=90.0), kinds=(BULKY,)),
        "import.all",
        facts(tasks=queue(held=HELD, waiting_interactive=0, oldest_seconds=90.0), kinds=(BULKY,)),
    ),
    "split_long_jobs": (
        facts(kinds=(JobKind("a.b", "Export", 200, 600, False, 8, 0, 0, 240.0),)),
        "a.b",
        facts(kinds=(JobKind("a.b", "Export", 200, 600, True, 8, 0, 0, 240.0),)),
    ),
    "timeout_too_low": (
        facts(kinds=(replace(KIND, failed=9, timed_out=9),)),
        "modeling.simulate",
        facts(kinds=(replace(KIND, failed=2, timed_out=2),)),
    ),
    "failing_jobs": (
        facts(kinds=(replace(KIND, failed=12, error="KeyError"),)),
        "modeling.simulate",
        facts(kinds=(replace(KIND, failed=3),)),
    ),
    "memory_leak": (
        facts(memory=(Memory("worker", 11, trace(*LEAK)),)),
        "web-1:11",
        facts(memory=(Memory("worker", 11, trace(*GROWN_ONCE)),)),
    ),
    "memory_full": (
        facts(system=row(SYSTEM, memory_percent=93.0)),
        "web-1",
        facts(system=row(SYSTEM, memory_percent=84.0)),
    ),
    "swapping": (
        facts(system=row(SYSTEM, swap_rate=9e6, swap_percent=60.0)),
        "web-1",
        facts(system=row(SYSTEM, swap_rate=9e6, swap_percent=2.0)),
    ),
    "cpu_hog": (
        facts(system=row(SYSTEM, cpu_percent=90.0), busy=(FEW, HOG)),
        "web-1:stress",
        facts(system=row(SYSTEM, cpu_percent=90.0), busy=(FEW,)),
    ),
    "too_many_processes": (
        facts(system=row(SYSTEM, load_1=9.0), application=row(APPLICATION, web_processes=12)),
        "web-1",
        facts(system=row(SYSTEM, load_1=0.5), application=row(APPLICATION, web_processes=12)),
    ),
    "open_files": (
        facts(application=row(APPLICATION, open_files_percent=91.0)),
        "web-1",
        facts(application=row(APPLICATION, open_files_percent=60.0)),
    ),
    "disk_filling": (
        facts(system=row(SYSTEM, disk_percent=93.0)),
        "web-1",
        facts(system=row(SYSTEM, disk_percent=88.0)),
    ),
    "cpu_steal": (
        facts(system=row(SYSTEM, cpu_steal_percent=31.0)),
        "web-1",
        facts(system=row(SYSTEM, cpu_steal_percent=4.0)),
    ),
    "disk_slow": (
        facts(system=row(SYSTEM, cpu_iowait_percent=55.0)),
        "web-1",
        facts(system=row(SYSTEM, cpu_iowait_percent=12.0)),
    ),
    "slow_outside": (
        facts(
            application=row(
                APPLICATION,
                {"outside": [{"target": "prices.example", "count": 9, "errors": 0, "p95": 3.0, "seconds": 20.0}]},
            )
        ),
        "prices.example",
        facts(
            application=row(
                APPLICATION,
                {"outside": [{"target": "prices.example", "count": 9, "errors": 0, "p95": 0.4, "seconds": 0.7}]},
            )
        ),
    ),
    "error_burst": (
        facts(application=row(APPLICATION, {"routes": [ROUTE | {"errors": 18}]}, error_percent=45.0)),
        "/companies/",
        facts(application=row(APPLICATION, {"routes": [ROUTE | {"errors": 2}]}, error_percent=50.0, request_count=4)),
    ),
    "slow_route": (facts(application=routes(p95=2.4)), "/companies/", facts(application=routes(p95=0.7))),
    "large_answer": (
        facts(application=routes(bytes_p95=6_000_000)),
        "/companies/",
        facts(application=routes(bytes_p95=600_000)),
    ),
}


def named(found: Facts) -> set[str]:
    return {finding.rule for finding in findings(found)}


def test_every_rule_has_its_cases():
    assert set(CASES) == set(RULES)
    assert len(MODULES) == 8


@pytest.mark.parametrize("name", CASES)
def test_it_speaks_of_its_trouble_with_evidence_and_cure(name):
    trouble, subject, _ = CASES[name]
    (finding,) = [found for found in findings(trouble) if found.rule == name]
    case = finding.case
    assert case.subject == subject
    assert case.title and case.cause and case.cure and case.effect
    assert len(case.evidence) >= 2
    assert all(label and figure for label, figure in case.evidence)
    assert 0 < finding.score <= 100
    assert len(case.title) <= 200


@pytest.mark.parametrize("name", CASES)
def test_it_keeps_silent_where_the_trouble_is_only_near(name):
    assert name not in named(CASES[name][2])


def test_a_calm_platform_is_left_alone(calm):
    assert findings(calm) == []


def test_nothing_known_is_nothing_said():
    assert findings(Facts(NOW)) == []


@pytest.mark.parametrize("name", sorted(RULES))
def test_it_explains_figures_that_are_measured(name):
    for metric in RULES[name].explains:
        category, _, column = metric.partition(".")
        if category == "queries":
            continue  # an alert of its own, on what requests repeat
        assert column in CATEGORIES[category].by_name, metric


def first(found: Facts, metric: str) -> str:
    return next(finding.rule for finding in findings(found) if metric in finding.explains)


SLOW_LETTERS = ROUTE | {"route": "/letters/", "p95": 4.0, "seconds": 60.0, "database": 50.0, "cpu": 9.0}
SLOW_PRICES = ROUTE | {"route": "/prices/", "p95": 4.0, "seconds": 60.0, "outside": 55.0, "cpu": 1.0}
SLOW_TARGET = {"target": "prices.example", "count": 9, "errors": 0, "p95": 4.0, "seconds": 55.0}
EXHAUSTED = {"worst_percent": 100.0, "pool_percent": 100.0, "pool_waiting": 12}
IN_FLAMES = row(APPLICATION, {"routes": [SLOW_LETTERS]})
P95 = "application.latency_p95"
CONNECTIONS = "database.worst_percent"


@pytest.mark.parametrize(
    ("trouble", "metric", "cause"),
    [
        (facts(application=IN_FLAMES, repeated=(repeated(worst=40),)), P95, "n_plus_one"),
        (facts(application=IN_FLAMES, slow=(slow(),), database=row(DATABASE, **EXHAUSTED)), P95, "missing_index"),
        (
            facts(application=IN_FLAMES, slow=(slow(),), database=row(DATABASE, **EXHAUSTED)),
            CONNECTIONS,
            "missing_index",
        ),
        (
            facts(application=IN_FLAMES, database=row(DATABASE, **EXHAUSTED, longest_transaction=65.0)),
            CONNECTIONS,
            "long_transaction",
        ),
        (
            facts(
                application=IN_FLAMES,
                database=row(DATABASE, **EXHAUSTED),
                slow=(slow(advice=(), worst=9.0), slow(fingerprint="c" * 16, last_seen=NOW - timedelta(hours=20))),
            ),
            CONNECTIONS,
            "pool_too_small",
        ),
        (
            facts(application=row(APPLICATION, {"routes": [SLOW_PRICES], "outside": [SLOW_TARGET]})),
            P95,
            "slow_outside",
        ),
        (
            facts(system=row(SYSTEM, memory_percent=96.0), memory=(Memory("worker", 11, trace(*LEAK)),)),
            "system.memory_percent",
            "memory_leak",
        ),
        (facts(system=row(SYSTEM, cpu_percent=99.0, load_1=9.0), busy=(HOG,)), "system.cpu_percent", "cpu_hog"),
        (
            facts(tasks=queue(kinds=FLOOD, oldest_seconds=700.0, drain_seconds=900.0, busy_percent=100.0)),
            "tasks.drain_seconds",
            "queue_flooded",
        ),
        (
            facts(tasks=queue(kinds=FLOOD, workers=0, workers_busy=0, oldest_seconds=700.0)),
            "tasks.oldest_seconds",
            "dead_worker",
        ),
        (
            facts(cache=spaces({"hits": 10, "misses": 900}, hit_percent=5.0, breakers_open=2)),
            "cache.hit_percent",
            "redis_away",
        ),
        (
            facts(
                cache=spaces(
                    {"name": "flood", "writes": 5000, "misses": 5000, "hits": 0},
                    {"misses": 50},
                    hit_percent=12.0,
                    local_percent=100.0,
                    eviction_rate=150.0,
                )
            ),
            "cache.hit_percent",
            "namespace_thrashes",
        ),
        (
            facts(cache=spaces({"joined": 300, "computed": 3, "compute_seconds": 6.0}), application=routes(p95=2.0)),
            P95,
            "stampede",
        ),
    ],
)
def test_the_deeper_cause_is_named_first(trouble, metric, cause):
    assert first(trouble, metric) == cause


def test_several_statements_that_want_one_index_are_one_case():
    found = findings(facts(slow=(slow(), slow(fingerprint="c" * 16, worst=5.0, routes={"/post/": 3}))))
    (case,) = [finding.case for finding in found if finding.rule == "missing_index"]
    assert case.action is not None
    assert case.action.parameters == {"fingerprint": "c" * 16}
    assert {"a" * 16, "c" * 16, "/letters/", "/post/"} == set(case.touches)
    assert dict(case.evidence)["Slow"] == "24 times"


def test_what_was_seen_long_ago_counts_for_less():
    now, before = (
        next(finding.score for finding in findings(facts(slow=(slow(last_seen=seen),))))
        for seen in (NOW, NOW - timedelta(hours=20))
    )
    assert before < 0.4 * now


def test_where_a_slow_route_spends_its_time_is_told():
    (finding,) = findings(facts(application=routes(p95=3.0, seconds=10.0, cpu=1.0, database=0.5, cache=8.0)))
    assert finding.case.title == "/companies/ is slow, most of it waiting for the cache"
    assert ("Time waiting for the cache", "80 %") in finding.case.evidence


def test_a_disk_that_would_be_full_within_a_day_is_told_before_it_is():
    rising = facts(traces={"system.disk_used": trace(*[63e9 + 1e9 * step for step in range(13)])})
    (finding,) = findings(rising)
    assert (finding.rule, finding.case.title) == ("disk_filling", "The disk of web-1 is full in 3 h 5 min")
    slowly = facts(traces={"system.disk_used": trace(*[63e9 + 1e7 * step for step in range(13)])})
    assert findings(slowly) == []


def test_our_own_worker_is_named_with_the_job_it_runs():
    hog = Row({"pid": 11, "name": "python", "command": "qcluster", "cpu": 99.0, "ours": "worker"})
    (finding,) = findings(facts(system=row(SYSTEM, cpu_percent=90.0), busy=(hog,)))
    assert finding.case.cause == "Our worker (process 11), busy with modeling.simulate: 99 % of a core."
    assert "modeling.simulate" in finding.case.touches


def test_who_holds_the_lock_is_named_before_the_minute_is_over():
    blocker = Row({"pid": 5, "seconds": 4.0, "state": "idle in transaction", "application": "job", "statement": "U"})
    (finding,) = findings(facts(database=row(DATABASE, locks_waiting=2), blockers=(blocker,)))
    assert finding.case.cause.startswith("Process 5 (job) has a transaction open for 4.0 s, idle in transaction; 2 oth")
    assert "pg_terminate_backend(5)" in finding.case.cure


def test_the_server_outside_that_requests_wait_for_most_is_named():
    targets = [{"target": "a", "p95": 0.5, "seconds": 0.9}, {"target": "b", "p95": 0.5, "seconds": 0.2}]
    waiting = facts(application=row(APPLICATION, {"outside": targets}, outside_ms=400.0))
    assert [finding.case.subject for finding in findings(waiting)] == ["a"]


def test_several_processes_alike_are_one_hog():
    crowd = tuple(Row({"pid": pid, "name": "stress", "command": "stress -c 4", "cpu": 45.0}) for pid in (7, 8, 9))
    (finding,) = findings(facts(system=row(SYSTEM, cpu_percent=95.0), busy=crowd))
    assert finding.case.title == "stress (3 processes, 7, 8, 9) takes the CPU of web-1"


def test_rows_of_another_shape_are_survived():
    odd = row(
        APPLICATION,
        {"routes": "none", "outside": [None, 3, {"target": None, "p95": "slow"}], "processes": {"pid": 1}},
        error_percent=None,
        open_files_percent="many",
    )
    assert (
        findings(facts(application=odd, cache=Row(), tasks=Row({"detail": None}), database=Row({"detail": []}))) == []
    )


def test_a_slope_is_not_turned_by_one_wild_sample():
    trend = trend_of(trace(10, 20, 30, 9000, 50, 60, 70, step=10))
    assert trend is not None
    assert trend.slope == pytest.approx(1.0)
    assert trend_of(trace(1, 2)) is None
    long = trend_of(trace(*range(500), step=30))
    assert long is not None and long.points <= 30 and long.last == 499


def test_a_rule_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        rule("n_plus_one", Area.DATABASE, 1.0, ())(lambda found: ())
