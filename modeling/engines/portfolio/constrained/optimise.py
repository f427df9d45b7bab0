"""The best portfolio for an objective under constraints, certified; and the frontier under them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.constrained.build import program_of
from modeling.engines.portfolio.constrained.convex import Point
from modeling.engines.portfolio.constrained.errors import (
    NoSemidefiniteCovariance,
    NotCertified,
    UndecidedHoldings,
)
from modeling.engines.portfolio.constrained.feasibility import feasible
from modeling.engines.portfolio.constrained.held_sharpe import solve_held_sharpe
from modeling.engines.portfolio.constrained.kkt import Pull
from modeling.engines.portfolio.constrained.limited import solve_limited
from modeling.engines.portfolio.constrained.objectives import (
    MaximumReturn,
    MaximumSharpe,
    MaximumUtility,
    MinimumRisk,
    MinimumTrackingError,
    MinimumVariance,
    Objective,
    checked_objective,
)
from modeling.engines.portfolio.constrained.outer import USUAL, Effort, solve_held
from modeling.engines.portfolio.constrained.program import Member, Program, Quadratic
from modeling.engines.portfolio.constrained.sharpe import solve_sharpe
from modeling.engines.portfolio.constraints import Constraints
from modeling.engines.portfolio.infeasible import explain
from modeling.engines.portfolio.problem import MeanVariance, Solution
from valor.lib.errors import Problem

Array = NDArray[np.float64]

METHODS: dict[type[Objective], str] = {
    MinimumVariance: "minimum variance",
    MaximumReturn: "maximum return",
    MinimumRisk: "minimum risk at a return",
    MaximumSharpe: "maximum Sharpe ratio",
    MaximumUtility: "maximum utility",
    MinimumTrackingError: "minimum tracking error",
}
NEGATIVE = 1e-8  # of the largest eigenvalue; what lies below is not rounding


def optimise(
    problem: MeanVariance,
    objective: Objective,
    constraints: Constraints | None = None,
    effort: Effort = USUAL,
) -> Solution:
    """The best portfolio, with its certificate on the original figures.

    With a number of assets or a least position the certificate is that of the assets chosen; ``details`` then holds the
    objective as it is minimised, the bound that no choice can pass, the relative gap and whether it proves the choice
    best. ``effort`` limits the search.

    Raises
    ------
    Infeasible
        No portfolio meets everything: which requirements conflict, and what to relax.
    NotCertified
        Optimality could not be shown to 1e-8.
    EngineError
        A constraint or a figure of the objective can't be used.
    """
    checked_objective(objective, problem)
    refuse_negative(problem)
    program = asked_of(program_of(problem, constraints or Constraints()), objective)
    if not feasible(program):
        raise explain(program)
    if program.has_integers:
        return solve_with_integers(program, objective, effort)
    found = solve_objective(program, objective)
    if found is None:
        raise NotCertified(problems=[unsettled()])
    return solution_of(program, found, METHODS[type(objective)])


def solve_with_integers(program: Program, objective: Objective, effort: Effort) -> Solution:
    """The best of few assets, with the bound that no other choice can pass."""
    if isinstance(objective, MaximumSharpe):
        chosen = solve_held_sharpe(program, objective.risk_free, effort)
    else:
        chosen = solve_held(program, pull_of(program, objective), effort)
    if chosen is None:
        message = f"Nothing that meets all constraints was found in {effort.rounds} rounds."
        raise UndecidedHoldings(problems=[Problem("effort.rounds", effort.rounds, message, "Allow more rounds.")])
    solution = solution_of(program, chosen.point, METHODS[type(objective)])
    integers = {
        "held": int(np.count_nonzero(solution.weights)),
        "objective": chosen.value,
        "lower_bound": chosen.lower_bound if np.isfinite(chosen.lower_bound) else None,
        "gap": chosen.gap if np.isfinite(chosen.gap) else None,
        "rounds": chosen.rounds,
        "proven_optimal": chosen.proven,
    }
    return replace(solution, details=solution.details | integers)


def unsettled() -> Problem:
    return Problem(
        "constraints", "no answer", "The solver found no optimum.", "Loosen limits that leave next to no room."
    )


def asked_of(program: Program, objective: Objective) -> Program:
    """The programme with the return or the risk that the objective asks for."""
    match objective:
        case MinimumRisk(target):
            return with_target(program, target)
        case MaximumReturn(risk) if risk is not None:
            member = Member("target_risk", "volatility", "objective.risk", risk)
            return program.with_quadratic(Quadratic(np.zeros(program.size), risk), member)
        case _:
            return program


def with_target(program: Program, target: float) -> Program:
    member = Member("target_return", "expected return", "objective.target_return", target, "lower")
    return program.with_row(program.reward, target - program.reward_constant, np.inf, member)


def pull_of(program: Program, objective: Objective) -> Pull:
    """The objective as a center and a risk tolerance; the greatest Sharpe ratio has none before it is found."""
    zero = np.zeros(program.size)
    match objective:
        case MaximumReturn():
            return Pull(zero, np.inf)
        case MaximumUtility(aversion):
            return Pull(zero, np.inf if aversion == 0 else 1 / aversion)
        case MinimumTrackingError(benchmark):
            return Pull(np.asarray(benchmark, np.float64), 0.0)
        case _:
            return Pull(zero, 0.0)


def solve_objective(program: Program, objective: Objective) -> Point | None:
    if isinstance(objective, MaximumSharpe):
        return solve_sharpe(program, objective.risk_free)
    return solve_limited(program, pull_of(program, objective))


def solution_of(program: Program, point: Point, method: str) -> Solution:
    """The answer, once it is certified."""
    if not point.certificate.holds:
        message = f"The best portfolio found misses the optimality conditions by {point.error:.1e}, above 1e-8."
        remedy = "Scale the figures alike, or loosen limits that leave next to no room."
        raise NotCertified(problems=[Problem("constraints", point.error, message, remedy)])
    weights = point.values[: program.size]
    return Solution(
        weights=weights,
        expected_return=program.expected_return(weights),
        volatility=program.distance(weights),
        method=method,
        certificate=point.certificate,
        details=details_of(program, weights),
    )


def details_of(program: Program, weights: Array) -> dict[str, float]:
    """What the constraints come to at these weights."""
    details = {"expected_return_before_costs": float(program.problem.mean @ weights)}
    values = program.rows @ program.lifted(weights)
    for member in program.members:
        if member.kind == "turnover" and member.row is not None:
            details["turnover"] = float(values[member.row]) + member.value - float(program.row_upper[member.row])
        if member.kind == "gross" and member.row is not None:
            details["gross_exposure"] = float(values[member.row])
        if member.kind == "tracking_error" and member.quadratic is not None:
            details["tracking_error"] = program.distance(weights, program.quadratics[member.quadratic].center)
    return details


def frontier_points(
    problem: MeanVariance, constraints: Constraints | None = None, count: int = 50, effort: Effort = USUAL
) -> list[Solution]:
    """The efficient frontier under the constraints at *count* equally spaced returns, least variance first.

    ``effort`` limits the search for each point; its ``watch`` is called with (points done, points) before each.

    Raises Infeasible where no portfolio meets the constraints, and EngineError for fewer than two points.
    """
    if count < 2:
        message = "A frontier has at least its two ends."
        raise EngineError(problems=[Problem("count", count, message, "Ask for 2 points or more.")])

    def point(done: int, objective: Objective) -> Solution:
        effort.watch(done, count)
        alone = replace(effort, watch=lambda *_: effort.watch(done, count))
        return optimise(problem, objective, constraints, alone)

    least, most = point(0, MinimumVariance()), point(1, MaximumReturn())
    targets = np.linspace(least.expected_return, most.expected_return, count)
    within = [point(done, MinimumRisk(float(target))) for done, target in enumerate(targets[1:-1], 2)]
    return [replace(one, method="frontier") for one in (least, *within, most)]


def refuse_negative(problem: MeanVariance) -> None:
    values = np.linalg.eigvalsh(problem.covariance)
    if values[0] < -NEGATIVE * max(float(values[-1]), 0.0):
        message = f"Its smallest eigenvalue is {values[0]:.3g}."
        remedy = "Estimate it by a method that gives a positive semi-definite one, or repair it."
        raise NoSemidefiniteCovariance(problems=[Problem("covariance", float(values[0]), message, remedy)])
