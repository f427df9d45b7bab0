from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modeling.engines.valuation.inputs import Number
from modeling.engines.valuation.paths import Fade, NetMargin, Weights
from modeling.engines.valuation.workspace import Workspace


def fade(start: Number, end: Number, hold: int, steps: int) -> Fade:
    """A path with memory of its own."""
    return Fade(start, end, Weights(hold, steps), Workspace(2), "figure")


def test_constant_years_hand_back_the_same_array() -> None:
    start, end = np.array([0.1, 0.2]), np.array([0.3, 0.0])
    path = fade(start, end, 2, 2)
    assert path.at(1) is start
    assert path.at(2) is start
    assert path.at(3) == pytest.approx([0.2, 0.1])
    assert path.at(4) is end
    assert path.at(5) is end


def test_numbers_stay_numbers() -> None:
    path = fade(0.1, 0.3, 1, 4)
    assert [path.at(year) for year in range(1, 6)] == pytest.approx([0.1, 0.15, 0.2, 0.25, 0.3])
    assert all(isinstance(path.at(year), float) for year in range(1, 6))


def test_a_number_may_fade_into_an_array_without_touching_it() -> None:
    end = np.array([0.3, 0.0])
    path = fade(0.1, end, 0, 2)
    assert path.at(1) == pytest.approx([0.2, 0.05])
    assert end.tolist() == [0.3, 0.0]


@pytest.mark.parametrize("order", [(1, 2, 3, 4, 5), (1, 1, 2, 3, 3), (5, 3, 4, 2), (4, 1, 4)])
def test_years_may_be_asked_for_in_any_order(order: tuple[int, ...]) -> None:
    start, end = np.array([0.1, 0.2]), np.array([0.7, -0.4])
    path = fade(start, end, 1, 5)
    for year in order:
        assert path.at(year) == pytest.approx(start + (end - start) * (year - 1) / 5, abs=1e-15)


@pytest.mark.parametrize(
    ("hold", "steps", "weights"),
    [
        (2, 4, [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]),
        (3, 0, [0.0, 0.0, 0.0, 1.0]),
        (0, 0, [1.0, 1.0]),
        (0, 8, [0.125, 0.25]),
    ],
)
def test_weights_hold_then_rise_in_equal_steps(hold: int, steps: int, weights: list[float]) -> None:
    assert [fade(0.0, 1.0, hold, steps).at(year) for year in range(1, len(weights) + 1)] == weights


ENDS = (0.1, np.array([0.2, 0.3]))


@pytest.mark.parametrize("ramp", [0, 1, 3, 6, 9])
@pytest.mark.parametrize("margin", [(0.1, 0.2), (0.1, ENDS[1]), (ENDS[1], 0.3)])
@pytest.mark.parametrize("tax", [(0.2, 0.2), (0.2, 0.4), ENDS, (ENDS[1], ENDS[1])])
@pytest.mark.parametrize("capital", [0.5, np.array([0.4, 0.6])])
def test_the_net_margin_is_taxed_and_ties_up_capital(ramp: int, margin: Any, tax: Any, capital: Any) -> None:
    workspace = Workspace(2)
    ways = [
        Fade(*ends, weights, workspace, name)
        for ends, weights, name in ((margin, Weights(0, ramp), "margin"), (tax, Weights(3, 4), "tax"))
    ]
    net = NetMargin(*ways, capital, workspace)
    for year in range(1, 8):
        expected = fade(*margin, 0, ramp).at(year) * (1 - fade(*tax, 3, 4).at(year)) - capital
        assert net.at(year) == pytest.approx(expected, abs=1e-15)
