"""How background work goes: what waits, how long each kind takes, who works, what comes by itself.

Pure reads of a few queries each, for whoever watches the platform. The parts of a split job wait and are worked on as
any job, so they count in the queue; what has finished is counted in whole jobs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, F, Min, Q
from django.utils import timezone

from tasks import registry
from tasks.choices import Priority, State, level_of
from tasks.models import Job, Schedule, Worker
from tasks.selectors import FORGET_AFTER, FRESH

WINDOW = timedelta(minutes=5)
# A job of one piece, or a part of a run of which no part is done yet.
UNBEGUN = Q(parent=None, parts_total=0) | Q(parent__parts_left=F("parent__parts_total"))
# The newest finished jobs that are looked at, and the workers that are listed: however large the tables are.
MOST_FINISHED = 5000
MOST_WORKERS = 500


@dataclass(frozen=True)
class Level:
    """The queue of one priority level.

    ``oldest_seconds`` is None where nothing waits to be begun: parts of a run that is under way are counted, but
    however long it takes, nobody waits for a worker.
    """

    level: Priority
    waiting: int
    oldest_seconds: float | None

    @property
    def name(self) -> str:
        return self.level.name.lower()


@dataclass(frozen=True)
class Spread:
    """Seconds over the jobs of a window; percentiles are by nearest rank. None where there are none."""

    mean: float | None
    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        if not seconds:
            return cls(None, None, None)
        ranked = sorted(seconds)
        p50, p95 = (ranked[math.ceil(share * len(ranked)) - 1] for share in (0.5, 0.95))
        return cls(math.fsum(ranked) / len(ranked), p50, p95)


@dataclass(frozen=True)
class Kind:
    """What finished of one kind within a window.

    Attributes
    ----------
    retried : attempts beyond each job's first
    throughput : jobs that finished, per second of the window
    wait, run : from submitted to begun, and from begun to finished
    """

    kind: str
    title: str
    finished: int
    done: int
    failed: int
    cancelled: int
    retried: int
    throughput: float
    wait: Spread
    run: Spread


@dataclass(frozen=True)
class Finished:
    """Every kind of which something finished since *since*; later than asked for where more did than is looked at.

    *wait* and *run* are those of all kinds together.
    """

    since: datetime
    seconds: float
    kinds: tuple[Kind, ...]
    wait: Spread
    run: Spread

    def total(self, name: str) -> int:
        """A count of the kinds, such as ``failed``, over all of them."""
        return sum(getattr(kind, name) for kind in self.kinds)


class Activity(StrEnum):
    BUSY = "busy"
    IDLE = "idle"
    SILENT = "silent"


@dataclass(frozen=True)
class Work:
    """The whole job that a worker does, or does a part of."""

    id: UUID
    kind: str
    title: str
    is_part: bool
    since: datetime | None


@dataclass(frozen=True)
class WorkerReading:
    """One worker process; silent when its heartbeat stays away. ``memory`` is in bytes."""

    host: str
    pid: int
    state: Activity
    job: Work | None
    jobs_done: int
    memory: int
    started_at: datetime
    last_seen: datetime


@dataclass(frozen=True)
class Periodic:
    """A job that is queued by itself; no times until a worker has seen it."""

    kind: str
    title: str
    every_seconds: float
    due_at: datetime | None
    queued_at: datetime | None


@dataclass(frozen=True)
class Reading:
    """Everything at one moment."""

    queue: tuple[Level, ...]
    finished: Finished
    workers: tuple[WorkerReading, ...]
    schedules: tuple[Periodic, ...]

    @property
    def waiting(self) -> int:
        return sum(level.waiting for level in self.queue)

    def count(self, state: Activity) -> int:
        return sum(worker.state is state for worker in self.workers)


def reading(now: datetime | None = None, window: timedelta = WINDOW) -> Reading:
    """Five queries, whatever there is."""
    now = now or timezone.now()
    return Reading(queue(now), finished(now, window), workers(now), schedules())


def queue(now: datetime) -> tuple[Level, ...]:
    """How much waits on each level, and for how long the oldest of it has waited to be begun."""
    waiting = Job.objects.filter(state=State.QUEUED).order_by().values_list("priority")
    counts: dict[Priority, int] = dict.fromkeys(Priority, 0)
    oldest: dict[Priority, datetime] = {}
    for priority, count, since in waiting.annotate(count=Count("pk"), since=Min("queued_at", filter=UNBEGUN)):
        level = level_of(priority)
        counts[level] += count
        if since is not None:
            oldest[level] = min(since, oldest.get(level, since))
    return tuple(Level(level, counts[level], seconds(oldest.get(level), now)) for level in Priority)


def finished(now: datetime, window: timedelta = WINDOW) -> Finished:
    """What became of the newest jobs that finished within the window, kind by kind."""
    names = ("kind", "state", "attempt", "queued_at", "started_at", "finished_at")
    newest = Job.objects.filter(parent=None, finished_at__gt=now - window, finished_at__lte=now)
    rows = list(newest.order_by("-finished_at").values_list(*names)[:MOST_FINISHED])
    since = rows[-1][5] if len(rows) == MOST_FINISHED else now - window
    span = max((now - since).total_seconds(), 1e-3)
    by_kind: dict[str, list[tuple]] = {}
    for row in rows:
        by_kind.setdefault(row[0], []).append(row)
    kinds = tuple(kind_of(kind, by_kind[kind], span) for kind in sorted(by_kind))
    return Finished(since, span, kinds, *spreads(rows))


def spreads(rows: list[tuple]) -> tuple[Spread, Spread]:
    """How long these jobs waited, and ran."""
    begun = [(queued, started, ended) for *_, queued, started, ended in rows if started]
    waits = [seconds(queued, started) or 0.0 for queued, started, _ in begun]
    return Spread.of(waits), Spread.of([seconds(started, ended) or 0.0 for _, started, ended in begun])


def kind_of(kind: str, rows: list[tuple], span: float) -> Kind:
    states = [state for _, state, *_ in rows]
    wait, run = spreads(rows)
    return Kind(
        kind=kind,
        title=registry.title_of(kind),
        finished=len(rows),
        done=states.count(State.DONE),
        failed=states.count(State.FAILED),
        cancelled=states.count(State.CANCELLED),
        retried=sum(max(0, attempt - 1) for _, _, attempt, *_ in rows),
        throughput=len(rows) / span,
        wait=wait,
        run=run,
    )


def workers(now: datetime) -> tuple[WorkerReading, ...]:
    """Every worker that is there, or was a moment ago, with what it does; those that were replaced are not told."""
    listed = list(Worker.objects.filter(last_seen__gt=now - FORGET_AFTER).order_by("host", "pid")[:MOST_WORKERS])
    fresh = [row for row in listed if now - row.last_seen <= FRESH]
    rows = [row for row in listed if row in fresh or not any(replaces(other, row) for other in fresh)]
    held = Job.objects.filter(state=State.RUNNING, worker_id__in=[row.pk for row in rows]).order_by("claimed_at")
    jobs = {job.worker_id: job for job in held.only("kind", "parent", "worker_id", "claimed_at")}
    return tuple(worker_of(row, jobs.get(row.pk), now) for row in rows)


def replaces(new: Worker, old: Worker) -> bool:
    """Whether a silent worker's cluster was killed and another one was started in its place."""
    return new.host == old.host and new.cluster != old.cluster and new.started_at > old.last_seen


def worker_of(row: Worker, job: Job | None, now: datetime) -> WorkerReading:
    activity = Activity.SILENT if now - row.last_seen > FRESH else Activity.BUSY if job else Activity.IDLE
    work = work_of(job) if job else None
    return WorkerReading(
        host=row.host,
        pid=row.pid,
        state=activity,
        job=work,
        jobs_done=row.jobs_done,
        memory=row.memory,
        started_at=row.started_at,
        last_seen=row.last_seen,
    )


def work_of(job: Job) -> Work:
    whole = job.parent_id or job.pk
    return Work(whole, job.kind, registry.title_of(job.kind), job.parent_id is not None, job.claimed_at)


def schedules() -> tuple[Periodic, ...]:
    """Every declared periodic job, and when it is due."""
    rows = Schedule.objects.in_bulk()
    made = []
    for spec in registry.periodic():
        row = rows.get(spec.kind)
        times = (row.due_at, row.queued_at) if row else (None, None)
        made.append(Periodic(spec.kind, spec.title, float(spec.every or 0), *times))
    return tuple(made)


def seconds(start: datetime | None, end: datetime) -> float | None:
    """From a moment to another, never less than nothing: two machines' clocks may differ."""
    return None if start is None else max(0.0, (end - start).total_seconds())
