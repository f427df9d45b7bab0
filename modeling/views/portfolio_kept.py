"""Kept results together: side by side, over time, and as files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_GET

from modeling.models import Portfolio, PortfolioResult
from modeling.portfolios.downloads import download
from modeling.presenters.portfolio_compare import compared_view, history_rows, label_of
from modeling.selectors_portfolios import portfolio_for, result_for, results_of
from modeling.views.folio import line_for
from modeling.views.guard import analyst_page
from valor.lib.errors import NotFound, ValorError

MOST_COMPARED = 6
MOST_HISTORY = 30
FORMATS = ("csv", "xlsx")


def kept_weights(portfolio: Portfolio) -> list[PortfolioResult]:
    """The kept portfolios that hold weights, the oldest first."""
    found = results_of(portfolio).filter(kind="weights", result__isnull=False).defer("request")
    return [one for one in reversed(found[:MOST_HISTORY]) if "weights" in (one.result or {})]


@require_GET
@analyst_page
def portfolio_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """The results that the address names, else the latest ones; with the weights over time."""
    found = portfolio_for(request.user, pk)
    everything = kept_weights(found)
    numbers = numbers_in(request)
    chosen = [one for one in everything if one.number in numbers] if numbers else everything[-MOST_COMPARED:]
    context: dict[str, Any] = {
        "portfolio": found,
        "offered": everything,
        "chosen": {one.number for one in chosen},
        "left_out": sorted(numbers - {one.number for one in everything}),
    }
    if chosen:
        context |= together(found, chosen[:MOST_COMPARED], everything)
    return render(request, "modeling/portfolios/compare.html", context)


def numbers_in(request: HttpRequest) -> set[int]:
    """From ``?results=1,3`` as well as from ``?results=1&results=3``."""
    texts = ",".join(request.GET.getlist("results")).split(",")
    return {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10}


def together(found: Portfolio, chosen: list[PortfolioResult], everything: list[PortfolioResult]) -> dict[str, Any]:
    from modeling.engines.portfolio.comparison import history_of  # late: it loads NumPy
    from modeling.portfolios.compared import compared

    weights = {label_of(one): (one.result or {})["weights"] for one in chosen}
    try:
        line = line_for(found)
    except ValorError:
        line = None
    history = history_of([(label_of(one), (one.result or {})["weights"]) for one in everything])
    return {
        "compared": compared_view(compared(weights, line), chosen),
        "history": history_rows(history, [label_of(one) for one in everything]),
    }


@require_GET
@analyst_page
def result_export(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The kept result as CSV, its first table, or as an Excel file with all of them."""
    kept = result_for(request.user, pk, number)
    if kept.result is None:
        raise NotFound
    wanted = request.GET.get("format", "csv")
    if wanted not in FORMATS:
        return HttpResponseBadRequest(f"There is no format “{wanted[:20]}”: ask for csv or xlsx.")
    return download(kept, wanted)
