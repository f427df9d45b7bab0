"""The first 200 problems of the campaign; `make campaign` solves 5,000."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.critical_line.errors import BudgetOutOfReach, IndefiniteCovariance
from modeling.engines.portfolio.problem import problem_of
from tests.campaign.__main__ import main
from tests.campaign.judge import residuals, right_to_refuse
from tests.campaign.problems import BOUNDS, COVARIANCES, MEANS, stated
from tests.campaign.trial import tried
from valor.lib.errors import Problem

PROBLEMS = 200
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_every_problem_is_solved_with_proof_or_refused_for_cause(part) -> None:
    wrong = [f"{o.stated}: {o.complaint}" for o in map(tried, range(part, PROBLEMS, PARTS)) if o.complaint]
    assert wrong == []


def test_they_are_of_every_family_and_size() -> None:
    problems = [stated(seed) for seed in range(PROBLEMS)]
    assert {p.covariance for p in problems} == set(COVARIANCES)
    assert {p.means for p in problems} == set(MEANS)
    assert {p.bounds for p in problems} == set(BOUNDS)
    assert min(p.problem.size for p in problems) == 1
    assert max(p.problem.size for p in problems) >= 300


def test_a_seed_is_a_problem() -> None:
    first, again = stated(17), stated(17)
    np.testing.assert_array_equal(first.problem.covariance, again.problem.covariance)
    assert str(first) == str(again)


def test_the_judge_sees_what_is_wrong() -> None:
    problem = problem_of([0.1, 0.2], [[1.0, 0.0], [0.0, 4.0]])
    assert residuals(problem, np.array([0.8, 0.2]), 0.0) == (0.0, 0.0)
    assert residuals(problem, np.array([0.8 + 1e-6, 0.2 - 1e-6]), 0.0)[0] > 1e-7
    assert residuals(problem, np.array([0.8, 0.3]), 0.0)[1] == pytest.approx(0.1)
    assert residuals(problem, np.array([1.1, -0.1]), 0.0)[1] == pytest.approx(0.1)
    assert residuals(problem, np.array([1.0, 0.0]), 0.0)[0] > 0.1


def test_the_judge_sees_through_a_refusal() -> None:
    fine = problem_of([0.1, 0.2], [[1.0, 0.0], [0.0, 4.0]])
    told = [Problem("upper", 1.0, "It is so.", "Change it.")]
    assert not right_to_refuse(fine, BudgetOutOfReach(problems=told))
    assert not right_to_refuse(fine, IndefiniteCovariance(problems=told))
    assert not right_to_refuse(fine, EngineError(problems=told))
    tight = problem_of([0.1, 0.2], [[1.0, 0.0], [0.0, 4.0]], upper=0.4)
    assert right_to_refuse(tight, BudgetOutOfReach(problems=told))
    assert not right_to_refuse(tight, BudgetOutOfReach())


def test_the_command_sums_up_and_fails_on_a_wrong_answer(monkeypatch, capsys) -> None:
    assert main(["12"]) == 0
    assert "0 wrong of 12." in capsys.readouterr().out
    monkeypatch.setattr("tests.campaign.trial.LIMIT", -1.0)
    assert main(["12"]) == 1
    assert "WRONG: seed" in capsys.readouterr().out
