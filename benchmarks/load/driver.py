"""A second process of the installation under measurement, as the web server is one: submits work and waits for it.

Reads one request a line (a JSON list: verb, arguments) and answers each with one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from statistics import median
from typing import Any

import django

django.setup()

from django_q.models import Task  # noqa: E402
from django_q.tasks import async_task  # noqa: E402

from tasks import backend, services  # noqa: E402
from tasks.choices import IN_FLIGHT, State  # noqa: E402
from tasks.models import Job, Worker  # noqa: E402

PATIENCE = 45.0
serial = iter(range(10**9))


def wait_for(there: Callable[[], Any], pause: float = 0.005) -> None:
    until = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > until:
            raise TimeoutError(f"Waited {PATIENCE:g} s in vain.")
        time.sleep(pause)


def ready(workers: int) -> None:
    """Waits until so many workers are there and warm."""
    wait_for(lambda: Worker.objects.count() >= workers)
    jobs(20)


def jobs(count: int) -> float:
    """Seconds from the first submit to the end of the last job."""
    Job.objects.all().delete()
    started = time.perf_counter()
    for _ in range(count):
        services.submit("benchmarks.nothing", {"number": next(serial)}, owner=None)
    wait_for(lambda: not Job.objects.filter(state__in=IN_FLIGHT).exists())
    return time.perf_counter() - started


def bare(count: int) -> float:
    """The same for Django-Q's own tasks, whose results it stores."""
    Task.objects.all().delete()
    started = time.perf_counter()
    for _ in range(count):
        async_task("benchmarks.load.jobs.bare", broker=backend.broker())
    wait_for(lambda: Task.objects.count() >= count)
    return time.perf_counter() - started


def start_ms(count: int) -> float:
    """The median time from the submit of a single job to its start, in milliseconds."""
    waits = []
    for _ in range(count):
        job = services.submit("benchmarks.nothing", {"number": next(serial)}, owner=None)
        wait_for(Job.objects.filter(pk=job.pk, state=State.DONE).exists)
        job.refresh_from_db()
        waits.append(1000 * seconds_between(job.queued_at, job.started_at))
    return median(waits)


def run(kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Runs one job alone; the seconds from its start to its end, and its result."""
    job = services.submit(kind, parameters, owner=None)
    wait_for(lambda: Job.objects.filter(pk=job.pk).exclude(state__in=IN_FLIGHT).exists())
    job.refresh_from_db()
    if job.state != State.DONE:
        raise RuntimeError(f"{job.error_message} {job.traceback}")
    seconds = seconds_between(job.started_at, job.finished_at)
    result = job.result
    job.delete()
    return {"seconds": seconds, "result": result}


def seconds_between(start: datetime | None, end: datetime | None) -> float:
    assert start is not None
    assert end is not None
    return (end - start).total_seconds()


VERBS = {verb.__name__: verb for verb in (ready, jobs, bare, start_ms, run)}

if __name__ == "__main__":
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        print(json.dumps(VERBS[verb](*arguments)), flush=True)
