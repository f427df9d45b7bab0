from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed


class PerformanceConfig(AppConfig):
    name = "performance"
    operators_view = (
        "systemsample",
        "anomaly",
        "detectorstate",
        "applicationsample",
        "cachesample",
        "tasksample",
        "rollup",
        "rolluptrack",
        "samplerlease",
        "samplingchange",
        "slowquery",
        "repeatedquery",
        "recommendation",
        "actionrun",
        "databasesample",
        "processreading",
        "fleettotal",
        "writemark",
        "retirement",
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

        from performance import counted, place, reporter, scope, vitals, work  # noqa: F401  some only declare a publisher
        from performance.alerts import checks  # noqa: F401  registers them
        from performance.cache import publishing as cache_publishing  # noqa: F401  declares a publisher
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
        from performance.jobs import close_run
        from tasks.signals import job_begins, job_finished, job_leaves, worker_started

        post_migrate.connect(add_default_thresholds, sender=self, dispatch_uid="performance.default_thresholds")
        connections.forget_in_forks()
        worker_started.connect(reporter.report_worker, dispatch_uid="performance.report_worker")

        job_begins.connect(enter_job, dispatch_uid="performance.enter_job")
        job_leaves.connect(leave_job, dispatch_uid="performance.leave_job")
        job_finished.connect(close_run, dispatch_uid="performance.close_run")
        connection_created.connect(timing.install, dispatch_uid="performance.time_statements")
        connection_created.connect(reporter.report_command, dispatch_uid="performance.report_command")
        scope.on_leave(work.settle)  # Before the next one takes its notes away.
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


def leave_job(outcome: str = "", **_: Any) -> None:
    from performance import scope, work

    entered = scope.current()
    if entered is not None:
        entered.notes[work.STATUS] = outcome
        scope.leave(entered)
