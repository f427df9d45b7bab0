"""A frontier of which only single points are proven: more of them around the place that is asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modeling.engines.portfolio.certificate import certify
from modeling.engines.portfolio.critical_line.fallback import Point, refusal, solve_at_return
from modeling.engines.portfolio.critical_line.normalised import normalised
from modeling.engines.portfolio.critical_line.segments import Places, Segments
from modeling.engines.portfolio.problem import MeanVariance

MOST_POINTS = 60
SETTLED = 1e-10  # of the variance: how far a mixture may lie off the frontier


def refined(problem: MeanVariance, segments: Segments, place: Callable[[Segments], Places]) -> Point:
    """The efficient portfolio at a place of a chain that is only nearly the frontier.

    The mixture's return is solved for and becomes a corner, and so does the middle of the segment, until the chain
    there is the frontier. Raises NotCertified.
    """
    figures = normalised(problem)
    for _ in range(MOST_POINTS):
        places = place(segments)
        mixture = segments.mixed(places)
        weights, tolerance = mixture.weights[0], float(mixture.risk_tolerances[0])
        certificate = certify(problem, weights, tolerance)
        if certificate.holds:
            return Point(weights, tolerance, certificate)
        point = solve_at_return(problem, figures, float(weights @ problem.mean))
        if float(weights @ mixture.risks[0]) <= (1 + SETTLED) * float(
            point.weights @ problem.covariance @ point.weights
        ):
            return point
        middle = segments.mixed(Places(places.segments, np.array([0.5]))).weights[0]
        for corner in (point, solve_at_return(problem, figures, float(middle @ problem.mean))):
            segments = segments.with_corner(corner.weights, problem.covariance @ corner.weights, corner.risk_tolerance)
    raise refusal(None)
