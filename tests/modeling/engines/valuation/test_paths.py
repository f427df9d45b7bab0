from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.valuation.paths import Fade, ramp_weights, stage_weights


def test_constant_years_hand_back_the_same_array() -> None:
    start, end = np.array([0.1, 0.2]), np.array([0.3, 0.0])
    path = Fade(start, end, stage_weights(2, 2))
    assert path.at(1) is start
    assert path.at(2) is start
    assert path.at(3) == pytest.approx([0.2, 0.1])
    assert path.at(4) is end


def test_numbers_stay_numbers() -> None:
    path = Fade(0.1, 0.3, stage_weights(1, 4))
    assert [path.at(year) for year in range(1, 6)] == pytest.approx([0.1, 0.15, 0.2, 0.25, 0.3])
    assert all(isinstance(path.at(year), float) for year in range(1, 6))


def test_a_number_may_fade_into_an_array_without_touching_it() -> None:
    end = np.array([0.3, 0.0])
    path = Fade(0.1, end, stage_weights(0, 2))
    assert path.at(1) == pytest.approx([0.2, 0.05])
    assert end.tolist() == [0.3, 0.0]


def test_weights_reach_the_end_in_the_last_year_of_the_fade() -> None:
    assert stage_weights(2, 4) == (0.0, 0.0, 0.25, 0.5, 0.75, 1.0)
    assert stage_weights(3, 0) == (0.0, 0.0, 0.0)


def test_the_ramp_has_its_own_length() -> None:
    assert ramp_weights(2, 4) == (0.5, 1.0, 1.0, 1.0)
    assert ramp_weights(0, 2) == (1.0, 1.0)
    assert ramp_weights(8, 2) == (0.125, 0.25)
