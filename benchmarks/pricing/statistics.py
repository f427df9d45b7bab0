"""Statistics of a set against straightforward NumPy.

statistics_ratio
    All measures of `modeling.engines.prices.statistics` for 500 tickers over 2,520 days without a gap, over the time of
    vectorised NumPy for the same measures, which knows nothing of gaps, of checks or of records that can be extended.
statistics_ratio_gaps
    The same where 2 % of the prices are missing, still over plain NumPy on complete prices.
extend_ratio
    One day appended to the statistics of the set, over plain NumPy for the whole.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from benchmarks.registry import Figures
from benchmarks.timing import median_ratios
from modeling.engines.prices.panel import Array, Panel
from modeling.engines.prices.statistics.settings import Settings
from modeling.engines.prices.statistics.state import state_of
from modeling.engines.prices.statistics.summary import statistics_of

TICKERS, DAYS, SEED = 500, 2_520, 20_140_102
SETTINGS = Settings(risk_free=0.02)


def prices_of(gaps: float = 0.0) -> tuple[Panel, Array]:
    """Daily prices whose returns share a market factor, and the market's own."""
    random = np.random.default_rng(SEED)
    market = 0.0004 + 0.01 * random.standard_normal(DAYS)
    betas = random.uniform(0.5, 1.5, TICKERS)
    returns = betas[:, None] * market + 0.015 * random.standard_t(6, (TICKERS, DAYS)) * math.sqrt(4 / 6)
    prices = 100.0 * np.exp(np.cumsum(returns, axis=1))
    prices[random.random(prices.shape) < gaps] = np.nan
    names = tuple(f"T{number:03d}" for number in range(TICKERS))
    panel = Panel(np.arange(DAYS, dtype=np.int32), names, prices)
    return panel, 100.0 * np.exp(np.cumsum(market))


def plain(prices: Array, market: Array) -> dict[str, Any]:
    """The measures as one would write them for complete prices."""
    periods, rate = SETTINGS.periods_per_year, SETTINGS.risk_free / SETTINGS.periods_per_year
    returns = prices[:, 1:] / prices[:, :-1] - 1
    n = returns.shape[1]
    mean = returns.mean(axis=1)
    away = returns - mean[:, None]
    variance = (away**2).sum(axis=1) / (n - 1)
    deviation = np.sqrt(variance)
    m2 = variance * (n - 1) / n
    skew = (away * away * away).mean(axis=1) / m2**1.5
    kurtosis = (away * away * away * away).mean(axis=1) / m2**2 - 3
    weights = SETTINGS.decay ** np.arange(n)[::-1]
    below = np.minimum(returns - rate, 0)
    downside = np.sqrt((below**2).mean(axis=1))
    market_returns = market[1:] / market[:-1] - 1
    market_away = market_returns - market_returns.mean()
    beta = away @ market_away / (market_away @ market_away)
    growth = (prices[:, -1] / prices[:, 0]) ** (365.25 / (DAYS - 1)) - 1
    fall = plain_drawdown(prices)
    return {
        "volatility": deviation * math.sqrt(periods),
        "ewma": np.sqrt(returns**2 @ weights / weights.sum() * periods),
        "sharpe": (mean - rate) / deviation * math.sqrt(periods),
        "sortino": (mean - rate) / downside * math.sqrt(periods),
        "calmar": growth / -fall["depth"],
        "skew": math.sqrt(n * (n - 1)) / (n - 2) * skew,
        "kurtosis": (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * kurtosis + 6),
        "beta": beta,
        "alpha": (mean - rate - beta * (market_returns.mean() - rate)) * periods,
        "correlation": np.corrcoef(returns),
        **fall,
        **plain_tails(returns, mean, deviation, skew, kurtosis),
    }


def plain_drawdown(prices: Array) -> dict[str, Any]:
    highs = np.maximum.accumulate(prices, axis=1)
    falls = prices / highs - 1
    rows = np.arange(len(prices))
    trough = falls.argmin(axis=1)
    peak = highs[rows, trough]
    after = np.arange(prices.shape[1]) > trough[:, None]
    recovered = after & (prices >= peak[:, None])
    return {
        "depth": falls[rows, trough],
        "peak": (prices == peak[:, None]).argmax(axis=1),
        "trough": trough,
        "recovery": np.where(recovered.any(axis=1), recovered.argmax(axis=1), -1),
        "drawdown": falls[:, -1],
    }


def plain_tails(returns: Array, mean: Array, deviation: Array, skew: Array, kurtosis: Array) -> dict[str, Any]:
    chance = 1 - SETTINGS.confidence
    z = NormalDist().inv_cdf(chance)
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    worst = math.ceil(chance * returns.shape[1])
    tail = np.sort(np.partition(returns, worst, axis=1)[:, :worst], axis=1)
    expanded = z + (z**2 - 1) * skew / 6 + (z**3 - 3 * z) * kurtosis / 24 - (2 * z**3 - 5 * z) * skew**2 / 36
    beyond = 1 + z * skew / 6 + (z**2 - 1) * kurtosis / 24 - (2 * z**2 - 1) * skew**2 / 36
    return {
        "historical_var": -tail[:, -1],
        "historical_es": -tail.mean(axis=1),
        "normal_var": -(mean + z * deviation),
        "normal_es": deviation * density / chance - mean,
        "cornish_fisher_var": -(mean + expanded * deviation),
        "cornish_fisher_es": deviation * density / chance * beyond - mean,
    }


def figures() -> Figures:
    panel, market = prices_of()
    holed, _ = prices_of(gaps=0.02)
    state = state_of(panel.between(0, DAYS - 2), SETTINGS, market=market[:-1])
    newest, level = panel.between(DAYS - 1, None), market[-1:]
    ratios = median_ratios(
        lambda: plain(panel.prices, market),
        {
            "statistics_ratio": lambda: statistics_of(panel, SETTINGS, market=market),
            "statistics_ratio_gaps": lambda: statistics_of(holed, SETTINGS, market=market),
            "extend_ratio": lambda: state.extended(newest, level),
        },
    )
    return dict(ratios)
