"""The jobs of this app: an operator's proof that background work gets done, and the pruning of what is long over."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from tasks.choices import Priority
from tasks.registry import JobContext, job
from valor.accounts.roles import is_operator
from valor.lib.errors import InvalidInput

LONGEST = 600.0


def checked(parameters: dict[str, Any]) -> dict[str, Any]:
    """How long to count, and a mark that tells one test from another."""
    seconds = parameters.get("seconds", 1.0)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= LONGEST:
        raise InvalidInput.at("seconds", seconds, "This is not a time it can count for.", f"Use 0 to {LONGEST:g}.")
    return {"seconds": float(seconds), "mark": str(parameters.get("mark", ""))}


@job(
    "tasks.selftest",
    title="Self-test",
    priority=Priority.INTERACTIVE,
    timeout=LONGEST + 60,
    result_ttl=0,
    parameters=checked,
    may_submit=is_operator,
)
def selftest(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Counts to a number, slowly, with progress."""
    steps = max(1, round(parameters["seconds"] * 20))
    for step in range(steps):
        ctx.progress(step, steps, "Counting")
        time.sleep(parameters["seconds"] / steps)
    return {"counted": steps, "attempt": ctx.attempt}


@job("tasks.prune", title="Prune old jobs", priority=Priority.BULK, timeout=1800, result_ttl=0, every=3600)
def prune(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Deletes jobs that finished longer ago than JOB_RETENTION_DAYS."""
    from tasks.services import prune

    before = timezone.now() - timedelta(days=settings.JOB_RETENTION_DAYS)
    return {"deleted": prune(before=before, progress=lambda count: ctx.progress(count, 0, "Deleting"))}
