"""Panels for these tests."""

from __future__ import annotations

import numpy as np

from modeling.engines.prices.panel import Panel

START = 16_437  # Monday, 2015-01-02 is a Friday; this is 2015-01-02


def weekdays(count: int, start: int = START) -> np.ndarray:
    """So many working days from *start* on."""
    days = np.arange(start, start + 2 * count + 7)
    return days[(days + 3) % 7 < 5][:count].astype(np.int32)


def panel_of(prices: object, days: np.ndarray | None = None, currencies: tuple[str, ...] = ()) -> Panel:
    """A panel of tickers A, B, C, ... with these rows of prices."""
    rows = np.array(prices, dtype=np.float64, ndmin=2)
    names = tuple(chr(ord("A") + k) if k < 26 else f"T{k}" for k in range(len(rows)))
    return Panel(weekdays(rows.shape[1]) if days is None else days, names, rows, currencies)


def random_panel(tickers: int = 5, days: int = 300, gaps: float = 0.0, seed: int = 7) -> Panel:
    """Random walks that share a market factor, with fat tails and missing prices."""
    random = np.random.default_rng(seed)
    market = 0.01 * random.standard_normal(days)
    own = 0.01 * random.standard_t(5, (tickers, days))
    prices = 50.0 * np.exp(np.cumsum(market + own + 0.0003, axis=1))
    prices[random.random(prices.shape) < gaps] = np.nan
    return panel_of(prices)


def market_of(panel: Panel) -> np.ndarray:
    """A market: the mean of the tickers' prices, over those that have one."""
    random = np.random.default_rng(3)
    return 1_000.0 * np.exp(np.cumsum(0.01 * random.standard_normal(len(panel.days))))
