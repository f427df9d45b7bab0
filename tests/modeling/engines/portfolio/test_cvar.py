"""The least expected shortfall: the published normal case, the whole programme, and what must hold of every answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import ndtri
from scipy.stats import qmc

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.constrained.errors import NotOffered
from modeling.engines.portfolio.constraints import (
    Cardinality,
    GroupBound,
    Leverage,
    TrackingError,
    TransactionCosts,
    Turnover,
    constraints_of,
)
from modeling.engines.portfolio.cvar.minimum import cvar_frontier, minimum_cvar
from modeling.engines.portfolio.cvar.scenarios import Scenarios, expected_shortfall, scenarios_of, value_at_risk
from modeling.engines.portfolio.infeasible import Infeasible
from modeling.engines.portfolio.problem import problem_of
from tests.modeling.engines.portfolio.constrained.markets import asset_problem, names

# R. T. Rockafellar and S. Uryasev, Optimization of conditional value-at-risk, Journal of Risk 2 (2000), tables 1 to 5.
MEAN = np.array([0.010111, 0.0043532, 0.0137058])
COVARIANCE = np.array(
    [[0.00324625, 0.00022983, 0.00420395], [0.00022983, 0.00049937, 0.00019247], [0.00420395, 0.00019247, 0.00764097]]
)
PUBLISHED = {0.9: (0.067847, 0.096975), 0.95: (0.0902, 0.115908), 0.99: (0.132128, 0.152977)}
PUBLISHED_WEIGHTS = [0.452013, 0.115573, 0.432414]


def normal_scenarios(count: int) -> np.ndarray:
    """Points of a scrambled Sobol sequence with exactly the published mean and covariance."""
    scores = ndtri(qmc.Sobol(3, rng=1).random(count))
    scores -= scores.mean(axis=0)
    scores = np.linalg.solve(np.linalg.cholesky(np.cov(scores.T, bias=True)), scores.T)
    return MEAN[:, None] + np.linalg.cholesky(COVARIANCE) @ scores


def fat_tails(size: int, count: int, seed: int) -> np.ndarray:
    problem = asset_problem(size, seed)
    draws = np.random.default_rng(seed).standard_t(4, size=(size, count))
    return problem.mean[:, None] / 252 + np.linalg.cholesky(problem.covariance / 252) @ draws


def whole_programme(returns: np.ndarray, weights: np.ndarray, level: float, upper: float) -> float:
    """The least expected shortfall, long only, by the linear programme with every scenario in it."""
    n, count = returns.shape
    cost = np.r_[np.zeros(n), 1.0, weights / (1 - level)]
    rows = np.hstack([-returns.T, -np.ones((count, 1)), -np.eye(count)])
    bounds = [(0, upper)] * n + [(None, None)] + [(0, None)] * count
    total = np.r_[np.ones(n), np.zeros(count + 1)][None]
    return float(linprog(cost, rows, np.zeros(count), total, [1.0], bounds).fun)


@pytest.mark.parametrize("level", PUBLISHED)
def test_many_normal_scenarios_approach_the_published_answer(level: float) -> None:
    returns = normal_scenarios(2**14)
    solution = minimum_cvar(problem_of(MEAN, COVARIANCE), scenarios_of(returns, level=level), target_return=0.011)
    at_risk, shortfall = PUBLISHED[level]
    assert solution.details["expected_shortfall"] == pytest.approx(shortfall, rel=3e-3)
    assert solution.details["value_at_risk"] == pytest.approx(at_risk, rel=6e-3)
    np.testing.assert_allclose(solution.weights, PUBLISHED_WEIGHTS, atol=0.06)
    assert solution.expected_return == pytest.approx(0.011, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_the_answer_is_that_of_the_whole_programme(seed: int) -> None:
    returns = fat_tails(10, 300, seed)
    chances = np.random.default_rng(seed).uniform(0.0, 1.0, 300)
    scenarios = scenarios_of(returns, level=0.9, weights=chances)
    solution = minimum_cvar(asset_problem(10, seed, upper=0.3), scenarios)
    least = whole_programme(returns, chances / chances.sum(), 0.9, 0.3)
    assert solution.details["expected_shortfall"] == pytest.approx(least, abs=1e-10)
    assert solution.details["lower_bound"] == pytest.approx(least, abs=1e-10)
    assert solution.certificate is not None and solution.certificate.holds
    assert solution.details["scenarios_in_programme"] < 300


def test_a_known_model_finds_the_same_shortfall() -> None:
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk

    returns = fat_tails(8, 400, 5)
    model = MeanRisk(risk_measure=RiskMeasure.CVAR, cvar_beta=0.95, max_weights=0.4).fit(returns.T)
    scenarios = scenarios_of(returns)
    solution = minimum_cvar(asset_problem(8, 5, upper=0.4), scenarios)
    theirs = expected_shortfall(-(np.asarray(model.weights_) @ returns), scenarios)
    assert solution.details["expected_shortfall"] == pytest.approx(theirs, abs=1e-7)
    assert solution.details["expected_shortfall"] <= theirs + 1e-12


def test_no_other_portfolio_has_a_lesser_shortfall() -> None:
    returns = fat_tails(6, 200, 2)
    scenarios = scenarios_of(returns)
    least = minimum_cvar(asset_problem(6, 2), scenarios).details["expected_shortfall"]
    tried = np.random.default_rng(0).dirichlet(np.ones(6), 500)
    assert min(expected_shortfall(-(weights @ returns), scenarios) for weights in tried) > least


def test_value_at_risk_and_shortfall_are_those_of_the_definition() -> None:
    losses = np.arange(1.0, 101.0)
    scenarios = Scenarios(np.zeros((1, 100)), np.full(100, 0.01), 0.95)
    assert value_at_risk(losses, scenarios) == 95.0
    assert expected_shortfall(losses, scenarios) == pytest.approx(np.mean([96, 97, 98, 99, 100]))
    split = Scenarios(np.zeros((1, 2)), np.array([0.9, 0.1]), 0.95)
    assert expected_shortfall(np.array([1.0, 3.0]), split) == pytest.approx(3.0)
    mixed = Scenarios(np.zeros((1, 2)), np.array([0.98, 0.02]), 0.95)
    assert expected_shortfall(np.array([1.0, 3.0]), mixed) == pytest.approx((0.02 * 3 + 0.03 * 1) / 0.05)


def test_every_linear_constraint_is_kept() -> None:
    equal = np.full(10, 0.1)
    constraints = constraints_of(
        GroupBound("Technology", names(10)[:4], 0.3, 0.35),
        Turnover(equal, 0.25),
        Leverage(1.2),
        TransactionCosts(equal, 0.002, 0.002),
    )
    solution = minimum_cvar(
        asset_problem(10, 1, lower=-0.1, upper=0.3), scenarios_of(fat_tails(10, 500, 1)), constraints
    )
    assert solution.certificate is not None and solution.certificate.holds
    assert 0.3 - 1e-8 <= solution.weights[:4].sum() <= 0.35 + 1e-8
    assert np.abs(solution.weights - equal).sum() / 2 <= 0.25 + 1e-8
    assert np.abs(solution.weights).sum() <= 1.2 + 1e-8
    assert solution.weights.sum() == pytest.approx(1.0, abs=1e-8)


def test_the_frontier_rises_from_the_least_shortfall_to_the_greatest_return() -> None:
    problem = asset_problem(8, 3, upper=0.5)
    points = cvar_frontier(problem, scenarios_of(fat_tails(8, 250, 3)), None, 7)
    shortfalls = np.array([point.details["expected_shortfall"] for point in points])
    returns = np.array([point.expected_return for point in points])
    assert len(points) == 7
    assert np.all(np.diff(shortfalls) > 0) and np.all(np.diff(shortfalls, 2) > -1e-9)
    assert returns[-1] == pytest.approx(np.sort(problem.mean)[-2:].mean(), abs=1e-9)


def test_a_return_out_of_reach_is_explained() -> None:
    problem = asset_problem(6, 2)
    with pytest.raises(Infeasible) as told:
        minimum_cvar(problem, scenarios_of(fat_tails(6, 100, 2)), target_return=1.0)
    best = next(item for item in told.value.conflict if item.kind == "target_return")
    assert best.relax_to == pytest.approx(problem.mean.max(), abs=1e-5)


def test_a_limit_on_the_tracking_error_is_refused() -> None:
    constraints = constraints_of(Cardinality(2), TrackingError(np.full(6, 1 / 6), 0.1))
    with pytest.raises(NotOffered) as told:
        minimum_cvar(asset_problem(6, 2), scenarios_of(fat_tails(6, 100, 2)), constraints)
    assert [one.field for one in told.value.problems] == ["constraints.tracking_error.limit"]


@pytest.mark.parametrize(
    ("returns", "level", "weights", "field"),
    [
        (np.zeros(5), 0.95, None, "scenarios"),
        (np.array([[0.1, np.nan]]), 0.95, None, "scenarios"),
        (np.zeros((2, 3)), 1.0, None, "level"),
        (np.zeros((2, 3)), 0.95, [1.0, 2.0], "weights"),
        (np.zeros((2, 3)), 0.95, [1.0, -2.0, 3.0], "weights"),
        (np.zeros((2, 3)), 0.95, [0.0, 0.0, 0.0], "weights"),
    ],
)
def test_scenarios_that_mean_nothing_are_refused(returns: object, level: float, weights: object, field: str) -> None:
    with pytest.raises(EngineError) as told:
        scenarios_of(returns, level=level, weights=weights)
    assert [one.field for one in told.value.problems] == [field]


def test_scenarios_for_other_assets_are_refused() -> None:
    with pytest.raises(EngineError) as told:
        minimum_cvar(asset_problem(6), scenarios_of(fat_tails(5, 50, 0)))
    assert told.value.problems[0].field == "scenarios"
