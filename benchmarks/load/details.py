"""What samples carry besides their columns on a busy host, as their models say: members behind the totals."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

VARIANTS = 60  # texts of each category, used in turn
CORES, PROCESSES, WORKERS = 8, 6, 4
ROUTES = [
    f"/api/{area}/{part}/" for area in ("models", "jobs", "portfolios") for part in ("", "<int:pk>", "rows", "run")
]
KINDS = ["modeling.value", "modeling.simulate", "modeling.optimise", "tasks.prune", "tasks.selftest"]
SPACES = ["charts", "series", "schema", "valuation", "portfolio", "session", "readings", "filings"]
TABLES = [f"{app}_{name}" for app in ("tasks", "modeling", "performance") for name in ("job", "run", "sample", "row")]
STATEMENT = (
    'SELECT "modeling_{0}"."id", "modeling_{0}"."owner_id", "modeling_{0}"."name", "modeling_{0}"."changed_at" FROM '
    '"modeling_{0}" WHERE ("modeling_{0}"."owner_id" = ? AND NOT "modeling_{0}"."archived") ORDER BY "changed_at" DESC'
)


def few(chance: random.Random, scale: float = 10.0) -> float:
    return round(chance.expovariate(1 / scale), 3)


def system(chance: random.Random) -> dict[str, Any]:
    return {
        "cores": [round(chance.uniform(0, 100), 1) for _ in range(CORES)],
        "disks": {name: [few(chance, 1e6), few(chance, 1e6)] for name in ("nvme0n1", "nvme1n1")},
        "interfaces": {name: [few(chance, 1e5), few(chance, 1e5)] for name in ("eth0", "docker0")},
        "temperatures": {f"coretemp Core {core}": 40.0 + core for core in range(CORES // 2)},
    }


def application(chance: random.Random) -> dict[str, Any]:
    shares = ("seconds", "cpu", "database", "cache", "outside")
    return {
        "processes": [
            {"host": "web-1", "role": "worker", "pid": 40_000 + at, "cpu": few(chance), "rss": 180_000_000 + at,
             "threads": 9, "files": 31, "uptime": few(chance, 1e5)}
            for at in range(PROCESSES)
        ],
        "routes": [
            {"route": route, "method": "GET", "count": 40, "errors": 0, "p50": few(chance, 0.1),
             "p95": few(chance, 0.2), **{name: few(chance, 1) for name in shares}, "bytes_p95": 9000}
            for route in ROUTES
        ],
        "outside": [{"target": "data.sec.gov", "count": 3, "errors": 0, "p95": few(chance, 1), "seconds": few(chance)}],
        "kinds": [
            {"kind": kind, "count": 4, "errors": 0, **{name: few(chance) for name in shares}} for kind in KINDS
        ],
    }  # fmt: skip


def database(chance: random.Random) -> dict[str, Any]:
    return {
        "vendor": "PostgreSQL",
        "version": "18.4",
        "tables": [
            {"name": name, "bytes": chance.randrange(10**8), "indexes": chance.randrange(10**7), "rows": 9000,
             "dead": 7}
            for name in TABLES[:10]
        ],
        "states": {"active": 2, "idle": 11},
        "long": [],
        "processes": [
            {"host": "web-1", "role": "web", "pid": 40_000 + at, "in_use": few(chance, 1), "peak": 3, "maximum": 16,
             "waiting": 0}
            for at in range(PROCESSES)
        ],
        "statements": [
            {"fingerprint": f"{chance.randrange(16**16):016x}", "statement": STATEMENT.format(name), "count": 90,
             "errors": 0, "seconds": few(chance, 1), "p95": few(chance, 0.1)}
            for name in ("scenario", "run", "company", "filing", "portfolio", "holding", "report", "job")
        ],
    }  # fmt: skip


def cache(chance: random.Random) -> dict[str, Any]:
    counts = ("hits", "misses", "writes", "evictions", "bytes", "entries", "computed", "stale", "joined")
    return {
        "namespaces": [
            {"name": name, **{count: chance.randrange(2000) for count in counts}, "compute_seconds": few(chance),
             "saved_seconds": few(chance)}
            for name in SPACES
        ],
        "breakers": [],
    }  # fmt: skip


def tasks(chance: random.Random) -> dict[str, Any]:
    return {
        "kinds": [
            {"kind": kind, "title": kind.title(), "waiting": 3, "running": 1, "finished": 5, "failed": 0, "retried": 0,
             "wait_p95": few(chance), "run_p95": few(chance)}
            for kind in KINDS
        ],
        "workers": [
            {"host": "web-1", "pid": 41_000 + at, "state": "busy", "kind": KINDS[0], "job": 88_000 + at,
             "job_seconds": few(chance), "memory": 190_000_000, "heartbeat_age": few(chance, 1)}
            for at in range(WORKERS)
        ],
    }  # fmt: skip


MAKERS: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "system": system,
    "application": application,
    "database": database,
    "cache": cache,
    "tasks": tasks,
}


def details(category: str) -> list[str]:
    """Compact JSON, as the sampler stores it."""
    chance = random.Random(category)
    return [json.dumps(MAKERS[category](chance), separators=(",", ":")) for _ in range(VARIANTS)]
