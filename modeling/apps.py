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

    They load parts of themselves only when first used, which takes seconds on a busy machine: hence a small simulation
    and a small portfolio.
    """
    from modeling.codecs import parse_document, simulation_of
    from modeling.codecs.portfolio import parse_portfolio
    from modeling.examples import DOCUMENT, PORTFOLIO
    from modeling.portfolios.answer import optimise_model

    simulation_of(parse_document(DOCUMENT), trials=1000, seed=1).run(None)
    optimise_model(parse_portfolio(PORTFOLIO))


def hand_over_late(job: Any, **_: Any) -> None:
    """What was stored while its shared job was just finishing was not there yet for the job's own hand-over."""
    from modeling.portfolios.request import BACKTEST, OPTIMISE
    from modeling.services import complete_run
    from modeling.services.portfolios import complete_results
    from modeling.simulation_request import SIMULATE

    takers = {SIMULATE: complete_run, OPTIMISE: complete_results, BACKTEST: complete_results}
    if job.kind in takers and job.state == "done" and job.result is not None:
        takers[job.kind](job.id, job.result)
