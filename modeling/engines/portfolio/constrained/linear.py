"""Linear programmes by HiGHS, with multipliers in the sign convention of the quadratic ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.errors import NotCertified
from modeling.engines.portfolio.constrained.program import Program

Array = NDArray[np.float64]

TOLERANCE = 1e-10  # HiGHS's least; it works to 1e-7 when nothing is said
INFEASIBLE, UNBOUNDED = 2, 3


@dataclass(frozen=True)
class LinearAnswer:
    """The optimum, and multipliers so that cost + rows' z + v = 0: above zero where an upper end binds."""

    point: Array
    objective: float
    row_multipliers: Array
    bound_multipliers: Array


def minimise(program: Program, cost: Array) -> LinearAnswer | None:
    """The least of cost @ x over the linear part of the programme; None where no point meets it.

    Raises NotCertified where the cost falls without end, or HiGHS gives no answer.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    even = program.row_lower == program.row_upper
    above, below = ~even & np.isfinite(program.row_upper), ~even & np.isfinite(program.row_lower)
    rows = program.rows
    solver: Any = linprog
    result = solver(
        cost,
        A_ub=csr_array(np.vstack([rows[above], -rows[below]])),
        b_ub=np.concatenate([program.row_upper[above], -program.row_lower[below]]),
        A_eq=csr_array(rows[even]),
        b_eq=program.row_upper[even],
        bounds=np.column_stack([program.lower, program.upper]),
        method="highs",
        options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
    )
    if result.status == INFEASIBLE:
        return None
    if result.status != 0:
        raise NotCertified(problems=[unsettled(result)])
    multipliers = np.zeros(len(rows))
    multipliers[even] = -result.eqlin.marginals
    count = int(above.sum())
    multipliers[above] -= result.ineqlin.marginals[:count]
    multipliers[below] += result.ineqlin.marginals[count:]
    bounds = -(result.lower.marginals + result.upper.marginals)
    return LinearAnswer(np.array(result.x), float(result.fun), multipliers, bounds)


def unsettled(result: Any) -> Any:
    from valor.lib.errors import Problem

    if result.status == UNBOUNDED:
        message = "The objective can be bettered without end."
        return Problem("bounds", "infinite", message, "Give each weight a finite lower and upper bound.")
    return Problem("constraints", str(result.message), "The solver gave no answer.", "Scale the figures alike.")
