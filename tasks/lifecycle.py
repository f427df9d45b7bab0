"""The legal moves of a job, each one conditional UPDATE, so that two processes can never both make one.

    queued --claim--> running --finish--> done
      |                  |----fail------> failed
      |----cancel------> |----cancel----> cancelled
      ^----requeue-------'
    failed, cancelled --retry--> queued

Whoever holds a running job knows its token. Every move of the holder is conditional on that token: a worker whose
lease ran out, or whose job was cancelled, changes no row and thereby learns that it must stop.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from tasks import registry, signals
from tasks.choices import FINISHED, State
from tasks.errors import EqualInFlight, NotCancellable, NotRetryable
from tasks.models import Job, Worker
from valor.lib.errors import Problem

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
# After a fault outside the job (the database was away), the sweep puts it back after this pause.
PAUSE = timedelta(seconds=5)

NEUTRAL = "Something broke while this job ran: try it again; an operator finds the details on this page."
POISON = "The worker running this job stopped {attempts} times, so it was given up: ask for less at once."
OVERRUN = "This job took longer than it may and was stopped: ask for less at once, then try again."
UNHELD: dict[str, Any] = {"token": None, "lease_until": None, "worker_id": None}
NOT_BEGUN: dict[str, Any] = {"progress": 0.0, "done": 0, "total": 0, "stage": "", "message": "", "started_at": None}
FRESH: dict[str, Any] = {
    **NOT_BEGUN,
    "attempt": 0,
    "result": None,
    "error_class": "",
    "error_message": "",
    "error_problems": [],
    "traceback": "",
    "finished_at": None,
}


def claim(worker_id: uuid.UUID | None = None) -> Job | None:
    """Takes the best queued job, by priority and then age, or None. The attempt is counted here, not at the end,
    so that a job which kills its worker is counted too."""
    queued = Job.objects.filter(state=State.QUEUED).order_by("priority", "queued_at")
    lockable = queued
    if connection.features.has_select_for_update_skip_locked:
        lockable = queued.select_for_update(skip_locked=True)
    while queued.exists():
        with transaction.atomic():
            chosen = lockable.values_list("pk", flat=True).first()
            if chosen is None:
                return None
            now = timezone.now()
            taken = Job.objects.filter(pk=chosen, state=State.QUEUED).update(
                state=State.RUNNING,
                attempt=F("attempt") + 1,
                token=uuid.uuid4(),
                lease_until=now + LEASE,
                worker_id=worker_id,
                started_at=now,
            )
            if taken:
                return Job.objects.get(pk=chosen)
    return None


def held(job: Job) -> QuerySet[Job]:
    """The job's row as long as the caller still holds it: the fence of every move below."""
    return Job.objects.filter(pk=job.pk, token=job.token, state=State.RUNNING)


def advance(job: Job, **progress: Any) -> bool:
    """Progress, heartbeat, cancel check and fence in one UPDATE; False: the caller no longer holds the job."""
    return bool(held(job).update(lease_until=timezone.now() + LEASE, **progress))


def finish(job: Job, result: dict[str, Any], *, total: int = 0) -> bool:
    """Stores the result and runs the kind's ``complete`` in one transaction; False: the job was no longer held.

    All *total* units are done then, also those since the last, throttled report.
    """
    spec = registry.spec_of(job.kind)
    with transaction.atomic():
        done = end(job, State.DONE, result=result, progress=1.0, message="", done=total, total=total)
        if done is None:
            return False
        if spec.complete:
            spec.complete(done, result)
    return True


def fail(
    job: Job,
    *,
    message: str = NEUTRAL,
    problems: Iterable[Problem] = (),
    error_class: str = "",
    traceback: str = "",
) -> bool:
    """Ends a held job as failed, with a sentence for its owner and the details for operators."""
    spec = registry.find(job.kind)
    details = {
        "error_class": error_class[:200],
        "error_message": message,
        "error_problems": [problem.as_dict() for problem in problems],
        "traceback": traceback,
    }
    with transaction.atomic():
        failed = end(job, State.FAILED, **details)
        if failed is None:
            return False
        if spec and spec.failed:
            tell_failed(spec, failed)
    return True


def tell_failed(spec: registry.JobSpec, job: Job) -> None:
    """The kind's ``failed`` hook, in a savepoint: its own fault must not keep the job from ending."""
    assert spec.failed is not None
    try:
        with transaction.atomic():
            spec.failed(job)
    except Exception:
        log.exception("The failed hook of %s broke.", job)


def abandon(job: Job, reason: str) -> bool:
    """Ends a held job as cancelled because what it worked for is gone."""
    return end(job, State.CANCELLED, error_message=reason) is not None


def end(job: Job, state: State, **fields: Any) -> Job | None:
    """The job as it ended, or None where it was no longer held. *job* itself keeps its token: the transaction around
    this may still be rolled back."""
    changes = {"state": state, "finished_at": timezone.now(), **UNHELD, **fields}
    with transaction.atomic():
        if not held(job).update(**changes):
            return None
        ended = copy(job)
        for name, value in changes.items():
            setattr(ended, name, value)
        announce(ended)
    return ended


def announce(job: Job) -> None:
    transaction.on_commit(partial(signals.job_finished.send_robust, sender=Job, job=job), robust=True)


def pause(job: Job) -> bool:
    """Gives a held job back after a fault that is not its own: the sweep requeues it in a few seconds."""
    return bool(held(job).update(lease_until=timezone.now() + PAUSE))


def cancel(job: Job) -> None:
    """Cancels a queued job at once; the worker of a running one finds out at its next progress."""
    now = timezone.now()
    in_flight = Job.objects.filter(pk=job.pk).exclude(state__in=FINISHED)
    if not in_flight.update(state=State.CANCELLED, finished_at=now, **UNHELD):
        raise NotCancellable
    job.refresh_from_db()
    announce(job)


def retry(job: Job) -> None:
    """Queues a failed or cancelled job again, from the start and with all its attempts."""
    over = Job.objects.filter(pk=job.pk, state__in=(State.FAILED, State.CANCELLED))
    try:
        with transaction.atomic():
            moved = over.update(state=State.QUEUED, queued_at=timezone.now(), **FRESH, **UNHELD)
    except IntegrityError as error:
        raise EqualInFlight from error
    if not moved:
        raise NotRetryable
    job.refresh_from_db()


def requeue_expired(now: datetime | None = None) -> int:
    """Puts back every running job whose lease ran out; one that has no attempt left ends failed."""
    return requeue(Job.objects.filter(state=State.RUNNING, lease_until__lt=now or timezone.now()))


def requeue_of(workers: Iterable[uuid.UUID], *, blameless: bool = False) -> int:
    """Puts back what these workers, known to be dead, were running.

    ``blameless``: they were stopped on purpose, so the attempt does not count.
    """
    return requeue(Job.objects.filter(state=State.RUNNING, worker_id__in=list(workers)), blameless=blameless)


def requeue(lost: QuerySet[Job], *, blameless: bool = False) -> int:
    moved = 0
    for job in lost.defer("result", "parameters"):
        if not blameless and job.attempt >= job.max_attempts:
            moved += fail(job, message=POISON.format(attempts=job.attempt), error_class="WorkerLost")
        else:
            back = {"attempt": F("attempt") - 1} if blameless else {}
            unrenewed = held(job).filter(lease_until=job.lease_until)
            moved += unrenewed.update(state=State.QUEUED, **UNHELD, **NOT_BEGUN, **back)
    return moved


def forget_workers(workers: Iterable[uuid.UUID]) -> None:
    Worker.objects.filter(pk__in=list(workers)).delete()
