"""Reaching targets after costs: the value is a fixed point, what can't be traded stays, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.portfolio.trading import Costs, CostsTooHigh, Impact, reach

COSTS = [Costs(), Costs(0.01, 0.02, 0.003), Costs(0.001, 0.0, 0.0, Impact(np.array([1e5, 2e5, 3e5, 4e5]), 0.04))]


@given(st.integers(0, 10**6), st.sampled_from(COSTS), st.integers(0, 15))
@settings(max_examples=150)
def test_targets_are_met_of_the_value_that_is_left(seed: int, costs: Costs, closed: int) -> None:
    random = np.random.default_rng(seed)
    held, cash = random.uniform(0.0, 1000.0, 4), float(random.uniform(10.0, 500.0))
    target = random.dirichlet(np.ones(5))[:4]
    tradable = np.array([not closed >> row & 1 for row in range(4)])
    trades = reach(target, held, cash, tradable, costs)
    assert (trades.money[~tradable] == 0.0).all()
    assert trades.paid == pytest.approx(float((costs.fees(trades.money) + costs.slipped(trades.money)).sum()))
    value = held.sum() + cash - trades.paid
    after = (held + trades.money) / value
    excess = float((held / value - target)[~tradable].sum())
    free = float(target[tradable].sum())
    scale = 1.0 if excess <= 0.0 or not free else max(1.0 - excess / free, 0.0)
    np.testing.assert_allclose(after[tradable], target[tradable] * scale, atol=1e-12)
    assert cash - trades.money.sum() - trades.paid >= -1e-9
    assert trades.bought - trades.sold == pytest.approx(trades.money.sum(), abs=1e-9)


def test_slippage_grows_with_the_square_root_of_the_trade() -> None:
    costs = Costs(slippage=0.001, impact=Impact(volume=1e6, volatility=0.02, coefficient=0.8))
    small, large = costs.slipped(np.array([1e4, -4e4]))
    assert small == pytest.approx(1e4 * (0.001 + 0.8 * 0.02 * 0.1))
    assert large == pytest.approx(4e4 * (0.001 + 0.8 * 0.02 * 0.2))


def test_costs_beyond_the_money_are_refused_with_both_figures() -> None:
    with pytest.raises(CostsTooHigh, match="of a portfolio worth 100") as refused:
        reach(np.array([4.0, -3.0]), np.zeros(2), 100.0, np.ones(2, bool), Costs(0.5, 0.5))
    assert refused.value.problems[0].field == "costs"
