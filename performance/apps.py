from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed


class PerformanceConfig(AppConfig):
    name = "performance"
    operators_view = (
        "systemsample",
        "applicationsample",
        "cachesample",
        "tasksample",
        "samplerlease",
        "slowquery",
        "repeatedquery",
        "databasesample",
        "processreading",
        "threshold",
        "thresholdchange",
        "alert",
        "alertevent",
        "silence",
        "notification",
    )

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_migrate

        from performance import reporter, scope
        from performance.alerts import checks  # noqa: F401  registers them
        from performance.database import (  # noqa: F401  some only declare a check or a publisher
            budget,
            connections,
            pool,
            publishing,
            repeated,
            reports,
            slow,
            storing,
            timing,
        )
        from tasks.signals import job_begins, job_leaves, worker_started

        post_migrate.connect(add_default_thresholds, sender=self, dispatch_uid="performance.default_thresholds")
        connections.forget_in_forks()
        worker_started.connect(reporter.report_worker, dispatch_uid="performance.report_worker")

        job_begins.connect(enter_job, dispatch_uid="performance.enter_job")
        job_leaves.connect(leave_job, dispatch_uid="performance.leave_job")
        connection_created.connect(timing.install, dispatch_uid="performance.time_statements")
        scope.on_leave(repeated.settle)
        reports.store_with(storing.store)
        slow.heed_settings()
        repeated.heed_settings()


def add_default_thresholds(using: str, apps: Any = installed, **_: Any) -> None:
    """After every migration, and after a flush; what an operator changed stays."""
    from performance.alerts.defaults import ensure

    try:
        model = apps.get_model("performance", "Threshold")
    except LookupError:
        return  # migrated back to before there were any
    ensure(model.objects.using(using))


def enter_job(job: Any, **_: Any) -> None:
    from performance import scope

    scope.enter(scope.Kind.JOB, job.kind)


def leave_job(**_: Any) -> None:
    from performance import scope

    entered = scope.current()
    if entered is not None:
        scope.leave(entered)
