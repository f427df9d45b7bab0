from __future__ import annotations

import pytest

from modeling.engines.valuation.dcf import value_dcf
from modeling.engines.valuation.sensitivity import Axis, grid_over, steps_around
from tests.modeling.engines.valuation.test_dcf import profitable


def test_each_cell_is_a_valuation_of_its_own() -> None:
    rows, columns = Axis("cost_of_capital", (0.08, 0.09, 0.1)), Axis("terminal_growth", (0.02, 0.03))
    grid = grid_over(profitable(), rows, columns)
    for i, cost in enumerate(rows.values):
        for j, growth in enumerate(columns.values):
            single = profitable(cost_of_capital=cost, terminal_growth=growth)
            assert grid.values[i][j] == pytest.approx(value_dcf(single).value_per_share[0], rel=1e-12)


def test_a_cell_with_too_small_a_spread_has_a_reason_instead_of_a_value() -> None:
    grid = grid_over(profitable(), Axis("cost_of_capital", (0.03, 0.04, 0.09)), Axis("terminal_growth", (0.025, 0.03)))
    assert grid.values[0] == (None, None)
    assert "spread" in grid.reasons[0][0]
    assert grid.values[1][0] is not None  # 1.5 points
    assert grid.values[1][1] is not None  # exactly the minimum
    assert grid.reasons[2] == ("", "")


def test_an_impossible_figure_empties_its_row_only() -> None:
    grid = grid_over(profitable(), Axis("tax_rate", (-0.1, 0.25)), Axis("sales_to_capital", (0.0, 2.0)))
    assert grid.values[0] == (None, None)
    assert grid.values[1][0] is None
    assert grid.values[1][1] == pytest.approx(value_dcf(profitable()).value_per_share[0])
    assert "tax_rate" in grid.reasons[0][1]


def test_the_base_case_stands_exactly_in_the_middle() -> None:
    assert steps_around(0.1, 0.01, 5)[2] == 0.1
    assert steps_around(0.1, 0.01, 5) == pytest.approx([0.08, 0.09, 0.1, 0.11, 0.12])
