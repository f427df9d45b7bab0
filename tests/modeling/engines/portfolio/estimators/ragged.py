"""Returns of a few tickers that share a market, with gaps such as real histories have."""

from __future__ import annotations

import numpy as np


def market_returns(seed: int = 1, tickers: int = 8, periods: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Returns of shape (tickers, periods) without gaps, and the market's of shape (periods,)."""
    generator = np.random.default_rng(seed)
    market = 0.0004 + 0.01 * generator.standard_normal(periods)
    betas = generator.uniform(0.5, 1.5, tickers)
    own = 0.012 * generator.standard_normal((tickers, periods)) * generator.uniform(0.5, 2.0, (tickers, 1))
    return betas[:, None] * market + own, market


def with_gaps(returns: np.ndarray) -> np.ndarray:
    """A late listing, an early delisting, single missing days, and a stretch without trade."""
    ragged = returns.copy()
    periods = ragged.shape[1]
    ragged[0, : periods // 2] = np.nan
    ragged[1, -periods // 4 :] = np.nan
    ragged[2, 5::17] = np.nan
    ragged[3, periods // 3 : periods // 3 + 40] = np.nan
    return ragged
