"""Claims a job and runs it. What Django-Q calls when the bell rings is ``run_next``."""

from __future__ import annotations

import logging
import time
import traceback
import uuid

from django.db import InterfaceError, OperationalError, connection

from tasks import lifecycle, pulse, registry
from tasks.choices import State
from tasks.context import JobContext
from tasks.errors import JobCancelled, JobStopped, JobSuperseded, SubjectGone
from tasks.models import Job
from valor.lib.errors import Problem, Unavailable, ValorError

log = logging.getLogger(__name__)

# One bell may serve more than one job, as long as they are short.
DRAIN_SECONDS = 1.0
OUTSIDE_FAULTS = (OperationalError, InterfaceError, Unavailable)


def run_next() -> None:
    """Runs queued jobs, best first, for up to a second; never raises, since a bell has nobody to tell."""
    until = time.monotonic() + DRAIN_SECONDS
    try:
        while run_one(pulse.worker_id()) and time.monotonic() < until:
            pass
    except Exception:
        log.exception("No job could be claimed; the sweep will ring again.")


def run_one(worker_id: uuid.UUID | None = None) -> bool:
    """Claims the best queued job and brings it to its end; False when there is none."""
    job = lifecycle.claim(worker_id)
    if job is None:
        return False
    with pulse.holding(job):
        run(job)
    return True


def run(job: Job) -> None:
    """Runs a claimed job; whatever happens in its handler ends up in its row."""
    try:
        result, total = answer(job)
        lifecycle.finish(job, result, total=total)
    except JobStopped as stopped:
        log.info("%s stopped: %s", job, type(stopped).__name__)
    except SubjectGone as gone:
        lifecycle.abandon(job, gone.message)
    except OUTSIDE_FAULTS as fault:
        outside(job, fault)
    except ValorError as error:
        fail(job, error, message=error.message, problems=error.problems)
    except Exception as error:
        log.exception("%s broke.", job)
        fail(job, error)


def answer(job: Job) -> tuple[dict[str, object], int]:
    """The handler's result, and how many units it said there were."""
    spec = registry.spec_of(job.kind)

    def write(done: int, total: int, stage: str, message: str) -> None:
        fraction = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
        row = {"done": done, "total": total, "progress": fraction, "stage": stage[:100], "message": message[:300]}
        if not lifecycle.advance(job, **row):
            raise lost(job)

    context = JobContext(job_id=job.pk, attempt=job.attempt, timeout=spec.timeout, write=write)
    return spec.handler(context, job.parameters), context.total


def lost(job: Job) -> JobStopped:
    """Why the job is no longer held."""
    cancelled = Job.objects.filter(pk=job.pk, state=State.CANCELLED).exists()
    return JobCancelled() if cancelled else JobSuperseded()


def outside(job: Job, fault: Exception) -> None:
    """The database or another part was away: try again soon, as long as there are attempts left."""
    log.warning("%s met a fault outside of it: %s", job, fault)
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    if job.attempt >= job.max_attempts:
        fail(job, fault, message=fault.message if isinstance(fault, ValorError) else lifecycle.NEUTRAL)
    else:
        lifecycle.pause(job)


def fail(job: Job, error: Exception, *, message: str = lifecycle.NEUTRAL, problems: tuple[Problem, ...] = ()) -> None:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    text = "".join(traceback.format_exception(error))
    lifecycle.fail(job, message=message, problems=problems, error_class=name, traceback=text)
