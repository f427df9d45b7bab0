"""The views of a document put to its estimates: Black and Litterman's expected returns, and what each view did."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from modeling.codecs.portfolio.model import AssetView, PortfolioModel, Views
from modeling.engines.portfolio.black_litterman import Posterior, black_litterman, equilibrium_returns
from modeling.engines.portfolio.estimators.estimate import Estimates
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.views import View
from modeling.portfolios.data import weights_of


def posterior_of(views: Views, estimates: Estimates, model: PortfolioModel) -> Posterior:
    """What to expect after the views; without any these are the market's own expectations.

    Returns include the risk-free rate. Raises InvalidInput for views that contradict each other or name other assets.
    """
    covariance, names = estimates.covariance, estimates.names
    market = market_weights(views, names)
    prior = equilibrium_returns(covariance, market, views.risk_aversion, risk_free=model.risk_free)
    stated = [view_of(view) for view in views.views if isinstance(view, AssetView)]
    return black_litterman(covariance, prior, stated, names=names, tau=views.tau)


def market_weights(views: Views, names: tuple[str, ...]) -> Array:
    """The market's weights as shares of their sum, equal ones where none are stated."""
    if not views.market_weights:
        return np.full(len(names), 1.0 / len(names))
    weights = weights_of(names, views.market_weights, "views.market_weights")
    return weights / total if (total := float(weights.sum())) > 0 else weights


def view_of(view: AssetView) -> View:
    weights = dict(view.long)
    for name, weight in view.short.items():
        weights[name] = weights.get(name, 0.0) - weight
    return View(weights, view.value, view.confidence, view.variance, view.source)


def told(posterior: Posterior) -> dict[str, Any]:
    """As JSON: the market's expectations by ticker, and for each view what was stated, expected before and after."""
    prior = dict(zip(posterior.names, posterior.prior.tolist(), strict=True))
    return {"equilibrium": prior, "effects": [asdict(effect) for effect in posterior.effects]}
