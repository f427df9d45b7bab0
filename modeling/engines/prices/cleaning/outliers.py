"""Prices that stand out: spikes that are gone the next day, and jumps that stay.

A spike is most likely wrong. A jump is most likely news: it is shown, never repaired.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from modeling.engines.prices.cleaning.moves import Moves, moves_of, next_rows
from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair
from modeling.engines.prices.panel import Panel

SPIKE: Final = 8.0
"""Robust deviations there and back again that make a spike."""
JUMP: Final = 20.0
"""Robust deviations that make a jump worth a look."""
LEFT: Final = 0.2  # the part of a spike that may stay
LEAST_SPIKE: Final = 0.08  # in logarithms: less than that there and back is a day's trading
DECIMAL: Final = np.log(10.0)
SLIP: Final = 0.15  # how near to a power of ten a slip of the decimal point is, in logarithms


@dataclass(frozen=True)
class Outlier:
    """The price of ticker ``row`` at place ``day``; ``left`` is the part of the move that stayed the next day."""

    kind: str
    row: int
    day: int
    left: float
    confidence: float


def find_outliers(panel: Panel, moves: Moves | None = None) -> list[Outlier]:
    """Spikes and jumps, in the order of tickers and days."""
    moves = moves or moves_of(panel)
    following = next_rows(panel)
    with np.errstate(invalid="ignore"):
        steep = np.argwhere(np.abs(moves.score) >= SPIKE)
    found: list[Outlier] = []
    for row, column in steep.tolist():
        outlier = _outlier_at(moves, row, column, int(following[row, column + 1]))
        back = found and found[-1].kind == "spike" and found[-1].row == row
        if outlier and not (back and following[row, found[-1].day] == outlier.day):  # not the way back of a spike
            found.append(outlier)
    return found


def _outlier_at(moves: Moves, row: int, column: int, next_day: int) -> Outlier | None:
    """The way back is measured without the market's move on either day: a crash that ends is not a spike."""
    out = float(moves.excess[row, column])
    back = float(moves.excess[row, next_day - 1]) if next_day <= moves.excess.shape[1] else np.nan
    left = abs(out + back) / abs(out)
    if abs(out) >= LEAST_SPIKE and left <= LEFT:
        return Outlier("spike", row, column + 1, left, _spike_confidence(moves, row, column, left))
    if abs(moves.score[row, column]) >= JUMP and not left <= LEFT:
        return Outlier("jump", row, column + 1, left, _jump_confidence(moves, row, column))
    return None


def _spike_confidence(moves: Moves, row: int, column: int, left: float) -> float:
    """The farther out and the more exactly back, the surer; surest near a power of ten; others' moves speak against."""
    out = abs(float(moves.excess[row, column]))
    power = round(out / DECIMAL)
    if power >= 1 and abs(out - power * DECIMAL) <= SLIP:
        return 0.99
    far = min(1.0, abs(float(moves.score[row, column])) / (4 * SPIKE))
    alone = out / (out + 4 * abs(float(moves.others[column])))
    return round(min(0.98, (0.3 + 0.68 * far) * (1 - left) * alone), 2)


def _jump_confidence(moves: Moves, row: int, column: int) -> float:
    """Low: nothing but its size speaks for a mistake."""
    return 0.3 if abs(float(moves.own[row, column])) > np.log(3) else 0.1


def outlier_findings(panel: Panel, outliers: list[Outlier], moves: Moves) -> list[Finding]:
    return [_finding(panel, outlier, moves) for outlier in outliers]


def _finding(panel: Panel, outlier: Outlier, moves: Moves) -> Finding:
    row, column = outlier.row, outlier.day - 1
    start = int(moves.previous[row, column])
    before, price = float(panel.prices[row, start]), float(panel.prices[row, outlier.day])
    evidence = {
        "before": before,
        "price": price,
        "move": price / before - 1,
        "score": float(moves.score[row, column]),
        "others_move": float(np.expm1(moves.others[column])),
        "left": outlier.left if np.isfinite(outlier.left) else None,
    }
    stays = "and was back the next day" if outlier.kind == "spike" else "and stayed"
    message = f"The price went from {before:g} to {price:g} {stays}."
    day = panel.dates[outlier.day]
    return Finding(outlier.kind, panel.tickers[row], day, day, message, evidence, outlier.confidence)


def drop_spikes(panel: Panel, least_confidence: float) -> Cleaned:
    """The panel without the spikes that are as sure as asked for; all others and the jumps are flagged only."""
    moves = moves_of(panel)
    outliers = find_outliers(panel, moves)
    prices = panel.prices.copy()
    repairs = []
    for outlier in outliers:
        if outlier.kind == "spike" and outlier.confidence >= least_confidence:
            price = float(prices[outlier.row, outlier.day])
            prices[outlier.row, outlier.day] = np.nan
            repairs.append(_repair(panel, outlier, price))
    findings = tuple(outlier_findings(panel, outliers, moves))
    return Cleaned(Panel(panel.days, panel.tickers, prices, panel.currencies), findings, tuple(repairs))


def _repair(panel: Panel, outlier: Outlier, price: float) -> Repair:
    day = panel.dates[outlier.day]
    message = f"The price {price:g} dropped: it was back to its former level the next day."
    evidence = {"dropped": price, "confidence": outlier.confidence}
    return Repair("spike", panel.tickers[outlier.row], day, day, message, 1, evidence)
