"""The active set of a programme, and the exact point that it leads to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.kkt import Pull
from modeling.engines.portfolio.constrained.program import Program

Array = NDArray[np.float64]

SHIFT = 1e-11  # keeps the system of a degenerate active set solvable; refinement takes it out again
REFINEMENTS = 4


@dataclass(frozen=True)
class Active:
    """Which ends hold with equality: -1 the lower, 1 the upper, 0 neither; for columns and for rows."""

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    @classmethod
    def guessed(cls, program: Program, values: Array, multipliers: Array, bounds: Array) -> Active:
        """Active is where the multiplier exceeds the room that is left, both in their own size."""
        size = float(np.mean(np.diagonal(program.problem.covariance))) or 1.0
        columns = _ends(values, program.lower, program.upper, bounds / size)
        rows = _ends(program.rows @ values, program.row_lower, program.row_upper, multipliers / size)
        return cls(columns, rows).settled(program, values)

    def settled(self, program: Program, values: Array) -> Active:
        """A purchase lies on at least one of its two ends: on none, its figure would be free and mean nothing."""
        n = program.size
        columns, rows = self.columns.copy(), self.rows.copy()
        for place, trades in enumerate(program.trades):
            bought = slice((place + 1) * n, (place + 2) * n)
            least = slice(trades.first_row, trades.first_row + n)
            loose = (columns[bought] == 0) & (rows[least] == 0)
            buys = values[:n] > trades.current
            rows[least][loose & buys] = -1
            columns[bought][loose & ~buys] = -1
        return Active(columns, rows)

    def same(self, other: Active) -> bool:
        return np.array_equal(self.columns, other.columns) and np.array_equal(self.rows, other.rows)

    def exact(self, program: Program, pull: Pull) -> tuple[Array, Array, Array]:
        """The point where the gradient vanishes on the active ends, the rows' multipliers, what is left per column."""
        n = program.size
        free = self.columns == 0
        held = self.rows != 0
        fixed = np.where(self.columns < 0, program.lower, program.upper)
        values = np.where(free, 0.0, fixed)
        matrix = program.rows[np.ix_(held, free)]
        ends = np.where(self.rows < 0, program.row_lower, program.row_upper)[held]
        quadratic = np.zeros((program.columns, program.columns))
        quadratic[:n, :n] = program.problem.covariance
        size, count = int(free.sum()), int(held.sum())
        scale = float(np.mean(np.diagonal(program.problem.covariance))) or 1.0
        system = np.zeros((size + count, size + count))
        system[:size, :size] = quadratic[np.ix_(free, free)] / scale
        system[:size, size:], system[size:, :size] = matrix.T, matrix
        right = np.concatenate([-pull.gradient(program, values)[free] / scale, ends - program.rows[held] @ values])
        solved = _refined(system, right, size)
        values[free] = solved[:size]
        multipliers = np.zeros(len(program.rows))
        multipliers[held] = solved[size:] * scale
        return values, multipliers, pull.gradient(program, values) + program.rows.T @ multipliers

    def corrected(self, program: Program, values: Array, multipliers: Array, left: Array) -> Active:
        """Ends that are passed become active; those that push the wrong way are let go."""
        columns = _corrected(self.columns, values, program.lower, program.upper, -left)
        rows = _corrected(self.rows, program.rows @ values, program.row_lower, program.row_upper, multipliers)
        return Active(columns, rows).settled(program, values)


def _ends(values: Array, lower: Array, upper: Array, multipliers: Array) -> NDArray[np.int8]:
    ends = np.zeros(len(values), dtype=np.int8)
    ends[(upper - values < multipliers) & (multipliers > 0)] = 1
    ends[(values - lower < -multipliers) & (multipliers < 0)] = -1
    ends[lower == upper] = 1
    return ends


def _corrected(
    ends: NDArray[np.int8], values: Array, lower: Array, upper: Array, multipliers: Array
) -> NDArray[np.int8]:
    found = ends.copy()
    even = lower == upper
    found[(ends != 0) & (ends * multipliers < 0) & ~even] = 0
    found[(ends == 0) & (values > upper)] = 1
    found[(ends == 0) & (values < lower)] = -1
    return found


def _refined(system: Array, right: Array, size: int) -> Array:
    """Solves the system; what a tiny shift of its diagonal changes is corrected step by step."""
    from scipy.linalg.lapack import dgetrf, dgetrs

    if not len(system):
        return right
    shifted = system.copy()
    at = np.arange(len(system))
    shifted[at, at] += np.where(at < size, SHIFT, -SHIFT)
    factors, pivots, _ = dgetrf(shifted)
    solved: Array = dgetrs(factors, pivots, right)[0]
    for _ in range(REFINEMENTS):
        solved = solved + dgetrs(factors, pivots, right - system @ solved)[0]
    return solved
