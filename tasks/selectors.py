"""What may be read about jobs, and by whom."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from tasks import registry
from tasks.choices import State, level_of
from tasks.errors import NoResult, NotDone
from tasks.models import Job, Worker
from valor.accounts.roles import is_operator
from valor.lib.errors import NotFound, Problem

Viewer = User | AnonymousUser

# A worker whose heartbeat is older than this is gone, or stopped.
FRESH = timedelta(seconds=20)
# After so long it is not told of any more, whether anybody is left to delete its row or not.
FORGET_AFTER = timedelta(minutes=2)
# A line of a job's log, as tasks.lifecycle writes it.
STAMPED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\dZ) (.*)")
# And the first of them, as tasks.services writes it.
QUEUED_BY = re.compile(r"Z Queued by request (\S+)")
LARGE = ("parameters", "result", "traceback", "log")


def visible_to(user: Viewer) -> QuerySet[Job]:
    """The user's own jobs; operators see all. Parts are not shown, and large columns left out until asked for."""
    jobs = Job.objects.filter(parent=None).select_related("owner").defer(*LARGE)
    if is_operator(user):
        return jobs
    # Nobody in particular owns the ownerless ones.
    return jobs.filter(owner_id=user.pk) if user.pk else jobs.none()


def job_for(user: Viewer, job_id: UUID) -> Job:
    """One job with everything, or NotFound, whether it doesn't exist or is somebody else's."""
    job = visible_to(user).defer(None).filter(pk=job_id).first()
    if job is None:
        raise NotFound
    return job


def subject_url(job: Job) -> str | None:
    """Where the job's work is shown, if its kind knows."""
    spec = registry.find(job.kind)
    return spec.subject_url(job) if spec and spec.subject_url else None


def pace(job: Job, now: datetime) -> tuple[float | None, float | None]:
    """Units a second and the seconds left, None where it is too early to say."""
    if job.state != State.RUNNING:
        return None, None
    rate = job.rate
    if job.waits_for_parts and job.started_at and now > job.started_at:
        rate = job.done / (now - job.started_at).total_seconds()
    return (rate, max(0.0, (job.total - job.done) / rate)) if rate else (None, None)


def summary_of(job: Job, viewer: Viewer | None = None) -> dict[str, Any]:
    """Where a job stands, without asking the database anything more: for lists. Its label is for its owner only."""
    rate, seconds_left = pace(job, timezone.now())
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "title": registry.title_of(job.kind),
        "label": job.label if viewer is None or owns(job, viewer) else "",
        "priority": job.priority,
        "level": level_of(job.priority).name.lower(),
        "state": job.state,
        "progress": job.progress,
        "stage": job.stage,
        "message": job.message,
        "parts": {"total": job.parts_total, "left": job.parts_left} if job.parts_total else None,
        "done": job.done,
        "total": job.total,
        "rate": rate,
        "seconds_left": seconds_left,
        "queued_at": job.queued_at,
        "start_by": job.start_by,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "error": job.error_message or None,
        "problems": job.error_problems,
        "owner": job.owner.get_username() if job.owner else None,
    }


def status_of(job: Job, viewer: Viewer) -> dict[str, Any]:
    """Everything *viewer* may know: parameters and result for the owner only, the fault's details for operators."""
    status = summary_of(job, viewer) | {"version": job.version, "log": log_of(job)}
    status["subject_url"] = subject_url(job) if owns(job, viewer) else None
    if owns(job, viewer):
        status |= {"parameters": job.parameters, "result": job.result}
    if is_operator(viewer):
        status |= {"fault": {"class": job.error_class, "traceback": job.traceback} if job.error_class else None}
    return status


def result_of(viewer: Viewer, job_id: UUID) -> Any:
    """What a job of the viewer's own found out. NotFound for everybody else, operators included; NotDone while it is
    under way, NoResult where it failed or was cancelled."""
    job = job_for(viewer, job_id)
    if not owns(job, viewer):
        raise NotFound
    if not job.is_finished:
        state = Problem("state", job.state, f"It is {job.state}, {job.progress:.0%} done.", "Ask again in a moment.")
        raise NotDone(problems=[state])
    if job.state != State.DONE:
        told = [Problem(**problem) for problem in job.error_problems]
        state = Problem("state", job.state, f"It ended {job.state}.", "Try it again, or submit another.")
        raise NoResult(job.error_message, problems=told or [state])
    return job.result


def log_of(job: Job) -> list[dict[str, str]]:
    """What happened to a job: when (UTC) and what."""
    lines: list[dict[str, str]] = []
    for line in job.log.splitlines():
        if stamped := STAMPED.fullmatch(line):
            lines.append({"at": f"{stamped[1]}T{stamped[2]}", "text": stamped[3]})
        elif lines:
            # A message of several lines, under one time.
            lines[-1]["text"] = f"{lines[-1]['text']} {line.strip()}".rstrip()
    return lines


def request_behind(job: Job) -> str:
    """The name of the request that queued a job, or the whole that it is a part of; empty where none did."""
    found = QUEUED_BY.search((job.parent or job).log)
    return found[1] if found else ""


def owns(job: Job, viewer: Viewer) -> bool:
    return job.owner_id is not None and job.owner_id == viewer.pk


def worker_of(job: Job) -> Worker | None:
    """The process that does a job, or did it last; None once it is gone."""
    return Worker.objects.filter(pk=job.worker_id).first() if job.worker_id else None


def parts_at_work(job: Job) -> int:
    """How many parts of a split job some worker has in hand."""
    return job.parts.filter(state=State.RUNNING).count() if job.waits_for_parts else 0


def depth() -> dict[int, int]:
    """How many jobs, or parts of jobs, wait, by priority."""
    waiting = Job.objects.filter(state=State.QUEUED).values_list("priority").annotate(count=Count("pk"))
    return dict(waiting.order_by("priority"))


def waiting_since() -> datetime | None:
    """Since when the oldest queued job waits."""
    oldest: datetime | None = Job.objects.filter(state=State.QUEUED).aggregate(at=Min("queued_at"))["at"]
    return oldest


def last_start(workers: list[UUID]) -> datetime | None:
    """When one of these workers last began a job."""
    starts = Job.objects.filter(claimed_at__isnull=False, worker_id__in=workers).order_by("-claimed_at")
    return starts.values_list("claimed_at", flat=True).first()


def workers() -> QuerySet[Worker]:
    """The worker processes that are there now."""
    return Worker.objects.filter(last_seen__gte=timezone.now() - FRESH)


def running_on(workers: list[UUID]) -> int:
    """How many jobs these workers hold."""
    return Job.objects.filter(state=State.RUNNING, worker_id__in=workers).count()
