"""The portfolio of the least expected shortfall, and the frontier of such."""

from __future__ import annotations

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.constrained.build import program_of
from modeling.engines.portfolio.constrained.errors import NotOffered
from modeling.engines.portfolio.constrained.feasibility import feasible
from modeling.engines.portfolio.constrained.objectives import MaximumReturn
from modeling.engines.portfolio.constrained.optimise import optimise, with_target
from modeling.engines.portfolio.constrained.outer import USUAL, Effort
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.constraints import Constraints, shown
from modeling.engines.portfolio.cvar.held import solve_held_tail
from modeling.engines.portfolio.cvar.scenarios import Scenarios
from modeling.engines.portfolio.cvar.tail import solved
from modeling.engines.portfolio.infeasible import explain
from modeling.engines.portfolio.problem import MeanVariance, Solution
from valor.lib.errors import Problem


def minimum_cvar(
    problem: MeanVariance,
    scenarios: Scenarios,
    constraints: Constraints | None = None,
    *,
    target_return: float | None = None,
    effort: Effort = USUAL,
) -> Solution:
    """The portfolio of the least expected shortfall.

    Parameters
    ----------
    problem : expected returns per year (for ``target_return``), covariance (for the volatility told), bounds, budget
    scenarios : their returns are per period, and so are the value at risk and the expected shortfall in ``details``
    constraints : all but a limit on the tracking error
    target_return : least expected return after costs, decimal per year
    effort : limits the search where a number of assets or a least position is asked for; the certificate then is that
        of the assets chosen, and ``details`` holds the bound that no choice can pass, the relative gap and whether it
        proves the choice best

    Raises Infeasible with what conflicts, NotOffered for a limit on the tracking error, NotCertified, and
    UndecidedHoldings where nothing was found within the effort.
    """
    program = linear_program(problem, scenarios, constraints)
    if target_return is not None:
        if not np.isfinite(target_return):
            message = "The return asked for is not finite."
            raise EngineError(problems=[Problem("target_return", shown(target_return), message, "Give a number.")])
        program = with_target(program, target_return)
    if not feasible(program):
        raise explain(program)
    return solve_held_tail(program, scenarios, effort) if program.has_integers else solved(program, scenarios)


def cvar_frontier(
    problem: MeanVariance,
    scenarios: Scenarios,
    constraints: Constraints | None = None,
    count: int = 20,
    effort: Effort = USUAL,
) -> list[Solution]:
    """Least expected shortfall at *count* equally spaced expected returns, from the least shortfall of all up."""
    if count < 2:
        message = "A frontier has at least its two ends."
        raise EngineError(problems=[Problem("count", count, message, "Ask for 2 points or more.")])
    least = minimum_cvar(problem, scenarios, constraints, effort=effort)
    most = optimise(problem, MaximumReturn(), constraints, effort).expected_return
    targets = np.linspace(least.expected_return, most, count)[1:]
    rest = [minimum_cvar(problem, scenarios, constraints, target_return=float(one), effort=effort) for one in targets]
    return [least, *rest]


def linear_program(problem: MeanVariance, scenarios: Scenarios, constraints: Constraints | None) -> Program:
    """The programme of the constraints, refused where it does not fit the scenarios or has a quadratic limit."""
    if len(scenarios.returns) != problem.size:
        message = f"They are for {len(scenarios.returns)} assets, the problem has {problem.size}."
        remedy = "Give one row of returns for each asset, in the order of the assets."
        raise EngineError(problems=[Problem("scenarios", len(scenarios.returns), message, remedy)])
    program = program_of(problem, constraints or Constraints())
    unfit = [member for member in program.members if member.quadratic is not None]
    if unfit:
        message = "The least expected shortfall is found without limits on the tracking error."
        remedy = "Leave this constraint out, or minimise the variance instead."
        raise NotOffered(problems=[Problem(member.path, member.value, message, remedy) for member in unfit])
    return program
