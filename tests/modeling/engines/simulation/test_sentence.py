"""The result in one sentence."""

from __future__ import annotations

import pytest

from modeling.engines.simulation.sentence import sentence_of


def said(p10: float, p90: float, mode: float, **more) -> str:
    about = {"negative_share": 0.0, "price": None, "chance": None} | more
    return sentence_of(p10=p10, p90=p90, most_likely=mode, **about)


def test_range_mode_and_chance() -> None:
    found = said(42.31, 88.04, 60.7, price=72.0, chance=0.338)
    assert found == "Worth 42 to 88, most likely 61; 34 % chance it is above the price of 72"


@pytest.mark.parametrize(
    ("p10", "p90", "mode", "words"),
    [
        (421.3, 884.2, 612.0, "Worth 420 to 880, most likely 610"),
        (4.213, 8.842, 6.1, "Worth 4.2 to 8.8, most likely 6.1"),
        (4.213, 4.842, 4.5, "Worth 4.21 to 4.84, most likely 4.50"),
        (1_213.0, 3_842.0, 2_190.0, "Worth 1,200 to 3,800, most likely 2,200"),
        (101.2, 103.9, 102.5, "Worth 101.2 to 103.9, most likely 102.5"),
        (0.00213, 0.00842, 0.0043, "Worth 0.0021 to 0.0084, most likely 0.0043"),
        (42.0, 42.0, 42.0, "Worth 42.0 to 42.0, most likely 42.0"),
        (0.0, 0.0, 0.0, "Worth 0 to 0, most likely 0"),
        (-0.04, 48.0, 13.2, "Worth 0 to 48, most likely 13"),
    ],
)
def test_figures_are_rounded_to_what_the_range_can_tell(p10, p90, mode, words) -> None:
    assert said(p10, p90, mode) == words


def test_values_below_zero_carry_a_true_minus_and_their_chance() -> None:
    assert said(-12.4, 88.0, 31.0, negative_share=0.164) == (
        "Worth −12 to 88, most likely 31; 16 % chance it is zero or less"
    )
    assert "zero or less" not in said(2.0, 88.0, 31.0, negative_share=0.001)


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.0, "less than 1 %"),
        (0.0049, "less than 1 %"),
        (0.0051, "1 %"),
        (0.994, "99 %"),
        (0.999, "more than 99 %"),
        (1.0, "more than 99 %"),
    ],
)
def test_chances_are_never_shown_as_certain(chance, words) -> None:
    assert said(1.0, 2.0, 1.5, price=168.76, chance=chance).endswith(
        f"; {words} chance it is above the price of 168.76"
    )
