"""A market for sets that have none of their own: all tickers in equal parts."""

from __future__ import annotations

import numpy as np

from modeling.engines.prices.panel import Array, Panel
from modeling.engines.prices.returns import change, check_prices


def equal_weighted(panel: Panel, level: float = 100.0) -> Array:
    """An index that starts at *level* and earns each day the mean simple return of the tickers that have one, (t,).

    On a day on which none has a return it stays. To go on from a known level, give the panel from that day on.
    """
    check_prices(panel)
    returns = change(panel.prices[:, :-1], panel.prices[:, 1:], "simple")
    there = ~np.isnan(returns)
    means = np.where(there, returns, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    index: Array = level * np.cumprod(np.append(1.0, 1.0 + means))
    return index
