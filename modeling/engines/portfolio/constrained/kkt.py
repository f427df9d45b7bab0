"""How well a point fulfils the Karush-Kuhn-Tucker conditions of the whole programme, on its original figures.

The objective is w'Sw/2 - w'S m - s reward @ x with a center m and a risk tolerance s: every objective here has this
shape once its quadratic limits are mixed in by their multipliers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.problem import Certificate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pull:
    """What is minimised: (w - center)'S(w - center)/2 - tolerance * return; an infinite tolerance is return alone.

    ``shares`` says how much of the quadratic part each quadratic limit holds, in their order; the objective's own
    part is the rest.
    """

    center: Array
    tolerance: float
    shares: tuple[float, ...] = ()

    @property
    def is_linear(self) -> bool:
        return bool(np.isinf(self.tolerance))

    def gradient(self, program: Program, point: Array) -> Array:
        if self.is_linear:
            return -program.reward
        slope = -self.tolerance * program.reward
        slope[: program.size] += program.problem.covariance @ (point[: program.size] - self.center)
        return slope

    def scale(self, program: Program, gradient: Array) -> float:
        """The problem's own size: mean variance, the tolerance times the largest mean, or the largest gradient."""
        largest = float(np.max(np.abs(gradient), initial=0.0))
        if self.is_linear:
            return largest or 1.0
        means = self.tolerance * float(np.max(np.abs(program.problem.mean), initial=0.0))
        return max(float(np.mean(np.diagonal(program.problem.covariance))), means, largest) or 1.0


def certificate_of(program: Program, pull: Pull, point: Array, multipliers: Array) -> Certificate:
    """Certificate of a point by its row multipliers; those of the bounds follow from them.

    A multiplier of the wrong sign, or at an end that is infinitely far, counts as none. What then remains of the
    gradient counts for each column as stationarity, or as a multiplier of the bound it pushes against: whichever is
    less.
    """
    gradient = pull.gradient(program, point)
    scale = pull.scale(program, gradient)
    values = program.rows @ point
    above, below = program.row_upper - values, values - program.row_lower
    rows = np.where(multipliers > 0, np.where(np.isfinite(above), multipliers, 0.0), 0.0)
    rows += np.where(multipliers < 0, np.where(np.isfinite(below), multipliers, 0.0), 0.0)
    slack = np.where(rows > 0, above, np.where(rows < 0, below, 0.0))
    left = gradient + program.rows.T @ rows
    room = np.where(left > 0, point - program.lower, np.where(left < 0, program.upper - point, 0.0))
    pushed = np.abs(left) * np.abs(room)
    as_bound = pushed < np.abs(left)
    held = [
        share * abs(limit.limit**2 - program.distance(point[: program.size], limit.center) ** 2) / 2
        for limit, share in zip(program.quadratics, pull.shares, strict=False)
    ]
    return Certificate(
        stationarity=float(np.max(np.abs(left), where=~as_bound, initial=0.0)) / scale,
        complementarity=max(
            float(np.max(pushed, where=as_bound, initial=0.0)),
            float(np.max(np.abs(rows * slack), initial=0.0)),
            *held,
            0.0,
        )
        / scale,
        feasibility=feasibility(program, point),
    )


def feasibility(program: Program, point: Array) -> float:
    """By how much the point misses, at worst; a row whose coefficients exceed 1 is divided by the largest."""
    values = program.rows @ point
    size = np.maximum(np.max(np.abs(program.rows), axis=1), 1.0)
    over = np.maximum(values - program.row_upper, program.row_lower - values) / size
    outside = np.maximum(point - program.upper, program.lower - point)
    far = [program.distance(point[: program.size], limit.center) - limit.limit for limit in program.quadratics]
    return max(float(np.max(over, initial=0.0)), float(np.max(outside, initial=0.0)), *far, 0.0)
