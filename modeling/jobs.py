"""The background jobs of valuations."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from modeling.simulation_request import SIMULATE, SimulationRequest
from tasks.registry import job

if TYPE_CHECKING:
    from tasks.registry import JobContext


def checked_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    return SimulationRequest.checked(
        parameters["document"],
        trials=parameters["trials"],
        seed=parameters["seed"],
        sampler=parameters["sampler"],
    ).parameters()


def run_page(job: Any) -> str | None:
    """The latest run that waits for, or took, this job's result."""
    from modeling.models import Run

    run = Run.objects.filter(job_id=job.id).order_by("-id").only("valuation_id", "number").first()
    return reverse("modeling:run", args=[run.valuation_id, run.number]) if run else None


def hand_over(job: Any, result: dict[str, Any]) -> None:
    """Runs inside the transaction that stores the job's result: either both are there, or none."""
    from modeling.services import complete_run

    complete_run(job.id, result)


@job(SIMULATE, timeout=600, parameters=checked_parameters, subject_url=run_page, complete=hand_over)
def simulate(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Simulates one valuation document."""
    from modeling.codecs import parse_document, simulation_of

    model = parse_document(parameters["document"])
    simulation = simulation_of(model, parameters["trials"], parameters["seed"], parameters["sampler"])
    started = time.perf_counter()
    result = simulation.run(progress=lambda done, total: ctx.progress(done, total, "Simulating"))
    return result.as_dict(time.perf_counter() - started)
