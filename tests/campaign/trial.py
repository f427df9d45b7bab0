"""One problem of the campaign: traced, asked for portfolios between the corners, and judged."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.critical_line import Frontier, trace_frontier
from modeling.engines.portfolio.critical_line.errors import NoRisk, NothingBeatsRiskFree
from modeling.engines.portfolio.problem import MeanVariance, Solution
from tests.campaign.judge import LIMIT, residuals, right_to_refuse
from tests.campaign.problems import Stated, stated

POINTS = 5
JUDGED_CORNERS = 40


@dataclass(frozen=True)
class Outcome:
    """What became of a problem; ``complaint`` says what is wrong, and is empty where all is well."""

    stated: Stated
    way: str
    seconds: float
    residual: float = 0.0
    complaint: str = ""


def tried(seed: int) -> Outcome:
    given = stated(seed)
    started = time.perf_counter()
    try:
        frontier = trace_frontier(given.problem)
    except EngineError as refusal:
        seconds = time.perf_counter() - started
        way = f"refused: {type(refusal).__name__}"
        complaint = "" if right_to_refuse(given.problem, refusal) else f"refused without reason: {refusal}"
        return Outcome(given, way, seconds, complaint=complaint)
    try:
        solutions = asked(frontier)
    except EngineError as refusal:
        return Outcome(given, "refused between corners", time.perf_counter() - started, complaint=str(refusal))
    seconds = time.perf_counter() - started
    residual, complaint = judged(given.problem, frontier, solutions)
    return Outcome(given, frontier.method, seconds, residual, complaint)


def asked(frontier: Frontier) -> list[Solution]:
    """What a user asks a frontier for."""
    middle = float(frontier.returns[0] + frontier.returns[-1]) / 2
    risk = float(frontier.volatilities[0] + frontier.volatilities[-1]) / 2
    found = [*frontier.points(POINTS), *frontier.points(POINTS, "volatility")]
    found += [frontier.minimum_variance(), frontier.maximum_return(), frontier.at_return(middle)]
    found.append(frontier.at_risk(risk))
    with contextlib.suppress(NothingBeatsRiskFree, NoRisk):
        found.append(frontier.maximum_sharpe(middle - 1e-3 * abs(middle)))
    return found


def judged(problem: MeanVariance, frontier: Frontier, solutions: list[Solution]) -> tuple[float, str]:
    """The worst residual of corners and solutions, and what is wrong."""
    step = max(1, len(frontier.weights) // JUDGED_CORNERS)
    chosen = [*range(0, len(frontier.weights), step), len(frontier.weights) - 1]
    pairs = [(frontier.weights[k], float(frontier.risk_tolerances[k]), True) for k in chosen]
    pairs += [
        (s.weights, s.details["risk_tolerance"], s.certificate is not None and s.certificate.holds) for s in solutions
    ]
    worst = 0.0
    for weights, tolerance, certified in pairs:
        if not np.all(np.isfinite(weights)) or not certified:
            return np.inf, "an answer without a certificate"
        optimality, outside = residuals(problem, weights, tolerance)
        worst = max(worst, optimality, outside)
    if np.any(np.diff(frontier.returns) > 0) or np.any(np.diff(frontier.risk_tolerances) > 0):
        return worst, "the corners are out of order"
    return worst, "" if worst <= LIMIT else f"off by {worst:.2e}"
