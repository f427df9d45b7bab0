"""Portfolios in which every asset contributes its stated share of the risk.

Long-only: weights w above zero with w_i (S w)_i proportional to the budgets b_i. They are the minimum of
y'Sy/2 - sum b_i ln y_i, scaled to the sum wanted, which is convex: F. Spinu, An algorithm for computing risk parity
weights (2013); equal budgets are those of S. Maillard, T. Roncalli and J. Teiletche, The properties of equally weighted
risk contribution portfolios, Journal of Portfolio Management 36 (2010).

Where bounds forbid that portfolio, the constrained one of J.-C. Richard and T. Roncalli, Constrained risk budgeting
portfolios (2019), takes its place: every asset strictly within its bounds contributes in proportion to its budget, one
held at its greatest weight contributes less than that and one held at its least more. The answer tells which those are.
With lower bounds there need not be such a portfolio; then the bounds are refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.log_barrier import LogBarrier, Unbounded
from modeling.engines.portfolio.long_only import BoundsCannotHold, long_only_bounds
from modeling.engines.portfolio.problem import Array, Certificate, MeanVariance, Solution
from valor.lib.errors import Problem

METHOD = "risk parity"
LEVEL_STEPS, LEVEL_STEP = 20, 2.0  # of the logarithm of the risk level, to either side
RISKLESS = 1e-12  # variance, relative to that of perfectly correlated assets, that rounding alone may leave
MOST_NAMED = 10  # assets a refusal lists, furthest outside their bounds first
LEAST_POSITIVE = 1e-12  # a bound below it holds no position open


class NotARiskBudget(EngineError):
    """Risk budgets must be positive, one for each asset: leave out the assets that shall contribute nothing."""


class NoRiskToShare(EngineError):
    """The assets can be combined to no risk at all, so there is none to share: take others or a shrunk covariance."""


def risk_parity(problem: MeanVariance, budgets: Any = None) -> Solution:
    """The portfolio in which every asset contributes its budget of the variance; equal budgets where none are given.

    Parameters
    ----------
    problem : the covariance counts, the means only for the expected return told. Weights are positive: a lower bound
        below zero never binds. Bounds are honoured as the module says.
    budgets : shape (n,), positive, scaled to add up to one

    Returns
    -------
    Solution
        ``details`` holds ``budgets``, ``contributions`` (shares of the variance), and ``at_lower`` and ``at_upper``,
        the names of assets whose bounds keep them from their budget. The certificate's stationarity is the largest
        relative error of the contributions of those within their bounds; its complementarity how far one at a bound
        lies on the wrong side of its budget.

    Raises
    ------
    NotARiskBudget, NoRiskToShare, BoundsCannotHold
    """
    shares = _checked_budgets(problem, budgets)
    deviation = _deviations(problem)
    lower, upper = _bounds(problem)
    correlation = problem.covariance / np.outer(deviation, deviation)
    weights = _unbounded(problem, correlation, shares) / deviation
    weights *= problem.budget / weights.sum()
    if float(weights @ problem.covariance @ weights) <= RISKLESS * float(weights @ deviation) ** 2:
        raise NoRiskToShare(problems=[_no_risk(problem)])
    if (weights >= lower).all() and (weights <= upper).all():
        return _certified(problem, _solution(problem, shares, weights), weights)
    bounded = _within_bounds(problem, correlation, deviation, shares)
    return _certified(problem, None if bounded is None else _solution(problem, shares, bounded), weights)


def _certified(problem: MeanVariance, solution: Solution | None, unbounded: Array) -> Solution:
    """The solution, if there is one that holds; else BoundsCannotHold with the assets that the bounds keep away."""
    if solution is not None and solution.certificate is not None and solution.certificate.holds:
        return solution
    distance = np.maximum(problem.lower - unbounded, unbounded - problem.upper)
    outside = [asset for asset in np.argsort(-distance, kind="stable") if distance[asset] > 0][:MOST_NAMED]
    problems = [
        Problem(
            f"bounds.{name}",
            float(unbounded[asset]),
            f"To share the risk by the budgets {name} would weigh {unbounded[asset]:.4g}; its bounds are "
            f"{problem.lower[asset]:g} to {problem.upper[asset]:g}, and no nearby shares fit them.",
            f"Widen the bounds of {name}, or give it another budget.",
        )
        for asset in outside
        for name in [problem.name(int(asset))]
    ]
    raise BoundsCannotHold(problems=problems) if problems else NoRiskToShare(problems=[_no_risk(problem)])


def contributions(covariance: Array, weights: Array) -> Array:
    """Each asset's share of the variance, w_i (S w)_i / w'Sw, shape (n,): they add up to one, to zero without risk."""
    marginal = weights * (covariance @ weights)
    total = float(marginal.sum())
    return np.asarray(marginal / total) if total > 0 else np.zeros_like(marginal)


def _unbounded(problem: MeanVariance, correlation: Array, shares: Array) -> Array:
    start = np.sqrt(shares)
    start /= math.sqrt(max(float(start @ correlation @ start), 1e-12))
    barrier = LogBarrier(correlation, shares, np.zeros_like(start), np.full_like(start, np.inf))
    return _minimum(problem, barrier, start)


def _minimum(problem: MeanVariance, barrier: LogBarrier, start: Array) -> Array:
    try:
        return barrier.minimum(start)
    except Unbounded:
        raise NoRiskToShare(problems=[_no_risk(problem)]) from None


def _no_risk(problem: MeanVariance) -> Problem:
    message = "Positive weights exist whose risk is zero, or too close to it to be shared out."
    return Problem("covariance", problem.size, message, "Leave an asset out, or take a shrunk covariance.")


def _within_bounds(problem: MeanVariance, correlation: Array, deviation: Array, shares: Array) -> Array | None:
    """Weights at the level of risk at which those within the bounds add up to the budget; None where there is no such.

    At level l they are the minimum of w'Sw/2 - l sum b_i ln w_i within the bounds.
    """
    least, most = np.maximum(problem.lower, 0.0), problem.upper
    lower, upper = least * deviation, most * deviation
    last = np.clip(np.sqrt(shares) * problem.budget / len(shares), lower, upper)

    def at(logarithm: float) -> Array:
        nonlocal last
        last = _minimum(problem, LogBarrier(correlation, math.exp(logarithm) * shares, lower, upper), last)
        inside = np.where(last <= lower, least, np.where(last >= upper, most, last / deviation))
        return np.clip(inside, least, most)

    def excess(logarithm: float) -> float:
        return float(at(logarithm).sum()) - problem.budget

    level = _root(excess, math.log(float(np.mean(deviation**2)) * problem.budget**2 / len(shares)))
    if level is None:
        return None
    weights = at(level)
    free = (weights > least) & (weights < most)
    if free.any():  # what rounding of the level left over
        weights[free] *= 1.0 + (problem.budget - weights.sum()) / weights[free].sum()
    return weights


def _root(excess: Callable[[float], float], guess: float) -> float | None:
    """Where *excess* turns from below zero to above, by widening a bracket around *guess*; None where it never does."""
    from scipy.optimize import brentq

    low = high = guess
    for _ in range(LEVEL_STEPS):
        if excess(low) <= 0:
            break
        low -= LEVEL_STEP
    else:
        return None
    for _ in range(LEVEL_STEPS):
        if excess(high) >= 0:
            break
        high += LEVEL_STEP
    else:
        return None
    return float(brentq(excess, low, high, xtol=1e-15, rtol=1e-15)) if low < high else low


def _solution(problem: MeanVariance, shares: Array, weights: Array) -> Solution:
    part = contributions(problem.covariance, weights)
    lower, upper = np.maximum(problem.lower, 0.0), problem.upper
    at_lower: NDArray[np.bool_] = (weights <= lower) & (lower > 0)
    at_upper: NDArray[np.bool_] = weights >= upper
    inside = ~(at_lower | at_upper)
    ratio = part / shares
    level = _middle(ratio, at_lower, at_upper)
    if inside.any():
        level = max(float(part[inside].sum() / shares[inside].sum()), 1e-300)
    error = float(np.max(np.abs(ratio[inside] / level - 1.0), initial=0.0))
    wrong_side = max(
        float(np.max(1.0 - ratio[at_lower & ~at_upper] / level, initial=0.0)),
        float(np.max(ratio[at_upper & ~at_lower] / level - 1.0, initial=0.0)),
    )
    outside = max(float(np.max(problem.lower - weights)), float(np.max(weights - upper)), 0.0)
    names = np.array([problem.name(asset) for asset in range(problem.size)])
    kept_up = at_lower & (np.abs(ratio - 1.0) > 1e-9)
    kept_down = at_upper & (np.abs(ratio - 1.0) > 1e-9)
    return Solution(
        weights=weights,
        expected_return=float(problem.mean @ weights),
        volatility=math.sqrt(max(float(weights @ problem.covariance @ weights), 0.0)),
        method=METHOD,
        certificate=Certificate(error, wrong_side, max(outside, abs(float(weights.sum()) - problem.budget))),
        details={
            "budgets": shares.tolist(),
            "contributions": part.tolist(),
            "at_lower": names[kept_up].tolist(),
            "at_upper": names[kept_down].tolist(),
        },
    )


def _middle(ratio: Array, at_lower: NDArray[np.bool_], at_upper: NDArray[np.bool_]) -> float:
    """A level between those at their greatest weights, which lie below it, and those at their least, above it."""
    below = float(np.max(ratio[at_upper & ~at_lower], initial=0.0))
    above = float(np.min(ratio[at_lower & ~at_upper], initial=np.inf))
    return (below + above) / 2 if math.isfinite(above) else max(below, 1e-300)


def _checked_budgets(problem: MeanVariance, budgets: Any) -> Array:
    if budgets is None:
        return np.full(problem.size, 1.0 / problem.size)
    shares = np.array(budgets, dtype=np.float64).reshape(-1)
    if len(shares) != problem.size:
        message = f"There are {len(shares)} budgets for {problem.size} assets."
        raise NotARiskBudget(problems=[Problem("budgets", len(shares), message, "Give one for each asset.")])
    bad = np.flatnonzero(~(np.isfinite(shares) & (shares > 0)))
    if len(bad):
        raise NotARiskBudget(
            problems=[
                Problem(
                    f"budgets.{problem.name(int(asset))}",
                    str(shares[asset]),
                    f"The risk budget of {problem.name(int(asset))} is not above zero.",
                    "Give a share of the risk, or leave the asset out.",
                )
                for asset in bad
            ]
        )
    return np.asarray(shares / shares.sum())


def _deviations(problem: MeanVariance) -> Array:
    variances = np.diagonal(problem.covariance)
    riskless = np.flatnonzero(~(variances > 0))
    if len(riskless):
        remedy = "Leave it out, or give its variance."
        raise NoRiskToShare(
            problems=[
                Problem(f"covariance.{name}", float(variances[asset]), f"{name} has no variance to contribute.", remedy)
                for asset in riskless
                for name in [problem.name(int(asset))]
            ]
        )
    return np.asarray(np.sqrt(variances))


def _bounds(problem: MeanVariance) -> tuple[Array, Array]:
    lower, upper = long_only_bounds(problem)
    never = np.flatnonzero(upper <= LEAST_POSITIVE)
    if len(never):
        name = problem.name(int(never[0]))
        message = f"{name} may not be held, so it can't contribute to the risk."
        remedy = f"Leave {name} out, or raise its greatest weight."
        raise BoundsCannotHold(problems=[Problem(f"upper.{name}", float(upper[never[0]]), message, remedy)])
    return lower, upper
