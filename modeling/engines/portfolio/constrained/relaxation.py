"""The least change of one requirement alone with which a programme can be met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modeling.engines.portfolio.constrained.feasibility import coefficients, feasible, least_distance, nearest
from modeling.engines.portfolio.constrained.held import marked
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.program import Member, Program
from modeling.engines.portfolio.rounding import DIGITS, outward

HALVINGS = 40
CLOSE, CLOSE_WITH_MARKS = 1e-9, 1e-5  # where halving stops; each step costs a search where assets are marked
FURTHEST = 1e6


def relaxed_value(program: Program, group: tuple[Member, ...]) -> float | None:
    """The nearest figure for all of the group; None where no figure of theirs makes the programme feasible."""
    first = group[0]
    if first.quadratic is not None:
        found = least_distance(program, first.quadratic)
        return outward(found, up=True) if np.isfinite(found) else None
    if first.kind == "cardinality":
        return _fewest(program)
    if first.kind == "minimum_position" or program.quadratics:
        return _halved(program, group)
    change = _elastic(program, group)
    if change is None:
        return None
    up = change > 0 if first.side == "both" else first.side == "upper"
    return outward(first.value + change, up=up)


def moved(program: Program, group: tuple[Member, ...], value: float) -> Program:
    """The programme with another figure for the group; what a row adds to its figure stays added."""
    row_lower, row_upper = program.row_lower.copy(), program.row_upper.copy()
    lower, upper = program.lower.copy(), program.upper.copy()
    for member in group:
        low, high, at = (row_lower, row_upper, member.row) if member.row is not None else (lower, upper, member.column)
        change = value - member.value
        if at is not None and member.side != "upper":
            low[at] += change
        if at is not None and member.side != "lower":
            high[at] += change
    kind = group[0].kind
    return replace(
        program,
        row_lower=row_lower,
        row_upper=row_upper,
        lower=lower,
        upper=upper,
        most=int(value) if kind == "cardinality" else program.most,
        least_position=value if kind == "minimum_position" else program.least_position,
    )


def _fewest(program: Program) -> float | None:
    """The least number of assets that can do; quadratic limits are met by counting up."""
    plan = marked(replace(program.without_quadratics(), most=program.size))
    cost = np.zeros(len(plan.lower))
    cost[plan.marks] = 1.0
    found = plan.minimised(cost)
    if found is None:
        return None
    least = max(round(float(cost @ found[0])), (program.most or 0) + 1)
    for most in range(least, program.size + 1):
        if feasible(replace(program, most=most)):
            return float(most)
    return None


def _elastic(program: Program, group: tuple[Member, ...]) -> float | None:
    """The least common change of the group's figure, by one linear or whole-number programme, with its sign."""
    loose = program.keeping([member for member in program.members if member not in group])
    grown = loose.with_columns(2)  # up and down
    rows, lower, upper = [], [], []
    for member in group:
        up, down = (1.0, -1.0) if member.side == "both" else (1.0, 0.0) if member.side == "upper" else (0.0, -1.0)
        rows.append(np.append(coefficients(program, member), [-up, -down]))
        base = _end(program, member)
        lower.append(base if member.side != "upper" else -np.inf)
        upper.append(base if member.side != "lower" else np.inf)
    ends = grown.lower.copy()
    ends[-2:] = 0.0
    grown = replace(
        grown,
        lower=ends,
        rows=np.vstack([grown.rows, np.array(rows)]),
        row_lower=np.append(grown.row_lower, lower),
        row_upper=np.append(grown.row_upper, upper),
    )
    cost = np.zeros(grown.columns)
    cost[-2:] = 1.0
    if not program.has_integers:
        found = minimise(grown, cost)
        return None if found is None else float(found.point[-2] - found.point[-1])
    plan = marked(grown)
    chosen = plan.minimised(np.append(cost, np.zeros(2 * program.size)))
    return None if chosen is None else float(chosen[0][grown.columns - 2] - chosen[0][grown.columns - 1])


def _end(program: Program, member: Member) -> float:
    low, high, at = (
        (program.row_lower, program.row_upper, member.row)
        if member.row is not None
        else (program.lower, program.upper, member.column)
    )
    assert at is not None
    return float((low if member.side == "lower" else high)[at])


def _halved(program: Program, group: tuple[Member, ...]) -> float | None:
    """By halving between the figure and one that works: what is less strict can only help."""
    first = group[0]
    if first.side == "both":
        return _budget(program, group)
    if first.kind == "minimum_position":
        return _between(program, group, 0.0) if feasible(moved(program, group, 0.0)) else None
    way = 1.0 if first.side == "upper" else -1.0
    step = 0.01
    while not feasible(moved(program, group, first.value + way * step)):
        step *= 4
        if step > FURTHEST:
            return None
    return _between(program, group, first.value + way * step)


def _budget(program: Program, group: tuple[Member, ...]) -> float | None:
    """Budgets that can be met lie side by side: the weights that are best without one show one of them."""
    weights = nearest(program.keeping([m for m in program.members if m not in group]), 0)
    if weights is None or not feasible(moved(program, group, float(weights.sum()))):
        return None
    return _between(program, group, float(weights.sum()))


def _between(program: Program, group: tuple[Member, ...], works: float) -> float:
    fails = group[0].value
    close = CLOSE_WITH_MARKS if program.has_integers and program.quadratics else CLOSE
    for _ in range(HALVINGS):
        middle = (works + fails) / 2
        if abs(works - fails) <= close:
            break
        if feasible(moved(program, group, middle)):
            works = middle
        else:
            fails = middle
    near = outward(round(works, DIGITS), up=works > fails)
    return near if feasible(moved(program, group, near)) else outward(works, up=works > fails)
