from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    name = "performance"
    operators_view = ("systemsample", "samplerlease", "databasesample", "processreading")

    def ready(self) -> None:
        from performance import reporter
        from performance.database import budget, connections, pool  # noqa: F401  declare a check and a publisher
        from tasks.signals import job_begins, job_leaves, worker_started

        connections.forget_in_forks()
        worker_started.connect(reporter.report_worker, dispatch_uid="performance.report_worker")

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
