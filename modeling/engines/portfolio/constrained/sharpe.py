"""The greatest Sharpe ratio. With linear constraints one quadratic programme finds it, stretched so that the excess
return is fixed (Cornuejols and Tutuncu, Optimization Methods in Finance, 2007, section 8.2); a last one at the risk
tolerance variance / excess return, where both have the same optimum, certifies it. With quadratic limits that tolerance
is searched for: the ratio rises along the frontier exactly while variance > tolerance * excess return.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.convex import Point
from modeling.engines.portfolio.constrained.errors import NotCertified, NothingBeatsRiskFree, RisklessGain
from modeling.engines.portfolio.constrained.kkt import Pull, certificate_of
from modeling.engines.portfolio.constrained.limited import solve_limited
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.quadratic import QuadraticProgram, solve
from valor.lib.errors import Problem

Array = NDArray[np.float64]

RISKLESS = 1e-10  # a volatility below this is none
STEPS = 60
LEAST = 1e-9  # of what a risk tolerance usually is: the search starts there
NEAR = 1e-4  # relative; how near the stretched programme comes to the tolerance


def solve_sharpe(program: Program, risk_free: float) -> Point | None:
    """The portfolio of the greatest ratio; None where no point meets the constraints.

    Raises NothingBeatsRiskFree, or RisklessGain where a portfolio has an excess return and no risk.
    """
    zero = np.zeros(program.size)
    greatest = solve_limited(program, Pull(zero, np.inf))
    if greatest is None:
        return None
    best = _excess(program, greatest, risk_free)
    if best <= 0:
        raise no_ratio(risk_free, f"{best + risk_free:.4g}, the greatest that is allowed")
    if program.quadratics:
        return _searched(program, risk_free, None)
    tolerance = _tolerance(program, _stretched(program, risk_free, best), risk_free)
    return _searched(program, risk_free, tolerance)


def no_ratio(risk_free: float, greatest: str) -> NothingBeatsRiskFree:
    message = f"The expected return of {greatest}, does not exceed it."
    remedy = "Lower the risk-free rate, or loosen what keeps the return down."
    return NothingBeatsRiskFree(problems=[Problem("objective.risk_free", risk_free, message, remedy)])


def _excess(program: Program, point: Point, risk_free: float) -> float:
    return program.expected_return(point.values[: program.size]) - risk_free


def _tolerance(program: Program, weights: Array, risk_free: float) -> float:
    """Variance over excess return: the risk tolerance at which the best ratio is the greatest utility, too."""
    volatility = program.distance(weights)
    excess = program.expected_return(weights) - risk_free
    if excess > 0 and volatility <= RISKLESS:
        message = f"It earns {excess:.4g} above the rate at no volatility: no ratio is the greatest."
        raise RisklessGain(problems=[Problem("objective.risk_free", risk_free, message, "Check the covariance.")])
    if excess <= 0:
        message = "The best ratio lies where the excess return vanishes."
        raise NotCertified(problems=[Problem("objective.risk_free", risk_free, message, "Lower the risk-free rate.")])
    return volatility**2 / excess


def _stretched(program: Program, risk_free: float, best: float) -> Array:
    """Weights of the best ratio from the programme in y = k w with the excess return of y fixed at *best*.

    Columns that are fixed at zero are left out; k is the last one.
    """
    free = (program.lower != 0.0) | (program.upper != 0.0)
    columns, n = int(free.sum()), program.size
    lower, upper, rows = program.lower[free], program.upper[free], program.rows[:, free]
    quadratic = np.zeros((program.columns, program.columns))
    quadratic[:n, :n] = program.problem.covariance
    kept = np.zeros((columns + 1, columns + 1))
    kept[:columns, :columns] = quadratic[np.ix_(free, free)]
    excess = np.append(program.reward[free], program.reward_constant - risk_free)
    even = program.row_lower == program.row_upper
    fixed = lower == upper
    identity = np.eye(columns)
    equality = np.vstack(
        [
            np.column_stack([rows[even], -program.row_upper[even]]),
            np.column_stack([identity[fixed], -upper[fixed]]),
            excess,
        ]
    )
    below, above = np.isfinite(upper) & ~fixed, np.isfinite(lower) & (lower != 0.0) & ~fixed
    least, most = ~even & np.isfinite(program.row_lower), ~even & np.isfinite(program.row_upper)
    ranged = np.vstack(
        [
            np.column_stack([rows[most], -program.row_upper[most]]),
            np.column_stack([-rows[least], program.row_lower[least]]),
            np.column_stack([identity[below], -upper[below]]),
            np.column_stack([-identity[above], lower[above]]),
        ]
    )
    answer = solve(
        QuadraticProgram(
            quadratic=kept,
            linear=np.zeros(columns + 1),
            equality=equality,
            equal_to=np.append(np.zeros(len(equality) - 1), best),
            rows=ranged,
            row_lower=np.full(len(ranged), -np.inf),
            row_upper=np.zeros(len(ranged)),
            lower=np.append(np.where(lower == 0.0, 0.0, -np.inf), 0.0),
            upper=np.full(columns + 1, np.inf),
        )
    )
    values = np.zeros(program.columns)
    values[free] = answer.point[:columns] / answer.point[-1]
    weights: Array = values[:n]
    return weights


def _searched(program: Program, risk_free: float, near: float | None) -> Point | None:
    """The point whose own risk tolerance is the one it was found by; the difference is piecewise linear in it."""
    from scipy.optimize import brentq

    tried: list[tuple[float, Point]] = []

    @cache  # the ends are asked for again, and rounding must not give them another sign
    def rising(tolerance: float) -> float:
        point = solve_limited(program, Pull(np.zeros(program.size), tolerance), tried[-1][1] if tried else None)
        if point is None:
            raise NotCertified(problems=[_unsettled(risk_free)])
        weights = point.values[: program.size]
        found = program.distance(weights) ** 2 - tolerance * (program.expected_return(weights) - risk_free)
        tried.append((abs(found), point))
        return found

    unit = _unit(program)
    low, high = (unit * LEAST, unit) if near is None else (near * (1 - NEAR), near * (1 + NEAR))
    at_low, at_high = rising(low), rising(high)
    if at_low < 0:
        low = min(low, unit) * LEAST
        at_low = rising(low)
    for _ in range(STEPS):
        if at_high < 0:
            break
        low, at_low, high = high, at_high, high * 4
        at_high = rising(high)
    if at_low > 0 > at_high:
        brentq(rising, low, high, xtol=1e-18, rtol=1e-13, maxiter=STEPS, disp=False)
    return _by_its_own(program, min(tried, key=lambda one: one[0])[1], risk_free)


def _by_its_own(program: Program, point: Point, risk_free: float) -> Point:
    """The point judged by the tolerance that its own variance and excess return ask for."""
    tolerance = _tolerance(program, point.values[: program.size], risk_free)
    rest = 1 - sum(point.pull.shares)
    pull = Pull(point.pull.center, rest * tolerance, point.pull.shares)
    certificate = certificate_of(program, pull, point.values, point.multipliers)
    return Point(point.values, point.multipliers, pull, certificate, point.active)


def _unit(program: Program) -> float:
    return float(np.mean(np.diagonal(program.problem.covariance))) / max(float(np.max(np.abs(program.reward))), 1e-6)


def _unsettled(risk_free: float) -> Problem:
    return Problem("objective.risk_free", risk_free, "No best ratio could be found.", "Scale the figures alike.")
