"""Makes the programme of a problem and its constraints, each end of each with the name it is to be called by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.program import Member, Program, Quadratic, Side, Trades
from modeling.engines.portfolio.constraints import (
    Cardinality,
    Constraints,
    FactorExposure,
    GroupBound,
    Leverage,
    MinimumPosition,
    TrackingError,
    TransactionCosts,
    Turnover,
    places,
    spread,
)
from modeling.engines.portfolio.problem import MeanVariance

Array = NDArray[np.float64]

SIDES: tuple[Side, ...] = ("lower", "upper")


def program_of(problem: MeanVariance, constraints: Constraints) -> Program:
    """The programme, its constraints checked."""
    program = bounds_and_budget(problem)
    for item in constraints.checked(problem).items:
        program = ADDED[type(item)](program, item)
    return program


def bounds_and_budget(problem: MeanVariance) -> Program:
    n = problem.size
    bounds = [
        Member(side, problem.name(asset), f"bounds.{side}", float(ends[asset]), side, column=asset)
        for side, ends in zip(SIDES, (problem.lower, problem.upper), strict=True)
        for asset in range(n)
    ]
    budget = Member("budget", "budget", "budget", problem.budget, "both", row=0)
    return Program(
        problem=problem,
        rows=np.ones((1, n)),
        row_lower=np.array([problem.budget]),
        row_upper=np.array([problem.budget]),
        lower=problem.lower.copy(),
        upper=problem.upper.copy(),
        reward=problem.mean.copy(),
        reward_constant=0.0,
        members=(*bounds, budget),
    )


def with_trades(program: Program, current: Array) -> tuple[Program, slice]:
    """The programme with purchases from *current*, and where their columns are; an equal one is used again."""
    n = program.size
    for place, known in enumerate(program.trades):
        if np.array_equal(known.current, current):
            return program, slice((place + 1) * n, (place + 2) * n)
    start = program.columns
    grown = program.with_columns(n)
    purchases = np.zeros((n, grown.columns))
    purchases[:, :n] = -np.eye(n)
    purchases[:, start:] = np.eye(n)
    lower = grown.lower.copy()
    lower[start:] = 0.0
    grown = replace(
        grown,
        rows=np.vstack([grown.rows, purchases]),
        row_lower=np.append(grown.row_lower, -current),
        row_upper=np.append(grown.row_upper, np.full(n, np.inf)),
        lower=lower,
        trades=(*grown.trades, Trades(current, len(program.rows))),
    )
    return grown, slice(start, start + n)


def with_range(program: Program, row: Array, item: GroupBound | FactorExposure, kind: str) -> Program:
    at = len(program.rows)
    ends = [
        Member(f"{kind}_{side}", item.name, f"{item.path}.{side}", float(end), side, row=at)
        for side, end in zip(SIDES, (item.lower, item.upper), strict=True)
        if np.isfinite(end)
    ]
    grown = program.with_row(row, item.lower, item.upper)
    return replace(grown, members=(*grown.members, *ends))


def add_group(program: Program, item: GroupBound) -> Program:
    row = np.zeros(program.columns)
    row[places(program.problem, item.members)] = 1.0
    return with_range(program, row, item, "group")


def add_exposure(program: Program, item: FactorExposure) -> Program:
    row = np.zeros(program.columns)
    row[: program.size] = np.asarray(item.loadings, np.float64)
    return with_range(program, row, item, "exposure")


def add_turnover(program: Program, item: Turnover) -> Program:
    current = np.asarray(item.current, np.float64)
    program, purchases = with_trades(program, current)
    row = np.zeros(program.columns)
    row[: program.size] = -0.5
    row[purchases] = 1.0
    member = Member("turnover", "turnover", f"{item.path}.limit", item.limit)
    return program.with_row(row, -np.inf, item.limit - float(current.sum()) / 2, member)


def add_costs(program: Program, item: TransactionCosts) -> Program:
    current = np.asarray(item.current, np.float64)
    buy, sell = (spread(side, program.size) / item.holding_years for side in (item.buy, item.sell))
    program, purchases = with_trades(program, current)
    reward = program.reward.copy()
    reward[: program.size] += sell
    reward[purchases] -= buy + sell
    return replace(program, reward=reward, reward_constant=program.reward_constant - float(sell @ current))


def add_tracking(program: Program, item: TrackingError) -> Program:
    member = Member("tracking_error", "tracking error", f"{item.path}.limit", item.limit)
    return program.with_quadratic(Quadratic(np.asarray(item.benchmark, np.float64), item.limit), member)


def add_leverage(program: Program, item: Leverage) -> Program:
    program, purchases = with_trades(program, np.zeros(program.size))
    row = np.zeros(program.columns)
    row[: program.size] = -1.0
    row[purchases] = 2.0
    program = program.with_row(
        row, -np.inf, item.gross, Member("gross", "gross exposure", f"{item.path}.gross", item.gross)
    )
    if item.net is None:
        return program
    total = np.zeros(program.columns)
    total[: program.size] = 1.0
    return program.with_row(total, -np.inf, item.net, Member("net", "net exposure", f"{item.path}.net", item.net))


def add_cardinality(program: Program, item: Cardinality) -> Program:
    member = Member("cardinality", "number of assets", f"{item.path}.most", float(item.most))
    return replace(program, most=int(item.most), members=(*program.members, member))


def add_minimum(program: Program, item: MinimumPosition) -> Program:
    member = Member("minimum_position", "least position", f"{item.path}.size", item.size, "lower")
    return replace(program, least_position=item.size, members=(*program.members, member))


ADDED: dict[type[Any], Callable[[Program, Any], Program]] = {
    GroupBound: add_group,
    FactorExposure: add_exposure,
    Turnover: add_turnover,
    TransactionCosts: add_costs,
    TrackingError: add_tracking,
    Leverage: add_leverage,
    Cardinality: add_cardinality,
    MinimumPosition: add_minimum,
}
