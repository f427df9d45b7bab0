"""What may be read about jobs, and by whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from tasks import registry
from tasks.choices import State
from tasks.models import Job, Worker
from valor.accounts.roles import is_operator
from valor.lib.errors import NotFound

Viewer = User | AnonymousUser

# A worker whose heartbeat is older than this is gone, or stopped.
FRESH = timedelta(seconds=20)
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


def title_of(job: Job) -> str:
    spec = registry.find(job.kind)
    return spec.title if spec else job.kind


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
        "title": title_of(job),
        "label": job.label if viewer is None or owns(job, viewer) else "",
        "priority": job.priority,
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
    status = summary_of(job, viewer) | {"subject_url": subject_url(job), "log": log_of(job)}
    if owns(job, viewer):
        status |= {"parameters": job.parameters, "result": job.result}
    if is_operator(viewer):
        status |= {"fault": {"class": job.error_class, "traceback": job.traceback} if job.error_class else None}
    return status


def log_of(job: Job) -> list[dict[str, str]]:
    """What happened to a job: when (UTC) and what."""
    split = (line.split(" ", 2) for line in job.log.splitlines())
    return [{"at": f"{day}T{time}", "text": text} for day, time, text in split]


def owns(job: Job, viewer: Viewer) -> bool:
    return job.owner_id is not None and job.owner_id == viewer.pk


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
