"""What may be done with jobs: submit, cancel, retry."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from tasks import backend, lifecycle, registry
from tasks.choices import FINISHED, IN_FLIGHT, State
from tasks.models import Job
from valor.lib.errors import Conflict, InvalidInput

log = logging.getLogger(__name__)


def submit(kind: str, parameters: dict[str, Any], *, owner: User | None, priority: int | None = None) -> Job:
    """Queues a job and rings for a worker once that is committed.

    An equal request of the same owner that is in flight, or finished within its kind's ``result_ttl``, is that job.
    Raises UnknownKind, and InvalidInput where the kind refuses the parameters: nothing is queued then.
    """
    spec = registry.spec_of(kind)
    canonical = spec.parameters(parameters) if spec.parameters else parameters
    job = Job(
        kind=kind,
        parameters=canonical,
        fingerprint=fingerprint_of(spec, canonical),
        owner=owner,
        priority=spec.priority if priority is None else priority,
        max_attempts=spec.max_attempts,
        queued_at=timezone.now(),
    )
    equal = equal_to(job, spec)
    if equal:
        return equal
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError as error:
        # Somebody queued an equal one between the look and the insert.
        equal = equal_to(job, spec)
        if equal is None:
            raise Conflict("An equal job ended at this very moment: send the request again.") from error
        return equal
    ring_when_committed()
    return job


def fingerprint_of(spec: registry.JobSpec, parameters: dict[str, Any]) -> str:
    """What makes two requests equal: kind, version and parameters, whatever the order of their keys."""
    try:
        text = json.dumps([spec.kind, spec.version, parameters], sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput.at(
            "parameters", None, f"They can't be written as JSON: {error}.", "Use plain finite values only."
        ) from error
    return hashlib.sha256(text.encode()).hexdigest()


def equal_to(job: Job, spec: registry.JobSpec) -> Job | None:
    """The same owner's job that already answers this request, or will."""
    fresh = timezone.now() - timedelta(seconds=spec.result_ttl)
    answers = Q(state__in=IN_FLIGHT) | Q(state=State.DONE, finished_at__gt=fresh)
    return Job.objects.filter(answers, owner=job.owner, fingerprint=job.fingerprint).order_by("-queued_at").first()


def cancel(job: Job) -> Job:
    """Cancels a queued job at once and a running one within about a second; NotCancellable when it has ended."""
    lifecycle.cancel(job)
    return job


def retry(job: Job) -> Job:
    """Queues a failed or cancelled job again, from the start; NotRetryable otherwise."""
    lifecycle.retry(job)
    ring_when_committed()
    return job


def ring_when_committed() -> None:
    """A broker that is down loses only the bell: the job is stored, and the sweep rings again."""
    transaction.on_commit(backend.ring, robust=True)


def prune(*, before: datetime) -> int:
    """Deletes the jobs that finished before a moment, in portions that lock the table only briefly."""
    finished = Job.objects.filter(state__in=FINISHED, finished_at__lt=before)
    count = 0
    while portion := list(finished.values_list("pk", flat=True)[:500]):
        count += finished.filter(pk__in=portion).delete()[0]
    return count
