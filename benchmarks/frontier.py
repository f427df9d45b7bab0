"""The efficient frontier against the two best-known libraries: 50 points, long only, no weight above 10 %.

Means and covariances are those of ten years of daily returns (2,520 days, fixed seed) from `benchmarks.markets`. Every
call starts from them; ours traces the frontier, certifies every corner and every point. PyPortfolioOpt solves by
Clarabel for the returns of our 50 points, in one object, which is its fastest way; skfolio solves its own 50.

speedup_20, speedup_100, speedup_500
    PyPortfolioOpt's time over ours, in a market with a factor.
speedup_500_diffuse
    The same without a market factor: some 500 corners.
speedup_skfolio_20, speedup_skfolio_100
    skfolio's time over ours.
variance_gap
    Our variance over a peer's at the return that it achieved, less one, after its weights are projected to the nearest
    that meet bounds and budget: the largest of all points, sizes and peers. Below zero where ours is the smaller.
peer_failures
    Points at which a peer gave no answer, of all that it was asked for.
milliseconds_500, milliseconds_500_diffuse, milliseconds_1500
    Ours alone, of the processor: a time says as much about the machine, so compare it with nothing but itself.

At 500 assets a peer takes seven seconds a frontier, so each peer runs once, after a warm-up at one point; ours runs
before and after it, and the median of all its runs counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.markets import diffuse_market, factor_market, yearly
from benchmarks.registry import Figures, benchmark
from benchmarks.timing import seconds_of
from modeling.engines.portfolio.critical_line import Frontier, trace_frontier
from modeling.engines.portfolio.problem import MeanVariance, Solution, problem_of

Array = NDArray[np.float64]

POINTS = 50
MOST = 0.1
SEED = 20_131_107
RUNS = 5  # of ours, before and after each peer


def ours(problem: MeanVariance) -> tuple[Frontier, list[Solution]]:
    frontier = trace_frontier(problem)
    return frontier, frontier.points(POINTS)


@dataclass
class Peer:
    """What one peer answered: weights by point, and how many points it did not answer."""

    weights: list[Array] = field(default_factory=list)
    failures: int = 0


def py_portfolio_opt(problem: MeanVariance, returns: Sequence[float]) -> Peer:
    """Each point in the same object, which keeps the problem compiled."""
    from pypfopt import EfficientFrontier

    found = Peer()
    peer = EfficientFrontier(problem.mean, problem.covariance, weight_bounds=(0, MOST), solver="CLARABEL")
    for expected_return in returns:
        try:
            peer.efficient_return(expected_return)
            found.weights.append(np.array(peer.weights))
        except Exception:  # whatever it raises is a point without an answer
            found.failures += 1
    return found


def skfolio_frontier(returns: Array, _: Sequence[float]) -> Peer:
    """From its own estimate of the same means and covariance, 50 points of its own choice."""
    from skfolio.optimization import MeanRisk, ObjectiveFunction

    model = MeanRisk(
        objective_function=ObjectiveFunction.MINIMIZE_RISK,
        efficient_frontier_size=POINTS,
        max_weights=MOST,
        raise_on_failure=False,
    )
    model.fit(returns.T)
    weights = np.atleast_2d(np.asarray(model.weights_, dtype=np.float64))
    solved = [row for row in weights if np.all(np.isfinite(row))]
    return Peer(solved, POINTS - len(solved))


@dataclass
class Comparison:
    """Ours and one peer on one market."""

    speedup: float
    milliseconds: float
    gap: float
    failures: int


def compared(problem: MeanVariance, solve: Callable[[list[float]], Peer]) -> Comparison:
    frontier, solutions = ours(problem)
    returns = [solution.expected_return for solution in solutions]
    solve(returns[:1])
    answers: list[Peer] = []
    times = [seconds_of(lambda: ours(problem)) for _ in range(RUNS)]
    theirs = seconds_of(lambda: answers.append(solve(returns)))
    times += [seconds_of(lambda: ours(problem)) for _ in range(RUNS)]
    gap = max((variance_gap(frontier, weights) for weights in answers[0].weights), default=0.0)
    return Comparison(theirs / median(times), median(times) * 1e3, gap, answers[0].failures)


def variance_gap(frontier: Frontier, weights: Array) -> float:
    problem = frontier.problem
    feasible = projected(weights, problem.lower, problem.upper, problem.budget)
    achieved = float(np.clip(feasible @ problem.mean, frontier.returns[-1], frontier.returns[0]))
    variance = float(feasible @ problem.covariance @ feasible)
    return frontier.at_return(achieved).volatility ** 2 / variance - 1


def projected(weights: Array, lower: Array, upper: Array, budget: float) -> Array:
    """The nearest weights within the bounds that add up to the budget: all shifted by one figure, then clipped."""
    low, high = float(np.min(lower - weights)), float(np.max(upper - weights))
    for _ in range(200):
        shift = (low + high) / 2
        if np.clip(weights + shift, lower, upper).sum() > budget:
            high = shift
        else:
            low = shift
    clipped: Array = np.clip(weights + low, lower, upper)
    return clipped


@benchmark("frontier", "50 points of the efficient frontier against PyPortfolioOpt and skfolio")
def measure() -> Figures:
    figures: Figures = {}
    found: list[Comparison] = []
    for label, assets, market in (
        ("20", 20, factor_market),
        ("100", 100, factor_market),
        ("500", 500, factor_market),
        ("500_diffuse", 500, diffuse_market),
    ):
        returns = market(assets, SEED)
        mean, covariance = yearly(returns)
        problem = problem_of(mean, covariance, upper=MOST)
        versus = compared(problem, partial(py_portfolio_opt, problem))
        found.append(versus)
        figures[f"speedup_{label}"] = versus.speedup
        if assets == 500:
            figures[f"milliseconds_{label}"] = versus.milliseconds
        else:
            found.append(compared(problem, partial(skfolio_frontier, returns)))
            figures[f"speedup_skfolio_{label}"] = found[-1].speedup
    mean, covariance = yearly(factor_market(1_500, SEED))
    large = problem_of(mean, covariance, upper=MOST)
    figures["milliseconds_1500"] = median(seconds_of(lambda: ours(large)) for _ in range(RUNS)) * 1e3
    figures["variance_gap"] = max(comparison.gap for comparison in found)
    figures["peer_failures"] = sum(comparison.failures for comparison in found)
    return figures
