"""Simulated values as views: the runs that a document names become expected returns with their own uncertainty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from modeling.codecs.portfolio.model import AssetView, PortfolioModel, ValuationView
from modeling.engines.portfolio.bridge import views_of_values
from modeling.engines.portfolio.value_samples import ValueDistribution, values_of_summary
from modeling.models import PriceSet, Run
from modeling.selectors import run_for
from valor.lib.errors import InvalidInput, NotFound


def with_runs(model: PortfolioModel, user: Any, prices: PriceSet | None) -> PortfolioModel:
    """The document with each view on a run replaced by what the run says: return, variance, and where it came from.

    The runs must be in the portfolio's currency, which without a stated one is that of its price set. Raises
    InvalidInput where a run is not there for the user, has no result yet, or speaks of another currency.
    """
    if model.views is None:
        return model
    currency = model.currency or (prices.currency if prices else "")
    views = tuple(
        seen(view, f"views.views.{place}", currency, user) if isinstance(view, ValuationView) else view
        for place, view in enumerate(model.views.views)
    )
    return replace(model, views=replace(model.views, views=views))


def seen(view: ValuationView, path: str, currency: str, user: Any) -> AssetView:
    """One simulated value as a view on its asset."""
    run = finished(view, path, user)
    check_currency(run, path, currency)
    try:
        (row,) = views_of_values([values_of(view, run)], horizon=view.horizon).rows
    except InvalidInput as error:
        raise InvalidInput(
            problems=[replace(found, field=f"{path}.{found.field}") for found in error.problems]
        ) from error
    source = f"{run.valuation.name}, run {run.number}"[:200]
    return AssetView({view.asset: 1.0}, {}, row.expected_return, variance=row.deviation**2, source=source)


def finished(view: ValuationView, path: str, user: Any) -> Run:
    try:
        run = run_for(user, view.valuation, view.run)
    except NotFound as error:
        what = f"valuation {view.valuation}, run {view.run}"
        remedy = "Simulate the valuation, and name one of its runs."
        raise InvalidInput.at(path, what, "There is no such run that you may see.", remedy) from error
    if run.result is None:
        remedy = "Wait until its simulation is done."
        raise InvalidInput.at(f"{path}.run", run.number, "This run has no result yet.", remedy)
    return run


def values_of(view: ValuationView, run: Run) -> ValueDistribution:
    """The run's distribution of the value per share, at the stated price or the one of the run's document."""
    result, stated = run.result, run.document.get("price") or {}
    assert result is not None
    return values_of_summary(
        view.asset,
        view.price or stated.get("value"),
        mean=result["mean"],
        sd=result["sd"],
        percentiles=result["percentiles"],
        negative_share=result["negative_share"],
    )


def check_currency(run: Run, path: str, currency: str) -> None:
    own = run.document["currency"]
    if currency and own != currency:
        remedy = "Take a run of a valuation in that currency."
        raise InvalidInput.at(f"{path}.run", own, f"The run is in {own}, the portfolio is in {currency}.", remedy)
