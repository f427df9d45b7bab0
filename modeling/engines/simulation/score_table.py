"""Cubic tables of a quantile function over normal scores, for quantiles that are not elementary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LIMIT = 8.25  # beyond it a normal score has a probability under 1e-16, less than a double can tell from 0 or 1
FIRST_KNOTS = 2_049
LAST_KNOTS = 32_769
TOLERANCE = 1e-11


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """A smooth monotone function of the normal score as a piecewise cubic over equally spaced knots.

    ``coefficients`` has shape (4, knots - 1), lowest power first, in the local variable 0 <= t < 1 of each interval.
    """

    coefficients: Floats

    @property
    def knots(self) -> int:
        return int(self.coefficients.shape[1]) + 1

    def evaluate(self, scores: Floats, out: Floats) -> None:
        """Write the function of each score into ``out``, which may be ``scores``; beyond the limits they hold."""
        c0, c1, c2, c3 = self.coefficients
        intervals = self.knots - 1
        position = np.multiply(scores, intervals / (2 * LIMIT))
        position += intervals / 2
        np.clip(position, 0.0, intervals, out=position)
        cell = position.astype(np.intp)
        np.minimum(cell, intervals - 1, out=cell)
        position -= cell
        gathered = np.empty_like(position)
        np.take(c3, cell, out=out, mode="clip")
        for coefficient in (c2, c1, c0):
            out *= position
            out += np.take(coefficient, cell, out=gathered, mode="clip")


def build_table(function: Callable[[Floats], Floats], scale: float) -> ScoreTable | None:
    """Tabulate ``function`` so finely that the middle of every interval is right to 1e-11 of ``scale``.

    Starts with 2,049 knots and halves the step while the check fails; None when even 32,769 knots do not suffice
    (a nearly discrete distribution), so that the caller evaluates the function itself.
    """
    knots = FIRST_KNOTS
    while knots <= LAST_KNOTS:
        table = _tabulate(function, knots)
        step = 2 * LIMIT / (knots - 1)
        middles = np.arange(0.5, knots - 1) * step - LIMIT
        found = np.empty_like(middles)
        table.evaluate(middles, found)
        if float(np.max(np.abs(found - function(middles)))) <= TOLERANCE * scale:
            return table
        knots = 2 * knots - 1
    return None


def _tabulate(function: Callable[[Floats], Floats], knots: int) -> ScoreTable:
    """Cubic Hermite pieces whose slopes are fourth-order central differences (hence two extra knots on each side)."""
    step = 2 * LIMIT / (knots - 1)
    values = function(np.arange(-2.0, knots + 2.0) * step - LIMIT)
    rise = (values[:-4] - values[4:] + 8.0 * (values[3:-1] - values[1:-3])) / 12.0  # slope times step, at each knot
    at_knot = values[2:-2]
    difference = np.diff(at_knot)
    left, right = rise[:-1], rise[1:]
    pieces = [at_knot[:-1], left, 3.0 * difference - 2.0 * left - right, left + right - 2.0 * difference]
    return ScoreTable(np.array(pieces))
