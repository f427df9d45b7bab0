"""One convex programme without quadratic limits: PIQP, then the exact point of the active set it points to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.kkt import Pull, certificate_of
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.problem import Certificate
from modeling.engines.portfolio.quadratic import QuadraticProgram, solve

Array = NDArray[np.float64]

ROUNDS = 12  # corrections of the active set
ROUNDING = 1e-13
BINDS = 1e-9  # of the largest reward; a multiplier of less says nothing
SHIFT = 1e-11  # keeps the system of a degenerate active set solvable; refinement takes it out again
REFINEMENTS = 4


@dataclass(frozen=True)
class Point:
    """Where the programme has its least, with the multipliers of its rows and how well it is known to be there."""

    values: Array
    multipliers: Array
    pull: Pull
    certificate: Certificate

    @property
    def error(self) -> float:
        known = self.certificate
        return max(known.stationarity, known.complementarity, known.feasibility)


def point_of(program: Program, pull: Pull, values: Array, multipliers: Array) -> Point:
    """The point with nothing bought and sold at once, and its certificate."""
    inside = np.clip(values[: program.size], program.lower[: program.size], program.upper[: program.size])
    lifted = program.lifted(inside)
    return Point(lifted, multipliers, pull, certificate_of(program, pull, lifted, multipliers))


def solve_convex(program: Program, pull: Pull) -> Point | None:
    """The minimum over bounds and rows; None where no point meets them. Quadratic limits are not looked at."""
    if pull.is_linear:
        return _greatest_return(program, pull)
    free = program.lower < program.upper
    answer = _interior(program, pull, free)
    if answer is None:
        return None
    values, rows, bounds = answer
    best = point_of(program, pull, values, rows)
    active = _Active.guessed(program, values, rows, bounds)
    for _ in range(ROUNDS):
        if best.error <= ROUNDING:
            break
        values, rows, left = active.exact(program, pull)
        if not np.all(np.isfinite(values)):
            break
        found = point_of(program, pull, values, rows)
        best = min(best, found, key=lambda point: point.error)
        corrected = active.corrected(program, values, rows, left)
        if corrected.same(active):
            break
        active = corrected
    return best


def _greatest_return(program: Program, pull: Pull) -> Point | None:
    """The greatest return and, where several portfolios have it, the least variance among them.

    All optima of a linear programme are feasible points that lie on the ends whose multipliers are not zero.
    """
    found = minimise(program, -program.reward)
    if found is None:
        return None
    corner = point_of(program, pull, found.point, found.row_multipliers)
    size = float(np.max(np.abs(program.reward), initial=0.0)) or 1.0
    bounds, rows = found.bound_multipliers / size, found.row_multipliers / size
    face = replace(
        program,
        lower=np.where(bounds > BINDS, program.upper, program.lower),
        upper=np.where(bounds < -BINDS, program.lower, program.upper),
        row_lower=np.where(rows > BINDS, program.row_upper, program.row_lower),
        row_upper=np.where(rows < -BINDS, program.row_lower, program.row_upper),
    )
    least = solve_convex(face, Pull(np.zeros(program.size), 0.0))
    if least is None:
        return corner
    known = point_of(program, pull, least.values, found.row_multipliers)
    return known if known.certificate.holds else corner


def _interior(program: Program, pull: Pull, free: NDArray[np.bool_]) -> tuple[Array, Array, Array] | None:
    """PIQP's point and multipliers; columns that can't move are taken out first."""
    n = program.size
    values = np.where(free, 0.0, program.lower)
    quadratic = np.zeros((program.columns, program.columns))
    quadratic[:n, :n] = program.problem.covariance
    linear = pull.gradient(program, values)
    moved = program.rows @ values
    some = np.any(program.rows[:, free] != 0, axis=1)
    even = some & (program.row_lower == program.row_upper)
    ranged = some & ~even
    answer = solve(
        QuadraticProgram(
            quadratic=quadratic[np.ix_(free, free)],
            linear=linear[free],
            equality=program.rows[np.ix_(even, free)],
            equal_to=(program.row_upper - moved)[even],
            rows=program.rows[np.ix_(ranged, free)],
            row_lower=(program.row_lower - moved)[ranged],
            row_upper=(program.row_upper - moved)[ranged],
            lower=program.lower[free],
            upper=program.upper[free],
        )
    )
    if answer.status.startswith("infeasible") or not np.all(np.isfinite(answer.point)):
        return None
    values[free] = answer.point
    multipliers, bounds = np.zeros(len(program.rows)), np.zeros(program.columns)
    multipliers[even], multipliers[ranged] = answer.equality_multipliers, answer.row_multipliers
    bounds[free] = answer.bound_multipliers
    return values, multipliers, bounds


@dataclass(frozen=True)
class _Active:
    """Which ends hold with equality: -1 the lower, 1 the upper, 0 neither; for columns and for rows."""

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    @classmethod
    def guessed(cls, program: Program, values: Array, multipliers: Array, bounds: Array) -> _Active:
        """Active is where the multiplier exceeds the room that is left, both in their own size."""
        size = float(np.mean(np.diagonal(program.problem.covariance))) or 1.0
        columns = _ends(values, program.lower, program.upper, bounds / size)
        rows = _ends(program.rows @ values, program.row_lower, program.row_upper, multipliers / size)
        return cls(columns, rows)._settled(program, values)

    def _settled(self, program: Program, values: Array) -> _Active:
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
        return _Active(columns, rows)

    def same(self, other: _Active) -> bool:
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
        right = np.concatenate(
            [-pull.gradient(program, values)[free] / scale, ends - program.rows[held] @ values]
        )
        solved = _refined(system, right, size)
        values[free] = solved[:size]
        multipliers = np.zeros(len(program.rows))
        multipliers[held] = solved[size:] * scale
        return values, multipliers, pull.gradient(program, values) + program.rows.T @ multipliers

    def corrected(self, program: Program, values: Array, multipliers: Array, left: Array) -> _Active:
        """Ends that are passed become active; those that push the wrong way are let go."""
        columns = _corrected(self.columns, values, program.lower, program.upper, -left)
        rows = _corrected(self.rows, program.rows @ values, program.row_lower, program.row_upper, multipliers)
        return _Active(columns, rows)._settled(program, values)


def _ends(values: Array, lower: Array, upper: Array, multipliers: Array) -> NDArray[np.int8]:
    ends = np.zeros(len(values), dtype=np.int8)
    ends[(upper - values < multipliers) & (multipliers > 0)] = 1
    ends[(values - lower < -multipliers) & (multipliers < 0)] = -1
    ends[lower == upper] = 1
    return ends


def _corrected(ends: NDArray[np.int8], values: Array, lower: Array, upper: Array, multipliers: Array) -> NDArray[np.int8]:
    found = ends.copy()
    even = lower == upper
    found[(ends != 0) & (ends * multipliers < 0) & ~even] = 0
    found[(ends == 0) & (values > upper)] = 1
    found[(ends == 0) & (values < lower)] = -1
    return found


def _refined(system: Array, right: Array, size: int) -> Array:
    """Solves the system; what a tiny shift of its diagonal changes is corrected step by step."""
    from scipy.linalg.lapack import dgetrf, dgetrs

    shifted = system.copy()
    at = np.arange(len(system))
    shifted[at, at] += np.where(at < size, SHIFT, -SHIFT)
    factors, pivots, _ = dgetrf(shifted)
    solved: Array = dgetrs(factors, pivots, right)[0]
    for _ in range(REFINEMENTS):
        solved = solved + dgetrs(factors, pivots, right - system @ solved)[0]
    return solved
