"""A calm platform, and what is changed about it to make one thing go wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from performance.analysis.rules.facts import Facts, Host, JobKind, Limits, Memory, Repeated, Row, Slow, Table

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MINUTE = 60.0

SYSTEM = {
    "cpu_percent": 12.0,
    "cpu_worst_core": 20.0,
    "cpu_steal_percent": 0.2,
    "cpu_iowait_percent": 1.0,
    "cpu_count": 2,
    "load_1": 0.5,
    "memory_percent": 41.0,
    "memory_used": 4_100_000_000,
    "memory_total": 10_000_000_000,
    "swap_percent": 0.0,
    "swap_rate": 0.0,
    "disk_percent": 63.0,
    "disk_used": 63_000_000_000,
    "disk_total": 100_000_000_000,
    "disk_read_rate": 1000.0,
    "disk_write_rate": 2000.0,
    "detail": {},
}
ROUTE = {
    "route": "/companies/",
    "method": "GET",
    "count": 40,
    "errors": 0,
    "p50": 0.03,
    "p95": 0.08,
    "seconds": 1.6,
    "cpu": 0.9,
    "database": 0.5,
    "cache": 0.05,
    "outside": 0.0,
    "bytes_p95": 30_000,
}
APPLICATION = {
    "processes": 5,
    "web_processes": 2,
    "worker_processes": 2,
    "rss": 600_000_000,
    "open_files": 120,
    "open_files_percent": 4.0,
    "uptime_least": 5000.0,
    "request_count": 40,
    "error_percent": 0.0,
    "detail": {
        "routes": [ROUTE],
        "outside": [{"target": "prices.example", "count": 3, "errors": 0, "p95": 0.2, "seconds": 0.4}],
        "processes": [{"host": "web-1", "role": "worker", "pid": 11, "rss": 90_000_000, "files": 20}],
        "kinds": [],
    },
}
DATABASE = {
    "worst_percent": 14.0,
    "pool_percent": 5.0,
    "pool_peak": 3,
    "pool_maximum": 16,
    "pool_waiting": 0,
    "pool_wait_ms": 0.0,
    "connections": 12,
    "connections_limit": 97,
    "connections_percent": 12.4,
    "longest_transaction": 0.3,
    "locks_waiting": 0,
    "size": 9_500_000,
    "page_count": 2400,
    "page_size": 4096,
    "free_pages": 30,
    "file_size": 9_800_000,
    "wal_size": 4_000_000,
    "detail": {
        "tables": [{"name": "tasks_job", "bytes": 98_304, "indexes": 90_112, "rows": 70_000, "dead": 2000}],
        "long": [],
    },
}
NAMESPACE = {
    "name": "statements",
    "hits": 900,
    "misses": 60,
    "writes": 60,
    "evictions": 0,
    "bytes": 400_000,
    "entries": 60,
    "computed": 60,
    "stale": 0,
    "joined": 1,
    "compute_seconds": 1.2,
    "saved_seconds": 18.0,
}
CACHE = {
    "hit_percent": 93.0,
    "local_hit_percent": 88.0,
    "lookup_count": 1000,
    "eviction_rate": 0.0,
    "local_percent": 40.0,
    "breakers_open": 0,
    "shared_p50_ms": 0.4,
    "shared_p95_ms": 1.1,
    "shared_percent": 20.0,
    "detail": {"namespaces": [NAMESPACE], "breakers": []},
}
TASKS = {
    "waiting": 2,
    "waiting_interactive": 0,
    "oldest_seconds": 1.0,
    "drain_seconds": 4.0,
    "workers": 2,
    "workers_busy": 1,
    "workers_silent": 0,
    "busy_percent": 50.0,
    "heartbeat_age": 3.0,
    "detail": {
        "kinds": [{"kind": "modeling.simulate", "title": "Simulation", "waiting": 2, "running": 1}],
        "workers": [
            {"host": "web-1", "pid": 11, "state": "busy", "kind": "modeling.simulate", "heartbeat_age": 3.0},
            {"host": "web-1", "pid": 12, "state": "idle", "kind": "", "heartbeat_age": 2.0},
        ],
    },
}
KIND = JobKind("modeling.simulate", "Simulation", 200, 600.0, True, 30, 0, 0, 6.0)
ADVICE = {
    "kind": "missing_index",
    "what": "An index on tests_letter is missing",
    "why": "It reads all of tests_letter, about 20,000 rows, for want of an index on sender.",
    "how": 'CREATE INDEX "tests_letter_sender_idx" ON "tests_letter" ("sender");',
    "effect": "It reads about 40 instead of 20,000 rows.",
    "checked": "Tried on a copy of the schema: SQLite takes it.",
}


def row(base: dict[str, Any], detail: dict[str, Any] | None = None, **columns: Any) -> Row:
    """A calm row with some columns, and some lists of its detail, replaced."""
    return Row(base | columns | {"detail": base["detail"] | (detail or {})})


def trace(*values: float, step: float = 5 * MINUTE) -> tuple[tuple[float, float], ...]:
    """Samples *step* seconds apart."""
    return tuple((index * step, float(value)) for index, value in enumerate(values))


def host(**parts: Any) -> Host:
    calm = Host(
        "web-1",
        row(SYSTEM),
        row(APPLICATION),
        row(DATABASE),
        row(CACHE),
        row(TASKS),
        (Memory("worker", 11, trace(*[90e6, 95e6, 93e6, 94e6, 93e6, 95e6, 94e6])),),
        {"system.disk_used": trace(*[63e9] * 13)},
    )
    return replace(calm, **parts)


def slow(**fields: Any) -> Slow:
    """A statement for want of an index, seen a minute ago."""
    usual: dict[str, Any] = {
        "fingerprint": "a" * 16,
        "gist": 'SELECT … FROM "tests_letter" WHERE "sender" = %s',
        "count": 12,
        "worst": 1.8,
        "usual": 0.4,
        "line": "tests/letters.py:7 in letters",
        "routes": {"/letters/": 12},
        "last_seen": NOW - timedelta(minutes=1),
        "advice": (Row(ADVICE),),
    }
    return Slow(**usual | fields)


def repeated(**fields: Any) -> Repeated:
    """A loop over rows in a request, seen a minute ago."""
    usual: dict[str, Any] = {
        "route": "/letters/",
        "kind": "request",
        "fingerprint": "b" * 16,
        "gist": 'SELECT … FROM "tests_sender" WHERE "id" = %s',
        "sightings": 9,
        "worst": 120,
        "line": "tests/letters.py:9 in letters",
        "last_seen": NOW - timedelta(minutes=1),
    }
    return Repeated(**usual | fields)


def facts(**parts: Any) -> Facts:
    """A calm platform of one host; the parts of the host, or of the facts, replaced."""
    names = {name: parts.pop(name) for name in list(parts) if name in Host.__dataclass_fields__}
    whole = Facts(
        NOW,
        (host(**names),),
        kinds=(KIND,),
        tables=(Table("tasks_job", 70_000, 900),),
        limits=Limits(workers=2, web_processes=2, pool=16),
    )
    return replace(whole, **parts)


@pytest.fixture
def calm() -> Facts:
    return facts()
