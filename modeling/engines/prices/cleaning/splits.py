"""Splits that prices were not adjusted for: one step near a simple fraction that stays, while others do not move."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from modeling.engines.prices.cleaning.moves import Moves, moves_of
from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair, counted
from modeling.engines.prices.panel import Array, Panel

WHOLE: Final = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)
USUAL: Final = {
    **{Fraction(1, whole): 0.01 for whole in WHOLE},
    **{Fraction(whole): 0.01 for whole in WHOLE},
    Fraction(1, 2): 0.5,
    Fraction(1, 3): 0.06,
    Fraction(1, 4): 0.04,
    Fraction(1, 5): 0.03,
    Fraction(1, 10): 0.03,
    Fraction(2, 3): 0.2,
    Fraction(3, 4): 0.02,
    Fraction(4, 5): 0.02,
    Fraction(2, 5): 0.01,
    Fraction(10): 0.05,
    Fraction(5): 0.03,
    Fraction(20): 0.02,
}
"""New price over old (1/2 for two new shares for an old one, 10 for one for ten), and how usual each is."""
RATE: Final = 2e-4
"""How many splits are left unadjusted, per ticker and day: one in twenty years, before looking at the prices."""
HEAVY: Final = 1.43
"""Robust deviations in units of Student's t with three degrees of freedom, which ordinary moves are taken to follow."""
STEEPEST: Final = 5.0  # robust deviations, below which a step is ordinary
NEAR: Final = 5.0  # robust deviations from the fraction that the day's own move may account for
NEAREST: Final = 0.1  # and never more than this, or a wild share would match every fraction
LEAST_CONFIDENCE: Final = 0.1
MOST_CONFIDENCE: Final = 0.99  # prices alone never prove it
AROUND: Final = 5  # prices before and after that show whether the level stays


@dataclass(frozen=True)
class Split:
    """A suspected split: from place ``day`` on, prices are ``ratio`` times what they were before."""

    row: int
    day: int
    ratio: Fraction
    confidence: float


def find_splits(panel: Panel, moves: Moves | None = None) -> list[Split]:
    """The steps that look like splits, in the order of tickers and days."""
    moves = moves or moves_of(panel)
    found = []
    with np.errstate(invalid="ignore"):
        steep = np.argwhere(np.abs(moves.score) >= STEEPEST)
    for row, column in steep.tolist():
        split = _split_at(moves, row, column)
        if split is not None:
            found.append(split)
    return found


def _split_at(moves: Moves, row: int, column: int) -> Split | None:
    """A step is a split's where it is near a fraction, stays, and an ordinary day is not much more likely."""
    excess, scale = float(moves.excess[row, column]), float(moves.scale[row, column])
    ratio = min(USUAL, key=lambda fraction: abs(excess - np.log(float(fraction))))
    off = abs(excess - np.log(float(ratio)))
    if off > min(NEAR * scale, NEAREST):
        return None
    if not _stays(moves.excess[row], column, float(np.log(float(ratio)))):
        return None
    confidence = _confidence(ratio, off / scale, excess / scale)
    return Split(row, column + 1, ratio, confidence) if confidence >= LEAST_CONFIDENCE else None


def _stays(excess: Array, column: int, step: float) -> bool:
    """Whether the level of the next days, less what others moved, lies where the split puts it, within a third."""
    path = np.cumsum(np.nan_to_num(excess[max(column - AROUND, 0) : column + AROUND + 1]))
    at = min(column, AROUND)
    before, after = np.append(0.0, path[:at]), path[at:]
    there = ~np.isnan(excess[column : column + AROUND + 1])
    level = float(np.median(after[there]) - np.median(before))
    return int(there.sum()) > 1 and abs(level - step) <= abs(step) / 3


def _confidence(ratio: Fraction, off: float, score: float) -> float:
    """Bayes: how likely a split and an ordinary day are, given the step, against a day without a split."""
    split = RATE * USUAL[ratio] * _ordinary(off)
    return round(float(min(split / (split + _ordinary(score)), MOST_CONFIDENCE)), 2)


def _ordinary(score: float) -> float:
    """The density of an ordinary move so many robust deviations out, up to a factor."""
    return 1.0 / (1.0 + (HEAVY * score) ** 2 / 3) ** 2


def split_findings(panel: Panel, splits: list[Split], moves: Moves) -> list[Finding]:
    return [_finding(panel, split, moves) for split in splits]


def _finding(panel: Panel, split: Split, moves: Moves) -> Finding:
    column = split.day - 1
    start = int(moves.previous[split.row, column])
    before, after = (float(panel.prices[split.row, place]) for place in (start, split.day))
    evidence = {
        "before": before,
        "after": after,
        "ratio": after / before,
        "fraction": str(split.ratio),
        "others_move": float(np.expm1(moves.others[column])),
        "score": float(moves.score[split.row, column]),
    }
    message = f"The price went from {before:g} to {after:g}, as after a split of {in_words(split.ratio)}."
    ticker, dates = panel.tickers[split.row], panel.dates
    return Finding("split", ticker, dates[start], dates[split.day], message, evidence, split.confidence)


def in_words(ratio: Fraction) -> str:
    """New shares for old ones: 2:1 halves the price."""
    return f"{ratio.denominator}:{ratio.numerator}"


def adjust_splits(panel: Panel, least_confidence: float) -> Cleaned:
    """Prices before each split that is as sure as asked for, put on the scale of those after it; others are flagged."""
    moves = moves_of(panel)
    splits = find_splits(panel, moves)
    prices = panel.prices.copy()
    repairs = []
    for split in splits:
        if split.confidence >= least_confidence:
            prices[split.row, : split.day] *= float(split.ratio)
            repairs.append(_repair(panel, split))
    findings = tuple(split_findings(panel, splits, moves))
    return Cleaned(Panel(panel.days, panel.tickers, prices, panel.currencies), findings, tuple(repairs))


def _repair(panel: Panel, split: Split) -> Repair:
    changed = int((~np.isnan(panel.prices[split.row, : split.day])).sum())
    message = f"{counted(changed, 'price')} before the split of {in_words(split.ratio)} multiplied by {split.ratio}."
    evidence = {"factor": float(split.ratio), "confidence": split.confidence}
    ticker, dates = panel.tickers[split.row], panel.dates
    return Repair("split", ticker, dates[0], dates[split.day - 1], message, changed, evidence)
