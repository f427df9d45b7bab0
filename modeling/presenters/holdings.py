"""What a portfolio holds, as rows: weights with their bars, shares of the risk, trades; by asset and by group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modeling.presenters.scale import Scale
from valor.lib.numbers import format_number, format_percent, format_signed

MOST_ROWS = 50


@dataclass(frozen=True)
class Figure:
    label: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    group: str
    x: str
    width: str
    tone: str
    weight: str
    risk: str
    before: str
    change: str


@dataclass(frozen=True)
class GroupRow:
    name: str
    weight: str
    risk: str


@dataclass(frozen=True)
class Holdings:
    """The rows by falling weight; the smallest of many are told in one line."""

    rows: tuple[Row, ...]
    more: str
    groups: tuple[GroupRow, ...]
    has_trades: bool
    trades: str
    spread: str


def figures_of(answer: Mapping[str, Any]) -> tuple[Figure, ...]:
    sharpe = answer.get("sharpe")
    return (
        Figure("Expected return", format_number(answer["expected_return"] * 100, 1), "% a year"),
        Figure("Volatility", format_number(answer["volatility"] * 100, 1), "% a year"),
        Figure("Sharpe ratio", format_number(sharpe, 2)),
    )


def holdings_of(answer: Mapping[str, Any], groups: Mapping[str, str], current: Mapping[str, float]) -> Holdings:
    """*answer* is a portfolio as `modeling.portfolios.answer.whole` tells it."""
    weights: Mapping[str, float] = answer["weights"]
    risk = (answer.get("risk") or {}).get("share") or {}
    change = (answer.get("trades") or {}).get("change") or {}
    names = sorted({*weights, *change}, key=lambda name: (-abs(weights.get(name, 0.0)), name))
    scale = Scale(min(0.0, *weights.values(), 0.0), max(0.0, *weights.values(), 0.01))
    rows = tuple(row_of(name, weights, risk, current, groups, scale) for name in names[:MOST_ROWS])
    rest = names[MOST_ROWS:]
    left = sum(weights.get(name, 0.0) for name in rest)
    return Holdings(
        rows=rows,
        more=more_words(len(rest), left),
        groups=group_rows(weights, risk, groups),
        has_trades=bool(current),
        trades=trades_words(answer.get("trades")),
        spread=spread_words(answer),
    )


def more_words(count: int, left: float) -> str:
    """What the rows leave out, and where it stands."""
    if not count:
        return ""
    return f"{count} smaller ones come to {format_percent(left)} together: a kept result has all as CSV and Excel file."


def row_of(  # noqa: PLR0917
    name: str,
    weights: Mapping[str, float],
    risk: Mapping[str, float],
    current: Mapping[str, float],
    groups: Mapping[str, str],
    scale: Scale,
) -> Row:
    weight, before = weights.get(name, 0.0), current.get(name, 0.0)
    x, width = scale.span(0.0, weight)
    share = risk.get(name)
    return Row(
        name,
        groups.get(name, ""),
        x,
        width,
        "up" if weight >= 0 else "down",
        format_percent(weight),
        format_percent(share if share is not None else 0.0),
        format_percent(before) if current else "",
        f"{format_signed((weight - before) * 100)}\u00a0%" if current else "",
    )


def group_rows(
    weights: Mapping[str, float], risk: Mapping[str, float], groups: Mapping[str, str]
) -> tuple[GroupRow, ...]:
    """By group, the heaviest first; none where no asset has one."""
    if not any(groups.get(name) for name in weights):
        return ()
    sums: dict[str, list[float]] = {}
    for name, weight in weights.items():
        both = sums.setdefault(groups.get(name) or "no group", [0.0, 0.0])
        both[0] += weight
        both[1] += risk.get(name, 0.0)
    ordered = sorted(sums.items(), key=lambda item: -item[1][0])
    return tuple(GroupRow(name, format_percent(both[0]), format_percent(both[1])) for name, both in ordered)


def trades_words(trades: Mapping[str, Any] | None) -> str:
    if not trades:
        return ""
    cost = f", costs {format_percent(trades['cost'], 2)}" if trades["cost"] else ""
    return f"From what is held now: turnover {format_percent(trades['turnover'])}{cost}."


def spread_words(answer: Mapping[str, Any]) -> str:
    risk = answer.get("risk")
    if not risk:
        return "It has no risk to share out."
    return (
        f"As spread as {format_number(risk['effective_names'], 1)} equal positions; "
        f"its risk as {format_number(risk['effective_bets'], 1)} equal bets."
    )


PROOFS = {
    "critical line": "read off the exact frontier (critical line)",
    "interior point": "found by an interior point method",
    "equal weight": "equal weights, nothing optimised",
    "highs": "solved as a mixed-integer programme (HiGHS)",
    "frontier": "solved point by point",
}


def method_words(answer: Mapping[str, Any]) -> str:
    """By which method, and how it is known to be the best."""
    method = str(answer.get("method", ""))
    words = PROOFS.get(method, f"method: {method}")
    proof = answer.get("certificate")
    if not proof:
        return f"{words[:1].upper()}{words[1:]}; no proof of optimality belongs to this method."
    details = answer.get("details") or {}
    if details.get("proven_optimal") is False:
        gap = f"{100 * details['gap']:.2g} %"
        return f"{words[:1].upper()}{words[1:]}; not proven optimal: other assets may be up to {gap} better."
    worst = max(proof["stationarity"], proof["complementarity"], proof["feasibility"])
    digits = min(int(-math.log10(worst)), 15) if worst > 0 else 15
    state = "proven optimal" if proof["holds"] else "not proven optimal"
    return f"{words[:1].upper()}{words[1:]}; {state}: the conditions of an optimum hold to {digits} digits."
