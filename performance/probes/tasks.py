"""Background work: the queue, the workers, and what finished since the sample before.

Percentiles tell of a minute at least, since within a short interval often nothing finishes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from performance.probes import Probe, Reading, register
from tasks import outlook, readings
from tasks.readings import Activity, Finished, WorkerReading

LEAST_WINDOW = timedelta(minutes=1)
# A job's end is a moment older than the row that tells of it: what ends right now belongs to the next sample.
SETTLED = timedelta(seconds=1)
MOST_KINDS, MOST_WORKERS = 30, 50
# Bulk work may wait for hours, so its wait says nothing.
URGENT = ("interactive", "normal")


@register
class Queue(Probe):
    """What waits, and how long the workers need for it."""

    category, name = "tasks", "queue"

    def read(self, now: float) -> Reading:
        moment = timezone.now()
        levels = {level.name: level for level in readings.queue(moment)}
        loads = outlook.loads()
        # How long a job takes matters only where one waits.
        usual = outlook.usual_seconds(moment) if any(load.waiting for load in loads.values()) else {}
        present = sum(worker.state is not Activity.SILENT for worker in readings.workers(moment))
        drain = outlook.drain_seconds(loads, usual, present)
        columns: dict[str, Any] = {
            "waiting": sum(level.waiting for level in levels.values()),
            "oldest_seconds": round(max(levels[name].oldest_seconds or 0.0 for name in URGENT), 2),
            "drain_seconds": None if drain is None else round(drain, 1),
        }
        columns |= {f"waiting_{name}": level.waiting for name, level in levels.items()}
        return Reading(columns)


@register
class Workers(Probe):
    """Who is there, and who is silent."""

    category, name = "tasks", "workers"

    def read(self, now: float) -> Reading:
        moment = timezone.now()
        found = readings.workers(moment)
        silent, busy = (sum(w.state is state for w in found) for state in (Activity.SILENT, Activity.BUSY))
        present = len(found) - silent
        columns = {
            "workers": present,
            "workers_busy": busy,
            "workers_silent": silent,
            "busy_percent": round(100 * busy / present, 1) if present else None,
            "heartbeat_age": max((age(worker, moment) for worker in found), default=None),
        }
        told = sorted(found, key=lambda worker: (worker.state is Activity.IDLE, -age(worker, moment)))
        return Reading(columns, {"workers": [described(worker, moment) for worker in told[:MOST_WORKERS]]})


@register
class Jobs(Probe):
    """What finished; and of each kind what waits and runs."""

    category, name = "tasks", "jobs"

    def __init__(self) -> None:
        self.until: datetime | None = None

    def read(self, now: float) -> Reading:
        before, until = self.until, timezone.now() - SETTLED
        span = until - before if before else timedelta()
        lately = readings.finished(until, max(span, LEAST_WINDOW))
        counted = readings.finished(until, span) if before and span > timedelta() else None
        self.until = until
        columns = spread(lately) | (counts(counted) if counted else {})
        return Reading(columns, {"kinds": kinds(lately, counted)})


def spread(lately: Finished) -> dict[str, Any]:
    figures = {"wait": lately.wait, "run": lately.run}
    return {
        f"{what}_{rank}_seconds": None if value is None else round(value, 3)
        for what, of in figures.items()
        for rank, value in (("p50", of.p50), ("p95", of.p95))
    }


def counts(counted: Finished) -> dict[str, Any]:
    """Where more finished than is looked at, they are those of the last seconds, and so is the rate."""
    finished, failed = counted.total("finished"), counted.total("failed")
    return {
        "finished_count": finished,
        "finished_rate": round(finished / counted.seconds, 3),
        "failed_count": failed,
        "failed_percent": round(100 * failed / finished, 1) if finished else None,
        "retried_count": counted.total("retried"),
    }


def kinds(lately: Finished, counted: Finished | None) -> list[dict[str, Any]]:
    """Each kind of which anything waits, runs or finished, those with most at hand first."""
    loads, recent = outlook.loads(), {kind.kind: kind for kind in lately.kinds}
    ended = {kind.kind: kind for kind in counted.kinds} if counted else {}
    rows = []
    for name in loads.keys() | recent.keys():
        load, past, now = loads.get(name, outlook.Load()), recent.get(name), ended.get(name)
        row: dict[str, Any] = {
            "kind": name,
            "title": readings.registry.title_of(name),
            "waiting": load.waiting,
            "running": load.running,
            "finished": now.finished if now else 0,
            "failed": now.failed if now else 0,
            "retried": now.retried if now else 0,
            "wait_p95": round(past.wait.p95, 3) if past and past.wait.p95 is not None else None,
            "run_p95": round(past.run.p95, 3) if past and past.run.p95 is not None else None,
        }
        rows.append(row)
    return sorted(rows, key=lambda row: (-row["waiting"] - row["running"] - row["finished"], row["kind"]))[:MOST_KINDS]


def age(worker: WorkerReading, now: datetime) -> float:
    return round(max(0.0, (now - worker.last_seen).total_seconds()), 1)


def described(worker: WorkerReading, now: datetime) -> dict[str, Any]:
    job = worker.job
    return {
        "host": worker.host,
        "pid": worker.pid,
        "state": worker.state.value,
        "kind": job.kind if job else None,
        "job": str(job.id) if job else None,
        "job_seconds": round((now - job.since).total_seconds(), 1) if job and job.since else None,
        "memory": worker.memory,
        "heartbeat_age": age(worker, now),
    }
