"""What conflicts is irreducible, said in words, and what is proposed to relax really works."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from modeling.engines.portfolio.constrained.build import program_of
from modeling.engines.portfolio.constrained.feasibility import feasible
from modeling.engines.portfolio.constrained.objectives import MaximumReturn, MinimumRisk, MinimumVariance
from modeling.engines.portfolio.constrained.optimise import asked_of, optimise
from modeling.engines.portfolio.constraints import (
    AnyConstraint,
    Cardinality,
    FactorExposure,
    GroupBound,
    Leverage,
    MinimumPosition,
    TrackingError,
    Turnover,
    constraints_of,
)
from modeling.engines.portfolio.infeasible import Conflicting, Infeasible, irreducible
from modeling.engines.portfolio.problem import MeanVariance, problem_of
from modeling.engines.portfolio.rounding import outward
from tests.modeling.engines.portfolio.constrained.markets import asset_problem, market, names

SIZE = 12
EQUAL = np.full(SIZE, 1 / SIZE)
TECHNOLOGY, REST = names(SIZE)[:6], names(SIZE)[6:]
FIVE_EACH = np.r_[np.full(6, 0.05), np.zeros(6)]
BEST = float(market(SIZE, 3)[0].max())

CASES: dict[str, tuple[dict[str, Any], Any, tuple[AnyConstraint, ...], set[str]]] = {
    "group against least weights": (
        {"lower": FIVE_EACH},
        MinimumVariance(),
        (GroupBound("Technology", TECHNOLOGY, upper=0.2),),
        {"lower", "group_upper"},
    ),
    "greatest weights against the budget": ({"upper": 0.05}, MinimumVariance(), (), {"upper", "budget"}),
    "least weights against the budget": ({"lower": 0.1}, MinimumVariance(), (), {"lower", "budget"}),
    "two groups against the budget": (
        {},
        MinimumVariance(),
        (GroupBound("Technology", TECHNOLOGY, upper=0.2), GroupBound("Rest", REST, upper=0.3)),
        {"group_upper", "budget"},
    ),
    "a group within a group": (
        {},
        MinimumVariance(),
        (GroupBound("Technology", TECHNOLOGY, upper=0.2), GroupBound("Chips", TECHNOLOGY[:3], lower=0.4)),
        {"group_upper", "group_lower", "lower"},
    ),
    "a return that nothing has": (
        {},
        MinimumRisk(BEST + 0.01),
        (),
        {"lower", "upper", "budget", "target_return"},
    ),
    "a return that greatest weights keep away": (
        {"upper": 0.1},
        MinimumRisk(BEST),
        (),
        {"lower", "upper", "budget", "target_return"},
    ),
    "a turnover that is too tight": (
        {},
        MinimumVariance(),
        (Turnover(EQUAL, 0.05), GroupBound("Technology", TECHNOLOGY, lower=0.8)),
        {"turnover", "group_lower"},
    ),
    "an exposure out of reach": (
        {},
        MinimumVariance(),
        (FactorExposure("value", np.linspace(-1.0, 1.0, SIZE), lower=1.5),),
        {"lower", "upper", "budget", "exposure_lower"},
    ),
    "gross exposure below the budget": (
        {"lower": -0.2},
        MinimumVariance(),
        (Leverage(0.9),),
        {"budget", "gross"},
    ),
    "net exposure below the budget": ({"lower": -0.2}, MinimumVariance(), (Leverage(2.0, 0.8),), {"budget", "net"}),
    "a volatility that nothing has": ({"upper": 0.3}, MaximumReturn(0.05), (), {"budget", "target_risk"}),
    "a tracking error against a group": (
        {},
        MinimumVariance(),
        (TrackingError(EQUAL, 0.01), GroupBound("Technology", TECHNOLOGY, lower=0.9)),
        {"tracking_error", "group_lower"},
    ),
    "a tracking error against a volatility": (
        {},
        MaximumReturn(0.16),
        (TrackingError(np.eye(SIZE)[1], 0.02),),
        {"tracking_error", "target_risk"},
    ),
    "five names of a tenth each": (
        {"upper": 0.1},
        MinimumVariance(),
        (Cardinality(5),),
        {"upper", "budget", "cardinality"},
    ),
    "least positions that do not fit": (
        {"upper": 0.3},
        MinimumVariance(),
        (MinimumPosition(0.26),),
        {"lower", "upper", "budget", "minimum_position"},
    ),
    "a group that few names can't fill": (
        {"upper": 0.2},
        MinimumVariance(),
        (GroupBound("Technology", TECHNOLOGY, lower=0.5), GroupBound("Rest", REST, lower=0.3), Cardinality(4)),
        {"upper", "group_lower", "cardinality", "budget"},
    ),
}


def refused(case: str) -> tuple[MeanVariance, Any, tuple[AnyConstraint, ...], Infeasible]:
    bounds, objective, constraints, _ = CASES[case]
    problem = asset_problem(SIZE, 3, **bounds)
    with pytest.raises(Infeasible) as told:
        optimise(problem, objective, constraints_of(*constraints))
    return problem, objective, constraints, told.value


@pytest.mark.parametrize("case", CASES)
def test_the_conflict_names_the_requirements_that_are_to_blame(case: str) -> None:
    _, _, _, error = refused(case)
    assert {item.kind for item in error.conflict} <= CASES[case][3]
    assert len(error.problems) == len(error.conflict) >= 2
    assert all(told.field and told.message and told.remedy for told in error.problems)


@pytest.mark.parametrize("case", CASES)
def test_no_requirement_of_the_conflict_can_be_left_out(case: str) -> None:
    problem, objective, constraints, _ = refused(case)
    program = asked_of(program_of(problem, constraints_of(*constraints)), objective)
    groups = irreducible(program)
    assert not feasible(program.keeping(member for group in groups for member in group))
    for left_out in groups:
        rest = [member for group in groups if group != left_out for member in group]
        assert feasible(program.keeping(rest)), left_out


def relaxed(
    problem: MeanVariance, objective: Any, constraints: tuple[AnyConstraint, ...], item: Conflicting
) -> tuple[MeanVariance, Any, list[AnyConstraint]]:
    """The question with one figure changed, by the field that the refusal names."""
    assert item.relax_to is not None
    root, _, attribute = item.path.rpartition(".")
    if root == "bounds":
        ends = getattr(problem, attribute).copy()
        ends[[problem.names.index(name) for name in item.relaxes]] = item.relax_to
        return replace(problem, **{attribute: ends}), objective, list(constraints)
    if item.path == "budget":
        return replace(problem, budget=item.relax_to), objective, list(constraints)
    if root == "objective":
        return problem, replace(objective, **{attribute: item.relax_to}), list(constraints)
    value = int(item.relax_to) if attribute == "most" else item.relax_to
    changed = [replace(one, **{attribute: value}) if one.path == root else one for one in constraints]
    return problem, objective, changed


@pytest.mark.parametrize("case", CASES)
def test_what_is_proposed_works_and_a_little_less_does_not(case: str) -> None:
    problem, objective, constraints, error = refused(case)
    proposed = [item for item in error.conflict if item.relax_to is not None]
    assert proposed
    for item in proposed:
        question = relaxed(problem, objective, constraints, item)
        assert feasible(asked_of(program_of(question[0], constraints_of(*question[2])), question[1]))
        if not {"cardinality", "minimum_position"} & {one.kind for one in error.conflict}:
            assert optimise(question[0], question[1], constraints_of(*question[2])).certificate.holds
        back = (item.value - item.relax_to) * 0.01 if item.kind != "cardinality" else -1.0
        short = replace(item, relax_to=item.relax_to + back)
        question = relaxed(problem, objective, constraints, short)
        assert not feasible(asked_of(program_of(question[0], constraints_of(*question[2])), question[1]))


def test_the_words_are_those_of_a_person() -> None:
    _, _, _, error = refused("group against least weights")
    assert error.message == (
        "No portfolio can have at least 5 % in each of A1, A2, A3, A4, A5 and A6 and at most 20 % in Technology."
    )
    bounds, group = error.problems
    assert group.field == "constraints.Technology.upper" and group.value == 0.2
    assert group.remedy == "Raise the upper bound of Technology from 20 % to at least 30 %."
    assert bounds.field == "bounds.lower"
    assert bounds.remedy.endswith("from 5 % to at most 3.33333 %.")


@pytest.mark.parametrize(
    ("value", "up", "expected"), [(0.4, True, 0.4), (-0.4, False, -0.4), (0.3, False, 0.3), (1 / 3, True, 0.333334)]
)
def test_a_figure_to_relax_to_is_the_decimal_that_it_reads_as(value: float, up: bool, expected: float) -> None:
    assert outward(value, up=up) == expected


def test_few_names_with_a_greatest_weight_are_counted() -> None:
    _, _, _, error = refused("five names of a tenth each")
    remedies = [told.remedy for told in error.problems]
    assert "Raise the number of assets from 5 to at least 10." in remedies
    assert any(remedy.endswith("from 10 % to at least 20 %.") for remedy in remedies)
    assert "What is invested is 100 %: relax one of the others, or add cash as an asset." in remedies


def test_a_second_conflict_is_admitted() -> None:
    problem = asset_problem(SIZE, 3, upper=0.05)
    constraints = constraints_of(GroupBound("Technology", TECHNOLOGY, upper=0.2), Turnover(np.eye(SIZE)[0], 0.1))
    with pytest.raises(Infeasible) as told:
        optimise(problem, MinimumVariance(), constraints)
    assert any("Other constraints conflict as well." in one.remedy for one in told.value.problems)


@pytest.mark.parametrize("seed", range(20))
def test_random_conflicts_of_groups_are_irreducible(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = asset_problem(SIZE, seed, upper=float(random.uniform(0.1, 0.4)))
    members = [tuple(random.choice(names(SIZE), 4, replace=False).tolist()) for _ in range(6)]
    ends = random.uniform(0.0, 0.35, 6)
    groups = [
        GroupBound(f"G{place}", members[place], upper=float(ends[place]))
        if place % 2
        else GroupBound(f"G{place}", members[place], lower=float(ends[place]) + 0.25)
        for place in range(6)
    ]
    program = program_of(problem, constraints_of(*groups))
    if feasible(program):
        assert optimise(problem, MinimumVariance(), constraints_of(*groups)).certificate.holds
        return
    conflict = irreducible(program)
    for left_out in conflict:
        assert feasible(program.keeping(m for group in conflict if group != left_out for m in group))


def test_many_assets_are_explained_as_a_few() -> None:
    mean, covariance = market(200, 1)
    with pytest.raises(Infeasible) as told:
        optimise(problem_of(mean, covariance, upper=0.004), MinimumVariance())
    assert [item.kind for item in told.value.conflict] == ["upper", "budget"]
    assert "and 195 others" in told.value.message
