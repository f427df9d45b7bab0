"""What changed between two documents is told once, by what a person did."""

from __future__ import annotations

from modeling.presenters.changes import changes

BEFORE = {
    "inputs": {"growth": 0.30},
    "uncertainty": {"growth": {"distribution": "normal", "mean": 0.30, "sd": 0.075, "lower": 0.1125, "upper": 0.4875}},
}


def words(growth: float, **distribution: object) -> list[str]:
    now = {"growth": BEFORE["uncertainty"]["growth"] | distribution}
    return [change.words for change in changes(BEFORE, {"inputs": {"growth": growth}, "uncertainty": now})]


def test_a_distribution_that_followed_its_base_case_is_no_change_of_its_own() -> None:
    assert words(0.28, mean=0.28, lower=0.0925, upper=0.4675) == ["Revenue growth 30 % > 28 %"]


def test_only_the_parameters_that_differ_are_named() -> None:
    assert words(0.30, sd=0.08) == [
        "Uncertainty of revenue growth normal, std. deviation 7.5 % > normal, std. deviation 8 %"
    ]


def test_a_distribution_moved_otherwise_than_its_base_case_is_named() -> None:
    assert len(words(0.28, mean=0.25, lower=0.0925, upper=0.4675)) == 2


def test_a_base_case_left_by_its_distribution_is_one_change() -> None:
    assert words(0.28) == ["Revenue growth 30 % > 28 %"]


def test_another_kind_is_named_with_all_its_parameters() -> None:
    (said,) = words(0.30, distribution="lognormal")
    assert said.endswith("> lognormal, mean 30 %, std. deviation 7.5 %, never below 11.25 %, never above 48.75 %")
