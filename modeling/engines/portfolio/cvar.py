"""The least expected shortfall over scenarios (Rockafellar and Uryasev, Journal of Risk 2, 2000, equation 9 and 17).

The linear programme has one row per scenario, but only those in the tail matter: it starts with the worst scenarios of
one portfolio, and those that turn out to lie beyond the value at risk are added until none is missing. What is left out
holds by itself then, so the answer is that of the whole programme; its multipliers, which are weights of the scenarios,
prove it on all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.constrained.build import program_of
from modeling.engines.portfolio.constrained.errors import NotCertified, NotOffered
from modeling.engines.portfolio.constrained.feasibility import feasible
from modeling.engines.portfolio.constrained.kkt import feasibility
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.optimise import with_target
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.constraints import Constraints, shown
from modeling.engines.portfolio.infeasible import explain
from modeling.engines.portfolio.problem import Certificate, MeanVariance, Solution
from valor.lib.errors import Problem

Array = NDArray[np.float64]

MOST_ROUNDS = 200
ROUNDING = 1e-13
MISSING = 1e-11  # a loss this much beyond the value at risk is still at it
START = 2.0  # times the tail: how many scenarios the programme starts with


@dataclass(frozen=True)
class Scenarios:
    """Possible returns of every asset over one period.

    Attributes
    ----------
    returns : shape (n, s), decimals per period, no NaN: one row per asset
    weights : probabilities of shape (s,), adding up to 1
    level : the share of outcomes that the value at risk covers, such as 0.95
    """

    returns: Array
    weights: Array
    level: float

    @property
    def most(self) -> Array:
        """The greatest weight of each scenario in the mean of the tail."""
        return self.weights / (1 - self.level)


def scenarios_of(returns: Any, *, level: float = 0.95, weights: Any = None) -> Scenarios:
    """The checked scenarios; without weights all are alike. Raises EngineError naming what can't be used."""
    figures = np.asarray(returns, dtype=np.float64)
    if figures.ndim != 2 or 0 in figures.shape:
        shape = " x ".join(map(str, figures.shape)) or "a number"
        remedy = "Give one row per asset and one column per scenario."
        raise EngineError(problems=[Problem("scenarios", shape, "This is no table of returns.", remedy)])
    count = figures.shape[1]
    chances = np.full(count, 1.0) if weights is None else np.asarray(weights, dtype=np.float64)
    faults = []
    if not np.all(np.isfinite(figures)):
        asset, scenario = np.argwhere(~np.isfinite(figures))[0]
        message = f"The return of asset {asset + 1} in scenario {scenario + 1} is not finite."
        faults.append(
            Problem("scenarios", str(figures[asset, scenario]), message, "Leave the scenario out, or fill it.")
        )
    if chances.shape != (count,) or not np.all(np.isfinite(chances)) or np.any(chances < 0) or not chances.sum() > 0:
        message = f"There are {count} scenarios; each needs a finite weight of 0 or more, and one above 0."
        faults.append(Problem("weights", str(chances.shape), message, "Give one weight per scenario, or none at all."))
    if not 0 < level < 1:
        message = "The level does not lie between 0 and 1."
        faults.append(Problem("level", shown(level), message, "Give a level such as 0.95."))
    if faults:
        raise EngineError("These scenarios can't be used.", problems=faults)
    return Scenarios(figures, chances / chances.sum(), float(level))


def value_at_risk(losses: Array, scenarios: Scenarios) -> float:
    """The least loss that is not passed with probability ``level``; *losses* of shape (s,)."""
    order = np.argsort(losses)
    covered = np.cumsum(scenarios.weights[order])
    place = int(np.searchsorted(covered, scenarios.level - 1e-12))
    return float(losses[order[min(place, len(order) - 1)]])


def expected_shortfall(losses: Array, scenarios: Scenarios) -> float:
    """The mean loss of the worst 1 - ``level`` of outcomes; *losses* of shape (s,)."""
    at_risk = value_at_risk(losses, scenarios)
    return at_risk + float(scenarios.most @ np.maximum(losses - at_risk, 0.0))


