"""The best portfolio under constraints: against cvxpy, by its certificate, and by what must hold of every answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.constrained.errors import NoSemidefiniteCovariance, NothingBeatsRiskFree, RisklessGain
from modeling.engines.portfolio.constrained.objectives import (
    MaximumReturn,
    MaximumSharpe,
    MaximumUtility,
    MinimumRisk,
    MinimumTrackingError,
    MinimumVariance,
)
from modeling.engines.portfolio.constrained.optimise import frontier_points, optimise
from modeling.engines.portfolio.constraints import (
    Constraints,
    FactorExposure,
    GroupBound,
    Leverage,
    TrackingError,
    TransactionCosts,
    Turnover,
    constraints_of,
)
from modeling.engines.portfolio.problem import MeanVariance, problem_of
from tests.modeling.engines.portfolio.constrained.markets import asset_problem, market, names

SIZE = 15
EQUAL = np.full(SIZE, 1 / SIZE)
BENCHMARK = np.r_[0.3, 0.2, np.full(SIZE - 2, 0.5 / (SIZE - 2))]
OBJECTIVES = [
    MinimumVariance(),
    MaximumReturn(),
    MaximumReturn(0.18),
    MinimumRisk(0.075),
    MaximumSharpe(0.02),
    MaximumUtility(3.0),
    MinimumTrackingError(BENCHMARK),
]
SETS = {
    "none": (0.0, 1.0, constraints_of()),
    "groups": (
        0.0,
        0.2,
        constraints_of(
            GroupBound("Technology", names(SIZE)[:5], 0.1, 0.3),
            GroupBound("Energy", names(SIZE)[5:8], upper=0.15),
            FactorExposure("value", np.linspace(-1, 1, SIZE), -0.2, 0.1),
        ),
    ),
    "trading": (0.0, 0.4, constraints_of(Turnover(EQUAL, 0.4), TransactionCosts(EQUAL, 0.004, 0.002, 0.5))),
    "tracking": (0.0, 1.0, constraints_of(TrackingError(EQUAL, 0.05))),
    "short": (-0.2, 0.5, constraints_of(Leverage(1.4), TransactionCosts(BENCHMARK, 0.003, 0.003))),
    "all": (
        -0.1,
        0.3,
        constraints_of(
            GroupBound("Technology", names(SIZE)[:5], 0.1, 0.3),
            Turnover(EQUAL, 0.4),
            TransactionCosts(EQUAL, 0.004, 0.002, 0.5),
            TrackingError(EQUAL, 0.06),
            Leverage(1.3),
        ),
    ),
}


def said_to_cvxpy(
    constraints: Constraints, problem: MeanVariance, w: Any, one: Any, root: Any
) -> tuple[Any, list[Any]]:
    """Costs per year, and the constraints, of the weights *w* that add up to *one*."""
    import cvxpy as cp

    cost, kept = 0.0, []
    for item in constraints.items:
        match item:
            case GroupBound():
                total = cp.sum(w[[problem.names.index(name) for name in item.members]])
                kept += [total <= item.upper * one] if np.isfinite(item.upper) else []
                kept += [total >= item.lower * one] if np.isfinite(item.lower) else []
            case FactorExposure():
                kept += [item.loadings @ w <= item.upper * one, item.loadings @ w >= item.lower * one]
            case Turnover():
                kept += [cp.norm1(w - item.current * one) / 2 <= item.limit * one]
            case Leverage():
                kept += [cp.norm1(w) <= item.gross * one]
            case TrackingError():
                kept += [cp.norm2(root @ (w - item.benchmark * one)) <= item.limit * one]
            case TransactionCosts():
                change = w - item.current * one
                cost += cp.sum(cp.pos(change) * item.buy + cp.neg(change) * item.sell) / item.holding_years
    return cost, kept


def by_cvxpy(problem: MeanVariance, objective: object, constraints: Constraints) -> tuple[float, np.ndarray]:
    """Expected return after costs and weights of the best portfolio, by another model of the same words."""
    import cvxpy as cp

    n = problem.size
    w, scale = cp.Variable(n), cp.Variable(nonneg=True)
    root = np.linalg.cholesky(problem.covariance).T
    stretched = isinstance(objective, MaximumSharpe)
    one = scale if stretched else 1.0
    cost, kept = said_to_cvxpy(constraints, problem, w, one, root)
    reward = problem.mean @ w - cost
    kept += [cp.sum(w) == problem.budget * one, w >= problem.lower * one, w <= problem.upper * one]
    goal = {
        MinimumVariance: lambda: cp.Minimize(cp.norm2(root @ w)),
        MaximumReturn: lambda: cp.Maximize(reward),
        MinimumRisk: lambda: cp.Minimize(cp.norm2(root @ w)),
        MaximumSharpe: lambda: cp.Minimize(cp.norm2(root @ w)),
        MaximumUtility: lambda: cp.Maximize(reward - objective.risk_aversion / 2 * cp.sum_squares(root @ w)),
        MinimumTrackingError: lambda: cp.Minimize(cp.norm2(root @ (w - objective.benchmark))),
    }[type(objective)]()
    if isinstance(objective, MaximumReturn) and objective.risk is not None:
        kept += [cp.norm2(root @ w) <= objective.risk]
    if isinstance(objective, MinimumRisk):
        kept += [reward >= objective.target_return]
    if stretched:
        kept += [reward - objective.risk_free * scale >= 0.05]
    cp.Problem(goal, kept).solve(solver=cp.CLARABEL)
    weights = w.value / (scale.value if stretched else 1.0)
    earned = reward.value / (scale.value if stretched else 1.0)
    return float(earned), weights


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: f"{type(one).__name__}")
@pytest.mark.parametrize("chosen", SETS)
def test_the_answer_is_that_of_another_solver_and_certified(chosen: str, objective: object) -> None:
    lower, upper, constraints = SETS[chosen]
    problem = asset_problem(SIZE, 4, lower=lower, upper=upper)
    solution = optimise(problem, objective, constraints)
    assert solution.certificate is not None and solution.certificate.holds
    earned, weights = by_cvxpy(problem, objective, constraints)
    center = BENCHMARK if isinstance(objective, MinimumTrackingError) else np.zeros(SIZE)
    ours, theirs = (
        np.sqrt((one - center) @ problem.covariance @ (one - center)) for one in (solution.weights, weights)
    )
    match objective:
        case MaximumReturn():
            assert solution.expected_return == pytest.approx(earned, abs=1e-6)
        case MaximumSharpe(rate):
            assert (solution.expected_return - rate) / ours == pytest.approx((earned - rate) / theirs, rel=1e-6)
        case MaximumUtility(aversion):
            least = earned - aversion / 2 * theirs**2
            assert solution.expected_return - aversion / 2 * ours**2 == pytest.approx(least, abs=1e-7)
        case _:
            assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("chosen", SETS)
def test_the_answer_keeps_every_constraint(chosen: str) -> None:
    lower, upper, constraints = SETS[chosen]
    problem = asset_problem(SIZE, 5, lower=lower, upper=upper)
    weights = optimise(problem, MaximumUtility(2.0), constraints).weights
    assert weights.sum() == pytest.approx(1.0, abs=1e-8)
    assert np.all(weights >= lower - 1e-8) and np.all(weights <= upper + 1e-8)
    for item in constraints.items:
        if isinstance(item, GroupBound):
            total = weights[[problem.names.index(name) for name in item.members]].sum()
            assert item.lower - 1e-8 <= total <= item.upper + 1e-8
        elif isinstance(item, FactorExposure):
            assert item.lower - 1e-8 <= item.loadings @ weights <= item.upper + 1e-8
        elif isinstance(item, Turnover):
            assert np.abs(weights - item.current).sum() / 2 <= item.limit + 1e-8
        elif isinstance(item, Leverage):
            assert np.abs(weights).sum() <= item.gross + 1e-8
        elif isinstance(item, TrackingError):
            away = weights - item.benchmark
            assert np.sqrt(away @ problem.covariance @ away) <= item.limit + 1e-8


def test_costs_are_taken_from_the_return_for_the_time_of_holding() -> None:
    problem = asset_problem(SIZE, 4)
    costs = TransactionCosts(EQUAL, 0.01, 0.02, 2.0)
    solution = optimise(problem, MaximumUtility(1.0), constraints_of(costs))
    change = solution.weights - EQUAL
    paid = (0.01 * np.maximum(change, 0).sum() + 0.02 * np.maximum(-change, 0).sum()) / 2.0
    assert paid > 0
    assert solution.expected_return == pytest.approx(problem.mean @ solution.weights - paid, abs=1e-12)


def test_what_the_constraints_come_to_is_told() -> None:
    lower, upper, constraints = SETS["all"]
    solution = optimise(asset_problem(SIZE, 4, lower=lower, upper=upper), MaximumUtility(2.0), constraints)
    weights, covariance = solution.weights, asset_problem(SIZE, 4).covariance
    told = solution.details
    assert told["turnover"] == pytest.approx(np.abs(weights - EQUAL).sum() / 2, abs=1e-12)
    assert told["gross_exposure"] == pytest.approx(np.abs(weights).sum(), abs=1e-12)
    away = weights - EQUAL
    assert told["tracking_error"] == pytest.approx(np.sqrt(away @ covariance @ away), abs=1e-12)
    assert told["expected_return_before_costs"] > solution.expected_return


def test_costs_that_eat_every_gain_leave_the_portfolio_as_it_is() -> None:
    problem = asset_problem(SIZE, 4)
    solution = optimise(problem, MaximumUtility(1.0), constraints_of(TransactionCosts(EQUAL, 1.0, 1.0)))
    np.testing.assert_allclose(solution.weights, EQUAL, atol=1e-9)
    assert solution.certificate is not None and solution.certificate.holds


@pytest.mark.parametrize("seed", range(12))
def test_tied_means_a_singular_covariance_and_duplicates_are_certified(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = 10
    factors = random.normal(size=(size, 3)) * 0.1
    factors[5:] = factors[:5]
    mean = np.round(np.tile(random.normal(0.06, 0.02, 5), 2), 2)
    problem = problem_of(mean, factors @ factors.T, upper=0.4, names=names(size))
    held = np.full(size, 0.1)
    constraints = constraints_of(GroupBound("first", names(size)[:3], upper=0.5), Turnover(held, 0.6))
    for objective in (MinimumVariance(), MaximumReturn(), MaximumUtility(5.0), MinimumRisk(float(mean.mean()))):
        solution = optimise(problem, objective, constraints)
        assert solution.certificate is not None and solution.certificate.holds


def test_of_portfolios_with_the_greatest_return_the_one_of_least_variance_is_told() -> None:
    solution = optimise(problem_of([0.05, 0.1, 0.1], np.diag([0.04, 0.09, 0.03])), MaximumReturn())
    np.testing.assert_allclose(solution.weights, [0, 0.25, 0.75], atol=1e-9)


def test_the_frontier_rises_and_is_convex_and_ends_at_its_two_best() -> None:
    lower, upper, constraints = SETS["all"]
    problem = asset_problem(SIZE, 4, lower=lower, upper=upper)
    points = frontier_points(problem, constraints, 9)
    returns = np.array([point.expected_return for point in points])
    risks = np.array([point.volatility for point in points])
    assert len(points) == 9
    np.testing.assert_allclose(np.diff(returns), np.diff(returns)[0], atol=1e-8)
    assert np.all(np.diff(risks) > 0) and np.all(np.diff(risks, 2) > -1e-9)
    assert risks[0] == pytest.approx(optimise(problem, MinimumVariance(), constraints).volatility, abs=1e-10)
    assert returns[-1] == pytest.approx(optimise(problem, MaximumReturn(), constraints).expected_return, abs=1e-10)


def test_a_frontier_of_one_point_is_refused() -> None:
    with pytest.raises(EngineError) as refused:
        frontier_points(asset_problem(4), None, 1)
    assert refused.value.problems[0].field == "count"


def test_a_risk_free_rate_that_nothing_beats_is_refused_with_the_greatest_return() -> None:
    problem = asset_problem(6)
    with pytest.raises(NothingBeatsRiskFree) as refused:
        optimise(problem, MaximumSharpe(0.5))
    (told,) = refused.value.problems
    assert told.field == "objective.risk_free" and f"{problem.mean.max():.4g}" in told.message


def test_a_gain_without_risk_is_refused() -> None:
    with pytest.raises(RisklessGain):
        optimise(problem_of([0.05, 0.03], np.diag([0.0, 0.04])), MaximumSharpe(0.02))


def test_a_covariance_with_a_negative_variance_is_refused() -> None:
    _, covariance = market(5)
    covariance[0, 1] = covariance[1, 0] = 2.0
    with pytest.raises(NoSemidefiniteCovariance) as refused:
        optimise(problem_of(np.full(5, 0.05), covariance), MinimumVariance())
    assert refused.value.problems[0].field == "covariance"


@pytest.mark.parametrize(
    ("objective", "field"),
    [
        (MaximumUtility(-1.0), "objective.risk_aversion"),
        (MinimumRisk(float("nan")), "objective.target_return"),
        (MaximumReturn(-0.1), "objective.risk"),
        (MaximumSharpe(float("inf")), "objective.risk_free"),
        (MinimumTrackingError([0.5, 0.5]), "objective.benchmark"),
    ],
)
def test_figures_of_an_objective_that_mean_nothing_are_refused(objective: object, field: str) -> None:
    with pytest.raises(EngineError) as refused:
        optimise(asset_problem(4), objective)
    assert [told.field for told in refused.value.problems] == [field]
