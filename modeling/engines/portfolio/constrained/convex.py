"""One convex programme without quadratic limits: PIQP, then the exact point of the active set it points to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.active import Active
from modeling.engines.portfolio.constrained.kkt import Pull, certificate_of
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.problem import Certificate
from modeling.engines.portfolio.quadratic import QuadraticProgram, solve

Array = NDArray[np.float64]

ROUNDS = 12  # corrections of the active set
EXACT = 1e-13  # an error that is rounding alone
BINDS = 1e-9  # of the largest reward; a multiplier of less says nothing


@dataclass(frozen=True)
class Point:
    """Where the programme has its least, with the multipliers of its rows and how well it is known to be there."""

    values: Array
    multipliers: Array
    pull: Pull
    certificate: Certificate
    active: Active | None = None

    @property
    def error(self) -> float:
        known = self.certificate
        return max(known.stationarity, known.complementarity, known.feasibility)


def point_of(program: Program, pull: Pull, values: Array, multipliers: Array, active: Active | None = None) -> Point:
    """The point with nothing bought and sold at once, and its certificate."""
    inside = np.clip(values[: program.size], program.lower[: program.size], program.upper[: program.size])
    lifted = program.lifted(inside)
    return Point(lifted, multipliers, pull, certificate_of(program, pull, lifted, multipliers), active)


def solve_convex(program: Program, pull: Pull, near: Point | None = None) -> Point | None:
    """The minimum over bounds and rows; None where no point meets them. Quadratic limits are not looked at.

    The active set of *near*, an answer to almost the same question, often is the one looked for already.
    """
    if pull.is_linear:
        return _greatest_return(program, pull)
    if near is not None and near.active is not None:
        found = _exact(program, pull, near.active, None)
        if found is not None and found.error <= EXACT:
            return found
    answer = _interior(program, pull, program.lower < program.upper)
    if answer is None:
        return None
    values, rows, bounds = answer
    return _exact(program, pull, Active.guessed(program, values, rows, bounds), point_of(program, pull, values, rows))


def _exact(program: Program, pull: Pull, active: Active, best: Point | None) -> Point | None:
    """The best of the given point and those of the active set, corrected until it stays."""
    for _ in range(ROUNDS):
        if best is not None and best.error <= EXACT and best.active is not None:
            break
        values, rows, left = active.exact(program, pull)
        if not np.all(np.isfinite(values)):
            break
        found = point_of(program, pull, values, rows, active)
        best = found if best is None else min(best, found, key=lambda point: point.error)
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
    if _is_corner(face):
        return corner
    least = solve_convex(face, Pull(np.zeros(program.size), 0.0))
    if least is None:
        return corner
    known = point_of(program, pull, least.values, found.row_multipliers)
    return known if known.certificate.holds else corner


def _is_corner(face: Program) -> bool:
    """Whether what holds with equality leaves nothing free."""
    free = face.lower < face.upper
    held = face.rows[np.ix_(face.row_lower == face.row_upper, free)]
    count = int(free.sum())
    return count == 0 or (len(held) >= count and int(np.linalg.matrix_rank(held)) == count)


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
