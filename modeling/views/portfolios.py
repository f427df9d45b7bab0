"""Portfolios: the list, a new one, the page where one is shaped, its frontier under the slider, and its end."""

from __future__ import annotations

import math
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from modeling.errors import StaleVersion
from modeling.forms.portfolio.first import NewPortfolioForm, first_document
from modeling.forms.portfolio.form import PortfolioForm
from modeling.models import Portfolio
from modeling.presenters.portfolio_answer import refusal_of
from modeling.presenters.portfolios import portfolio_rows
from modeling.selectors_portfolios import portfolio_for, results_of
from modeling.selectors_prices import price_set_for
from modeling.services.portfolios import create_portfolio, delete_portfolio, save_portfolio
from modeling.services.versions import Edit
from modeling.views.folio import AFTER, folio, form_of, outcome_of, point_at, posted_sheet, set_choices
from modeling.views.guard import analyst_page
from valor.lib.errors import InvalidInput, ValorError
from valor.lib.pages import is_htmx

PAGE = "modeling/portfolios/portfolio.html"


@require_GET
@analyst_page
def portfolios(request: HttpRequest) -> HttpResponse:
    return render(request, "modeling/portfolios/portfolios.html", {"rows": portfolio_rows(request.user)})


@require_http_methods(["GET", "POST"])
@analyst_page
def portfolio_new(request: HttpRequest) -> HttpResponse:
    """Starts a portfolio from a price set, with a first document that gives an answer at once."""
    sets = set_choices(request.user)
    form = NewPortfolioForm(request.POST or None, sets=sets, initial={"price_set": request.GET.get("price_set")})
    if request.method == "POST" and form.is_valid():
        prices = price_set_for(request.user, int(form.cleaned_data["price_set"]))
        document = first_document(prices, form.cleaned_data["name"])
        return redirect(create_portfolio(owner=request.user, document=document))
    status = 422 if request.method == "POST" else 200
    return render(request, "modeling/portfolios/new.html", {"form": form, "sets": sets}, status=status)


def share_in(request: HttpRequest) -> float | None:
    """Where on the frontier the address asks for; None where it does not, or not with a number."""
    try:
        share = float(request.GET["at"])
    except (KeyError, ValueError):
        return None
    return min(max(share, 0.0), 1.0) if math.isfinite(share) else None


@require_GET
@analyst_page
def portfolio(request: HttpRequest, pk: int) -> HttpResponse:
    found = portfolio_for(request.user, pk)
    return render(request, PAGE, folio(found, request.user, share=share_in(request)))


@require_GET
@analyst_page
def portfolio_point(request: HttpRequest, pk: int) -> HttpResponse:
    """The portfolio under the slider alone; stamped with the version it is of, so that a late one is recognised."""
    found = portfolio_for(request.user, pk)
    try:
        context: dict[str, Any] = {"portfolio": found, "point": point_at(found, share_in(request) or 0.0)}
    except ValorError as error:
        context = {"portfolio": found, "refusal": refusal_of(error, found.document)}
    response = render(request, "modeling/portfolios/_point.html", context)
    response.headers["X-Version"] = str(found.version)
    return response


@require_POST
@analyst_page
def portfolio_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves what was typed as a new version, or says what is wrong with it; nothing is saved by halves."""
    found = portfolio_for(request.user, pk)
    form = form_of(request.POST.dict(), found, request.user)
    try:
        found = save(found, form)
    except StaleVersion as stale:
        return conflict(request, found, form, stale)
    except InvalidInput as error:
        form.add(error.problems)
        return invalid(request, found, form)
    if not is_htmx(request):
        return redirect(found)
    more = {"outcome": outcome_of(found), "status": f"Saved as version {found.version}"}
    return answer(request, found, form, more, 200)


def save(found: Portfolio, form: PortfolioForm) -> Portfolio:
    """The portfolio with the form's document; texts that can't be read are refused with the rest of the problems."""
    if form.problems:
        from modeling.codecs.portfolio import parse_portfolio  # late: it loads NumPy

        parse_portfolio(form.document)
        raise InvalidInput
    version = found.version if form.expected_version is None else form.expected_version
    return save_portfolio(found, form.document, Edit(version, form.tab, form.sequence, form.overwrite))


def invalid(request: HttpRequest, found: Portfolio, form: PortfolioForm, **more: Any) -> HttpResponse:
    """422: each error beside its field; the last good answer stays, marked as such."""
    count = len(form.problems)
    status = f"Not saved: {count} {'input needs' if count == 1 else 'inputs need'} correcting"
    return refused(request, found, form, {"status": status, "stale_result": True, **more}, 422)


def conflict(
    request: HttpRequest, found: Portfolio, form: PortfolioForm, stale: StaleVersion, **more: Any
) -> HttpResponse:
    """409: somebody saved in the meantime; the person chooses, nothing is overwritten silently."""
    status = f"Not saved: version {stale.current} was saved elsewhere"
    return refused(request, found, form, {"conflict": stale, "status": status, "stale_result": True, **more}, 409)


def refused(
    request: HttpRequest, found: Portfolio, form: PortfolioForm, more: dict[str, Any], status: int
) -> HttpResponse:
    if is_htmx(request):
        return answer(request, found, form, more, status)
    return render(request, PAGE, folio(found, request.user, form, **more), status=status)


def answer(
    request: HttpRequest, found: Portfolio, form: PortfolioForm, more: dict[str, Any], status: int
) -> HttpResponse:
    """The moving parts only, stamped with the edit they answer so that a late one is recognised."""
    context = {"portfolio": found, "form": form, "sheet": posted_sheet(form, request.user), "after": AFTER}
    response = render(request, "modeling/portfolios/answer.html", context | more, status=status)
    response.headers["X-Sequence"] = str(form.sequence)
    return response


@require_http_methods(["GET", "POST"])
@analyst_page
def portfolio_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once, then deletes the portfolio with its versions and results."""
    found = portfolio_for(request.user, pk)
    if request.method == "GET":
        context = {"portfolio": found, "results": results_of(found).count()}
        return render(request, "modeling/portfolios/delete.html", context)
    delete_portfolio(found)
    messages.success(request, f"“{found.name}” was deleted.")
    return redirect("modeling:portfolios")
