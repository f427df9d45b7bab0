"""Kept results of a portfolio side by side, and its weights over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modeling.models import PortfolioResult
from valor.lib.numbers import format_number, format_percent, format_signed

MOST_ASSETS = 60


@dataclass(frozen=True)
class Compared:
    """``weights`` are rows of an asset: a weight for each portfolio, and its difference to the first."""

    names: tuple[str, ...]
    weights: tuple[tuple[str, tuple[str, ...]], ...]
    more: str
    figures: tuple[tuple[str, tuple[str, ...]], ...]
    apart: tuple[tuple[str, tuple[str, ...]], ...]
    errors: tuple[tuple[str, tuple[str, ...]], ...]
    basis: str


def label_of(kept: PortfolioResult) -> str:
    return f"{kept.number}: {kept.name}" if kept.name else f"Result {kept.number}"


def compared_view(found: Any, kept: Sequence[PortfolioResult]) -> Compared:
    """A `Comparison` of the weights of these results, in their order."""
    weights = found.aligned.weights
    held = [row for row in range(len(found.aligned.tickers)) if abs(weights[:, row]).max() > 1e-9]
    held.sort(key=lambda row: -float(abs(weights[:, row]).max()))
    rows = tuple((found.aligned.tickers[row], weight_cells(weights[:, row])) for row in held[:MOST_ASSETS])
    names = tuple(map(label_of, kept))
    return Compared(
        names,
        rows,
        f"{len(held) - MOST_ASSETS} smaller ones are not shown: CSV and Excel file of each result have its own."
        if len(held) > MOST_ASSETS
        else "",
        figures_of(found, kept),
        matrix(names, found.active_share),
        () if found.tracking_error is None else matrix(names, found.tracking_error),
        basis_of(found),
    )


def weight_cells(weights: Any) -> tuple[str, ...]:
    """Each weight, from the second on with its difference to the first."""
    first, *rest = (float(weight) for weight in weights)
    return (format_percent(first), *(f"{format_percent(one)} ({format_signed((one - first) * 100)})" for one in rest))


def figures_of(found: Any, kept: Sequence[PortfolioResult]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    results = [one.result or {} for one in kept]
    rows = [
        ("Expected return when kept", tuple(format_percent(one["expected_return"]) for one in results)),
        ("Volatility when kept", tuple(format_percent(one["volatility"]) for one in results)),
        ("Sharpe ratio when kept", tuple(format_number(one["sharpe"], 2) for one in results)),
    ]
    if found.volatility is not None:
        rows.append(("Volatility by today's estimates", tuple(format_percent(float(v)) for v in found.volatility)))
    if found.outcomes:
        done = [(one.performance, one.tail) for one in found.outcomes]
        rows += [
            ("Past return a year", tuple(format_percent(performance.annual_return) for performance, _ in done)),
            ("Past volatility", tuple(format_percent(performance.volatility) for performance, _ in done)),
            ("Greatest fall", tuple(format_percent(performance.max_drawdown) for performance, _ in done)),
            ("Expected shortfall of a period, 95 %", tuple(format_percent(t.expected_shortfall) for _, t in done)),
        ]
    return tuple(rows)


def matrix(names: Sequence[str], figures: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (name, tuple(format_percent(float(figure)) for figure in row)) for name, row in zip(names, figures, strict=True)
    )


def basis_of(found: Any) -> str:
    if found.outcomes is None:
        return "What they hold alone is compared: they share no history of prices that the portfolio looks at now."
    return f"The past is that of {found.periods:,} periods, with weights restored in each and no costs."


def history_rows(found: Any, labels: Sequence[str]) -> dict[str, Any]:
    """Weights with history: a row for each time they were kept, oldest first, with the turnover to get there."""
    weights = found.aligned.weights
    order = sorted(range(weights.shape[1]), key=lambda column: -float(abs(weights[:, column]).sum()))[:8]
    columns = tuple(found.aligned.tickers[column] for column in order)
    rows = [
        (label, tuple(format_percent(float(row[column])) for column in order), format_percent(float(turnover)))
        for label, row, turnover in zip(labels, weights, found.turnover, strict=True)
    ]
    return {"columns": columns, "rows": rows}
