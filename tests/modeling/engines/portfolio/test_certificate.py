"""The certificate of a mean-variance answer: what it must let pass and what it must not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.portfolio.certificate import certify, certify_all
from modeling.engines.portfolio.critical_line import trace_frontier
from modeling.engines.portfolio.problem import problem_of
from tests.campaign.judge import residuals
from tests.modeling.engines.portfolio.critical_line.problems import random_problem


def two_assets():
    """Variances 1 and 4, no correlation: the least variance is at 80 and 20 %."""
    return problem_of([0.1, 0.2], [[1.0, 0.0], [0.0, 4.0]])


def test_an_optimum_by_hand() -> None:
    certificate = certify(two_assets(), np.array([0.8, 0.2]), 0.0)
    assert certificate.holds
    assert certificate.stationarity < 1e-16


def test_the_gap_between_what_is_sold_and_what_is_bought_is_the_error() -> None:
    # The gradient is (0.5, 2.0): moving money from the second to the first gains 1.5, of a scale of the mean variance.
    certificate = certify(two_assets(), np.array([0.5, 0.5]), 0.0)
    assert certificate.stationarity == pytest.approx(1.5 / 2.5)
    assert not certificate.holds


def test_the_scale_grows_with_the_largest_reward_and_the_largest_gradient() -> None:
    certificate = certify(two_assets(), np.array([0.5, 0.5]), 100.0)
    # The gradient is (-9.5, -18): 8.5 of the largest of 2.5, 100 times 0.2, and 18.
    assert certificate.stationarity == pytest.approx(8.5 / 20.0)
    tenfold = replace(two_assets(), upper=np.full(2, 10.0), budget=10.0)
    # The gradient is (5, 20).
    assert certify(tenfold, np.array([5.0, 5.0]), 0.0).stationarity == pytest.approx(15.0 / 20.0)


def test_at_a_bound_only_the_pull_inwards_counts() -> None:
    problem = two_assets()
    assert certify(problem, np.array([0.0, 1.0]), 1_000.0).holds  # all in the richer one
    assert not certify(problem, np.array([1.0, 0.0]), 1_000.0).holds
    capped = replace(problem, upper=np.array([0.6, 0.4]))
    assert certify(capped, np.array([0.6, 0.4]), 0.0).holds  # would have more of the first one
    assert not certify(replace(problem, lower=np.array([0.6, 0.4]) - 0.1), np.array([0.6, 0.4]), 0.0).holds


def test_a_weight_just_off_its_bound_shows_as_complementarity() -> None:
    slack = 4e-10
    certificate = certify(two_assets(), np.array([slack, 1.0 - slack]), 1_000.0)
    # The gradients are (-100, -196): the multiplier of the first one's bound is half of their difference.
    assert certificate.complementarity == pytest.approx(48.0 * slack / 200.0, rel=1e-6)
    assert certificate.stationarity == 0


@pytest.mark.parametrize(
    ("weights", "missing"), [((0.8, 0.1), 0.1), ((1.01, -0.01), 0.01), ((0.81, 0.2), 0.01), ((0.8, 0.2 + 2e-8), 2e-8)]
)
def test_infeasibility_is_absolute(weights, missing) -> None:
    certificate = certify(two_assets(), np.array(weights), 0.0)
    assert certificate.feasibility == pytest.approx(missing)
    assert not certificate.holds


def test_nothing_that_can_move_is_optimal() -> None:
    fixed = replace(two_assets(), lower=np.array([0.3, 0.7]), upper=np.array([0.3, 0.7]))
    assert certify(fixed, np.array([0.3, 0.7]), 5.0).holds
    almost = np.array([0.3 + 1e-10, 0.7 - 1e-10])
    assert certify(fixed, almost, 5.0).holds


def test_no_risk_and_no_return_is_no_division_by_zero() -> None:
    nothing = problem_of([0.0, 0.0], np.zeros((2, 2)))
    assert certify(nothing, np.array([0.5, 0.5]), 0.0).stationarity == 0


def test_all_at_once_are_what_each_is() -> None:
    problem = random_problem(12, 3, upper=0.3)
    frontier = trace_frontier(problem)
    rng = np.random.default_rng(1)
    weights = np.vstack([frontier.weights, rng.dirichlet(np.ones(12), 4)])
    tolerances = np.r_[frontier.risk_tolerances, rng.random(4)]
    together = certify_all(problem, weights, tolerances)
    for at, (row, tolerance) in enumerate(zip(weights, tolerances, strict=True)):
        alone = certify(problem, row, float(tolerance))
        assert together.of(at).stationarity == pytest.approx(alone.stationarity, abs=1e-14)
        assert together.of(at).feasibility == pytest.approx(alone.feasibility, abs=1e-14)
        assert together.holds[at] == alone.holds
    assert together.worst().stationarity == max(together.stationarity)


@settings(max_examples=80)
@given(seed=st.integers(0, 10**6), size=st.sampled_from([0.0, 1e-12, 1e-7, 1e-3]), tolerance=st.floats(0, 3))
def test_it_is_never_kinder_than_a_judge_of_its_own(seed, size, tolerance) -> None:
    problem = random_problem(8, seed, upper=0.5)
    frontier = trace_frontier(problem)
    rng = np.random.default_rng(seed)
    corner = int(rng.integers(len(frontier.weights)))
    weights = frontier.weights[corner] + size * rng.normal(size=8)
    given_tolerance = float(frontier.risk_tolerances[corner]) if tolerance < 1 else tolerance
    certificate = certify(problem, weights, given_tolerance)
    optimality, outside = residuals(problem, weights, given_tolerance)
    if certificate.holds:
        assert optimality <= 1.01e-8 and outside <= 1.01e-8
    else:
        assert max(2 * optimality, outside) >= 0.5e-8
