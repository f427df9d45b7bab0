"""What the page of a portfolio shows: the inputs from texts, the answer from the stored document."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from modeling.forms.portfolio.fields import Choices
from modeling.forms.portfolio.form import PortfolioForm, texts_of
from modeling.forms.portfolio.walk import FIELDS, WalkForm
from modeling.models import Portfolio, PortfolioResult, PriceSet, Run
from modeling.presenters.portfolio_answer import (
    OBJECTIVE_WORDS,
    Outcome,
    Point,
    basis_of,
    effects_of,
    frontier_chart,
    point_of,
    refusal_of,
)
from modeling.presenters.portfolio_sheet import PortfolioSheet, item_of, sheet_of
from modeling.presenters.portfolio_tables import posted_tables, stored_tables
from modeling.presenters.words import typeset
from modeling.selectors_portfolios import assets_in, results_of
from modeling.selectors_prices import price_sets_for
from valor.lib.errors import ValorError

RESULTS_SHOWN = 20
RUNS_OFFERED = 50


@dataclass(frozen=True)
class After:
    """A closed section that is worked out when it is opened, for one figure that can be changed."""

    name: str
    title: str
    label: str
    kind: str
    text: str
    example: str


AFTER = (
    After("allocation", "In whole shares", "Money to lay out", "number", "100,000", "Type money, such as 100,000."),
    After(
        "trades",
        "Trades from what is held",
        "Worth of what is held",
        "number",
        "100,000",
        "Type money, such as 100,000.",
    ),
    After("stress", "Under stress", "Move of the benchmark in %", "rate", "-20", "Type percent, such as -20."),
)


def set_choices(user: Any) -> Choices:
    sets = PriceSet.objects.filter(pk__in=price_sets_for(user)).order_by("name", "pk").values_list("pk", "name")
    return tuple((str(pk), name) for pk, name in sets)


def line_for(portfolio: Portfolio) -> Any:
    """The frontier of the stored document; kept in this process. Raises InvalidInput."""
    from modeling.portfolios.line import line_of  # late: it loads NumPy, which a worker must not do before it forks

    return line_of(portfolio.owner, portfolio.document, portfolio.price_set)


def point_at(portfolio: Portfolio, share: float) -> Point:
    """The portfolio at a share of the way along the frontier."""
    from modeling.portfolios.answer import whole

    line = line_for(portfolio)
    return point_of(line, whole(line.task, line.at(share)), "On the frontier", share)


def outcome_of(portfolio: Portfolio, share: float | None = None) -> Outcome:
    """The chosen portfolio with its frontier; the one at a *share* of the way where that is asked for."""
    try:
        if not at_once(portfolio):
            refuse_hopeless(portfolio)
            return Outcome(is_large=True)
        line = line_for(portfolio)
    except ValorError as error:
        return Outcome(refusal=refusal_of(error, portfolio.document))
    return around(line, portfolio.document, share)


def refuse_hopeless(portfolio: Portfolio) -> None:
    """Before work in the background is offered that could only fail."""
    from modeling.portfolios.request import request_of

    request_of(portfolio.document, portfolio.owner).refuse_hopeless()


def at_once(portfolio: Portfolio) -> bool:
    """Whether it is answered while somebody waits.

    The expected shortfall is minimised anew each time. Where a number of assets is selected, each point of the frontier
    is a search of its own, whatever the objective.
    """
    from modeling.portfolios.line import known_line
    from modeling.portfolios.size import SELECTING, is_small

    document = portfolio.document
    if SELECTING & {rule["kind"] for rule in document["constraints"]}:
        least = {**document, "objective": {**document["objective"], "method": "min_variance"}}
        return is_small(document) and is_small(least)
    known = known_line(portfolio.owner, document, portfolio.price_set)
    return (known and document["objective"]["method"] != "min_cvar") or is_small(document)


def around(line: Any, document: Mapping[str, Any], share: float | None) -> Outcome:
    """What the document's objective chooses on a line, or why it chooses nothing."""
    from modeling.portfolios.answer import data_told, whole
    from modeling.portfolios.views import told

    method, answer, refusal = document["objective"]["method"], None, None
    try:
        answer = None if method == "frontier" else whole(*line.best(document))
    except ValorError as error:
        refusal = refusal_of(error, document)
    if share is not None or answer is None:
        where = share or 0.0
        point = point_of(line, whole(line.task, line.at(where)), "On the frontier", where)
    else:
        point = point_of(line, answer, OBJECTIVE_WORDS[method])
    posterior = line.task.posterior
    return Outcome(
        point,
        frontier_chart(line, answer),
        refusal,
        notes=tuple(typeset(note.message) for note in line.task.estimates.notes),
        basis=basis_of(data_told(line.task.data)),
        effects=effects_of(told(posterior) if posterior else None),
    )


def stored_sheet(portfolio: Portfolio, user: Any) -> PortfolioSheet:
    document = portfolio.document
    tables = stored_tables(document, assets_in(document, user))
    return sheet_of(document, texts_of(document), set_choices(user), tables=tables)


def posted_sheet(form: PortfolioForm, user: Any) -> PortfolioSheet:
    return sheet_of(form.document, form.texts(), set_choices(user), form.problems, posted_tables(form))


def form_of(data: Mapping[str, str], portfolio: Portfolio, user: Any) -> PortfolioForm:
    """What was posted, read against the stored document and what the user's prices offer."""
    return PortfolioForm(data, portfolio.document, lambda document: assets_in(document, user))


def listed_results(portfolio: Portfolio) -> list[PortfolioResult]:
    """The latest results with two of their figures and nothing else of their content."""
    path = "result__tracks__0__performance"
    reward = Coalesce(KT("result__expected_return"), KT(f"{path}__annual_return"))
    risk = Coalesce(KT("result__volatility"), KT(f"{path}__volatility"))
    found = results_of(portfolio).defer("request", "result").annotate(reward=reward, risk=risk)
    return list(found[:RESULTS_SHOWN])


def finished_runs(user: Any) -> list[Run]:
    """The user's simulated values, the newest first."""
    runs = Run.objects.filter(valuation__owner=user.pk, result__isnull=False).select_related("valuation")
    return list(runs.order_by("-pk").only("number", "valuation__name")[:RUNS_OFFERED])


def walk_items(form: WalkForm) -> dict[str, Any]:
    """The inputs of a backtest as the page shows them."""
    document = {"rules": form.rules, "objective": {}, "estimators": {}}
    items = [
        item_of(field, document, form.texts, (), [one for one in form.problems if one.field == field.path])
        for field in FIELDS
    ]
    return {"items": items, "open": bool(form.problems)}


def folio(
    portfolio: Portfolio, user: Any, form: PortfolioForm | None = None, share: float | None = None, **more: Any
) -> Mapping[str, Any]:
    """The whole page's context; *form* is given when a post could not be saved."""
    return {
        "portfolio": portfolio,
        "sheet": posted_sheet(form, user) if form else stored_sheet(portfolio, user),
        "outcome": outcome_of(portfolio, share),
        "results": listed_results(portfolio),
        "version": form.expected_version if form and form.expected_version else portfolio.version,
        "tab": secrets.token_urlsafe(12),
        "status": f"Version {portfolio.version}",
        "runs": finished_runs(user),
        "walk": walk_items(more.pop("walk", None) or WalkForm({})),
        "after": AFTER,
        **more,
    }
