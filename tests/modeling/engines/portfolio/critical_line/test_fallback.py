"""Point by point, where the walk fails: the interior point, made exact, answers the same with the same proof."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.portfolio.critical_line import trace, trace_frontier
from modeling.engines.portfolio.critical_line.errors import NotCertified
from modeling.engines.portfolio.critical_line.fallback import solve_at_return, solve_at_tolerance
from modeling.engines.portfolio.critical_line.free import Breakdown
from modeling.engines.portfolio.critical_line.normalised import normalised
from modeling.engines.portfolio.problem import problem_of
from tests.campaign.problems import stated
from tests.campaign.trial import tried
from tests.modeling.engines.portfolio.critical_line.problems import random_problem


@pytest.fixture
def astray(monkeypatch):
    """Every walk breaks down."""

    class Astray:
        def __init__(self, *_: object) -> None:
            raise Breakdown

    monkeypatch.setattr(trace, "Walk", Astray)


@pytest.mark.parametrize("seed", range(4))
def test_it_comes_to_the_walk_s_answers(seed, monkeypatch) -> None:
    problem = random_problem(20, seed, upper=0.25)
    walked = trace_frontier(problem)
    figures = normalised(problem)
    for corner in (0.3, 2.7, 5.5):
        k = int(corner)
        tolerance = walked.risk_tolerances[k] + (corner - k) * (
            walked.risk_tolerances[k + 1] - walked.risk_tolerances[k]
        )
        weights = walked.weights[k] + (corner - k) * (walked.weights[k + 1] - walked.weights[k])
        point = solve_at_tolerance(problem, figures, float(tolerance))
        np.testing.assert_allclose(point.weights, weights, atol=1e-9)
        assert point.certificate.holds
        again = solve_at_return(problem, figures, float(weights @ problem.mean))
        np.testing.assert_allclose(again.weights, weights, atol=1e-9)
        assert again.risk_tolerance == pytest.approx(tolerance, rel=1e-6)


@pytest.mark.usefixtures("astray")
def test_a_frontier_of_single_points_answers_every_question(monkeypatch) -> None:
    problem = random_problem(15, 8, upper=0.3)
    pointwise = trace_frontier(problem)
    assert pointwise.method == "interior point"
    monkeypatch.undo()
    walked = trace_frontier(problem)
    asked = float(0.3 * walked.returns[0] + 0.7 * walked.returns[-1])
    risk = float(0.3 * walked.volatilities[0] + 0.7 * walked.volatilities[-1])
    for ours, theirs in (
        (pointwise.minimum_variance(), walked.minimum_variance()),
        (pointwise.maximum_return(), walked.maximum_return()),
        (pointwise.at_return(asked), walked.at_return(asked)),
        (pointwise.at_risk(risk), walked.at_risk(risk)),
        (pointwise.maximum_sharpe(0.01), walked.maximum_sharpe(0.01)),
    ):
        assert ours.certificate is not None and ours.certificate.holds
        assert ours.volatility == pytest.approx(theirs.volatility, rel=1e-7)
        assert ours.expected_return == pytest.approx(theirs.expected_return, rel=1e-5)


@pytest.mark.usefixtures("astray")
def test_of_tied_best_means_it_finds_the_least_variance(monkeypatch) -> None:
    base = random_problem(10, 4)
    mean = base.mean.copy()
    mean[np.argsort(mean)[-4:]] = mean.max()
    problem = problem_of(mean, base.covariance)
    pointwise = trace_frontier(problem)
    monkeypatch.undo()
    np.testing.assert_allclose(pointwise.weights[0], trace_frontier(problem).weights[0], atol=1e-8)


@pytest.mark.usefixtures("astray")
def test_forty_random_problems_without_the_walk() -> None:
    outcomes = [tried(seed) for seed in range(60) if stated(seed).problem.size <= 20][:40]
    wrong = [f"{outcome.stated}: {outcome.complaint}" for outcome in outcomes if outcome.complaint]
    assert wrong == []
    assert sum(outcome.way == "interior point" for outcome in outcomes) > 25


def test_what_nothing_proves_is_refused_with_a_remedy(monkeypatch) -> None:
    problem = random_problem(6, 1)
    monkeypatch.setattr("modeling.engines.portfolio.critical_line.fallback.TOLERANCE", 0.0)
    monkeypatch.setattr("modeling.engines.portfolio.problem.TOLERANCE", -1.0)
    with pytest.raises(NotCertified) as refused:
        solve_at_tolerance(problem, normalised(problem), 0.1)
    (told,) = refused.value.problems
    assert told.field == "covariance"
    assert "Leave out" in told.remedy
