"""Made-up markets for the tests: prices with listings, delistings and gaps."""

from __future__ import annotations

import numpy as np

from modeling.engines.prices.panel import Panel

FIRST = 10_998  # 2000-02-11, a Friday


def market(seed: int, assets: int = 6, periods: int = 160, *, holes: bool = True, step: int = 7) -> Panel:
    """Random walks; with holes the second lists late, the third is delisted, the fourth has gaps short and long."""
    random = np.random.default_rng(seed)
    returns = 0.002 + random.normal(0.0, 0.02, (1, periods)) + random.normal(0.0, 0.03, (assets, periods))
    prices = random.uniform(5.0, 400.0, (assets, 1)) * np.exp(np.cumsum(returns, axis=1))
    if holes and assets >= 4:
        prices[1, : periods // 3] = np.nan
        prices[2, periods * 2 // 3 :] = np.nan
        prices[3, periods // 2] = np.nan
        prices[3, periods * 3 // 4 : periods * 3 // 4 + 9] = np.nan
        prices[0, periods * 5 // 8 : periods * 5 // 8 + 3] = np.nan
    days = (FIRST + step * np.arange(periods)).astype(np.int32)
    return Panel(days, tuple(f"T{row}" for row in range(assets)), prices)
