"""Quadratic programmes, solved by PIQP's interior point on figures of one size.

On covariances of daily size the solver's absolute tolerances mean nothing, and one in ten answers is not optimal: the
objective is divided by its own scale and every row by its largest coefficient before, and what comes back is undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TOLERANCES = (1e-11, 1e-9)  # of the normalised problem; the second where the first is out of reach
MOST_ITERATIONS = 200
SOLVED = "solved"
STATUS_WORDS = {
    "PIQP_SOLVED": SOLVED,
    "PIQP_MAX_ITER_REACHED": "not settled within the iterations allowed",
    "PIQP_PRIMAL_INFEASIBLE": "infeasible: no point meets every constraint",
    "PIQP_DUAL_INFEASIBLE": "unbounded: the objective falls without end",
    "PIQP_NUMERICS": "broken off: the numbers are too badly scaled",
}


@dataclass(frozen=True)
class QuadraticProgram:
    """Minimise x'Px/2 + c'x where A x = b, row_lower <= G x <= row_upper and lower <= x <= upper.

    Attributes
    ----------
    quadratic : P, shape (n, n), symmetric and positive semi-definite
    linear : c, shape (n,)
    equality, equal_to : A of shape (m, n) and b of shape (m,), or None
    rows, row_lower, row_upper : G of shape (k, n) and its ranges of shape (k,), or None; ends may be infinite
    lower, upper : shape (n,), or None; may be infinite
    """

    quadratic: Array
    linear: Array
    equality: Array | None = None
    equal_to: Array | None = None
    rows: Array | None = None
    row_lower: Array | None = None
    row_upper: Array | None = None
    lower: Array | None = None
    upper: Array | None = None


@dataclass(frozen=True)
class QuadraticAnswer:
    """A point and its multipliers, so that P x + c + A'y + G'z + v = 0 in the programme's own units.

    ``row_multipliers`` (z) and ``bound_multipliers`` (v) are positive where the upper end binds and negative where the
    lower one does. ``status`` is a phrase; the figures mean something only where ``solved`` is true.
    """

    point: Array
    objective: float
    equality_multipliers: Array
    row_multipliers: Array
    bound_multipliers: Array
    status: str
    iterations: int

    @property
    def solved(self) -> bool:
        return self.status == SOLVED


def solve(program: QuadraticProgram, tolerances: Sequence[float] = TOLERANCES) -> QuadraticAnswer:
    """The minimum of a convex programme; its ``status`` says so where there is none. It raises nothing."""
    normalised = _Normalised(program)
    answer = None
    for tolerance in tolerances:
        answer = normalised.solve(tolerance)
        if answer.solved:
            break
    assert answer is not None
    return answer


class _Normalised:
    """The programme as PIQP gets it: objective and rows divided by their size, rows without any end left out."""

    def __init__(self, program: QuadraticProgram) -> None:
        self._program = program
        self._size = len(program.linear)
        diagonal = np.abs(np.diagonal(program.quadratic))
        self._scale = (
            max(float(np.mean(diagonal)) if self._size else 0.0, float(np.max(np.abs(program.linear), initial=0.0)))
            or 1.0
        )
        self._equality_scale, self._equality, (self._equal_to,) = _scaled(program.equality, (program.equal_to,))
        row_scale, rows, (lower, upper) = _scaled(program.rows, (program.row_lower, program.row_upper))
        self._bounded = np.isfinite(lower) | np.isfinite(upper)
        self._row_scale, self._rows = row_scale, rows[self._bounded] if len(rows) else rows
        self._row_lower, self._row_upper = lower[self._bounded], upper[self._bounded]

    def solve(self, tolerance: float) -> QuadraticAnswer:
        import piqp  # 8 ms to import, and only where something is solved

        solver = piqp.DenseSolver()
        solver.settings.eps_abs = tolerance
        solver.settings.eps_rel = 0.0
        solver.settings.eps_duality_gap_abs = tolerance
        solver.settings.eps_duality_gap_rel = 0.0
        solver.settings.max_iter = MOST_ITERATIONS
        solver.setup(*self._figures())
        status = solver.solve()
        return self._undone(solver.result, STATUS_WORDS.get(status.name, status.name))

    def _figures(self) -> tuple[Any, ...]:
        program = self._program
        with_rows = len(self._row_lower) > 0
        with_equality = len(self._equal_to) > 0
        return (
            np.asfortranarray(program.quadratic / self._scale),
            program.linear / self._scale,
            np.asfortranarray(self._equality) if with_equality else None,
            self._equal_to if with_equality else None,
            np.asfortranarray(self._rows) if with_rows else None,
            self._row_lower if with_rows else None,
            self._row_upper if with_rows else None,
            program.lower,
            program.upper,
        )

    def _undone(self, result: Any, status: str) -> QuadraticAnswer:
        point = np.array(result.x)
        multipliers = np.zeros(len(self._row_scale))
        if len(self._row_lower):
            difference = np.asarray(result.z_u) - np.asarray(result.z_l)
            multipliers[self._bounded] = difference * self._scale / self._row_scale[self._bounded]
        linear = self._program.linear
        return QuadraticAnswer(
            point=point,
            objective=float(point @ (self._program.quadratic @ point) / 2 + linear @ point),
            equality_multipliers=np.asarray(result.y) * self._scale / self._equality_scale
            if len(self._equal_to)
            else np.zeros(0),
            row_multipliers=multipliers,
            bound_multipliers=(np.asarray(result.z_bu) - np.asarray(result.z_bl)) * self._scale
            if self._program.lower is not None or self._program.upper is not None
            else np.zeros(self._size),
            status=status,
            iterations=int(result.info.iter),
        )


def _scaled(matrix: Array | None, ends: Sequence[Array | None]) -> tuple[Array, Array, list[Array]]:
    """The size of each row, and the rows and their ends divided by it; an end that is missing is infinitely far."""
    if matrix is None or not len(matrix):
        return np.zeros(0), np.zeros((0, 0)), [np.zeros(0) for _ in ends]
    scale = np.max(np.abs(matrix), axis=1)
    scale = np.where(scale > 0, scale, 1.0)
    infinite = (-np.inf, np.inf)
    filled = [np.full(len(matrix), infinite[at]) if end is None else end / scale for at, end in enumerate(ends)]
    return scale, matrix / scale[:, None], filled
