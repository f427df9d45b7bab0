"""A run: its progress while its job moves, then its result."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from modeling import selectors
from modeling.models import Run
from modeling.presenters.changes import changes, sentence
from modeling.presenters.inputs import SAMPLERS
from modeling.presenters.progress import progress_of
from modeling.presenters.runs import inputs_of, run_view
from modeling.views.guard import analyst_page
from tasks import selectors as jobs
from tasks import services as job_services
from valor.lib.errors import Conflict, NotFound


def job_of(request: HttpRequest, run: Run) -> dict[str, Any] | None:
    """The status of the run's job; None once it was pruned."""
    try:
        return jobs.status_of(jobs.job_for(request.user, run.job_id), request.user)
    except NotFound:
        return None


def context_of(request: HttpRequest, run: Run) -> dict[str, Any]:
    """What the moving part of the page shows: the result once it is there, the job's progress until then."""
    valuation, currency = run.valuation, str(run.document.get("currency", ""))
    context: dict[str, Any] = {"run": run, "valuation": valuation, "sampler": SAMPLERS.get(run.sampler, run.sampler)}
    if run.result:
        found = changes(run.document, valuation.document)
        return context | {
            "view": run_view(run.result, currency),
            "currency": currency,
            "changes": found,
            "changed": sentence(found, "this run"),
            "inputs": inputs_of(run.document),
        }
    return context | {"progress": progress_of(job_of(request, run), run.trials)}


@require_GET
@analyst_page
def run(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    found = selectors.run_for(request.user, pk, number)
    return render(request, "modeling/run.html", context_of(request, found))


@require_GET
@analyst_page
def run_progress(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The moving part alone, for the poll."""
    found = selectors.run_for(request.user, pk, number)
    return render(request, "modeling/partials/run.html", context_of(request, found))


@require_POST
@analyst_page
def run_cancel(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    return act(request, selectors.run_for(request.user, pk, number), job_services.cancel)


@require_POST
@analyst_page
def run_retry(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    return act(request, selectors.run_for(request.user, pk, number), job_services.retry)


def act(request: HttpRequest, found: Run, action: Any) -> HttpResponse:
    """Does something to the run's job; where it came too late, the page says so."""
    try:
        action(jobs.job_for(request.user, found.job_id))
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect(found)
