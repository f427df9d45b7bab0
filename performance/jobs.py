"""The job that does an operator's action. It is submitted by performance.actions.services only."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from performance.actions import services
from tasks.choices import Priority, State
from tasks.registry import JobContext, job


@job(
    services.KIND,
    title="Action on the platform",
    priority=Priority.NORMAL,
    timeout=3600,
    max_attempts=1,
    result_ttl=0,
    subject_url=lambda job: reverse("performance:recommendations"),
)
def act(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Does an action and measures what it achieved."""
    return services.perform(parameters["run"], ctx.progress)


def close_run(job: Any, **_: Any) -> None:
    """Whoever ended the job, its run must not be waited for."""
    if job.kind == services.KIND and job.state != State.DONE:
        services.gave_up(job.pk, job.error_message or job.state)
