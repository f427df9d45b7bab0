"""What a frontier answers: every portfolio against an interior point of its own, brute force, or a closed form."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.portfolio.critical_line import trace_frontier
from modeling.engines.portfolio.critical_line.errors import NoRisk, NothingBeatsRiskFree, OffTheFrontier
from modeling.engines.portfolio.problem import MeanVariance, problem_of
from modeling.engines.portfolio.quadratic import QuadraticProgram, solve
from tests.modeling.engines.portfolio.critical_line.problems import random_problem, variance


def least_variance(problem: MeanVariance, expected_return: float) -> float:
    """By PIQP, as a problem of its own."""
    scale = float(np.mean(np.diagonal(problem.covariance)))
    program = QuadraticProgram(
        problem.covariance / scale,
        np.zeros(problem.size),
        np.vstack([np.ones(problem.size), problem.mean]),
        np.array([problem.budget, expected_return]),
        lower=problem.lower,
        upper=problem.upper,
    )
    answer = solve(program)
    assert answer.solved, answer.status
    return 2 * answer.objective * scale


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "bounds", [{}, {"upper": 0.15}, {"lower": -0.3}, {"lower": -1.0, "budget": 0.0}, {"lower": 0.01, "upper": 0.2}]
)
def test_the_least_variance_at_a_return_is_that_of_an_interior_point(seed, bounds) -> None:
    problem = random_problem(25, seed, **bounds)
    frontier = trace_frontier(problem)
    for share in (0.1, 0.5, 0.83):
        asked = frontier.returns[-1] + share * (frontier.returns[0] - frontier.returns[-1])
        found = frontier.at_return(asked)
        assert found.expected_return == pytest.approx(asked, rel=1e-12)
        assert found.volatility**2 == pytest.approx(least_variance(problem, asked), rel=1e-7)
        assert found.volatility**2 == pytest.approx(variance(problem, found.weights), rel=1e-12)
        assert found.certificate is not None and found.certificate.holds


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 12), share=st.floats(0, 1), cap=st.floats(0.05, 1.0))
def test_risk_and_return_lead_to_the_same_portfolio(seed, n, share, cap) -> None:
    frontier = trace_frontier(random_problem(n, seed, upper=max(cap, 1.2 / n)))
    volatility = frontier.volatilities[-1] + share * (frontier.volatilities[0] - frontier.volatilities[-1])
    found = frontier.at_risk(volatility)
    assert found.volatility == pytest.approx(volatility, rel=1e-9)
    again = frontier.at_return(found.expected_return)
    assert again.volatility <= volatility * (1 + 1e-9)
    assert found.certificate.holds and again.certificate.holds


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 10))
def test_no_feasible_portfolio_beats_the_frontier(seed, n) -> None:
    problem = random_problem(n, seed, lower=-0.2, upper=0.9)
    frontier = trace_frontier(problem)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        first, second = rng.integers(0, len(frontier.weights), 2)
        share = rng.random()
        mixture = share * frontier.weights[first] + (1 - share) * frontier.weights[second]
        random = rng.dirichlet(np.full(n, 0.5))
        for weights in (mixture, random):
            if weights.max() > 0.9:
                continue
            reached = float(np.clip(weights @ problem.mean, frontier.returns[-1], frontier.returns[0]))
            assert frontier.at_return(reached).volatility ** 2 <= variance(problem, weights) * (1 + 1e-10)


@pytest.mark.parametrize("seed", range(8))
def test_the_greatest_sharpe_ratio_is_that_of_a_fine_grid(seed) -> None:
    problem = random_problem(15, seed, upper=0.3)
    frontier = trace_frontier(problem)
    for risk_free in (-0.05, 0.0, float(frontier.returns[-1]), float(frontier.returns[0]) - 1e-3):
        best = frontier.maximum_sharpe(risk_free)
        grid = [(s.expected_return - risk_free) / s.volatility for s in frontier.points(2_000)]
        assert best.details["sharpe"] >= max(grid) - 1e-12
        assert best.details["sharpe"] == pytest.approx(max(grid), rel=1e-4)
        assert best.details["risk_free"] == risk_free


@pytest.mark.parametrize("spaced", ["return", "volatility"])
def test_points_are_evenly_spaced_and_each_is_proven(spaced) -> None:
    frontier = trace_frontier(random_problem(30, 3, upper=0.2))
    points = frontier.points(50, spaced)
    figures = [p.expected_return if spaced == "return" else p.volatility for p in points]
    np.testing.assert_allclose(np.diff(figures), (figures[-1] - figures[0]) / 49, rtol=1e-6)
    assert all(p.certificate is not None and p.certificate.holds for p in points)
    np.testing.assert_allclose(points[0].weights, frontier.minimum_variance().weights, atol=1e-8)
    np.testing.assert_allclose(points[-1].weights, frontier.maximum_return().weights, atol=1e-8)


def test_the_ends_are_what_they_are_called() -> None:
    problem = random_problem(12, 5, upper=0.35)
    frontier = trace_frontier(problem)
    best = np.sort(problem.mean)[::-1]
    assert frontier.maximum_return().expected_return == pytest.approx(0.35 * best[0] + 0.35 * best[1] + 0.3 * best[2])
    least = frontier.minimum_variance()
    assert least.expected_return == pytest.approx(frontier.returns[-1])
    assert least.volatility**2 == pytest.approx(least_variance(problem, least.expected_return), rel=1e-8)
    assert least.details["risk_tolerance"] == 0
    assert np.all(np.diff(frontier.returns) <= 0)
    assert np.all(np.diff(frontier.volatilities) <= 0)
    assert np.all(np.diff(frontier.risk_tolerances) < 0)


def test_a_single_asset_is_its_own_frontier() -> None:
    frontier = trace_frontier(problem_of([0.07], [[0.04]]))
    assert len(frontier.weights) == 1
    assert [p.weights.tolist() for p in frontier.points(7)] == [[1.0]]
    assert frontier.maximum_sharpe(0.02).details["sharpe"] == pytest.approx(0.25)
    assert frontier.at_return(0.07).volatility == pytest.approx(0.2)
    assert frontier.at_risk(0.2).expected_return == pytest.approx(0.07)


def test_what_lies_off_the_frontier_is_refused_with_its_range() -> None:
    frontier = trace_frontier(random_problem(10, 1))
    for asked in (frontier.returns[-1] - 0.01, frontier.returns[0] + 0.01, np.nan):
        with pytest.raises(OffTheFrontier) as refused:
            frontier.at_return(asked)
        (problem,) = refused.value.problems
        assert problem.field == "expected_return"
        assert "Ask for a figure from" in problem.remedy
    with pytest.raises(OffTheFrontier) as refused:
        frontier.at_risk(frontier.volatilities[-1] / 2)
    assert refused.value.problems[0].field == "volatility"
    with pytest.raises(OffTheFrontier):
        frontier.points(0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("asks", ["at_return", "at_risk"])
def test_the_figures_that_a_refusal_offers_can_be_asked_for(seed: int, asks: str) -> None:
    frontier = trace_frontier(random_problem(10, seed))
    with pytest.raises(OffTheFrontier) as refused:
        getattr(frontier, asks)(9.0)
    offered = re.search(r"from (\S+) to (\S+),", refused.value.problems[0].remedy)
    assert offered is not None
    for figure in offered.groups():
        assert getattr(frontier, asks)(float(figure)).certificate.holds


@pytest.mark.parametrize("seed", range(8))
def test_the_return_of_what_has_no_risk_can_be_the_risk_free_rate(seed: int) -> None:
    riskless = np.random.default_rng(seed).uniform(0.01, 0.04)
    frontier = trace_frontier(problem_of([riskless, 0.08], [[0.0, 0.0], [0.0, 0.04]]))
    with pytest.raises(NoRisk) as refused:
        frontier.maximum_sharpe(0.0)
    offered = re.search(r"returns (\S+),", refused.value.problems[0].message)
    assert offered is not None
    assert frontier.maximum_sharpe(float(offered[1])).volatility > 0


def test_what_lies_off_by_rounding_is_the_end() -> None:
    frontier = trace_frontier(random_problem(10, 1))
    assert frontier.at_return(frontier.returns[0] * (1 + 1e-13)).weights == pytest.approx(frontier.weights[0])


def test_a_risk_free_rate_above_every_return_is_refused() -> None:
    frontier = trace_frontier(random_problem(10, 1))
    with pytest.raises(NothingBeatsRiskFree) as refused:
        frontier.maximum_sharpe(float(frontier.returns[0]))
    (problem,) = refused.value.problems
    assert problem.field == "risk_free"
    assert f"{frontier.returns[0]:.6g}" in problem.message


def test_an_excess_return_without_risk_has_no_greatest_ratio() -> None:
    covariance = np.array([[0.0, 0.0], [0.0, 0.04]])
    frontier = trace_frontier(problem_of([0.03, 0.08], covariance))
    with pytest.raises(NoRisk, match=r"returns 0\.03"):
        frontier.maximum_sharpe(0.02)
    # At its own return the ratio is that of the risky asset, whatever its share.
    assert frontier.maximum_sharpe(0.03).details["sharpe"] == pytest.approx(0.05 / 0.2)
