"""The legal moves of a job, each one conditional UPDATE, so that two processes can never both make one.

    queued --claim--> running --finish--> done
      |                  |----fail------> failed
      |                  |----split-----> running, held by nobody: its parts work, and the last one queues it again
      |----cancel------> |----cancel----> cancelled
      |----expire------> failed
      ^----requeue-------'
    failed, cancelled --retry--> queued

Whoever holds a running job knows its token. Every move of the holder is conditional on that token: a worker whose
lease ran out, or whose job was cancelled, changes no row and thereby learns that it must stop.

A part and its parent are always locked in one order, the parent first.
"""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Iterable
from contextlib import nullcontext
from copy import copy
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone

from tasks import backend, clock, parts, registry, signals
from tasks.choices import IN_FLIGHT, State
from tasks.errors import EqualInFlight, NotCancellable, NotRetryable
from tasks.models import Job, Piece, Worker
from valor.lib.errors import Problem

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
# After a fault outside the job (the database was away), the sweep puts it back after this pause.
PAUSE = timedelta(seconds=5)

NEUTRAL = "Something broke while this job ran: try it again; an operator finds the details on this page."
POISON = "The worker running this job stopped {attempts} times, so it was given up: ask for less at once."
OVERRUN = "This job took longer than it may and was stopped: ask for less at once, then try again."
LATE = "No worker was free before this job's deadline, so it was not begun: try it again, or give it more time."
# An ended job remembers who did it and since when; one that is queued again does not.
ENDED: dict[str, Any] = {"token": None, "lease_until": None}
UNHELD: dict[str, Any] = {**ENDED, "worker_id": None, "claimed_at": None, "rate": 0.0}
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
    "pieces_kept": 0,
    "parts_total": 0,
    "parts_left": 0,
    "rank": F("priority"),
}


def line(text: str) -> Concat:
    """Adds a line to a job's log, in the very UPDATE that makes the move it tells of."""
    return Concat("log", Value(f"{timezone.now():%Y-%m-%d %H:%M:%S}Z {text}\n"), output_field=TextField())


def claim(worker_id: uuid.UUID | None = None) -> Job | None:
    """Takes the best queued job, by rank and then age, or None. The attempt is counted here, not at the end,
    so that a job which kills its worker is counted too."""
    in_time = Q(start_by=None) | Q(start_by__gt=clock.now())
    queued = Job.objects.filter(in_time, state=State.QUEUED).order_by("rank", "queued_at")
    locks = connection.features.has_select_for_update_skip_locked
    if locks:
        queued = queued.select_for_update(skip_locked=True)
    while True:
        with transaction.atomic() if locks else nullcontext():
            chosen = queued.values_list("pk", flat=True).first()
            if chosen is None:
                return None
            now = timezone.now()
            taken = Job.objects.filter(pk=chosen, state=State.QUEUED).update(
                state=State.RUNNING,
                attempt=F("attempt") + 1,
                token=uuid.uuid4(),
                lease_until=clock.now() + LEASE,
                worker_id=worker_id,
                started_at=Coalesce("started_at", Value(now)),
                claimed_at=now,
                start_by=None,
                log=line(f"Begun by {socket.gethostname()}:{os.getpid()}"),
            )
        if taken:
            return Job.objects.select_related("parent").get(pk=chosen)


def held(job: Job) -> QuerySet[Job]:
    """The job's row as long as the caller still holds it: the fence of every move below."""
    return Job.objects.filter(pk=job.pk, token=job.token, state=State.RUNNING)


def advance(job: Job, **progress: Any) -> bool:
    """Progress, heartbeat, cancel check and fence in one UPDATE; False: the caller no longer holds the job."""
    return bool(held(job).update(lease_until=clock.now() + LEASE, **progress))


def keep(job: Job, data: bytes, **progress: Any) -> bool:
    """Stores a piece of finished work behind the same fence; False: the caller no longer holds the job."""
    with transaction.atomic():
        if not advance(job, pieces_kept=job.pieces_kept + 1, **progress):
            return False
        Piece.objects.create(job_id=job.pk, number=job.pieces_kept, data=data)
    job.pieces_kept += 1
    return True


def split(job: Job, shares: Iterable[registry.Share]) -> bool:
    """Turns a held job into its parts; False: the job was no longer held."""
    with transaction.atomic():
        made = parts.of(job, shares)
        units = sum(part.total for part in made)
        began = {"parts_total": len(made), "parts_left": len(made), "attempt": 0, "progress": 0.0, "done": 0}
        if not held(job).update(**UNHELD | began, total=units, log=line(f"Split into {len(made)} parts")):
            return False
        Job.objects.bulk_create(made)
    backend.ring_when_committed()
    return True


def finish(job: Job, result: dict[str, Any], *, total: int = 0) -> bool:
    """Stores the result and runs the kind's ``complete`` in one transaction; False: the job was no longer held.

    All *total* units are done then, also those since the last, throttled report; a part's are those of its share.
    """
    spec = registry.spec_of(job.kind)
    total = job.total if job.parent_id else total
    with transaction.atomic():
        done = end(held(job), job, State.DONE, result=result, progress=1.0, message="", done=total, total=total)
        if done is None:
            return False
        if spec.complete and not job.parent_id:
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
    details = {
        "error_class": error_class[:200],
        "error_message": message,
        "error_problems": [problem.as_dict() for problem in problems],
        "traceback": traceback,
    }
    return end(held(job), job, State.FAILED, **details) is not None


