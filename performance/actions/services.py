"""From the request to the verdict.

1. ``request`` checks, stores the run and queues its job, in one transaction; no two equal ones are at work at once.
2. ``perform``, in a worker, takes the measure, does the action, and takes the measure again where it settles at once.
3. ``measure_due``, a chore of the sampler, takes it later where the effect shows only with time.
4. ``gave_up`` closes the run of a job that failed or was cancelled, ``close_orphans`` that of one nobody told of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import hypot
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from performance.actions.errors import ActionFailed, AlreadyRuns, NeedsConfirmation, NotHere
from performance.actions.registry import Action, Parameters, Progress, Taken, action_called, safe_actions
from performance.database.diagnosis import first_line
from performance.models import ActionRun, Recommendation, Verdict
from tasks import services as jobs
from tasks.choices import IN_FLIGHT
from tasks.errors import SubjectGone
from tasks.models import Job
from valor.lib.errors import Conflict

KIND = "performance.action"
ORPHANED = timedelta(minutes=1)


def checked(name: str, parameters: Mapping[str, Any]) -> tuple[Action, Parameters]:
    """The action and its canonical parameters; NotHere where it does not apply to this installation."""
    action = action_called(name)
    if reason := action.unavailable():
        raise NotHere(f"{action.title}: {reason}")
    return action, action.checked(parameters)


def request(
    name: str,
    parameters: Mapping[str, Any],
    *,
    by: User | AnonymousUser | None,
    confirm: bool = False,
    recommendation: Recommendation | None = None,
) -> ActionRun:
    """Queues an action. Raises InvalidInput, NeedsConfirmation, NotHere, AlreadyRuns, or what its plan finds."""
    action, canonical = checked(name, parameters)
    action.plan(canonical)
    if not action.safe and not confirm:
        raise NeedsConfirmation.of(confirm, action.caution)
    owner = by if isinstance(by, User) else None
    run = ActionRun(
        action=name,
        parameters=canonical,
        key=key_of(name, canonical),
        recommendation=recommendation,
        requested_by=owner,
        requested_at=timezone.now(),
        measure=action.measure.words,
        unit=action.measure.unit,
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            job = jobs.submit(KIND, {"run": run.pk}, owner=owner, label=action.title)
            run.job_id = job.pk
            run.save(update_fields=["job_id"])
    except IntegrityError as error:
        raise AlreadyRuns from error
    return run


@transaction.atomic
def request_safe(*, by: User | AnonymousUser | None) -> tuple[list[ActionRun], dict[str, str]]:
    """Queues all that is safe; what can't be begun just now is left out, by name and with the reason."""
    queued, left_out = [], {}
    for action in safe_actions():
        try:
            queued.append(request(action.name, {}, by=by))
        except Conflict as error:
            left_out[action.name] = str(error)
    return queued, left_out


def key_of(name: str, parameters: Parameters) -> str:
    return hashlib.sha256(json.dumps([name, parameters], sort_keys=True).encode()).hexdigest()


def perform(pk: int, progress: Progress) -> dict[str, Any]:
    """Does the action of a run and takes its measure before and, where it settles at once, after."""
    run = ActionRun.objects.filter(pk=pk, finished_at=None).first()
    if run is None:
        raise SubjectGone("This action was closed before its job began.")
    action = action_called(run.action)
    run.began_at = timezone.now()
    run.before = as_json(action.read(run.parameters))
    run.save(update_fields=["began_at", "before"])
    run.outcome = done_by(action, run.parameters, progress)
    run.done_at = timezone.now()
    run.due_at = run.done_at + action.settles
    if not action.settles:
        conclude(run, action, action.read(run.parameters, run.done_at))
    run.save(update_fields=["outcome", "done_at", "due_at", "after", "verdict", "finished_at"])
    return {"run": run.pk, "outcome": run.outcome, "verdict": run.verdict}


def done_by(action: Action, parameters: Parameters, progress: Progress) -> str:
    """What the database has against it is no fault outside of the job: trying again would not help."""
    try:
        return action.run(parameters, progress)
    except DatabaseError as error:
        raise ActionFailed(f"The database refused it: {first_line(error)}") from error


def as_json(taken: Taken) -> dict[str, Any]:
    return {"value": taken.value, "note": taken.note, "error": taken.error, "at": timezone.now()}


def conclude(run: ActionRun, action: Action, taken: Taken) -> None:
    run.after, run.finished_at = as_json(taken), timezone.now()
    error = hypot((run.before or {}).get("error", 0.0), taken.error)
    run.verdict = action.measure.verdict(run.value("before"), taken.value, error)


def measure_due(now: datetime) -> int:
    """Takes the measures whose time has come; how many runs were concluded."""
    concluded = 0
    for run in ActionRun.objects.filter(finished_at=None, due_at__lte=now):
        action = action_called(run.action)
        assert run.due_at is not None
        taken = action.read(run.parameters, run.done_at)
        if taken.value is None and now < run.due_at + action.patience:
            continue
        conclude(run, action, taken)
        run.save(update_fields=["after", "verdict", "finished_at"])
        concluded += 1
    return concluded


def close_orphans(now: datetime) -> int:
    """Closes the runs whose job ended, or is gone, without anybody being told; how many there were."""
    waiting = ActionRun.objects.filter(finished_at=None, done_at=None, requested_at__lt=now - ORPHANED)
    asked = dict(waiting.values_list("job_id", "pk"))
    jobs_of = [job_id for job_id in asked if job_id]
    alive = Job.objects.filter(pk__in=jobs_of, state__in=IN_FLIGHT).values_list("pk", flat=True) if jobs_of else ()
    orphans = set(asked) - set(alive)
    for job_id in orphans:
        gave_up(job_id, "its job ended before it was told of.")
    return len(orphans)


def gave_up(job_id: Any, reason: str) -> None:
    """Its job ended without doing it, or in the middle of it."""
    open_runs = ActionRun.objects.filter(job_id=job_id, finished_at=None)
    open_runs.update(finished_at=timezone.now(), verdict=Verdict.UNKNOWN, outcome=f"It was not done: {reason}")