def minimum_cvar(
    problem: MeanVariance,
    scenarios: Scenarios,
    constraints: Constraints | None = None,
    *,
    target_return: float | None = None,
) -> Solution:
    """The portfolio of the least expected shortfall.

    Parameters
    ----------
    problem : expected returns per year (for ``target_return``), covariance (for the volatility told), bounds, budget
    scenarios : their returns are per period, and so are the value at risk and the expected shortfall in ``details``
    constraints : linear ones
    target_return : least expected return after costs, decimal per year

    Raises Infeasible with what conflicts, NotOffered for constraints that are not linear, and NotCertified.
    """
    program = linear_program(problem, scenarios, constraints)
    if target_return is not None:
        if not np.isfinite(target_return):
            message = "The return asked for is not finite."
            raise EngineError(problems=[Problem("target_return", shown(target_return), message, "Give a number.")])
        program = with_target(program, target_return)
    if not feasible(program):
        raise explain(program)
    return _solved(program, scenarios)


def cvar_frontier(
    problem: MeanVariance, scenarios: Scenarios, constraints: Constraints | None = None, count: int = 20
) -> list[Solution]:
    """Least expected shortfall at *count* equally spaced expected returns, from the least shortfall of all up."""
    if count < 2:
        message = "A frontier has at least its two ends."
        raise EngineError(problems=[Problem("count", count, message, "Ask for 2 points or more.")])
    least = minimum_cvar(problem, scenarios, constraints)
    program = linear_program(problem, scenarios, constraints)
    greatest = minimise(program, -program.reward)
    assert greatest is not None  # the least shortfall was feasible
    most = program.reward_constant - greatest.objective
    targets = np.linspace(least.expected_return, most, count)[1:]
    return [least] + [minimum_cvar(problem, scenarios, constraints, target_return=float(one)) for one in targets]


def linear_program(problem: MeanVariance, scenarios: Scenarios, constraints: Constraints | None) -> Program:
    """The programme of the constraints, refused where it does not fit the scenarios or is not linear."""
    if len(scenarios.returns) != problem.size:
        message = f"They are for {len(scenarios.returns)} assets, the problem has {problem.size}."
        remedy = "Give one row of returns for each asset, in the order of the assets."
        raise EngineError(problems=[Problem("scenarios", len(scenarios.returns), message, remedy)])
    program = program_of(problem, constraints or Constraints())
    unfit = [m for m in program.members if m.quadratic is not None or m.kind in ("cardinality", "minimum_position")]
    if unfit:
        message = "The least expected shortfall is found under linear constraints alone."
        remedy = "Leave this constraint out, or minimise the variance instead."
        raise NotOffered(problems=[Problem(member.path, member.value, message, remedy) for member in unfit])
    return program


def _solved(program: Program, scenarios: Scenarios) -> Solution:
    n = program.size
    point, multipliers, tail, rounds = _by_tail(program, scenarios)
    weights = np.clip(point[:n], program.lower[:n], program.upper[:n])
    losses = -(weights @ scenarios.returns)
    shortfall = expected_shortfall(losses, scenarios)
    lower_bound = _proven(program, scenarios, tail, multipliers)
    size = max(abs(shortfall), float(np.mean(np.std(scenarios.returns, axis=1))), 1e-12)
    certificate = Certificate(
        stationarity=0.0,
        complementarity=max(shortfall - lower_bound, 0.0) / size,
        feasibility=feasibility(program, program.lifted(weights)),
    )
    if not certificate.holds:
        message = f"The bound that proves it best is {lower_bound:.10g}, the least found {shortfall:.10g}."
        raise NotCertified(problems=[Problem("scenarios", shortfall, message, "Scale the returns alike.")])
    return Solution(
        weights=weights,
        expected_return=program.expected_return(weights),
        volatility=program.distance(weights),
        method="minimum expected shortfall",
        certificate=certificate,
        details={
            "level": scenarios.level,
            "value_at_risk": value_at_risk(losses, scenarios),
            "expected_shortfall": shortfall,
            "lower_bound": lower_bound,
            "rounds": rounds,
            "scenarios_in_programme": int(np.count_nonzero(tail >= 0)),
        },
    )


