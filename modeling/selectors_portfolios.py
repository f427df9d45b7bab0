"""Reads of portfolios: what a user may see. What they may not see does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from modeling.models import Portfolio, PortfolioResult, PortfolioVersion, PriceSeries
from modeling.selectors_prices import price_sets_for
from valor.lib.errors import InvalidInput, NotFound

MOST_COMPARED = 20


def portfolios_for(user: Any) -> QuerySet[Portfolio]:
    """The user's own portfolios, the latest change first."""
    return Portfolio.objects.filter(owner=user.pk).select_related("price_set")


def portfolio_for(user: Any, pk: int) -> Portfolio:
    """The user's own portfolio; for everybody else, operators too, there is none."""
    portfolio = portfolios_for(user).select_related("owner", "price_set").filter(pk=pk).first()
    if portfolio is None:
        raise NotFound
    return portfolio


def assets_in(document: Mapping[str, Any], user: Any) -> tuple[str, ...]:
    """What a document chooses from: its tickers without benchmark and factors; none where its prices are not there."""
    prices = document.get("prices") or {}
    wanted = prices.get("tickers")
    if isinstance(prices.get("set"), int):
        own = PriceSeries.objects.filter(price_set__in=price_sets_for(user), price_set=prices["set"])
        found = list(own.order_by("ticker").values_list("ticker", flat=True))
    else:
        found = list(prices.get("series") or (asset["name"] for asset in document.get("assets") or ()))
    apart = {document.get("benchmark"), *(document.get("factors") or ())}
    return tuple(name for name in found if name not in apart and (not wanted or name in wanted))


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


def compared_results(portfolio: Portfolio, numbers: str) -> list[PortfolioResult]:
    """The results of these numbers, such as "1,3", in that order. Raises InvalidInput."""
    parts = [part.strip() for part in numbers.split(",")]
    wanted = list(dict.fromkeys(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 10))
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts) or len(wanted) > MOST_COMPARED:
        remedy = f"Give the numbers of 1 to {MOST_COMPARED} results, such as 1,3."
        raise InvalidInput.at("results", numbers[:80], "These are not the numbers of results.", remedy)
    found = {kept.number: kept for kept in results_of(portfolio).filter(number__in=wanted)}
    if len(found) < len(wanted):
        missing = next(number for number in wanted if number not in found)
        remedy = "Take a number from the list of the portfolio's results."
        raise InvalidInput.at("results", missing, f"There is no result {missing}.", remedy)
    return [found[number] for number in wanted]
