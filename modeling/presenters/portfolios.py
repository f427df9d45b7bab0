"""The list of portfolios: what each is chosen from and for, and what came of it last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.fields.json import KT

from modeling.models import Portfolio, PortfolioResult
from modeling.presenters.portfolio_answer import OBJECTIVE_WORDS
from modeling.selectors_portfolios import portfolios_for
from valor.lib.numbers import format_percent

MOST = 200


@dataclass(frozen=True)
class PortfolioRow:
    portfolio: Portfolio
    objective: str
    reward: str
    risk: str
    result: int | None


def portfolio_rows(user: Any) -> list[PortfolioRow]:
    """The user's portfolios, the latest change first, each with its latest weights."""
    latest = PortfolioResult.objects.filter(portfolio=OuterRef("pk"), kind="weights", result__isnull=False)
    latest = latest.order_by("-number")
    found = (
        portfolios_for(user)
        .defer("document")
        .annotate(latest=Subquery(latest.values("pk")[:1]), method=KT("document__objective__method"))[:MOST]
    )
    kept = PortfolioResult.objects.filter(pk__in=[one.latest for one in found if one.latest])
    figures = {
        pk: rest for pk, *rest in kept.values_list("pk", "number", "result__expected_return", "result__volatility")
    }
    return [row_of(one, figures.get(one.latest)) for one in found]


def row_of(portfolio: Any, figures: list[Any] | None) -> PortfolioRow:
    number, reward, risk = figures or (None, None, None)
    objective = OBJECTIVE_WORDS.get(portfolio.method, portfolio.method)
    return PortfolioRow(portfolio, objective, format_percent(reward), format_percent(risk), number)
