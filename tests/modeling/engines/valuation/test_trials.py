from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.errors import ImpossibleDraw
from modeling.engines.valuation.dcf import value_dcf
from modeling.engines.valuation.trials import TrialModel
from tests.modeling.engines.valuation import tesla
from tests.modeling.engines.valuation.test_dcf import profitable

DRIVERS = ("growth", "operating_margin", "cost_of_capital", "terminal_growth")


def draws(trials: int, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    middles = {"growth": 0.1, "operating_margin": 0.2, "cost_of_capital": 0.09, "terminal_growth": 0.025}
    return {name: rng.normal(middle, 0.005, trials) for name, middle in middles.items()}


def test_each_trial_is_the_deterministic_valuation() -> None:
    model, block, out = TrialModel(profitable(), DRIVERS), draws(50), np.empty(50)
    assert model(block, out) == 0
    for index in (0, 17, 49):
        single = profitable(**{name: float(values[index]) for name, values in block.items()})
        assert out[index] == pytest.approx(value_dcf(single).value_per_share[0], rel=1e-12)


def test_a_reused_workspace_forgets_the_block_before() -> None:
    model, first, again = TrialModel(tesla.INPUTS, DRIVERS), np.empty(40), np.empty(40)
    model(draws(40), first)
    model(draws(25, seed=2), np.empty(25))
    model(draws(40), again)
    assert np.array_equal(first, again)


def test_blocks_are_left_as_they_came() -> None:
    block = draws(20)
    copies = {name: values.copy() for name, values in block.items()}
    TrialModel(tesla.INPUTS, DRIVERS)(block, np.empty(20))
    assert all(np.array_equal(block[name], copies[name]) for name in block)


def test_floored_trials_are_counted() -> None:
    block = {"terminal_growth": np.array([0.02, 0.085, 0.2, 0.0801])}
    out = np.empty(4)
    assert TrialModel(profitable(), block)(block, out) == 3
    assert out[1] == out[2] == out[3]


def test_an_impossible_draw_names_the_driver_and_the_remedy() -> None:
    block = {"sales_to_capital": np.array([1.0, -0.1])}
    with pytest.raises(ImpossibleDraw) as refusal:
        TrialModel(profitable(), block)(block, np.empty(2))
    (problem,) = refusal.value.problems
    assert (problem.field, problem.value) == ("uncertainty.sales_to_capital", -0.1)
    assert "bound" in problem.remedy


def test_options_at_the_market_price_are_one_number_for_all_trials() -> None:
    block, out = {"shares": np.array([121.45, 242.9])}, np.empty(2)
    TrialModel(tesla.INPUTS, block)(block, out)
    assert out[0] == pytest.approx(tesla.VALUE_PER_SHARE, abs=1e-6)
    assert out[1] == pytest.approx(tesla.VALUE_PER_SHARE / 2, abs=1e-6)
