"""What the page of a portfolio shows: the inputs from texts, the answer from the stored document."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from modeling.forms.portfolio.fields import Choices
from modeling.forms.portfolio.form import PortfolioForm, texts_of
from modeling.models import Portfolio, PriceSet
from modeling.presenters.portfolio_answer import (
    OBJECTIVE_WORDS,
    Outcome,
    Point,
    basis_of,
    frontier_chart,
    point_of,
    refusal_of,
)
from modeling.presenters.portfolio_sheet import PortfolioSheet, sheet_of
from modeling.selectors_portfolios import results_of
from modeling.selectors_prices import price_sets_for
from valor.lib.errors import ValorError

RESULTS_SHOWN = 20


def set_choices(user: Any) -> Choices:
    sets = PriceSet.objects.filter(pk__in=price_sets_for(user)).order_by("name", "pk").values_list("pk", "name")
    return tuple((str(pk), name) for pk, name in sets)


def revision_of(portfolio: Portfolio) -> int | None:
    return portfolio.price_set.revision if portfolio.price_set else None


def line_for(portfolio: Portfolio) -> Any:
    """The frontier of the stored document; kept in this process. Raises InvalidInput."""
    from modeling.portfolios.line import line_of  # late: it loads NumPy, which a worker must not do before it forks

    return line_of(portfolio.owner, portfolio.document, revision_of(portfolio))


def point_at(portfolio: Portfolio, share: float) -> Point:
    """The portfolio at a share of the way along the frontier."""
    from modeling.portfolios.answer import whole

    line = line_for(portfolio)
    return point_of(line, whole(line.task, line.at(share)), "On the frontier", share)


def outcome_of(portfolio: Portfolio, share: float | None = None) -> Outcome:
    """The chosen portfolio with its frontier; the one at a *share* of the way where that is asked for."""
    from modeling.portfolios.answer import data_told, whole
    from modeling.portfolios.size import is_small

    document = portfolio.document
    if not is_small(document):
        return Outcome(is_large=True)
    try:
        line = line_for(portfolio)
    except ValorError as error:
        return Outcome(refusal=refusal_of(error, document))
    basis, notes = basis_of(data_told(line.task.data)), tuple(note.message for note in line.task.estimates.notes)
    method = document["objective"]["method"]
    answer, refusal = None, None
    if method != "frontier":
        try:
            answer = whole(*line.best(document))
        except ValorError as error:
            refusal = refusal_of(error, document)
    chart = frontier_chart(line, answer)
    if share is not None or answer is None:
        where = share or 0.0
        point = point_of(line, whole(line.task, line.at(where)), "On the frontier", where)
    else:
        point = point_of(line, answer, OBJECTIVE_WORDS[method])
    return Outcome(point, chart, refusal, notes=notes, basis=basis)


def stored_sheet(portfolio: Portfolio, user: Any) -> PortfolioSheet:
    return sheet_of(portfolio.document, texts_of(portfolio.document), set_choices(user))


def posted_sheet(form: PortfolioForm, user: Any) -> PortfolioSheet:
    return sheet_of(form.document, form.texts(), set_choices(user), form.problems)


def folio(
    portfolio: Portfolio, user: Any, form: PortfolioForm | None = None, share: float | None = None, **more: Any
) -> Mapping[str, Any]:
    """The whole page's context; *form* is given when a post could not be saved."""
    return {
        "portfolio": portfolio,
        "sheet": posted_sheet(form, user) if form else stored_sheet(portfolio, user),
        "outcome": outcome_of(portfolio, share),
        "results": list(results_of(portfolio).defer("request")[:RESULTS_SHOWN]),
        "version": form.expected_version if form and form.expected_version else portfolio.version,
        "tab": secrets.token_urlsafe(12),
        "status": f"Version {portfolio.version}",
        **more,
    }
