"""Whether any portfolio meets a programme, and which of its requirements a proof that none does rests on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.held import marked
from modeling.engines.portfolio.constrained.kkt import Pull
from modeling.engines.portfolio.constrained.limited import solve_limited
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.outer import Effort, solve_held
from modeling.engines.portfolio.constrained.program import Member, Program

Array = NDArray[np.float64]

ROOM = 1e-9  # a distance this much above its limit still keeps it
COUNTS = 1e-9  # a multiplier of less says nothing
EFFORT = Effort(rounds=200, nodes=2_000, gap=1e-3)


def feasible(program: Program, nodes: int | None = None) -> bool:
    """Whether some portfolio meets bounds, rows, quadratic limits and whole-number limits.

    Raises UndecidedHoldings where so many *nodes* of the search among whole numbers do not tell.
    """
    if minimise(program.without_quadratics(), np.zeros(program.columns)) is None:
        return False
    if program.quadratics:
        return least_distance(program, 0) <= program.quadratics[0].limit + ROOM
    if program.has_integers:
        plan = marked(program)
        found = plan.minimised(np.zeros(len(plan.lower)), nodes=nodes)
        return found is not None and exactly(plan.holding(found[0]).of(program))
    return True


def exactly(held: Program) -> bool:
    """Whether a holding that HiGHS chose to within 1e-6 also holds without that leeway."""
    if np.any(held.lower > held.upper):
        return False
    return minimise(held, np.zeros(held.columns)) is not None


def least_distance(program: Program, place: int) -> float:
    """The least volatility of the difference to a quadratic limit's center, all others kept; infinite where none."""
    weights = nearest(program, place)
    return np.inf if weights is None else program.distance(weights, program.quadratics[place].center)


def nearest(program: Program, place: int) -> Array | None:
    """The weights of that least volatility."""
    limit = program.quadratics[place]
    others = without_quadratic(program, place)
    pull = Pull(limit.center, 0.0)
    if others.has_integers:
        chosen = solve_held(others, pull, EFFORT, enough=limit.limit**2 / 2)
        point = None if chosen is None else chosen.point
    else:
        point = solve_limited(others, pull)
    return None if point is None else point.values[: program.size]


def without_quadratic(program: Program, place: int) -> Program:
    kept = [member for member in program.members if member.quadratic != place]
    return program.keeping(kept)


def suspects(program: Program) -> list[Member]:
    """Requirements that conflict already by themselves, usually few: those whose multipliers prove the conflict.

    With whole numbers there are no multipliers, and all are suspects.
    """
    linear = program.without_quadratics()
    if minimise(replace(linear, most=None, least_position=None), np.zeros(program.columns)) is None:
        return elastic(linear)
    if program.has_integers:
        return list(program.members)
    for place in range(len(program.quadratics)):
        alone = program.keeping([m for m in program.members if m.quadratic in (None, place)])
        if least_distance(alone, 0) > program.quadratics[place].limit + ROOM:
            return pushing(program, place)
    return list(program.members)


def pushing(program: Program, place: int) -> list[Member]:
    """What keeps the portfolio away from the center of a quadratic limit."""
    limit = program.quadratics[place]
    point = solve_limited(program.without_quadratics(), Pull(limit.center, 0.0))
    assert point is not None  # the linear part can be met
    left = point.pull.gradient(program, point.values) + program.rows.T @ point.multipliers
    scale = float(np.mean(np.diagonal(program.problem.covariance))) or 1.0
    return [
        member
        for member in program.members
        if member.quadratic == place
        or (member.row is not None and _pushes(member, point.multipliers[member.row] / scale))
        or (member.column is not None and _pushes(member, -left[member.column] / scale))
    ]


def _pushes(member: Member, multiplier: float) -> bool:
    sign = {"upper": multiplier, "lower": -multiplier, "both": abs(multiplier)}[member.side]
    return sign > COUNTS


def elastic(program: Program) -> list[Member]:
    """The requirements whose multipliers are not zero where the sum of all violations is least."""
    linear = [m for m in program.members if m.row is not None or m.column is not None]
    hard = program.keeping([])
    rows, lower, upper, owners = [], [], [], []
    for member in linear:
        for side in ("lower", "upper") if member.side == "both" else (member.side,):
            rows.append(coefficients(program, member))
            low, high = ends(program, member)
            lower.append(low if side == "lower" else -np.inf)
            upper.append(high if side == "upper" else np.inf)
            owners.append(member)
    count = len(rows)
    signs = np.where(np.isfinite(lower), 1.0, -1.0)
    grown = hard.with_columns(count)
    slack = np.append(hard.lower, np.zeros(count))
    grown = replace(
        grown,
        lower=slack,
        rows=np.vstack([grown.rows, np.hstack([np.array(rows), np.diag(signs)])]),
        row_lower=np.append(grown.row_lower, lower),
        row_upper=np.append(grown.row_upper, upper),
    )
    found = minimise(grown, np.append(np.zeros(program.columns), np.ones(count)))
    assert found is not None  # every violation is allowed
    multipliers = found.row_multipliers[len(hard.rows) :]
    named = {owner for owner, one in zip(owners, multipliers, strict=True) if abs(one) > COUNTS}
    return [member for member in program.members if member in named]


def coefficients(program: Program, member: Member) -> Array:
    if member.row is not None:
        row: Array = program.rows[member.row]
        return row
    unit = np.zeros(program.columns)
    unit[member.column] = 1.0
    return unit


def ends(program: Program, member: Member) -> tuple[float, float]:
    if member.row is not None:
        return float(program.row_lower[member.row]), float(program.row_upper[member.row])
    assert member.column is not None
    return float(program.lower[member.column]), float(program.upper[member.column])
