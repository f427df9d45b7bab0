"""Starting simulations, and taking their results over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from modeling.models import Run, Valuation
from modeling.simulation_request import ENGINE_VERSION, SIMULATE, SimulationRequest
from tasks import selectors as job_selectors
from tasks import services as job_services
from valor.lib.errors import NotFound


def start_run(valuation: Valuation, *, trials: Any, seed: Any, sampler: Any, owner: Any) -> Run:
    """Fixes the valuation as it stands as a numbered run, and queues its simulation.

    Everything that can be refused is refused here, before a job exists. An equal request that is under way or done
    shares that job; where it is done, the run has its result at once.
    """
    with transaction.atomic():
        stored = Valuation.objects.select_for_update().filter(pk=valuation.pk).first()
        if stored is None:
            raise NotFound("This valuation was deleted in the meantime.")
        request = SimulationRequest.checked(stored.document, trials=trials, seed=seed, sampler=sampler)
        job = job_services.submit(SIMULATE, request.parameters(), owner=owner, label=stored.name)
        latest = Run.objects.filter(valuation=stored).order_by("-number").first()
        run = Run.objects.create(
            valuation=stored,
            number=latest.number + 1 if latest else 1,
            version=stored.version,
            document=stored.document,
            trials=request.trials,
            seed=request.seed,
            sampler=request.sampler,
            engine_version=ENGINE_VERSION,
            job_id=job.id,
        )
    return adopt(run, owner=owner)


def adopt(run: Run, *, owner: Any) -> Run:
    """Takes the result over where the shared job was done before this run was stored."""
    job = job_selectors.job_for(owner, run.job_id)
    if job.state == "done" and job.result is not None:
        complete_run(run.job_id, job.result)
        run.refresh_from_db()
    return run


def complete_run(job_id: UUID, result: Mapping[str, Any]) -> int:
    """Gives a job's result to every run that waits for it; how many did."""
    return Run.objects.filter(job_id=job_id, result__isnull=True).update(result=result, finished_at=timezone.now())


def unfinished_jobs(valuation: Valuation) -> set[UUID]:
    """The jobs that the valuation's runs still wait for."""
    return set(Run.objects.filter(valuation=valuation, result__isnull=True).values_list("job_id", flat=True))


def cancel_jobs(job_ids: Collection[UUID], *, owner: Any) -> None:
    """Cancels the jobs among these that no run waits for any more."""
    needed = set(Run.objects.filter(job_id__in=job_ids, result__isnull=True).values_list("job_id", flat=True))
    for job_id in set(job_ids) - needed:
        try:
            job = job_selectors.job_for(owner, job_id)
        except NotFound:
            continue
        if job.state in {"queued", "running"}:
            job_services.cancel(job)
