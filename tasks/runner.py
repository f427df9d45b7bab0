"""Claims a job and runs it. What Django-Q calls when the bell rings is ``run_next``."""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import InterfaceError, OperationalError

from tasks import backend, lifecycle, pulse, registry, selectors, signals
from tasks.context import JobContext
from tasks.errors import JobStopped, SubjectGone
from tasks.hold import Held, Hold
from tasks.models import Job
from tasks.registry import JobSpec, Share
from valor.lib import request_ids
from valor.lib.errors import Problem, Unavailable, ValorError

log = logging.getLogger(__name__)

# One bell may serve more than one job, as long as they are short.
DRAIN_SECONDS = 1.0
OUTSIDE_FAULTS = (OperationalError, InterfaceError, Unavailable)


def run_next() -> None:
    """Runs queued jobs, best first, for up to a second; never raises, since a bell has nobody to tell.

    Where more waits than one worker takes, it wakes another before its first job, and somebody after its last one.
    """
    until = time.monotonic() + DRAIN_SECONDS
    try:
        job = lifecycle.claim(pulse.worker_id())
        if job is not None:
            wake_another()
        while job is not None:
            serve(job)
            if time.monotonic() >= until:
                wake_another()
                return
            job = lifecycle.claim(pulse.worker_id())
    except Exception:
        log.exception("No job could be claimed; the sweep will ring again.")


def wake_another() -> None:
    """Rings where work waits. A bell that fails must not keep from its work who has claimed some already."""
    try:
        if selectors.waiting_since():
            backend.ring()
    except Exception as error:
        log.warning("Nobody could be woken, so the sweep will ring: %s", error)


def run_one(worker_id: uuid.UUID | None = None) -> bool:
    """Claims the best queued job and brings it to its end; False when there is none."""
    job = lifecycle.claim(worker_id)
    if job is None:
        return False
    serve(job)
    return True


def serve(job: Job) -> None:
    """Runs a claimed job as the one this process has in hand."""
    signals.job_begins.send_robust(sender=Job, job=job)
    outcome = "failed"
    try:
        with request_ids.under(selectors.request_behind(job)), pulse.holding(job):
            outcome = run(Held(job))
    finally:
        signals.job_leaves.send_robust(sender=Job, job=job, outcome=outcome)


def run(hold: Hold) -> str:
    """Runs a claimed job; whatever happens in its handler ends up in its row. Says how this attempt went."""
    job = hold.job
    try:
        spec = registry.spec_of(job.kind)
        shares = shares_of(job, spec)
        if shares:
            hold.split(shares)
            return "split"
        hold.finish(*answer(hold, spec))
        return "done"
    except JobStopped as stopped:
        log.info("%s stopped: %s", job, type(stopped).__name__)
        return "stopped"
    except SubjectGone as gone:
        hold.abandon(gone.message)
        return "cancelled"
    except OUTSIDE_FAULTS as fault:
        return outside(hold, fault)
    except ValorError as error:
        fail(hold, error, error.message, error.problems)
    except Exception as error:
        log.exception("%s broke.", job)
        fail(hold, error)
    return "failed"


def shares_of(job: Job, spec: JobSpec) -> Sequence[Share]:
    """What to split a job into; nothing where it is a part, has its parts behind it, or is done whole."""
    if spec.split is None or job.parent_id or job.is_merge:
        return ()
    return spec.split(job.parameters)


def answer(hold: Hold, spec: JobSpec) -> tuple[dict[str, Any], int]:
    """The result, and how many units there were."""
    job, context = hold.job, JobContext(hold, spec.timeout)
    if job.parent is not None:
        assert spec.part is not None
        spec.part(context, job.parent.parameters | job.parameters)
        return {}, context.total
    if job.is_merge:
        assert spec.merge is not None
        return spec.merge(context, job.parameters, hold.left_behind()), job.total
    return spec.handler(context, job.parameters), context.total


def outside(hold: Hold, fault: Exception) -> str:
    """The database or another part was away: try again soon, as long as there are attempts left."""
    log.warning("%s met a fault outside of it: %s", hold.job, fault)
    if hold.job.attempt < hold.job.max_attempts:
        hold.pause()
        return "paused"
    fail(hold, fault, fault.message if isinstance(fault, ValorError) else lifecycle.NEUTRAL)
    return "failed"


def fail(hold: Hold, error: Exception, message: str = lifecycle.NEUTRAL, problems: tuple[Problem, ...] = ()) -> None:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    hold.fail(message, problems, name, "".join(traceback.format_exception(error)))
