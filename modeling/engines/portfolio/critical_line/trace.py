"""The whole frontier of a problem: walk, verify, and walk again on nudged figures where the proof does not hold."""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.certificate import Certificates, certify_all, marginal_risks
from modeling.engines.portfolio.critical_line.fallback import METHOD as INTERIOR_POINT
from modeling.engines.portfolio.critical_line.fallback import Point, solve_at_return, solve_at_tolerance, solve_at_top
from modeling.engines.portfolio.critical_line.free import Breakdown
from modeling.engines.portfolio.critical_line.frontier import Frontier
from modeling.engines.portfolio.critical_line.normalised import Normalised, normalised
from modeling.engines.portfolio.critical_line.walk import Corners, Walk
from modeling.engines.portfolio.problem import Array, MeanVariance

METHOD = "critical line"
# Nudges of the means, the ridge, and the level, each relative to the normalised figures. Hardly ever is more than the
# first needed; the last moves an optimum by a tenth of what the certificate allows.
PLAIN, LEVEL, NUDGED = (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1e-9, 1e-9, 1.0)
POINTS = 33  # of a frontier that is solved point by point
DOMINATED = 1e-13  # returns this close, of the largest mean, are equal


def trace_frontier(problem: MeanVariance) -> Frontier:
    """The efficient portfolios from the greatest return to the least variance, under bounds and budget.

    Every corner is certified on ``problem`` itself. Raises BudgetOutOfReach, IndefiniteCovariance, and NotCertified
    where neither the walk nor the interior point comes to a proof.
    """
    figures = normalised(problem)
    attempts = (LEVEL, NUDGED) if figures.singular else (PLAIN, LEVEL, NUDGED)
    for nudge in attempts:
        found = _walked(problem, figures, nudge)
        if found is not None:
            return found
    return _pointwise(problem, figures)


def _walked(problem: MeanVariance, figures: Normalised, nudge: tuple[float, float, float]) -> Frontier | None:
    covariance, mean = figures.perturbed(*nudge)
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            corners = Walk(covariance, mean, figures.lower, figures.upper, figures.budget).corners()
    except (Breakdown, FloatingPointError):
        return None
    corners = _efficient(problem, Corners(corners.weights, corners.risk_tolerances * figures.unit))
    risks = marginal_risks(problem, corners.weights)
    certificates = certify_all(problem, corners.weights, corners.risk_tolerances, risks)
    return _frontier(problem, corners, risks, certificates, METHOD) if np.all(certificates.holds) else None


def _efficient(problem: MeanVariance, corners: Corners) -> Corners:
    """Without corners that repeat, and without leading ones whose return a later one has, too, at less risk."""
    last_of_its_tolerance = np.append(np.diff(corners.risk_tolerances) < 0, True)
    corners = Corners(corners.weights[last_of_its_tolerance], corners.risk_tolerances[last_of_its_tolerance])
    returns = corners.weights @ problem.mean
    gross = np.max(np.abs(corners.weights[0]).sum(), initial=1.0)
    equal = returns >= returns.max() - DOMINATED * float(np.max(np.abs(problem.mean))) * gross
    first = int(np.flatnonzero(equal)[-1])
    return Corners(corners.weights[first:], corners.risk_tolerances[first:])


def _frontier(
    problem: MeanVariance, corners: Corners, risks: Array, certificates: Certificates, method: str
) -> Frontier:
    return Frontier(
        problem=problem,
        weights=corners.weights,
        risk_tolerances=corners.risk_tolerances,
        risks=risks,
        certificate=certificates.worst(),
        method=method,
    )


def _pointwise(problem: MeanVariance, figures: Normalised) -> Frontier:
    """Some points of the frontier, each solved on its own; those between are solved when they are asked for."""
    least = solve_at_tolerance(problem, figures, 0.0)
    top = solve_at_top(problem, figures)
    low, high = float(least.weights @ problem.mean), float(top.weights @ problem.mean)
    points: list[Point] = []
    if high - low > DOMINATED * float(np.max(np.abs(problem.mean))):
        asked = np.linspace(high, low, POINTS)[1:-1]
        points = _falling([top, *(solve_at_return(problem, figures, float(r)) for r in asked)])
    points.append(least)
    corners = Corners(np.array([p.weights for p in points]), np.array([p.risk_tolerance for p in points]))
    risks = marginal_risks(problem, corners.weights)
    certificates = certify_all(problem, corners.weights, corners.risk_tolerances, risks)
    return _frontier(problem, corners, risks, certificates, INTERIOR_POINT)


def _falling(points: list[Point]) -> list[Point]:
    """Where a portfolio is optimal for a range of risk tolerances, the solver may name any: keep those in order."""
    kept: list[Point] = []
    for point in points:
        if point.risk_tolerance > 0 and (not kept or point.risk_tolerance < kept[-1].risk_tolerance):
            kept.append(point)
    return kept
