"""Quality, statistics and correlation of prices in plain values: for pages, the API and jobs. It loads NumPy."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from modeling.engines.prices.cleaning.records import Finding
from modeling.engines.prices.panel import Panel
from modeling.engines.prices.quality.report import SetQuality, TickerQuality, quality_of
from modeling.engines.prices.quality.rules import word_of
from modeling.engines.prices.returns import returns_of
from modeling.engines.prices.statistics.clusters import clusters_of
from modeling.engines.prices.statistics.correlation import correlation_of
from modeling.engines.prices.statistics.settings import Settings
from modeling.engines.prices.statistics.state import StatisticsState, state_of
from modeling.engines.prices.statistics.summary import SetStatistics, completed
from modeling.prices.report_request import MOST_CORRELATED, ReportRequest

MOST_FINDINGS = 2_000
PAIRS = 3
PLAIN = (
    *("observations", "returns", "mean_return", "annual_growth", "volatility", "ewma_volatility", "sharpe", "sortino"),
    *("calmar", "skew", "excess_kurtosis", "max_drawdown", "drawdown", "beta", "alpha", "market_correlation"),
    *("first_day", "last_day", "peak_day", "trough_day", "recovery_day", "recovered"),
)


def plain(value: Any) -> Any:
    """JSON-ready: no figure and no day are None, days ISO 8601."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def quality_report(panel: Panel) -> dict[str, Any]:
    """How good the prices are, with the evidence; of very many findings the surest."""
    found = quality_of(panel)
    surest = sorted(found.findings, key=lambda finding: (-finding.confidence, finding.ticker))[:MOST_FINDINGS]
    figures = {name: value for name, value in vars(found).items() if name not in {"tickers", "findings", "twins"}}
    told: dict[str, Any] = plain(figures)
    return told | {
        "word": word_of_set(found),
        "twins": [asdict(pair) for pair in found.twins],
        "tickers": [ticker_told(ticker) for ticker in found.tickers],
        "findings": [finding_told(finding) for finding in surest],
        "finding_count": len(found.findings),
        "kinds": dict(Counter(finding.kind for finding in found.findings)),
    }


def word_of_set(found: SetQuality) -> str:
    """That of the mean score; with a poor ticker the set is no more than fair."""
    if not found.tickers:
        return ""
    word = word_of(round(sum(ticker.score for ticker in found.tickers) / len(found.tickers)))
    return "Fair" if word == "Good" and found.words["Poor"] else word


def ticker_told(ticker: TickerQuality) -> dict[str, Any]:
    told: dict[str, Any] = plain(vars(ticker))
    return told


def finding_told(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = plain(vars(finding))
    return told


def settings_of(request: ReportRequest, periods_per_year: int) -> Settings:
    return Settings(periods_per_year=float(periods_per_year), risk_free=request.risk_free)


def statistics_report(
    panel: Panel, request: ReportRequest, periods_per_year: int, state: StatisticsState | None = None
) -> dict[str, Any]:
    """The measures of every ticker; *state* where that is known already."""
    settings = settings_of(request, periods_per_year)
    if state is None:
        state = state_of(panel, settings, market=request.benchmark or None)
    found = completed(state, panel, correlation=False)
    wanted = set(request.tickers or panel.tickers)
    rows = [row_told(found, row) for row, ticker in enumerate(found.tickers) if ticker in wanted]
    return {
        "first_day": plain(found.first_day),
        "last_day": plain(found.last_day),
        "periods_per_year": periods_per_year,
        "risk_free": request.risk_free,
        "confidence": settings.confidence,
        "benchmark": request.benchmark,
        "tickers": rows,
    }


def row_told(found: SetStatistics, row: int) -> dict[str, Any]:
    measures = vars(found.measures)
    tails = {"historical": found.historical, "normal": measures["normal"], "cornish_fisher": measures["cornish_fisher"]}
    told: dict[str, Any] = plain({name: measures[name][row] for name in PLAIN})
    return (
        {"ticker": found.tickers[row]}
        | told
        | {
            "value_at_risk": {name: plain(tail.value_at_risk[row]) for name, tail in tails.items()},
            "expected_shortfall": {name: plain(tail.expected_shortfall[row]) for name, tail in tails.items()},
        }
    )


def correlation_report(panel: Panel, most: int = MOST_CORRELATED) -> dict[str, Any]:
    """The correlations of returns, likes beside likes.

    Of more tickers than *most* those with the most prices are taken; one without a correlation to another, since they
    have no common period or it does not move, is left out and named.
    """
    counts = (~np.isnan(panel.prices)).sum(axis=1)
    kept = sorted(np.argsort(-counts, kind="stable")[:most].tolist())
    cut = len(panel.tickers) - len(kept)
    panel = panel.only(panel.tickers[row] for row in kept)
    if len(panel.days) < 2:
        return {**told_of((), np.empty((0, 0)), ()), "left_out": list(panel.tickers), "cut": cut}
    matrix = correlation_of(returns_of(panel)).matrix
    rows = complete_rows(matrix)
    names = tuple(panel.tickers[row] for row in rows)
    matrix = matrix[np.ix_(rows, rows)]
    left_out = [ticker for ticker in panel.tickers if ticker not in names]
    if not names:
        return {**told_of((), matrix, ()), "left_out": left_out, "cut": cut}
    clusters = clusters_of(matrix, names)
    order = clusters.order.tolist()
    ordered = tuple(names[row] for row in order)
    groups = tuple(int(clusters.labels[row]) for row in order)
    return {**told_of(ordered, matrix[np.ix_(order, order)], groups), "left_out": left_out, "cut": cut}


def complete_rows(matrix: Any) -> list[int]:
    """Rows of which every pair has a correlation: the one with the most missing goes first."""
    rows = list(range(len(matrix)))
    while rows:
        missing = np.isnan(matrix[np.ix_(rows, rows)]).sum(axis=1)
        if not missing.any():
            break
        del rows[int(np.argmax(missing))]
    return rows


def told_of(names: tuple[str, ...], matrix: Any, groups: tuple[int, ...]) -> dict[str, Any]:
    above = np.triu_indices(len(names), 1)
    values = matrix[above]
    by_value = np.argsort(values, kind="stable").tolist()
    pairs = [(names[above[0][at]], names[above[1][at]], float(values[at])) for at in by_value]
    return {
        "tickers": list(names),
        "groups": list(groups),
        "matrix": np.round(matrix, 6).tolist(),
        "average": float(values.mean()) if len(values) else None,
        "highest": [list(pair) for pair in reversed(pairs[-PAIRS:])],
        "lowest": [list(pair) for pair in pairs[:PAIRS]],
    }
