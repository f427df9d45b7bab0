"""Ordinary, varied load, simulated for a day: nobody may be advised of anything."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from performance.analysis.rules import findings
from performance.analysis.rules.facts import Facts, JobKind, Memory, Row
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

TICKS = 24 * 120


def moment(tick: int, chance: random.Random) -> Facts:
    """Quiet at night, busy by day, now and then a burst; each figure within what is ordinary."""
    day = 0.5 - 0.5 * math.cos(2 * math.pi * tick / TICKS)
    burst = chance.random() < 0.02
    load = min(1.0, day * chance.uniform(0.4, 1.0) + (0.3 if burst else 0.0))
    requests = round(400 * load)
    routes = [
        ROUTE
        | {
            "route": name,
            "count": round(requests * part),
            "errors": chance.randint(0, 1),
            "p95": chance.uniform(0.03, 0.6 if burst else 0.3),
            "seconds": requests * part * 0.04,
            "database": requests * part * 0.02,
            "bytes_p95": chance.uniform(2e3, 4e5),
        }
        for name, part in (("/companies/", 0.6), ("/valuations/<int:pk>/", 0.3), ("/api/jobs/", 0.1))
    ]
    outside = [{"target": "prices.example", "count": 4, "p95": chance.uniform(0.05, 0.7), "seconds": 0.6 * load}]
    application = row(
        APPLICATION,
        {"routes": routes, "outside": outside},
        request_count=requests,
        error_percent=chance.uniform(0, 2.5),
        open_files_percent=chance.uniform(2, 20),
        uptime_least=chance.uniform(5, 90_000),
    )
    lookups = round(6000 * load)
    misses = round(lookups * chance.uniform(0.02, 0.2))
    space = NAMESPACE | {
        "hits": lookups - misses,
        "misses": misses,
        "writes": misses,
        "entries": chance.randint(60, 600),
        "computed": min(misses, 100),
        "joined": chance.randint(0, 15),
    }
    cache = row(
        CACHE,
        {"namespaces": [space]},
        lookup_count=lookups,
        hit_percent=100.0 * (lookups - misses) / lookups if lookups else None,
        eviction_rate=chance.uniform(0, 0.8),
        local_percent=chance.uniform(10, 100),
        shared_p95_ms=chance.uniform(0.5, 12),
    )
    system = row(
        SYSTEM,
        cpu_percent=min(72.0, 70 * load + chance.uniform(0, 8)),
        cpu_worst_core=chance.uniform(5, 100),
        load_1=3 * load,
        cpu_iowait_percent=chance.uniform(0, 12),
        cpu_steal_percent=chance.uniform(0, 5),
        memory_percent=chance.uniform(40, 80),
        swap_rate=chance.choice([0.0, 0.0, 4e6]),
    )
    database = row(
        DATABASE,
        worst_percent=10 + 55 * load,
        pool_percent=10 + 55 * load,
        longest_transaction=chance.uniform(0, 20),
        wal_size=chance.uniform(0, 6e7),
        free_pages=chance.randint(0, 500),
    )
    waiting = chance.randint(0, round(30 * load) + 1)
    tasks = row(
        TASKS,
        {"kinds": [{"kind": "modeling.simulate", "title": "Simulation", "waiting": waiting}]},
        waiting=waiting,
        busy_percent=100.0 if burst else 100 * load,
        oldest_seconds=chance.uniform(0, 18),
        drain_seconds=chance.uniform(0, 50),
        heartbeat_age=chance.uniform(0, 12),
    )
    rss = [120e6 + 15e6 * chance.random() + (60e6 if chance.random() < 0.1 else 0) for _ in range(30)]
    used = [63e9 + 2e6 * step + 3e8 * chance.random() for step in range(60)]
    return facts(
        system=system,
        application=application,
        database=database,
        cache=cache,
        tasks=tasks,
        memory=(Memory("worker", 11, trace(*rss, step=120)), Memory("web", 12, trace(*sorted(rss)[:5], step=120))),
        traces={"system.disk_used": trace(*used, step=60)},
        busy=(Row({"pid": 12, "name": "python", "cpu": 90 * load, "ours": "web"}),),
        kinds=(replace(KIND, failed=1, timed_out=1), JobKind("tasks.prune", "Prune", 300, 1800, False, 1, 0, 0, 4.0)),
        slow=(slow(advice=(), worst=chance.uniform(0.02, 0.9)),),
        repeated=(repeated(worst=9), repeated(worst=15, sightings=2), repeated(last_seen=NOW - timedelta(days=2))),
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_day_of_ordinary_load_leads_to_no_advice(seed):
    chance = random.Random(seed)
    told = {
        f"{finding.rule}: {finding.case.cause}"
        for tick in range(0, TICKS, 4)
        for finding in findings(moment(tick, chance))
    }
    assert told == set()
