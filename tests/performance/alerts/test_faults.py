"""The defaults against what they are for: each fault is told within two ticks, with its culprit."""

from __future__ import annotations

from typing import Any

import pytest

from performance.alerts.models import Alert
from performance.status import current_status

ROUTE = {"route": "/valuations/", "method": "GET", "count": 90, "errors": 0, "p95": 1.9, "seconds": 50.0}
STATEMENT = {"fingerprint": "b" * 16, "statement": 'SELECT "x" FROM "t"', "count": 90, "seconds": 41.0, "p95": 0.5}
STATEMENTS = {"statements": [STATEMENT, STATEMENT | {"seconds": 1.0, "count": 1}]}
WORKER = {"host": "web-1", "pid": 9, "state": "silent", "kind": "tasks.selftest", "heartbeat_age": 41.0}
LONG = {"pid": 77, "seconds": 71.5, "state": "idle in transaction", "application": "psql", "statement": "UPDATE ?"}
NAMESPACE = {"name": "series", "hits": 10, "misses": 990, "writes": 900, "evictions": 880, "joined": 300}
REQUESTS: dict[str, Any] = {"request_count": 100}

# Fault: the alert that it raises, what is measured meanwhile, and what the first culprit says.
FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "missing index": (
        "slow_rate",
        {"database": {"slow_rate": 24.0, "detail": STATEMENTS}},
        "one statement took 98 % of all time in the database, p95 500 ms, 90 times",
    ),
    "exhausted pool": (
        "worst_percent",
        {
            "database": {
                "pool_percent": 100.0,
                "detail": {"processes": [{"role": "web", "pid": 5, "in_use": 16.0, "maximum": 16, "waiting": 7}]},
            }
        },
        "web 5 uses 16 of 16 connections, 7 requests wait",
    ),
    "hung Redis": (
        "breakers_open",
        {"cache": {"breakers_open": 1, "detail": {"breakers": [{"host": "web-1", "pid": 5, "reason": "No answer."}]}}},
        "process 5 goes on without Redis: No answer",
    ),
    "stampede": (
        "joined_rate",
        {"cache": {"joined_rate": 10.0, "detail": {"namespaces": [NAMESPACE]}}},
        "the namespace series let 300 callers wait for the computation of another",
    ),
    "thrashing": (
        "eviction_rate",
        {"cache": {"eviction_rate": 29.0, "detail": {"namespaces": [NAMESPACE]}}},
        "the namespace series had 880 evictions for want of room, after 900 writes",
    ),
    "memory leak": (
        "rss_worst",
        {
            "application": {
                "rss_worst": 1_400_000_000,
                "rss": 2_000_000_000,
                "detail": {"processes": [{"role": "worker", "pid": 9, "rss": 1_400_000_000, "cpu": 3.0}]},
            }
        },
        "worker 9 holds 1.4 GB",
    ),
    "flooded queue": (
        "drain_seconds",
        {
            "tasks": {
                "drain_seconds": 700.0,
                "detail": {
                    "kinds": [{"kind": "modeling.simulate", "title": "Simulation", "waiting": 900, "running": 2}]
                },
            }
        },
        "Simulation has 900 jobs waiting and 2 running",
    ),
    "dead worker": (
        "heartbeat_age",
        {"tasks": {"heartbeat_age": 41.0, "detail": {"workers": [WORKER]}}},
        "worker 9 on web-1 was last heard 41 s ago, at work on tasks.selftest",
    ),
    "no worker": ("workers", {"tasks": {"workers": 0, "detail": {"workers": [WORKER]}}}, "worker 9 on web-1"),
    "filling disk": (
        "disk_percent",
        {
            "system": {"disk_percent": 96.0, "disk_used": 1_000_000},
            "database": {"detail": {"tables": [{"name": "performance_systemsample", "bytes": 700_000}]}},
        },
        "the table performance_systemsample takes 700.0 kB, 70 % of what is used",
    ),
    "slow route": (
        "latency_p95",
        {
            "application": REQUESTS | {"latency_p95": 1900.0, "detail": {"routes": [ROUTE | {"database": 42.0}]}},
            "database": {"detail": STATEMENTS},
        },
        "/valuations/ p95 1.90 s, 84 % in the database, most of it in one query",
    ),
    "slow external call": (
        "outside_ms",
        {
            "application": REQUESTS
            | {
                "outside_ms": 900.0,
                "detail": {"outside": [{"target": "data.example.com", "count": 40, "p95": 3.2, "seconds": 90.0}]},
            }
        },
        "data.example.com takes 3.20 s (p95 of 40 calls)",
    ),
    "burst of errors": (
        "error_percent",
        {"application": REQUESTS | {"error_percent": 30.0, "detail": {"routes": [ROUTE | {"errors": 30}]}}},
        "/valuations/ failed 30 of 90 times",
    ),
    "long transaction": (
        "longest_transaction",
        {"database": {"longest_transaction": 71.5, "locks_waiting": 4, "detail": {"long": [LONG]}}},
        "a transaction of psql 77 is open for 1 min 12 s, idle in transaction",
    ),
    "locks": (
        "locks_waiting",
        {"database": {"locks_waiting": 4, "longest_transaction": 20.0, "detail": {"long": [LONG]}}},
        "a transaction of psql 77 is open",
    ),
    "failing jobs": (
        "failed_percent",
        {
            "tasks": {
                "failed_percent": 60.0,
                "finished_count": 10,
                "detail": {"kinds": [{"kind": "a.b", "title": "Import", "failed": 6, "finished": 10}]},
            }
        },
        "Import failed 6 of 10 times",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_fires_within_two_ticks_and_names_its_culprit(clock, fault):
    metric, rows, sentence = FAULTS[fault]
    for _ in range(2):
        clock.tick(**rows)
    alert = Alert.objects.get(metric=metric)
    assert alert.state == "firing"
    assert alert.culprits[0]["sentence"].startswith(sentence)
    assert set(alert.culprits[0]) == {"kind", "name", "figures", "share", "sentence", "url"}
    others = set(Alert.objects.exclude(pk=alert.pk).values_list("metric", "muted_by"))
    assert others in (set(), {("locks_waiting", "database.longest_transaction")})


def test_the_status_names_the_route_its_limit_and_where_its_time_goes(clock, store, worker):
    rows = FAULTS["slow route"][1]
    clock.at = store(clock.at).taken_at
    for _ in range(2):
        clock.tick(**rows)
    store(clock.at)
    status = current_status(clock.at)
    assert status.sentence == (
        "Degraded for 30 s: /valuations/ p95 1.90 s (limit 1 s), 84 % in the database, most of it in one query."
    )
    store(clock.at, host="web-2")
    assert "/valuations/ p95 1.90 s on web-1 (limit 1 s)" in current_status(clock.at).sentence


def test_what_is_explained_by_another_alert_is_not_in_the_sentence(clock, store, worker):
    clock.at = store(clock.at).taken_at
    for _ in range(2):
        clock.tick(**FAULTS["long transaction"][1])
    store(clock.at)
    sentence = current_status(clock.at).sentence
    assert "longest transaction at 71.5 s (limit 60 s)" in sentence
    assert "locks" not in sentence
