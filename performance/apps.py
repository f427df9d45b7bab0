from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    name = "performance"
    operators_view = ("systemsample", "samplerlease")

    def ready(self) -> None:
        from tasks.signals import job_begins, job_leaves

        job_begins.connect(enter_job, dispatch_uid="performance.enter_job")
        job_leaves.connect(leave_job, dispatch_uid="performance.leave_job")


def enter_job(job: Any, **_: Any) -> None:
    from performance import scope

    scope.enter(scope.Kind.JOB, job.kind)


def leave_job(**_: Any) -> None:
    from performance import scope

    entered = scope.current()
    if entered is not None:
        scope.leave(entered)