def abandon(job: Job, reason: str) -> bool:
    """Ends a held job as cancelled because what it worked for is gone."""
    return end(held(job), job, State.CANCELLED, error_message=reason) is not None


def end(row: QuerySet[Job], job: Job, state: State, **fields: Any) -> Job | None:
    """The job as it ended, or None where *row* no longer was. *job* itself keeps its token: the transaction around
    this may still be rolled back."""
    changes = {"state": state, "finished_at": timezone.now(), **ENDED, **fields}
    with transaction.atomic(savepoint=False):
        parts.lock_parent(job)
        if not row.update(**changes, log=line(": ".join(filter(None, (state.label, fields.get("error_message")))))):
            return None
        ended = copy(job)
        for name, value in changes.items():
            setattr(ended, name, value)
        if ended.parent_id:
            end_part(ended)
        else:
            parts.clear(ended)
            tell(ended)
    return ended


def end_part(part: Job) -> None:
    """What a part's end means to its parent: one less to wait for, or the same end."""
    if part.state == State.DONE:
        parts.count_done(part)
        return
    assert part.parent is not None
    whole = Job.objects.get(pk=part.parent.pk)
    names = ("error_class", "error_message", "error_problems", "traceback")
    in_flight = Job.objects.filter(pk=whole.pk, state__in=IN_FLIGHT)
    end(in_flight, whole, State(part.state), **{name: getattr(part, name) for name in names})


def tell(job: Job) -> None:
    """The kind's ``failed`` hook, in a savepoint, as its fault must not keep the job from ending; and the signal."""
    spec = registry.find(job.kind)
    if job.state == State.FAILED and spec and spec.failed:
        try:
            with transaction.atomic():
                spec.failed(job)
        except Exception:
            log.exception("The failed hook of %s broke.", job)
    transaction.on_commit(partial(signals.job_finished.send_robust, sender=Job, job=job), robust=True)


def pause(job: Job) -> bool:
    """Gives a held job back after a fault that is not its own: the sweep requeues it in a few seconds."""
    return bool(held(job).update(lease_until=clock.now() + PAUSE))


def cancel(job: Job) -> None:
    """Cancels a queued job at once; the worker of a running one finds out at its next progress."""
    if end(Job.objects.filter(pk=job.pk, state__in=IN_FLIGHT), job, State.CANCELLED) is None:
        raise NotCancellable
    job.refresh_from_db()


def retry(job: Job) -> None:
    """Queues a failed or cancelled job again, from the start and with all its attempts."""
    over = Job.objects.filter(pk=job.pk, state__in=(State.FAILED, State.CANCELLED))
    again = {"state": State.QUEUED, "queued_at": timezone.now(), **UNHELD, **FRESH}
    try:
        with transaction.atomic():
            moved = over.update(**again, log=line("Queued again"))
            Job.objects.filter(parent=job.pk).delete()
    except IntegrityError as error:
        raise EqualInFlight from error
    if not moved:
        raise NotRetryable
    job.refresh_from_db()


def expire_unstarted() -> int:
    """Fails every queued job whose deadline has passed; how many there were."""
    late = Job.objects.filter(state=State.QUEUED, start_by__lte=clock.now())
    details = {"error_class": "DeadlinePassed", "error_message": LATE}
    return sum(
        end(late.filter(pk=job.pk), job, State.FAILED, **details) is not None for job in late.defer("parameters")
    )


def requeue_expired() -> int:
    """Puts back every running job whose lease ran out; one that has no attempt left ends failed."""
    return requeue(Job.objects.filter(state=State.RUNNING, lease_until__lt=clock.now()))


def requeue_of(workers: Iterable[uuid.UUID], *, blameless: bool = False) -> int:
    """Puts back what these workers, known to be dead, were running.

    ``blameless``: they were stopped on purpose, so the attempt does not count.
    """
    return requeue(Job.objects.filter(state=State.RUNNING, worker_id__in=list(workers)), blameless=blameless)


def requeue(lost: QuerySet[Job], *, blameless: bool = False) -> int:
    """What a lost job has kept in pieces, or in parts, it goes on from; else it starts over."""
    moved = 0
    for job in lost.defer("result", "parameters"):
        if not blameless and job.attempt >= job.max_attempts:
            moved += fail(job, message=POISON.format(attempts=job.attempt), error_class="WorkerLost")
            continue
        begun = {} if job.pieces_kept or job.parts_total else NOT_BEGUN
        back = {"attempt": F("attempt") - 1} if blameless else {}
        why = "Put back: its worker was stopped" if blameless else "Put back: its worker was lost"
        unrenewed = held(job).filter(lease_until=job.lease_until)
        moved += unrenewed.update(state=State.QUEUED, **UNHELD, **begun, **back, log=line(why))
    return moved


def forget_workers(workers: Iterable[uuid.UUID]) -> None:
    Worker.objects.filter(pk__in=list(workers)).delete()
