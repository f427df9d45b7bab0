"""What follows a choice, loaded when its section is opened: whole shares, trades, stress."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from modeling.forms.texts import Unreadable, one
from modeling.models import Portfolio
from modeling.presenters.portfolio_after import Table, losses_tables, shares_tables, trades_tables
from modeling.presenters.portfolio_answer import refusal_of
from modeling.selectors_portfolios import portfolio_for
from modeling.views.folio import AFTER, After, folio, line_for
from modeling.views.guard import analyst_page
from valor.lib.errors import InvalidInput, ValorError
from valor.lib.pages import is_htmx

PAGE = "modeling/portfolios/portfolio.html"


def allocation(portfolio: Portfolio, figure: float) -> list[Table]:
    from modeling.portfolios.after import chosen_of, whole_shares

    line = line_for(portfolio)
    found = whole_shares(line.task, chosen_of(line, portfolio.document), figure)
    return shares_tables(found, line.task.data.currency, figure)


def trades(portfolio: Portfolio, figure: float) -> list[Table]:
    from modeling.portfolios.after import chosen_of, data_needed, trades_from

    if not portfolio.document["current"]:
        remedy = "State the weights held now first."
        raise InvalidInput.at("current", None, "Nothing is held yet.", remedy)
    line = line_for(portfolio)
    plan = trades_from(line.task, chosen_of(line, portfolio.document), figure)
    return trades_tables(plan, data_needed(line.task).currency)


def stress(portfolio: Portfolio, figure: float) -> list[Table]:
    from modeling.portfolios.after import chosen_of, losses_of

    line = line_for(portfolio)
    found = losses_of(line.task, chosen_of(line, portfolio.document), figure)
    return losses_tables(found, figure, portfolio.document["benchmark"], line.task.names)


MAKERS: dict[str, Callable[[Portfolio, float], list[Table]]] = {
    "allocation": allocation,
    "trades": trades,
    "stress": stress,
}


@require_GET
@analyst_page
def portfolio_after(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """The section alone for the page that opens it; the whole page with it open for everybody else."""
    found = portfolio_for(request.user, pk)
    asked = next((one for one in AFTER if one.name == section), None)
    if asked is None:
        raise Http404
    context, status = tables_of(found, asked, request.GET.get("figure", asked.text))
    if is_htmx(request):
        return render(request, "modeling/portfolios/_after_part.html", context | {"portfolio": found}, status=status)
    more: dict[str, Any] = {"opened": context}
    return render(request, PAGE, folio(found, request.user, **more), status=status)


def tables_of(found: Portfolio, asked: After, text: str) -> tuple[dict[str, Any], int]:
    """What the section shows, and the status of the answer."""
    context: dict[str, Any] = {"part": asked, "text": text[:40]}
    try:
        figure = one(text, asked.kind)  # type: ignore[arg-type]
        if asked.kind == "number" and not figure > 0:
            raise Unreadable
        return context | {"tables": MAKERS[asked.name](found, figure)}, 200
    except Unreadable:
        return context | {"error": f"“{text[:40]}” can't be used. {asked.example}"}, 422
    except ValorError as error:
        return context | {"refusal": refusal_of(error, found.document)}, 422
