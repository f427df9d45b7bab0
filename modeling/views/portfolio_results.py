"""What is kept of a portfolio: weights and backtests, started, shown, followed while a job moves, deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from modeling.errors import StaleVersion
from modeling.forms.portfolio.walk import WalkForm
from modeling.models import Portfolio, PortfolioResult
from modeling.portfolios.request import request_of
from modeling.presenters.portfolio_answer import refusal_of
from modeling.presenters.portfolio_result import result_context
from modeling.presenters.progress import work_of
from modeling.selectors_portfolios import portfolio_for, result_for
from modeling.services.portfolios import delete_result, keep_result
from modeling.views.folio import folio, form_of
from modeling.views.guard import analyst_page
from modeling.views.portfolios import PAGE, conflict, invalid, save
from tasks import selectors as jobs
from tasks import services as job_services
from valor.lib.errors import Conflict, InvalidInput, NotFound

NAME_LENGTH = 200


def name_in(request: HttpRequest) -> str:
    """What the result is to be called."""
    return request.POST.get("result_name", "").strip()[:NAME_LENGTH]


@require_POST
@analyst_page
def portfolio_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves what is on the page and keeps what comes of it: at once, or by a job that the result's page follows."""
    return kept(request, portfolio_for(request.user, pk), None)


@require_POST
@analyst_page
def portfolio_backtest(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves what is on the page and walks it through the past; what is wrong with the rules is told beside them."""
    return kept(request, portfolio_for(request.user, pk), WalkForm(request.POST.dict()))


def kept(request: HttpRequest, found: Portfolio, walk: WalkForm | None) -> HttpResponse:
    form = form_of(request.POST.dict(), found, request.user)
    try:
        found = save(found, form)
    except StaleVersion as stale:
        return conflict(request, found, form, stale, walk=walk)
    except InvalidInput as error:
        form.add(error.problems)
        return invalid(request, found, form, walk=walk)
    try:
        return redirect(keep(request, found, walk))
    except InvalidInput as error:
        rest = walk.add(error.problems) if walk else error.problems
        told = error if len(rest) == len(error.problems) else InvalidInput(problems=rest)
        refusal = refusal_of(told, found.document) if rest else None
        context = folio(found, request.user, walk=walk, kept_refusal=refusal)
        return render(request, PAGE, context, status=422)


def keep(request: HttpRequest, found: Portfolio, walk: WalkForm | None) -> PortfolioResult:
    """Raises InvalidInput, also where nothing is wrong but a text of the rules that can't be read."""
    if walk and walk.problems:
        raise InvalidInput
    wanted = request_of(found.document, request.user, walk.rules if walk else None)
    return keep_result(found, wanted, owner=request.user, name=name_in(request))


def job_of(request: HttpRequest, found: PortfolioResult) -> dict[str, Any] | None:
    """The status of the result's job; None once it was pruned."""
    if found.job_id is None:
        return None
    try:
        return jobs.status_of(jobs.job_for(request.user, found.job_id), request.user)
    except NotFound:
        return None


def context_of(request: HttpRequest, found: PortfolioResult) -> dict[str, Any]:
    """The result once it is there, the job's progress until then."""
    context: dict[str, Any] = {"kept": found, "portfolio": found.portfolio}
    if found.result is not None:
        return context | result_context(found)
    return context | {"progress": work_of(job_of(request, found))}


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


def act(request: HttpRequest, found: PortfolioResult, action: Any) -> HttpResponse:
    """Does something to the result's job; where it came too late, the page says so."""
    if found.job_id is None:
        raise NotFound
    try:
        action(jobs.job_for(request.user, found.job_id))
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect(found)


@require_http_methods(["GET", "POST"])
@analyst_page
def result_delete(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Asks once, then deletes the result."""
    found = result_for(request.user, pk, number)
    if request.method == "GET":
        return render(request, "modeling/portfolios/result_delete.html", {"kept": found, "portfolio": found.portfolio})
    portfolio = found.portfolio
    delete_result(found)
    messages.success(request, f"Result {number} was deleted.")
    return redirect(portfolio)
