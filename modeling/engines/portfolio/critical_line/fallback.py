"""One efficient portfolio at a time: PIQP's interior point, and an active-set step that makes its answer exact.

For what the walk can't certify. An interior point stops short of the bounds; with the assets that lie on a bound told
apart, the others follow from one linear system on the original figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.certificate import AT_BOUND, certify
from modeling.engines.portfolio.critical_line.errors import NotCertified
from modeling.engines.portfolio.critical_line.normalised import Normalised
from modeling.engines.portfolio.critical_line.start import start_of
from modeling.engines.portfolio.problem import TOLERANCE, Array, Certificate, MeanVariance
from modeling.engines.portfolio.quadratic import QuadraticProgram, solve
from valor.lib.errors import Problem

METHOD = "interior point"
MOST_CHANGES = 60  # of the set of assets at their bounds


@dataclass(frozen=True)
class Point:
    """Weights of shape (n,) that are optimal at a risk tolerance, and the proof."""

    weights: Array
    risk_tolerance: float
    certificate: Certificate


def solve_at_tolerance(problem: MeanVariance, figures: Normalised, risk_tolerance: float) -> Point:
    """The efficient portfolio at one risk tolerance (of the original problem). Raises NotCertified."""
    tolerance = risk_tolerance / figures.unit if risk_tolerance else 0.0
    linear, budget = -tolerance * figures.mean, _Rows(np.ones((1, problem.size)), np.array([figures.budget]))
    try:
        return _solved(_ActiveSet(problem, figures, linear, budget, risk_tolerance))
    except NotCertified:
        # Bounds that leave a single portfolio look infeasible to an interior point.
        weights = start_of(figures.mean, figures.lower, figures.upper, figures.budget).weights
        point = Point(weights, risk_tolerance, certify(problem, weights, risk_tolerance))
        if point.certificate.holds:
            return point
        raise


def solve_at_return(problem: MeanVariance, figures: Normalised, expected_return: float) -> Point:
    """The portfolio of least variance with one expected return; its risk tolerance is the multiplier of the return."""
    rows = np.vstack([np.ones(problem.size), figures.mean])
    centred = (expected_return - figures.budget * figures.middle) / figures.spread
    both = _Rows(rows, np.array([figures.budget, centred]))
    return _solved(_ActiveSet(problem, figures, np.zeros(problem.size), both, None))


def solve_at_top(problem: MeanVariance, figures: Normalised) -> Point:
    """The least variance of all with the greatest return, at the smallest risk tolerance that leads there."""
    start = start_of(figures.mean, figures.lower, figures.upper, figures.budget)
    weights = start.weights
    if len(start.tied) > 1:
        lower, upper = weights.copy(), weights.copy()
        lower[start.tied], upper[start.tied] = problem.lower[start.tied], problem.upper[start.tied]
        weights = solve_at_tolerance(replace(problem, lower=lower, upper=upper), figures, 0.0).weights
    risk = figures.covariance @ weights
    bought = (problem.upper - weights > AT_BOUND).nonzero()[0]
    sold = (weights - problem.lower > AT_BOUND).nonzero()[0]
    gain = risk[sold][:, None] - risk[bought]
    cost = start.mean[sold][:, None] - start.mean[bought]
    needed = np.divide(gain, cost, out=np.zeros_like(gain), where=cost > 0)
    tolerance = max(float(np.max(needed, initial=0.0)) * figures.unit, 0.0)
    point = Point(weights, tolerance, certify(problem, weights, tolerance))
    if not point.certificate.holds:
        raise refusal(point)
    return point


@dataclass(frozen=True)
class _Rows:
    """E of shape (m, n) and e of shape (m,): what the weights are held to besides their bounds."""

    coefficients: Array
    equal_to: Array


class _ActiveSet:
    """Minimise w'Sw/2 + c'w over E w = e and the bounds, on normalised figures."""

    def __init__(
        self,
        problem: MeanVariance,
        figures: Normalised,
        linear: Array,
        rows: _Rows,
        risk_tolerance: float | None,
    ) -> None:
        self.problem = problem
        self.covariance = figures.covariance
        self.linear = linear
        self.rows, self.equal_to = rows.coefficients, rows.equal_to
        self._unit = figures.unit
        self._given_tolerance = risk_tolerance

    def interior(self) -> tuple[Array, Array, Array]:
        """Weights, multipliers of the rows and of the bounds as PIQP leaves them, whatever it says of them."""
        problem = self.problem
        program = QuadraticProgram(
            self.covariance, self.linear, self.rows, self.equal_to, lower=problem.lower, upper=problem.upper
        )
        answer = solve(program, (1e-12, 1e-10, 1e-8))
        return answer.point, answer.equality_multipliers, answer.bound_multipliers

    def point(self, weights: Array, multipliers: Array) -> Point:
        """Clipped to the bounds, and certified on the original problem."""
        tolerance = self._given_tolerance
        if tolerance is None:
            tolerance = max(-float(multipliers[1]) * self._unit, 0.0)
        clipped = np.minimum(np.maximum(weights, self.problem.lower), self.problem.upper)
        return Point(clipped, tolerance, certify(self.problem, clipped, tolerance))

    def step(self, weights: Array, side: NDArray[np.int8]) -> tuple[Array, Array, Array]:
        """Weights, multipliers of the rows and reduced gradients with the assets of ``side`` put on their bounds."""
        start = np.where(side > 0, self.problem.lower, np.where(side < 0, self.problem.upper, weights))
        free = np.flatnonzero(side == 0)
        gradient = self.covariance @ start + self.linear
        f, m = len(free), len(self.rows)
        system = np.zeros((f + m, f + m))
        system[:f, :f] = self.covariance[np.ix_(free, free)]
        system[:f, f:] = self.rows[:, free].T
        system[f:, :f] = self.rows[:, free]
        target = np.concatenate([-gradient[free], self.equal_to - self.rows @ start])
        solution = _least_change(system, target)
        start[free] += solution[:f]
        multipliers = solution[f:]
        reduced = self.covariance @ start + self.linear + self.rows.T @ multipliers
        return start, multipliers, reduced


def _least_change(system: Array, target: Array) -> Array:
    """The solution of a system; of many, the smallest."""
    try:
        solution = np.asarray(np.linalg.solve(system, target), dtype=np.float64)
        if np.max(np.abs(system @ solution - target), initial=0.0) <= 1e-12 and np.max(np.abs(solution)) < 1e3:
            return solution
    except np.linalg.LinAlgError:
        pass
    return np.asarray(np.linalg.lstsq(system, target, rcond=1e-12)[0], dtype=np.float64)


def _solved(problem: _ActiveSet) -> Point:
    weights, multipliers, pressure = problem.interior()
    if not np.all(np.isfinite(weights)):
        raise refusal(None)
    best = problem.point(weights, multipliers)
    lower, upper = problem.problem.lower, problem.problem.upper
    reduced = -pressure
    fixed = lower == upper
    seen: set[bytes] = set()
    for _ in range(MOST_CHANGES):
        side = np.zeros(len(weights), dtype=np.int8)
        side[reduced > weights - lower] = 1
        side[-reduced > upper - weights] = -1
        side[fixed] = 1
        if side.tobytes() in seen:
            break
        seen.add(side.tobytes())
        weights, multipliers, reduced = problem.step(weights, side)
        found = problem.point(weights, multipliers)
        if _error(found) < _error(best):
            best = found
        if best.certificate.holds and np.all(reduced[side > 0] >= -TOLERANCE):
            break
    if not best.certificate.holds:
        raise refusal(best)
    return best


def _error(point: Point) -> float:
    certificate = point.certificate
    return max(certificate.stationarity, certificate.complementarity, certificate.feasibility)


def refusal(best: Point | None) -> NotCertified:
    error = None if best is None else _error(best)
    message = "Neither the critical line nor the interior point came to an optimum within 1e-8."
    remedy = (
        "Leave out assets that repeat others or have almost no risk, state weights of the size of one, "
        "or shrink the covariance (Ledoit-Wolf)."
    )
    return NotCertified(problems=[Problem("covariance", error, message, remedy)])
