"""Which assets are held: the whole-number part of a programme, for HiGHS.

For each asset there is a mark for holding it long and one for holding it short: a weight lies between the least
position and its bound on the marked side, and is zero without a mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.errors import UndecidedHoldings
from modeling.engines.portfolio.constrained.program import Program
from valor.lib.errors import Problem

Array = NDArray[np.float64]

WIDEST = 10.0  # times the budget; how far a weight without a bound may go where assets are marked
INFEASIBLE, OUT_OF_NODES = 2, 1


@dataclass(frozen=True)
class Holding:
    """-1 for an asset held short, 1 for one held long, 0 for one not held; shape (n,)."""

    signs: NDArray[np.int8]

    def of(self, program: Program) -> Program:
        """The programme with these assets held on these sides, without whole numbers."""
        n = program.size
        size = program.least_position or 0.0
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[:n] = np.where(self.signs > 0, np.maximum(lower[:n], size), np.where(self.signs == 0, 0.0, lower[:n]))
        upper[:n] = np.where(self.signs < 0, np.minimum(upper[:n], -size), np.where(self.signs == 0, 0.0, upper[:n]))
        return replace(program, lower=lower, upper=upper, most=None, least_position=None)

    def allowed(self, program: Program) -> bool:
        """Whether every bound of the programme leaves room for it."""
        held = self.of(program)
        n = program.size
        idle = (self.signs != 0) | ((program.lower[:n] <= 0) & (program.upper[:n] >= 0))
        return bool(np.all(held.lower <= held.upper) and np.all(idle))


@dataclass(frozen=True)
class Marked:
    """A linear programme over [columns, long marks, short marks, extra columns]; rows as lower <= matrix <= upper."""

    matrix: Array
    row_lower: Array
    row_upper: Array
    lower: Array
    upper: Array
    columns: int
    size: int

    @property
    def marks(self) -> slice:
        return slice(self.columns, self.columns + 2 * self.size)

    def with_rows(self, matrix: Array, lower: Array, upper: Array) -> Marked:
        return replace(
            self,
            matrix=np.vstack([self.matrix, matrix]),
            row_lower=np.append(self.row_lower, lower),
            row_upper=np.append(self.row_upper, upper),
        )

    def with_columns(self, count: int, lower: float = 0.0) -> Marked:
        return replace(
            self,
            matrix=np.hstack([self.matrix, np.zeros((len(self.matrix), count))]),
            lower=np.append(self.lower, np.full(count, lower)),
            upper=np.append(self.upper, np.full(count, np.inf)),
        )

    def holding(self, point: Array) -> Holding:
        marks = np.round(point[self.marks]).astype(np.int8)
        return Holding(marks[: self.size] - marks[self.size :])

    def minimised(self, cost: Array, *, whole: bool = True, nodes: int | None = None) -> tuple[Array, float] | None:
        """The best point and a lower bound of the cost; None where nothing is feasible.

        Raises UndecidedHoldings where the nodes did not suffice to find any point.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        integrality = np.zeros(len(self.lower))
        integrality[self.marks] = 1 if whole else 0
        options = {"mip_rel_gap": 0.0} | ({} if nodes is None else {"node_limit": nodes})
        solver: Any = milp
        result = solver(
            cost,
            integrality=integrality,
            bounds=Bounds(self.lower, self.upper),
            constraints=LinearConstraint(csr_array(self.matrix), self.row_lower, self.row_upper),
            options=options,
        )
        if result.x is not None:
            bound = getattr(result, "mip_dual_bound", None)
            return np.array(result.x), float(result.fun if bound is None or not whole else bound)
        if result.status == INFEASIBLE:
            return None
        message = "The solver found no holding within its nodes." if result.status == OUT_OF_NODES else result.message
        raise UndecidedHoldings(problems=[Problem("effort.nodes", nodes, message, "Allow more nodes.")])


def marked(program: Program) -> Marked:
    """The programme's bounds and rows with the marks; its quadratic limits are not in it."""
    n, columns = program.size, program.columns
    widest = WIDEST * max(1.0, abs(program.problem.budget))
    upper = np.clip(program.upper[:n], -widest, widest)
    lower = np.clip(program.lower[:n], -widest, widest)
    size = program.least_position or 0.0
    identity = np.eye(n)
    weights = np.hstack([identity, np.zeros((n, columns - n))])
    below = np.hstack([weights, -np.diag(np.maximum(upper, 0.0)), size * identity])  # <= 0
    above = np.hstack([weights, -size * identity, -np.diag(np.minimum(lower, 0.0))])  # >= 0
    one_side = np.hstack([np.zeros((n, columns)), identity, identity])
    count = np.hstack([np.zeros((1, columns)), np.ones((1, 2 * n))])
    rows = np.hstack([program.rows, np.zeros((len(program.rows), 2 * n))])
    most = np.inf if program.most is None else float(program.most)
    nothing, infinite = np.zeros(n), np.full(n, np.inf)
    return Marked(
        matrix=np.vstack([rows, below, above, one_side, count]),
        row_lower=np.concatenate([program.row_lower, -infinite, nothing, nothing, [0.0]]),
        row_upper=np.concatenate([program.row_upper, nothing, infinite, np.ones(n), [most]]),
        lower=np.concatenate([lower, program.lower[n:], nothing, nothing]),
        upper=np.concatenate([upper, program.upper[n:], (upper > 0) * 1.0, (lower < 0) * 1.0]),
        columns=columns,
        size=n,
    )
