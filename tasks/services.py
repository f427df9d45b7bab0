"""What may be done with jobs: submit, cancel, retry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Least
from django.utils import timezone

from tasks import backend, lifecycle, registry
from tasks.choices import FINISHED, HIGHEST, IN_FLIGHT, LOWEST, Priority, State
from tasks.models import Job, Worker
from valor.lib import request_ids
from valor.lib.errors import Conflict, InvalidInput

LONGEST_WAIT = 30 * 24 * 3600


def submit(
    kind: str,
    parameters: dict[str, Any],
    *,
    owner: User | None,
    priority: int | None = None,
    start_within: float | None = None,
    label: str = "",
) -> Job:
    """Queues a job and rings for a worker once that is committed.

    An equal request of the same owner that is in flight, or finished within its kind's ``result_ttl``, is that job; it
    goes ahead with the better of the two priorities. ``start_within`` is the deadline in seconds, ``label`` says in the
    owner's words what the job works for.

    Raises UnknownKind, and InvalidInput where a priority or deadline is impossible or the kind refuses the parameters:
    nothing is queued then.
    """
    job, spec = drafted(kind, parameters, owner=owner, priority=priority, start_within=start_within, label=label)
    return equal_to(job, spec) or queued(job, spec)


def drafted(
    kind: str,
    parameters: dict[str, Any],
    *,
    owner: User | None,
    priority: int | None,
    start_within: float | None,
    label: str,
) -> tuple[Job, registry.JobSpec]:
    """The job that a request asks for, checked and not stored."""
    spec = registry.spec_of(kind)
    priority = checked_priority(spec.priority if priority is None else priority)
    start_within = checked_seconds(spec.start_within if start_within is None else start_within)
    canonical = spec.parameters(parameters) if spec.parameters else parameters
    now = timezone.now()
    job = Job(
        kind=kind,
        version=spec.version,
        parameters=canonical,
        fingerprint=fingerprint_of(spec, canonical),
        owner=owner,
        label=label[:200],
        priority=priority,
        rank=priority,
        max_attempts=spec.max_attempts,
        queued_at=now,
        log=asked_by(request_ids.current.get(), now),
        start_by=None if start_within is None else now + timedelta(seconds=start_within),
    )
    return job, spec


def asked_by(request: str, now: datetime) -> str:
    """The first line of a job's log, by which the request behind it is found in the web server's."""
    return f"{now:%Y-%m-%d %H:%M:%S}Z Queued by request {request}\n" if request else ""


def queued(job: Job, spec: registry.JobSpec) -> Job:
    """The job, stored; or the equal one that somebody queued between the look and the insert."""
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError as error:
        equal = equal_to(job, spec)
        if equal is None:
            raise Conflict("An equal job ended at this very moment: send the request again.") from error
        return equal
    backend.ring_when_committed()
    return job


def checked_priority(priority: Any) -> int:
    if isinstance(priority, bool) or not isinstance(priority, int) or not HIGHEST <= priority <= LOWEST:
        names = ", ".join(f"{level.value} ({level.label.lower()})" for level in Priority)
        remedy = f"Use a whole number from {HIGHEST} to {LOWEST}, like {names}."
        raise InvalidInput.at("priority", priority, "This is no priority.", remedy)
    return priority


def checked_seconds(seconds: Any) -> float | None:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds <= LONGEST_WAIT:
        message = "This is no time to begin within."
        raise InvalidInput.at("start_within", seconds, message, f"Use more than 0 and at most {LONGEST_WAIT} seconds.")
    return float(seconds)


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
    """The same owner's job that already answers this request, or will: no later than this one would."""
    fresh = timezone.now() - timedelta(seconds=spec.result_ttl)
    answers = Q(state__in=IN_FLIGHT) | Q(state=State.DONE, finished_at__gt=fresh)
    equal = Job.objects.filter(answers, owner=job.owner, fingerprint=job.fingerprint).order_by("-queued_at").first()
    if equal and equal.state == State.QUEUED and job.priority < equal.priority:
        better = {"priority": job.priority, "rank": Least("rank", job.priority)}
        Job.objects.filter(pk=equal.pk, state=State.QUEUED).update(**better)
        equal.priority = job.priority
    return equal


def cancel(job: Job) -> Job:
    """Cancels a queued job at once and a running one within about a second; NotCancellable when it has ended."""
    lifecycle.cancel(job)
    return job


def retry(job: Job) -> Job:
    """Queues a failed or cancelled job again, from the start; NotRetryable otherwise."""
    lifecycle.retry(job)
    backend.ring_when_committed()
    return job


def retry_failed(kind: str = "") -> tuple[int, int]:
    """Queues every failed job again, of one kind or all: how many were, and how many could not be."""
    dead = Job.objects.filter(state=State.FAILED, parent=None, **{"kind": kind} if kind else {})
    moved = refused = 0
    for job in dead.defer("parameters", "result", "traceback"):
        try:
            retry(job)
            moved += 1
        except Conflict:
            refused += 1
    return moved, refused


def recycle_workers() -> int:
    """Asks every worker to leave after the job in its hand; how many were asked.

    Each hears of it at its next heartbeat, and its cluster puts a fresh one in its place.
    """
    return Worker.objects.filter(leaving=False).update(leaving=True)


def prune(*, before: datetime, progress: Callable[[int], None] = lambda count: None) -> int:
    """Deletes the jobs that finished before a moment, in portions that lock the table only briefly."""
    finished = Job.objects.filter(state__in=FINISHED, finished_at__lt=before, parent=None)
    count = 0
    while portion := list(finished.values_list("pk", flat=True)[:500]):
        finished.filter(pk__in=portion).delete()
        count += len(portion)
        progress(count)
    return count
