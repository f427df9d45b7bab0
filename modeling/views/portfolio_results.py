"""What is kept of a portfolio: weights and backtests, started, shown, followed while a job moves, deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from modeling.forms.portfolio.walk import WalkForm
from modeling.models import Portfolio, PortfolioResult
from modeling.portfolios.request import request_of
from modeling.presenters.portfolio_answer import refusal_of
from modeling.presenters.portfolio_result import result_context
from modeling.presenters.progress import work_of
from modeling.selectors_portfolios import portfolio_for, result_for
from modeling.services.portfolios import delete_result, keep_result
from modeling.views.folio import folio
from modeling.views.guard import analyst_page
from tasks import selectors as jobs
from tasks import services as job_services
from valor.lib.errors import Conflict, InvalidInput, NotFound

PAGE = "modeling/portfolios/portfolio.html"
NAME_LENGTH = 200


def name_in(request: HttpRequest) -> str:
    return request.POST.get("result_name", "").strip()[:NAME_LENGTH]


@require_POST
@analyst_page
def portfolio_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps what comes of the portfolio as it is saved: at once, or by a job that its page follows."""
    found = portfolio_for(request.user, pk)
    try:
        wanted = request_of(found.document, request.user)
        return redirect(keep_result(found, wanted, owner=request.user, name=name_in(request)))
    except InvalidInput as error:
        return not_kept(request, found, kept_refusal=refusal_of(error, found.document))


@require_POST
@analyst_page
def portfolio_backtest(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts a backtest of the portfolio as it is saved; what is wrong with its rules comes back beside them."""
    found, form = portfolio_for(request.user, pk), WalkForm(request.POST.dict())
    try:
        if form.problems:
            raise InvalidInput
        wanted = request_of(found.document, request.user, form.rules)
        return redirect(keep_result(found, wanted, owner=request.user, name=name_in(request)))
    except InvalidInput as error:
        rest = form.add(error.problems)
        refusal = refusal_of(InvalidInput(problems=rest), found.document) if rest else None
        return not_kept(request, found, walk=form, kept_refusal=refusal)


def not_kept(request: HttpRequest, found: Portfolio, **more: Any) -> HttpResponse:
    return render(request, PAGE, folio(found, request.user, **more), status=422)


def job_of(request: HttpRequest, kept: PortfolioResult) -> dict[str, Any] | None:
    """The status of the result's job; None once it was pruned."""
    if kept.job_id is None:
        return None
    try:
        return jobs.status_of(jobs.job_for(request.user, kept.job_id), request.user)
    except NotFound:
        return None


def context_of(request: HttpRequest, kept: PortfolioResult) -> dict[str, Any]:
    """The result once it is there, the job's progress until then."""
    context: dict[str, Any] = {"kept": kept, "portfolio": kept.portfolio}
    if kept.result is not None:
        return context | result_context(kept)
    return context | {"progress": work_of(job_of(request, kept))}


@require_GET
@analyst_page
def result(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    context = context_of(request, result_for(request.user, pk, number))
    return render(request, "modeling/portfolios/result.html", context)


@require_GET
@analyst_page
def result_progress(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The moving part alone, for the poll."""
    context = context_of(request, result_for(request.user, pk, number))
    return render(request, "modeling/portfolios/_result.html", context)


@require_POST
@analyst_page
def result_cancel(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    return act(request, result_for(request.user, pk, number), job_services.cancel)


@require_POST
@analyst_page
def result_retry(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    return act(request, result_for(request.user, pk, number), job_services.retry)


def act(request: HttpRequest, kept: PortfolioResult, action: Any) -> HttpResponse:
    """Does something to the result's job; where it came too late, the page says so."""
    if kept.job_id is None:
        raise NotFound
    try:
        action(jobs.job_for(request.user, kept.job_id))
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect(kept)


@require_http_methods(["GET", "POST"])
@analyst_page
def result_delete(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Asks once, then deletes the result."""
    kept = result_for(request.user, pk, number)
    if request.method == "GET":
        return render(request, "modeling/portfolios/result_delete.html", {"kept": kept, "portfolio": kept.portfolio})
    found = kept.portfolio
    delete_result(kept)
    messages.success(request, f"Result {number} was deleted.")
    return redirect(found)
