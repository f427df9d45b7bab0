"""Markets of daily returns for the benchmarks of portfolios: named, seeded, the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DAYS = 2_520  # ten years
YEAR = 252
MARKET_VOLATILITY = 0.16  # per year


def factor_market(assets: int, seed: int, days: int = DAYS) -> Array:
    """Daily returns of shape (assets, days) that share a market factor: betas around one, volatilities of their own."""
    rng = np.random.default_rng((seed, assets))
    market = rng.standard_normal(days) * MARKET_VOLATILITY / YEAR**0.5
    betas = rng.normal(1.0, 0.3, assets)
    returns: Array = diffuse_market(assets, seed, days) + np.multiply.outer(betas, market)
    return returns


def diffuse_market(assets: int, seed: int, days: int = DAYS) -> Array:
    """Daily returns of shape (assets, days) without any factor: nearly every asset is held at the least variance."""
    rng = np.random.default_rng((seed, assets, days))
    volatilities = rng.uniform(0.15, 0.45, assets) / YEAR**0.5
    drifts = rng.normal(0.08, 0.06, assets) / YEAR
    returns: Array = drifts[:, None] + volatilities[:, None] * rng.standard_normal((assets, days))
    return returns


def yearly(returns: Array) -> tuple[Array, Array]:
    """Sample means of shape (n,) and covariance of shape (n, n), per year."""
    covariance: Array = np.cov(returns) * YEAR
    return returns.mean(axis=1) * YEAR, covariance
