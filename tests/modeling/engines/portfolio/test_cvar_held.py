"""The least expected shortfall of few assets: against every choice tried one by one, with a bound that proves it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modeling.engines.portfolio.constrained.build import program_of
from modeling.engines.portfolio.constrained.errors import UndecidedHoldings
from modeling.engines.portfolio.constrained.held import Marked
from modeling.engines.portfolio.constrained.optimise import with_target
from modeling.engines.portfolio.constrained.outer import Effort
from modeling.engines.portfolio.constraints import (
    AnyConstraint,
    Cardinality,
    MinimumPosition,
    TransactionCosts,
    constraints_of,
)
from modeling.engines.portfolio.cvar.minimum import cvar_frontier, minimum_cvar
from modeling.engines.portfolio.cvar.scenarios import scenarios_of
from modeling.engines.portfolio.cvar.tail import solved
from modeling.engines.portfolio.infeasible import Infeasible
from tests.modeling.engines.portfolio.constrained.markets import asset_problem
from tests.modeling.engines.portfolio.constrained.test_outer import EQUAL, SETS, SIZE, choices
from tests.modeling.engines.portfolio.test_cvar import fat_tails

LIMITS: dict[str, tuple[float, tuple[AnyConstraint, ...]]] = {
    **{name: limits for name, limits in SETS.items() if name != "with a tracking error"},
    "with costs": (0.0, (Cardinality(3), TransactionCosts(EQUAL, 0.002, 0.001))),
}


@pytest.mark.parametrize("target", [None, 0.08])
@pytest.mark.parametrize("seed", [1, 4])
@pytest.mark.parametrize("chosen", LIMITS)
def test_no_other_choice_has_a_lesser_shortfall(chosen: str, seed: int, target: float | None) -> None:
    lower, constraints = LIMITS[chosen]
    problem = asset_problem(SIZE, seed, lower=lower, upper=0.6)
    scenarios = scenarios_of(fat_tails(SIZE, 300, seed), level=0.9)
    solution = minimum_cvar(problem, scenarios, constraints_of(*constraints), target_return=target)
    program = program_of(problem, constraints_of(*constraints))
    program = program if target is None else with_target(program, target)
    least = min(solved(held, scenarios).details["expected_shortfall"] for held in choices(program, lower))
    assert solution.details["expected_shortfall"] == pytest.approx(least, abs=1e-9)
    assert solution.details["lower_bound"] <= least + 1e-9
    assert solution.details["proven_optimal"] is True
    assert solution.certificate is not None and solution.certificate.holds
    if target is not None:
        assert solution.expected_return >= target - 1e-8


def test_what_is_held_is_few_and_large_enough() -> None:
    constraints = constraints_of(Cardinality(5), MinimumPosition(0.08))
    solution = minimum_cvar(asset_problem(20, 2, upper=0.4), scenarios_of(fat_tails(20, 300, 2)), constraints)
    weights = solution.weights
    assert np.count_nonzero(weights) == solution.details["held"] <= 5
    assert np.min(np.abs(weights[weights != 0])) >= 0.08 - 1e-9
    assert solution.details["proven_optimal"] is True


def test_a_search_cut_short_says_that_nothing_is_proven() -> None:
    problem, scenarios = asset_problem(20, 2), scenarios_of(fat_tails(20, 300, 2))
    constraints = constraints_of(Cardinality(2))
    short = minimum_cvar(problem, scenarios, constraints, effort=Effort(rounds=1))
    full = minimum_cvar(problem, scenarios, constraints)
    assert short.details["proven_optimal"] is False
    assert short.details["gap"] > 1e-6
    assert short.details["lower_bound"] <= full.details["expected_shortfall"] <= short.details["expected_shortfall"]
    assert full.details["proven_optimal"] is True


@pytest.mark.usefixtures("nodes_run_out")
def test_what_was_found_is_not_lost_where_the_nodes_run_out() -> None:
    problem, scenarios = asset_problem(20, 2), scenarios_of(fat_tails(20, 300, 2))
    solution = minimum_cvar(problem, scenarios, constraints_of(Cardinality(2)))
    assert solution.certificate is not None and solution.certificate.holds
    assert solution.details["proven_optimal"] is False
    with pytest.raises(UndecidedHoldings):
        minimum_cvar(problem, scenarios, constraints_of(Cardinality(2)))


def test_a_choice_without_any_bound_has_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    solve = Marked.minimised

    def minimised(self: Marked, *asked: Any, nodes: int | None = None, **more: Any) -> Any:
        found = solve(self, *asked, nodes=nodes, **more)
        return found and (found[0], -np.inf)

    monkeypatch.setattr(Marked, "minimised", minimised)
    problem, scenarios = asset_problem(8, 2), scenarios_of(fat_tails(8, 100, 2))
    details = minimum_cvar(problem, scenarios, constraints_of(Cardinality(2)), effort=Effort(rounds=2)).details
    assert (details["lower_bound"], details["gap"], details["proven_optimal"]) == (None, None, False)


def test_whoever_watches_can_end_it() -> None:
    def end(done: int, total: int) -> None:
        raise KeyboardInterrupt(f"{done} of {total}")

    problem, scenarios = asset_problem(6, 2), scenarios_of(fat_tails(6, 100, 2))
    with pytest.raises(KeyboardInterrupt, match="0 of 7"):
        minimum_cvar(problem, scenarios, constraints_of(Cardinality(2)), effort=Effort(rounds=7, watch=end))


def test_too_few_assets_to_reach_the_budget_are_explained() -> None:
    problem, scenarios = asset_problem(6, 2, upper=0.3), scenarios_of(fat_tails(6, 100, 2))
    with pytest.raises(Infeasible) as told:
        minimum_cvar(problem, scenarios, constraints_of(Cardinality(3)))
    count = next(item for item in told.value.conflict if item.kind == "cardinality")
    assert count.relax_to == 4


def test_the_frontier_of_few_assets_rises_to_the_greatest_return() -> None:
    problem, scenarios = asset_problem(6, 3, upper=0.6), scenarios_of(fat_tails(6, 200, 3))
    points = cvar_frontier(problem, scenarios, constraints_of(Cardinality(2)), 4)
    shortfalls = [point.details["expected_shortfall"] for point in points]
    assert shortfalls == sorted(shortfalls)
    assert all(np.count_nonzero(point.weights) <= 2 for point in points)
    best = np.sort(problem.mean)
    assert points[-1].expected_return == pytest.approx(0.6 * best[-1] + 0.4 * best[-2], abs=1e-8)
