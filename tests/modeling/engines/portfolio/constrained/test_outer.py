"""The best portfolio of few assets: against every choice tried one by one, with a bound that proves it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from modeling.engines.portfolio.constrained.build import program_of
from modeling.engines.portfolio.constrained.errors import NothingBeatsRiskFree, UndecidedHoldings
from modeling.engines.portfolio.constrained.held import Holding
from modeling.engines.portfolio.constrained.kkt import Pull
from modeling.engines.portfolio.constrained.limited import solve_limited
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.objectives import (
    MaximumReturn,
    MaximumSharpe,
    MaximumUtility,
    MinimumRisk,
    MinimumTrackingError,
    MinimumVariance,
)
from modeling.engines.portfolio.constrained.optimise import asked_of, optimise, pull_of
from modeling.engines.portfolio.constrained.outer import Effort, Search, singles
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.constrained.sharpe import solve_sharpe
from modeling.engines.portfolio.constraints import (
    AnyConstraint,
    Cardinality,
    GroupBound,
    MinimumPosition,
    TrackingError,
    Turnover,
    constraints_of,
)
from modeling.engines.portfolio.problem import problem_of
from tests.modeling.engines.portfolio.constrained.markets import asset_problem, market, names

SIZE = 5
EQUAL = np.full(SIZE, 1 / SIZE)
SETS: dict[str, tuple[float, tuple[AnyConstraint, ...]]] = {
    "two names": (0.0, (Cardinality(2),)),
    "no small positions": (0.0, (MinimumPosition(0.22),)),
    "both, with shorts": (-0.3, (Cardinality(3), MinimumPosition(0.1))),
    "with a group and turnover": (
        0.0,
        (Cardinality(3), MinimumPosition(0.05), GroupBound("T", names(SIZE)[:2], 0.2, 0.5), Turnover(EQUAL, 0.6)),
    ),
    "with a tracking error": (0.0, (Cardinality(3), TrackingError(EQUAL, 0.15))),
}
OBJECTIVES = [
    MinimumVariance(),
    MaximumUtility(4.0),
    MinimumRisk(0.08),
    MaximumReturn(0.22),
    MinimumTrackingError(EQUAL),
]


def choices(program: Program, lower: float) -> Iterator[Program]:
    """The programme of every choice of assets and sides that anything meets."""
    for signs in itertools.product((-1, 0, 1) if lower < 0 else (0, 1), repeat=SIZE):
        holding = Holding(np.array(signs, dtype=np.int8))
        held = holding.of(program)
        few = program.most is None or np.count_nonzero(holding.signs) <= program.most
        if few and holding.allowed(program) and minimise(held, np.zeros(held.columns)) is not None:
            yield held


def best_of_all(program: Program, pull: Pull, lower: float) -> float:
    """The least objective over every choice."""
    found = [solve_limited(held, pull) for held in choices(program, lower)]
    return min(Search(program, pull).objective(point.values) for point in found if point is not None)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("chosen", SETS)
def test_no_other_choice_is_better(chosen: str, objective: object) -> None:
    lower, constraints = SETS[chosen]
    problem = asset_problem(SIZE, 1, lower=lower, upper=0.6)
    solution = optimise(problem, objective, constraints_of(*constraints))
    program = asked_of(program_of(problem, constraints_of(*constraints)), objective)
    best = best_of_all(program, pull_of(program, objective), lower)
    assert solution.details["objective"] == pytest.approx(best, abs=1e-7)
    assert solution.details["proven_optimal"] is True
    assert solution.details["lower_bound"] <= best + 1e-7
    assert solution.certificate is not None and solution.certificate.holds


def test_what_is_held_is_few_and_large_enough() -> None:
    constraints = constraints_of(Cardinality(6), MinimumPosition(0.08))
    weights = optimise(asset_problem(30, 2), MinimumVariance(), constraints).weights
    assert np.count_nonzero(weights) <= 6
    assert np.min(np.abs(weights[weights != 0])) >= 0.08 - 1e-9


def test_a_search_cut_short_says_that_nothing_is_proven() -> None:
    constraints = constraints_of(Cardinality(5), MinimumPosition(0.05))
    problem = asset_problem(25, 2)
    short = optimise(problem, MinimumVariance(), constraints, Effort(rounds=1))
    full = optimise(problem, MinimumVariance(), constraints)
    assert short.details["proven_optimal"] is False and short.details["gap"] > 1e-6
    assert short.details["lower_bound"] <= full.details["objective"] <= short.details["objective"]
    assert full.details["proven_optimal"] is True


@pytest.mark.usefixtures("nodes_run_out")
def test_what_was_found_is_not_lost_where_the_nodes_run_out() -> None:
    constraints = constraints_of(Cardinality(5), MinimumPosition(0.05))
    solution = optimise(asset_problem(25, 2), MinimumVariance(), constraints)
    assert solution.certificate is not None and solution.certificate.holds
    assert solution.details["proven_optimal"] is False
    with pytest.raises(UndecidedHoldings):
        optimise(asset_problem(25, 2), MinimumVariance(), constraints)


def test_the_same_question_has_the_same_answer() -> None:
    constraints = constraints_of(Cardinality(4))
    first, second = (optimise(asset_problem(15, 3), MaximumUtility(3.0), constraints) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)


def test_a_singular_covariance_is_no_obstacle() -> None:
    factors = np.random.default_rng(1).normal(size=(8, 2)) * 0.1
    problem = problem_of(np.full(8, 0.05), factors @ factors.T)
    solution = optimise(problem, MinimumVariance(), constraints_of(Cardinality(3)))
    assert np.count_nonzero(solution.weights) <= 3
    assert solution.certificate is not None and solution.certificate.holds


@pytest.mark.parametrize("seed", range(3))
def test_what_is_taken_out_leaves_a_covariance(seed: int) -> None:
    _, covariance = market(20, seed)
    taken = singles(covariance)
    assert np.all(taken > 0)
    assert np.linalg.eigvalsh(covariance - np.diag(taken))[0] > -1e-12


@pytest.mark.parametrize("constraints", [(Cardinality(2),), (Cardinality(3), MinimumPosition(0.3))])
def test_the_sharpe_ratio_of_few_assets_is_the_best_of_all_choices(constraints: tuple[AnyConstraint, ...]) -> None:
    problem = asset_problem(6, 1, upper=0.7)
    solution = optimise(problem, MaximumSharpe(0.02), constraints_of(*constraints))
    program = program_of(problem, constraints_of(*constraints))
    best = 0.0
    for signs in itertools.product((0, 1), repeat=6):
        held = Holding(np.array(signs, dtype=np.int8)).of(program)
        if sum(signs) <= constraints[0].most and minimise(held, np.zeros(held.columns)) is not None:
            weights = solve_sharpe(held, 0.02).values[:6]
            best = max(best, (program.expected_return(weights) - 0.02) / program.distance(weights))
    assert (solution.expected_return - 0.02) / solution.volatility == pytest.approx(best, rel=1e-8)
    assert solution.details["proven_optimal"] is True
    assert solution.certificate is not None and solution.certificate.holds


def test_few_assets_that_do_not_beat_the_risk_free_rate_are_refused() -> None:
    with pytest.raises(NothingBeatsRiskFree):
        optimise(asset_problem(6), MaximumSharpe(0.9), constraints_of(Cardinality(2)))
