"""The least expected shortfall over scenarios (Rockafellar and Uryasev, Journal of Risk 2, 2000, equation 9 and 17).

The linear programme has one row per scenario, but only those in the tail matter: it starts with the worst scenarios of
one portfolio, and those that turn out to lie beyond the value at risk are added until none is missing. What is left out
holds by itself then, so the answer is that of the whole programme; its multipliers, which are weights of the scenarios,
prove it on all of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.errors import NotCertified
from modeling.engines.portfolio.constrained.kkt import feasibility
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.cvar.scenarios import Scenarios, expected_shortfall, value_at_risk
from modeling.engines.portfolio.problem import Certificate, Solution
from valor.lib.errors import Problem

Array = NDArray[np.float64]

MOST_ROUNDS = 200
ROUNDING = 1e-13
MISSING = 1e-11  # a loss this much beyond the value at risk is still at it
START = 2.0  # times the tail: how many scenarios the programme starts with


def solved(program: Program, scenarios: Scenarios) -> Solution:
    n = program.size
    point, multipliers, tail, rounds = by_tail(program, scenarios)
    weights = np.clip(point[:n], program.lower[:n], program.upper[:n])
    losses = -(weights @ scenarios.returns)
    shortfall = expected_shortfall(losses, scenarios)
    lower_bound = proven(program, scenarios, tail, multipliers)
    size = max(abs(shortfall), scenarios.size)
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


def by_tail(program: Program, scenarios: Scenarios) -> tuple[Array, Array, Array, int]:
    """Point, row multipliers, scenario weights in the tail (-1 where a scenario was never needed), and rounds."""
    n, count = program.size, scenarios.returns.shape[1]
    known = worst_on_average(scenarios)
    for rounds in range(1, MOST_ROUNDS + 1):
        chosen = np.flatnonzero(known)
        grown, cost = with_tail(program, scenarios, chosen)
        found = minimise(grown, cost)
        assert found is not None  # feasibility was shown, and the tail asks for nothing
        beyond = ~known & (-(found.point[:n] @ scenarios.returns) > found.point[program.columns] + MISSING)
        if not beyond.any():
            tail = np.full(count, -1.0)
            tail[chosen] = -found.row_multipliers[len(program.rows) :]
            return found.point, found.row_multipliers[: len(program.rows)], tail, rounds
        known |= beyond
    raise NotCertified(problems=[Problem("scenarios", count, "The tail did not settle.", "Scale the returns alike.")])


def worst_on_average(scenarios: Scenarios) -> NDArray[np.bool_]:
    """The scenarios, shape (s,), that are the worst for equal weights of all assets: a few more than are in a tail."""
    worst = np.argsort(np.mean(scenarios.returns, axis=0))
    found = np.zeros(len(worst), dtype=bool)
    found[worst] = np.cumsum(scenarios.weights[worst]) - scenarios.weights[worst] < START * (1 - scenarios.level)
    return found


def with_tail(program: Program, scenarios: Scenarios, chosen: NDArray[np.intp]) -> tuple[Program, Array]:
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


def proven(program: Program, scenarios: Scenarios, tail: Array, multipliers: Array) -> float:
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
    ends = np.where(left > 0, program.lower, reach(program))
    if np.any(np.isinf(ends) & (np.abs(left) > ROUNDING)):
        return -np.inf
    from_rows = np.where(rows > 0, program.row_upper, program.row_lower)
    return float(left @ np.where(np.isinf(ends), 0.0, ends) - rows @ np.where(rows != 0, from_rows, 0.0))


def reach(program: Program) -> Array:
    """The greatest figure of each column: no more needs to be bought than lies between current and upper bound."""
    n = program.size
    bought = [np.maximum(program.upper[:n] - trades.current, 0.0) for trades in program.trades]
    return np.concatenate([program.upper[:n], *bought])
