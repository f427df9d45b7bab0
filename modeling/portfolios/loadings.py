"""How far each asset moves with the benchmark and the factors of a document."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modeling.codecs.portfolio.model import PortfolioModel
from modeling.engines.portfolio.estimators.estimate import estimate
from modeling.engines.portfolio.problem import Array
from modeling.portfolios.data import Data
from modeling.portfolios.places import placed
from valor.lib.errors import InvalidInput


@dataclass(frozen=True)
class Loadings:
    """Of n assets on k factors: loadings (n, k), the factors' covariance (k, k), the assets' own variances (n,).

    All per year.
    """

    factors: tuple[str, ...]
    loadings: Array
    covariance: Array
    specific: Array


def loadings_of(model: PortfolioModel, data: Data) -> Loadings:
    """Regressed over the dates that an asset and all factors have. Raises InvalidInput, among it where there are none.

    The benchmark is the first factor, unless it is among them.
    """
    names = tuple(dict.fromkeys((*([model.benchmark] if model.benchmark else []), *model.factors)))
    if not names:
        remedy = "State a benchmark or factors in the document, or shock assets instead."
        raise InvalidInput.at("factors", None, "The document of this result has no factors.", remedy)
    rows = {model.benchmark: data.benchmark} if data.benchmark is not None else {}
    if data.factors is not None:
        rows |= dict(zip(model.factors, data.factors, strict=True))
    factors = np.array([rows[name] for name in names])
    with placed(model):
        found = estimate(
            data.returns, data.periods_per_year, covariance="factor_returns", names=data.names, factors=factors
        )
    loadings = np.array(found.details["covariance"]["loadings"])
    seen = ~np.isnan(factors).any(axis=0)
    covariance = np.atleast_2d(np.cov(factors[:, seen])) * data.periods_per_year
    explained = np.einsum("ij,jk,ik->i", loadings, covariance, loadings)
    return Loadings(names, loadings, covariance, np.maximum(np.diag(found.covariance) - explained, 0.0))
