"""Calm ticks of a sampler that leads, on a database with two days of samples: python -m benchmarks.load.ticks.

The clock is made to pass by an interval between two ticks. The past is the sampler's own first sample again and again,
for two hosts; six processes publish before each tick. So that it stays calm on a busy machine, the limits of what
this measurement itself drives up are out of reach.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import django
from django.utils import timezone

INTERVAL, DAYS = 30, 2
TICKS, SETTLING = 40, 60
PROCESSES, ROUTES, STATEMENTS = 6, 12, 30
LOUD = ("cpu_percent", "cpu_steal_percent", "cpu_iowait_percent", "memory_percent", "disk_percent", "workers")


class Clock:
    """Monotonic seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def published(calls: int) -> dict[str, Any]:
    """What a process tells after so many calls of each route and statement."""
    from performance.histogram import Histogram
    from performance.totals import Counted, Kind, Spent, Task, Totals

    times = Histogram().add(*(0.001 * (1 + call % 40) for call in range(calls)))
    totals = Totals()
    for route in range(ROUTES):
        totals.work[Task("request", f"/route/{route}/", "GET", "200")] = Spent(times, times)
    totals.values[Kind.SECONDS, "statements", ()] = Counted(times)
    statements = [
        {"fingerprint": f"{each:016x}", "statement": "SELECT 1" * 20, "errors": 0, "times": times.as_json()}
        for each in range(STATEMENTS)
    ]
    return {"instruments": totals.as_json() | {"in_flight": 0}, "statements": {"statements": statements}}


def fill(now: datetime) -> None:
    """Two days of two hosts like the sample there is, their rollups made, and processes that published."""
    from performance.lease import this_host
    from performance.metrics import CATEGORIES
    from performance.models import ProcessReading, SamplerLease

    here = this_host()
    SamplerLease.objects.create(host=f"{here}-2", interval=INTERVAL, renewed_at=now, expires_at=now)
    for category in CATEGORIES.values():
        objects = category.model._default_manager
        first = objects.get()
        fields = [field for field in first._meta.concrete_fields if not (field.primary_key or field.generated)]
        common = {field.attname: getattr(first, field.attname) for field in fields}
        times = [now - timedelta(seconds=INTERVAL * tick) for tick in range(DAYS * 86_400 // INTERVAL, 0, -1)]
        hosts = (here, f"{here}-2")
        rows = [category.model(**common | {"host": host, "taken_at": at}) for at in times for host in hosts]
        objects.bulk_create(rows, batch_size=500)
    for number in range(PROCESSES):
        row = {"host": here, "pid": number, "role": "web", "started_at": now, "updated_at": now}
        ProcessReading.objects.create(**row, readings={})


def publish(calls: int) -> None:
    from performance.models import ProcessReading

    ProcessReading.objects.filter(role="web").update(readings=published(calls), updated_at=timezone.now())


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from performance.alerts.models import Threshold
    from performance.sampler import Sampler
    from tasks.models import Worker

    call_command("migrate", verbosity=0, skip_checks=True)
    now = timezone.now()
    Threshold.objects.filter(metric__in=LOUD, direction="above").update(warning=1e9, critical=1e9)
    Worker.objects.create(host="elsewhere", pid=1, started_at=now, last_seen=now + timedelta(minutes=5))
    clock = Clock()
    sampler = Sampler(wait=lambda seconds: False, interval=INTERVAL, clock=clock)

    def tick() -> float:
        clock.now += INTERVAL
        publish(int(clock.now))
        started = time.process_time()
        if sampler.tick() is None or sampler.round.failing:
            raise SystemExit(f"No sample was stored, or chores fail: {sampler.round.failing}")
        return 1000 * (time.process_time() - started)

    sampler.prime()
    tick()
    fill(now)
    for _ in range(SETTLING):  # The first ticks roll up what is there.
        tick()
    figures = {"tick_ms": median(tick() for _ in range(TICKS))}
    with CaptureQueriesContext(connection) as queries:
        tick()
    json.dump(figures | {"tick_queries": len(queries)}, sys.stdout)


if __name__ == "__main__":
    main()