def _by_tail(program: Program, scenarios: Scenarios) -> tuple[Array, Array, Array, int]:
    """Point, row multipliers, scenario weights in the tail (-1 where a scenario was never needed), and rounds."""
    n, count = program.size, scenarios.returns.shape[1]
    worst = np.argsort(np.mean(scenarios.returns, axis=0))
    known = np.zeros(count, dtype=bool)
    known[worst] = np.cumsum(scenarios.weights[worst]) - scenarios.weights[worst] < START * (1 - scenarios.level)
    for rounds in range(1, MOST_ROUNDS + 1):
        chosen = np.flatnonzero(known)
        grown, cost = _with_tail(program, scenarios, chosen)
        found = minimise(grown, cost)
        assert found is not None  # feasibility was shown, and the tail asks for nothing
        losses = -(found.point[:n] @ scenarios.returns)
        beyond = ~known & (losses > found.point[program.columns] + MISSING)
        if not beyond.any():
            tail = np.full(count, -1.0)
            tail[chosen] = -found.row_multipliers[len(program.rows) :]
            return found.point, found.row_multipliers[: len(program.rows)], tail, rounds
        known |= beyond
    raise NotCertified(problems=[Problem("scenarios", count, "The tail did not settle.", "Scale the returns alike.")])


def _with_tail(program: Program, scenarios: Scenarios, chosen: NDArray[np.intp]) -> tuple[Program, Array]:
    """The programme with the value at risk and the excess of each chosen scenario; and its cost."""
    count = len(chosen)
    grown = program.with_columns(1 + count)
    lower = grown.lower.copy()
    lower[program.columns + 1 :] = 0.0
    rows = np.zeros((count, grown.columns))
    rows[:, : program.size] = scenarios.returns[:, chosen].T
    rows[:, program.columns] = 1.0
    rows[:, program.columns + 1 :] = np.eye(count)
    grown = replace(
        grown,
        lower=lower,
        rows=np.vstack([grown.rows, rows]),
        row_lower=np.append(grown.row_lower, np.zeros(count)),
        row_upper=np.append(grown.row_upper, np.full(count, np.inf)),
    )
    cost = np.concatenate([np.zeros(program.columns), [1.0], scenarios.most[chosen]])
    return grown, cost


def _proven(program: Program, scenarios: Scenarios, tail: Array, multipliers: Array) -> float:
    """What no allowed portfolio's shortfall can go below, by weak duality with these weights and multipliers.

    Any weights within ``most`` that add up to 1 give a mean loss that no shortfall is less than; they are made so here
    where rounding left them off.
    """
    weights = np.clip(tail, 0.0, scenarios.most)
    room = scenarios.most - weights
    short = 1 - weights.sum()
    weights = weights + short * (room / room.sum() if short > 0 else weights / weights.sum())
    gradient = np.zeros(program.columns)
    gradient[: program.size] = -(scenarios.returns @ weights)
    usable = np.where(multipliers > 0, np.isfinite(program.row_upper), np.isfinite(program.row_lower))
    rows = np.where(usable, multipliers, 0.0)
    left = gradient + program.rows.T @ rows
    ends = np.where(left > 0, program.lower, _reach(program))
    if np.any(np.isinf(ends) & (np.abs(left) > ROUNDING)):
        return -np.inf
    from_rows = np.where(rows > 0, program.row_upper, program.row_lower)
    return float(left @ np.where(np.isinf(ends), 0.0, ends) - rows @ np.where(rows != 0, from_rows, 0.0))


def _reach(program: Program) -> Array:
    """The greatest figure of each column: no more needs to be bought than lies between current and upper bound."""
    n = program.size
    bought = [np.maximum(program.upper[:n] - trades.current, 0.0) for trades in program.trades]
    return np.concatenate([program.upper[:n], *bought])
