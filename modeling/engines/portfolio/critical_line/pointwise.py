"""A frontier of which only single points are proven: more of them around the place that is asked for."""

from __future__ import annotations

from collections.abc import Callable

from modeling.engines.portfolio.certificate import certify
from modeling.engines.portfolio.critical_line.fallback import Point, refusal, solve_at_return
from modeling.engines.portfolio.critical_line.segments import Places, Segments
from modeling.engines.portfolio.problem import MeanVariance

MOST_POINTS = 60
SETTLED = 1e-12  # of the variance: how far a mixture may lie off the frontier


def refined(problem: MeanVariance, segments: Segments, place: Callable[[Segments], Places]) -> Point:
    """The efficient portfolio at a place of a chain that is only nearly the frontier.

    The mixture's return is solved for and becomes a corner, until the chain there is the frontier. Raises NotCertified.
    """
    for _ in range(MOST_POINTS):
        mixture = segments.mixed(place(segments))
        weights, tolerance = mixture.weights[0], float(mixture.risk_tolerances[0])
        certificate = certify(problem, weights, tolerance)
        if certificate.holds:
            return Point(weights, tolerance, certificate)
        point = solve_at_return(problem, float(weights @ problem.mean))
        risks = problem.covariance @ point.weights
        if float(weights @ mixture.risks[0]) <= (1 + SETTLED) * float(point.weights @ risks):
            return point
        segments = segments.with_corner(point.weights, risks, point.risk_tolerance)
    raise refusal(None)
