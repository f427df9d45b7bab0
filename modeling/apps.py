from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class ModelingConfig(AppConfig):
    name = "modeling"
    verbose_name = "Valuation"

    def ready(self) -> None:
        from tasks.signals import job_finished, worker_started

        worker_started.connect(load_engines, dispatch_uid="modeling.load_engines")
        job_finished.connect(hand_over_late, dispatch_uid="modeling.hand_over_late")


def load_engines(**_: Any) -> None:
    """Imports NumPy and the engines in a worker, after its fork and before its first job."""
    import modeling.codecs  # noqa: F401


def hand_over_late(job: Any, **_: Any) -> None:
    """A run stored while its shared job was just finishing was not there yet for the job's own hand-over."""
    from modeling.services import complete_run
    from modeling.simulation_request import SIMULATE

    if job.kind == SIMULATE and job.state == "done" and job.result is not None:
        complete_run(job.id, job.result)
