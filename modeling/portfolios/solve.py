"""The objectives by name: each takes a task and gives the best portfolio, certified or refused with its reason.

What bounds and budget alone decide is read off the exact frontier; more constraints go to the solvers of
`engines.portfolio.constrained`. Solvers are imported where they are needed: they are slow to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from modeling.engines.portfolio.critical_line.frontier import Frontier
from modeling.engines.portfolio.estimators.errors import TooLittleOverlap
from modeling.engines.portfolio.problem import Array, Solution
from modeling.portfolios.constraints import benchmark_weights
from modeling.portfolios.data import weights_of
from modeling.portfolios.places import placed
from modeling.portfolios.task import Task, check_kept
from valor.lib.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from modeling.engines.portfolio.constrained.outer import Effort

Solver = Callable[[Task], Solution]
_solvers: dict[str, Solver] = {}
LEAST_SCENARIOS = 20
# Rounds and nodes of a search among numbers of assets, and the relative gap that is near enough. A round takes up to
# two seconds, and at most as long may pass until a cancelled job ends; all of them under two minutes.
ROUNDS, NODES, GAP = 40, 500, 1e-4
FRONTIER_ROUNDS = 5  # for each of its points


def objective(name: str) -> Callable[[Solver], Solver]:
    """Declares how an objective is solved. A name may be declared once."""

    def declare(solver: Solver) -> Solver:
        if name in _solvers and _solvers[name].__module__ != solver.__module__:
            raise ValueError(f"The objective {name} is declared twice.")
        _solvers[name] = solver
        return solver

    return declare


def solve(task: Task) -> Solution:
    """The best portfolio of the task. Raises InvalidInput, among it `Infeasible`, which says what to relax."""
    check_kept(task.model)
    with placed(task.model):
        return _solvers[task.model.objective.method](task)


def solve_points(task: Task) -> list[Solution]:
    """Portfolios along the efficient frontier, from the least risk to the greatest return."""
    count = task.model.objective.points
    with placed(task.model):
        if task.is_plain:
            return frontier_of(task).points(count)
        from modeling.engines.portfolio.constrained.optimise import frontier_points

        return frontier_points(task.problem, task.constraints, count, effort_of(task))


def frontier_of(task: Task) -> Frontier:
    from modeling.engines.portfolio.critical_line.trace import trace_frontier

    return task.traced or trace_frontier(task.problem)


def optimised(task: Task, asked: Any) -> Solution:
    from modeling.engines.portfolio.constrained.optimise import optimise

    return optimise(task.problem, asked, task.constraints, effort_of(task))


def effort_of(task: Task) -> Effort:
    """The search among whole numbers of assets, bounded; what it could not prove stands in the answer's details."""
    from modeling.engines.portfolio.constrained.outer import Effort

    rounds = FRONTIER_ROUNDS if task.model.objective.method == "frontier" else ROUNDS
    return Effort(rounds, NODES, GAP, task.watch)


@objective("min_variance")
def min_variance(task: Task) -> Solution:
    from modeling.engines.portfolio.constrained.objectives import MinimumVariance

    return frontier_of(task).minimum_variance() if task.is_plain else optimised(task, MinimumVariance())


@objective("max_sharpe")
def max_sharpe(task: Task) -> Solution:
    from modeling.engines.portfolio.constrained.objectives import MaximumSharpe

    rate = task.model.risk_free
    return frontier_of(task).maximum_sharpe(rate) if task.is_plain else optimised(task, MaximumSharpe(rate))


@objective("max_return")
def max_return(task: Task) -> Solution:
    from modeling.engines.portfolio.constrained.objectives import MaximumReturn

    return frontier_of(task).maximum_return() if task.is_plain else optimised(task, MaximumReturn())


@objective("target_return")
def target_return(task: Task) -> Solution:
    """The least risk at this return or more."""
    from modeling.engines.portfolio.constrained.objectives import MinimumRisk

    target = needed(task.model.objective.target_return)
    if not task.is_plain:
        return optimised(task, MinimumRisk(target))
    frontier = frontier_of(task)
    return frontier.minimum_variance() if target <= frontier.returns[-1] else frontier.at_return(target)


