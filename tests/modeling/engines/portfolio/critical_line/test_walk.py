"""The walk alone, with nothing behind it that would catch its faults: no second attempt, no interior point."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from benchmarks.markets import diffuse_market, factor_market, yearly
from modeling.engines.errors import EngineError
from modeling.engines.portfolio.certificate import certify_all
from modeling.engines.portfolio.critical_line import trace
from modeling.engines.portfolio.critical_line.free import Breakdown, Dependent, FreeAssets
from modeling.engines.portfolio.critical_line.normalised import normalised
from modeling.engines.portfolio.critical_line.walk import Corners, Walk
from modeling.engines.portfolio.problem import MeanVariance, problem_of
from tests.campaign.problems import stated
from tests.modeling.engines.portfolio.critical_line.problems import random_problem

TOLERATED = 3e-10  # far less than the certificate asks for
HARD = (70, 429, 702, 1401, 1436, 1593)  # each breaks a walk that leaves out one of its precautions


def worst(problem: MeanVariance, nudge: tuple[float, float, float] | None = None) -> tuple[int, float]:
    """How many corners the first attempt comes to, and the largest error of any."""
    figures = normalised(problem)
    attempt = nudge or (trace.LEVEL if figures.singular else trace.PLAIN)
    covariance, mean = figures.perturbed(*attempt)
    corners = Walk(covariance, mean, figures.lower, figures.upper, figures.budget).corners()
    found = certify_all(problem, corners.weights, corners.risk_tolerances * figures.unit).worst()
    return len(corners.weights), max(found.stationarity, found.complementarity, found.feasibility)


@pytest.mark.parametrize(("market", "corners"), [(factor_market, (90, 150)), (diffuse_market, (480, 540))])
def test_five_hundred_assets_at_the_first_attempt(market, corners) -> None:
    mean, covariance = yearly(market(500, 20_131_107))
    count, error = worst(problem_of(mean, covariance, upper=0.1))
    assert corners[0] < count < corners[1]
    assert error < 1e-12


@pytest.mark.parametrize("part", range(3))
def test_random_problems_at_the_first_attempt(part) -> None:
    wrong = []
    for seed in {*range(part, 240, 3), *HARD[part::3]}:
        given = stated(seed)
        if given.problem.size > 120:
            continue
        with contextlib.suppress(EngineError):
            _, error = worst(given.problem)
            if error > TOLERATED:
                wrong.append(f"{given}: {error:.1e}")
    assert wrong == []


def test_a_level_added_to_every_covariance_lets_an_asset_without_risk_be_free() -> None:
    problem = problem_of([0.05, 0.04, 0.03], np.diag([0.0, 0.04, 0.09]))
    assert normalised(problem).singular
    with pytest.raises(Breakdown):
        worst(problem, trace.PLAIN)
    assert worst(problem, trace.LEVEL)[1] < TOLERATED


def test_the_factor_follows_what_enters_and_leaves() -> None:
    problem = random_problem(30, 1)
    rng = np.random.default_rng(2)
    free, held = FreeAssets(problem.covariance, problem.mean), set()
    for _ in range(300):
        asset = int(rng.integers(30))
        if asset not in held:
            free.enter(asset)
            held.add(asset)
        elif len(held) > 1:
            free.leave(asset)
            held.remove(asset)
        assert set(free.assets.tolist()) == held
    assets = free.assets
    ones, means = np.linalg.solve(
        problem.covariance[np.ix_(assets, assets)], np.c_[np.ones(len(assets)), problem.mean[assets]]
    ).T
    direction, price = free.direction()
    assert price == pytest.approx(means.sum() / ones.sum())
    np.testing.assert_allclose(direction, means - price * ones, atol=1e-9 * np.max(np.abs(means)))
    np.testing.assert_allclose(free.spread(direction), problem.covariance[:, assets] @ direction, atol=1e-12)


def test_an_asset_that_the_others_replicate_does_not_enter() -> None:
    base = random_problem(5, 1)
    mixture = np.array([0.5, 0.3, 0.2, 0.0, 0.0])
    spread = np.vstack([np.eye(5), mixture])
    free = FreeAssets(spread @ base.covariance @ spread.T, np.r_[base.mean, 0.1])
    for asset in range(4):
        free.enter(asset)
    with pytest.raises(Dependent):
        free.enter(5)
    assert free.count == 4


def test_leading_corners_that_a_later_one_dominates_are_left_out() -> None:
    problem = problem_of([0.1, 0.1, 0.05], np.diag([0.04, 0.09, 0.01]))
    weights = np.array([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0], [0.3, 0.2, 0.5], [0.3, 0.2, 0.5], [0.1, 0.1, 0.8]])
    kept = trace._efficient(problem, Corners(weights, np.array([3.0, 2.0, 1.0, 1.0, 0.0])))
    assert kept.weights.tolist() == weights[[1, 3, 4]].tolist()
    assert kept.risk_tolerances.tolist() == [2.0, 1.0, 0.0]
