"""A model back into its document, in the one canonical form: every key, in order, null where nothing is stated."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from modeling.codecs.portfolio.fields import KINDS
from modeling.codecs.portfolio.model import (
    AssetView,
    Estimator,
    Given,
    InlinePrices,
    PortfolioModel,
    Rule,
    StoredPrices,
    ValuationView,
    Views,
)


def dump_portfolio(model: PortfolioModel) -> dict[str, Any]:
    """The canonical document: parsing it gives the same model again, so equal models have equal documents."""
    return {
        "name": model.name,
        "currency": model.currency,
        **source_of(model),
        "estimators": {"mean": estimator_of(model.mean), "covariance": estimator_of(model.covariance)},
        "risk_free": model.risk_free,
        "bounds": {
            "lower": model.lower,
            "upper": model.upper,
            "by_asset": {name: {"lower": low, "upper": high} for name, (low, high) in model.by_asset.items()},
        },
        "constraints": [rule_of(rule) for rule in model.rules],
        "current": dict(model.current),
        "benchmark": model.benchmark,
        "factors": list(model.factors),
        "costs": asdict(model.costs),
        "views": views_of(model.views),
        "objective": objective_of(model),
    }


def source_of(model: PortfolioModel) -> dict[str, Any]:
    source = model.source
    if isinstance(source, Given):
        assets = [{"name": name, "mean": float(mean)} for name, mean in zip(source.names, source.mean, strict=True)]
        return {"assets": assets, "covariance": source.covariance.tolist()}
    return {"prices": stored(source) if isinstance(source, StoredPrices) else inline(source)}


def stored(source: StoredPrices) -> dict[str, Any]:
    return {
        "set": source.price_set,
        "tickers": list(source.tickers),
        "from": day(source.first),
        "to": day(source.last),
        "frequency": source.frequency,
    }


def day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def inline(source: InlinePrices) -> dict[str, Any]:
    panel = source.panel
    return {
        "dates": [str(date) for date in panel.dates],
        "series": {
            name: [None if np.isnan(price) else float(price) for price in row]
            for name, row in zip(panel.tickers, panel.prices, strict=True)
        },
        "frequency": source.frequency,
    }


def estimator_of(estimator: Estimator) -> dict[str, Any]:
    return {"method": estimator.method, **estimator.settings}


def rule_of(rule: Rule) -> dict[str, Any]:
    kind = KINDS[rule.kind]
    more: dict[str, Any] = {"members": list(rule.members)} if kind.members else {}
    if kind.weights:
        more = {kind.weights: dict(rule.weights)}
    return {"kind": rule.kind, "name": rule.name, **rule.figures, **more}


def objective_of(model: PortfolioModel) -> dict[str, Any]:
    objective = model.objective
    return {
        "method": objective.method,
        "return": objective.target_return,
        "risk": objective.target_risk,
        "risk_aversion": objective.risk_aversion,
        "beta": objective.beta,
        "points": objective.points,
        "budgets": dict(objective.budgets),
        "linkage": objective.linkage,
    }


def views_of(views: Views | None) -> dict[str, Any] | None:
    if views is None:
        return None
    return {
        "market_weights": dict(views.market_weights),
        "risk_aversion": views.risk_aversion,
        "tau": views.tau,
        "views": [view_of(view) for view in views.views],
    }


def view_of(view: AssetView | ValuationView) -> dict[str, Any]:
    if isinstance(view, ValuationView):
        return {"kind": "valuation", **asdict(view)}
    sure = {"return": view.value, "confidence": view.confidence, "variance": view.variance, "source": view.source}
    if not view.short and list(view.long.values()) == [1.0]:
        return {"kind": "absolute", "asset": next(iter(view.long)), **sure}
    return {"kind": "relative", "long": dict(view.long), "short": dict(view.short), **sure}
