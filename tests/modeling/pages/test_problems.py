"""Errors on the workbench speak its units and labels, not those of the document."""

from __future__ import annotations

import pytest

from modeling.presenters.problems import on_page
from modeling.presenters.words import typeset
from tests.modeling.pages.test_valuation_edit import edit, part  # noqa: F401
from valor.lib.errors import Problem


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("-0.9 becomes -0.50", "−0.9 becomes −0.50"),
        ("from 2024-12-31, 8e-07 or 1-2", "from 2024-12-31, 8e-07 or 1-2"),
        ("217% of it, 5 % of that", "217\u00a0% of it, 5\u00a0% of that"),
    ],
)
def test_figures_are_set_as_the_page_sets_them(text, seen) -> None:
    assert typeset(text) == seen


@pytest.mark.parametrize(
    ("problem", "message", "remedy"),
    [
        (
            Problem("inputs.terminal_growth", 0.3, "Growth of 0.3 is not below 0.085.", "Lower it below 0.085."),
            "Growth of 30\u00a0% is not below 8.5\u00a0%.",
            "Lower it below 8.5\u00a0%.",
        ),
        (
            Problem(
                "inputs.failure_probability",
                1.5,
                "1.5 is impossible.",
                "1.5 looks like a percentage: did you mean 0.015?",
            ),
            "150\u00a0% is impossible.",
            "Did you mean 1.5\u00a0%?",
        ),
        (
            Problem(
                "uncertainty.cost_of_capital",
                0.4,
                "44.8% of its draws ... above 0.",
                'Cut it off with "lower": 8e-07, or',
            ),
            "44.8\u00a0% of its draws ... above 0\u00a0%.",
            "Cut it off by “Never below” 0.00008\u00a0%, or",
        ),
        (
            Problem("inputs.shares", -5, "-5 is impossible.", "Give a number above 0."),
            "−5 is impossible.",
            "Give a number above 0.",
        ),
        (
            Problem("inputs.growth", "1e400", "“1e400” can't be read.", "Type percent, such as 8 or 8%."),
            "“1e400” can't be read.",
            "Type percent, such as 8 or 8%.",
        ),
        (
            Problem(
                "employee_options.valued", None, "No price.", 'State it, or set employee_options.valued to "at_value".'
            ),
            "No price.",
            "State it, or choose “the value found” for “Valued at”.",
        ),
    ],
)
def test_a_problem_is_said_as_the_page_says_it(problem, message, remedy) -> None:
    said = on_page(problem, "triangular")
    assert (said.message, said.remedy) == (message, remedy)


def test_the_shape_of_a_beta_is_no_percentage() -> None:
    problem = Problem("uncertainty.growth.alpha", -2.0, "-2 is not above 0.", "Give 1.")
    assert on_page(problem, "beta").message == "−2 is not above 0."


def test_an_impossible_distribution_is_not_blamed_on_its_correlations(edit, acme) -> None:  # noqa: F811
    acme.document |= {
        "uncertainty": {
            "growth": {"distribution": "normal", "mean": 0.1, "sd": 0.02},
            "operating_margin": {"distribution": "normal", "mean": 0.2, "sd": 0.02},
        },
        "correlations": [{"between": ["growth", "operating_margin"], "value": 0.3}],
    }
    acme.save()
    answer = edit(uncertainty__growth__sd="-3")
    assert answer.status_code == 422
    assert part(answer, "saved") == "Not saved: 1 input needs correcting"
    assert "is not uncertain" not in answer.content.decode()
