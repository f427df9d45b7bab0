"""Reads of portfolios: what a user may see. What they may not see does not exist."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from modeling.models import Portfolio, PortfolioResult, PortfolioVersion
from valor.lib.errors import NotFound


def portfolios_for(user: Any) -> QuerySet[Portfolio]:
    """The user's own portfolios, the latest change first."""
    return Portfolio.objects.filter(owner=user.pk).select_related("price_set")


def portfolio_for(user: Any, pk: int) -> Portfolio:
    """The user's own portfolio; for everybody else, operators too, there is none."""
    portfolio = portfolios_for(user).select_related("owner", "price_set").filter(pk=pk).first()
    if portfolio is None:
        raise NotFound
    return portfolio


def portfolio_versions(portfolio: Portfolio) -> QuerySet[PortfolioVersion]:
    """Every saved document, the newest first."""
    return PortfolioVersion.objects.filter(portfolio=portfolio).order_by("-version")


def results_of(portfolio: Portfolio) -> QuerySet[PortfolioResult]:
    """What was kept of the portfolio, the newest first."""
    return PortfolioResult.objects.filter(portfolio=portfolio).order_by("-number")


def result_for(user: Any, portfolio_pk: int, number: int) -> PortfolioResult:
    found = results_of(portfolio_for(user, portfolio_pk)).filter(number=number).first()
    if found is None:
        raise NotFound
    return found