@objective("target_risk")
def target_risk(task: Task) -> Solution:
    """The greatest return at this risk or less."""
    from modeling.engines.portfolio.constrained.objectives import MaximumReturn

    target = needed(task.model.objective.target_risk)
    if not task.is_plain:
        return optimised(task, MaximumReturn(target))
    frontier = frontier_of(task)
    return frontier.maximum_return() if target >= frontier.volatilities[0] else frontier.at_risk(target)


@objective("max_utility")
def max_utility(task: Task) -> Solution:
    from modeling.engines.portfolio.constrained.objectives import MaximumUtility

    return optimised(task, MaximumUtility(task.model.objective.risk_aversion))


@objective("min_tracking_error")
def min_tracking_error(task: Task) -> Solution:
    from modeling.engines.portfolio.constrained.objectives import MinimumTrackingError

    return optimised(task, MinimumTrackingError(benchmark_weights(task.model, task.names)))


@objective("black_litterman")
def black_litterman(task: Task) -> Solution:
    """The greatest utility at the market's price of risk: without views, and where limits allow, the market itself.

    The posterior covariance is S + M, which without views is (1 + tau) S: the price of risk is lowered by as much.
    """
    from modeling.engines.portfolio.constrained.objectives import MaximumUtility

    assert task.model.views is not None, "the codec refuses it without views"
    return optimised(task, MaximumUtility(task.model.views.risk_aversion / (1 + task.model.views.tau)))


@objective("equal_weight")
def equal_weight(task: Task) -> Solution:
    share = 1.0 / len(task.names)
    outside = np.flatnonzero((task.problem.lower > share) | (task.problem.upper < share))
    if len(outside):
        message = f"Equal weights of {share:.4g} lie outside the bounds of {task.names[outside[0]]}."
        raise InvalidInput.at("bounds", share, message, "Widen the bounds, or choose another objective.")
    return held(task, np.full(len(task.names), share), "equal weight")


def held(task: Task, weights: Any, method: str) -> Solution:
    """Given weights, with the return and the risk that the estimates give them."""
    expected = float(weights @ task.problem.mean)
    variance = float(weights @ task.problem.covariance @ weights)
    return Solution(weights, expected, max(variance, 0.0) ** 0.5, method)


def needed(figure: float | None) -> float:
    if figure is None:
        raise InvalidInput.at("objective", None, "Its figure is missing.", "Give the return or the risk to reach.")
    return figure


@objective("risk_parity")
def risk_parity(task: Task) -> Solution:
    """Equal shares of the risk, or the stated ones."""
    from modeling.engines.portfolio.risk_parity import risk_parity as share_risk

    stated = task.model.objective.budgets
    return share_risk(task.problem, weights_of(task.names, stated, "objective.budgets") if stated else None)


@objective("hrp")
def hierarchical(task: Task) -> Solution:
    from modeling.engines.portfolio.hierarchical import hierarchical_risk_parity

    return hierarchical_risk_parity(task.problem, linkage=task.model.objective.linkage)


@objective("max_diversification")
def max_diversification(task: Task) -> Solution:
    from modeling.engines.portfolio.diversification import maximum_diversification

    return maximum_diversification(task.problem)


@objective("min_cvar")
def min_cvar(task: Task) -> Solution:
    """The least expected shortfall over the past periods in which every asset has a return."""
    from modeling.engines.portfolio.cvar.minimum import minimum_cvar
    from modeling.engines.portfolio.cvar.scenarios import scenarios_of

    asked = task.model.objective
    returns = complete(task.returns("min_cvar"))
    scenarios = scenarios_of(returns, level=asked.beta)
    return minimum_cvar(
        task.problem, scenarios, task.constraints, target_return=asked.target_return, effort=effort_of(task)
    )


def complete(returns: Array) -> Array:
    """The periods in which nothing is missing; refuses too few, in which no tail could be seen."""
    whole = returns[:, np.isfinite(returns).all(axis=0)]
    if whole.shape[1] < LEAST_SCENARIOS:
        message = f"Only in {whole.shape[1]} periods does every asset have a return."
        remedy = f"Leave out the assets with the shortest histories: at least {LEAST_SCENARIOS} are needed."
        raise TooLittleOverlap(problems=[Problem("prices", whole.shape[1], message, remedy)])
    return whole
