from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class ModelingConfig(AppConfig):
    name = "modeling"
    verbose_name = "Valuation"
    operators_view = ("company", "fact", "priceset", "priceseries")

    def ready(self) -> None:
        from tasks.signals import job_finished, worker_started

        worker_started.connect(load_engines, dispatch_uid="modeling.load_engines")
        job_finished.connect(hand_over_late, dispatch_uid="modeling.hand_over_late")


def load_engines(**_: Any) -> None:
    """Loads NumPy, SciPy and the engines in a worker, after its fork and before its first job.

    They load parts of themselves only when first used, which takes seconds on a busy machine: hence a small simulation.
    """
    from modeling.codecs import parse_document, simulation_of
    from modeling.examples import DOCUMENT

    simulation_of(parse_document(DOCUMENT), trials=1000, seed=1).run(None)


def hand_over_late(job: Any, **_: Any) -> None:
    """A run stored while its shared job was just finishing was not there yet for the job's own hand-over."""
    from modeling.services import complete_run
    from modeling.simulation_request import SIMULATE

    if job.kind == SIMULATE and job.state == "done" and job.result is not None:
        complete_run(job.id, job.result)
