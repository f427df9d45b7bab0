"""Trades to target: nothing is lost, nothing small is traded, and the targets are met."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.rebalancing import (
    Holdings,
    NothingHeld,
    Policy,
    RebalancingPlan,
    holdings_of,
    rebalance,
)
from modeling.engines.portfolio.trading import Costs, CostsTooHigh, Impact

NARROW = Costs(impact=Impact(volume=np.array([1e6, 1e6]), volatility=0.02))
COSTS = Costs(buy=0.002, sell=0.001, slippage=0.0005)


def holdings(*shares: float, prices: tuple[float, ...] = (10.0, 20.0, 50.0), cash: float = 0.0) -> Holdings:
    names = ("A", "B", "C")[: len(prices)]
    return Holdings(names, np.array(prices), np.array(shares), cash)


def conserved(before: Holdings, found: RebalancingPlan) -> None:
    """Money is only moved, and lost only to the costs that are named."""
    assert found.holdings.value + found.costs == pytest.approx(before.value, rel=1e-12)
    for trade in found.trades:
        assert trade.money == pytest.approx(trade.shares * trade.price, rel=1e-9)
    bought = math.fsum(max(trade.money, 0.0) for trade in found.trades)
    assert found.bought == pytest.approx(bought)
    assert found.costs == pytest.approx(math.fsum(trade.costs for trade in found.trades), abs=1e-12)
    expected = before.cash - found.bought + found.sold - found.costs
    assert found.holdings.cash == pytest.approx(expected, abs=1e-9 * before.value)


def test_targets_are_met_after_costs() -> None:
    start = holdings(100.0, 0.0, 20.0, cash=500.0)
    found = rebalance(start, [0.3, 0.5, 0.1], Policy(costs=COSTS))
    conserved(start, found)
    np.testing.assert_allclose(found.after, [0.3, 0.5, 0.1], atol=1e-14)
    np.testing.assert_allclose(found.before, [0.4, 0.0, 0.4])
    assert [(trade.ticker, trade.shares > 0) for trade in found.trades] == [("A", False), ("B", True), ("C", False)]
    expected = 0.002 * found.bought + 0.001 * found.sold + 0.0005 * (found.bought + found.sold)
    assert found.costs == pytest.approx(expected)
    assert found.turnover == pytest.approx((found.bought + found.sold) / 2 / 2500)


def test_weights_and_a_value_stand_for_shares() -> None:
    start = holdings_of(("A", "B", "C"), [10.0, 20.0, 50.0], [0.4, 0.0, 0.4], 2500.0)
    assert start.shares.tolist() == [100.0, 0.0, 20.0]
    assert start.cash == pytest.approx(500.0)


def test_nothing_is_traded_where_all_is_well() -> None:
    found = rebalance(holdings(100.0, 50.0, 20.0), [1 / 3] * 3, Policy(costs=COSTS))
    assert (found.trades, found.left_alone, found.costs) == ((), (), 0.0)


def test_inside_the_band_nothing_moves_and_the_rest_shares_what_remains() -> None:
    start = holdings(110.0, 45.0, 20.0)  # 1100, 900, 1000
    found = rebalance(start, [0.33, 0.37, 0.30], Policy(band=0.05))
    conserved(start, found)
    assert [trade.ticker for trade in found.trades] == ["B"]
    assert found.left_alone == ("A", "C")
    assert found.holdings.cash == pytest.approx(0.0, abs=1e-9)  # A and C hold too much: B gets what remains
    less = rebalance(holdings(90.0, 45.0, 24.0), [0.31, 0.29, 0.40], Policy(band=0.02))
    assert [trade.ticker for trade in less.trades] == []
    assert set(less.left_alone) == {"A", "B"}


def test_small_trades_are_left_out_unless_they_close_a_position() -> None:
    start = holdings(100.0, 49.0, 1.0, cash=970.0)  # 1000, 980, 50, 970
    found = rebalance(start, [0.34, 0.33, 0.0], Policy(minimum=60.0))
    conserved(start, found)
    assert [trade.ticker for trade in found.trades] == ["C"]
    assert found.left_alone == ("A", "B")
    assert found.holdings.shares.tolist() == [100.0, 49.0, 0.0]


SIDES = st.lists(st.floats(0.0, 300.0), min_size=4, max_size=4)


@given(
    SIDES,
    st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    st.floats(100.0, 5000.0),
    st.builds(
        Policy,
        costs=st.just(COSTS),
        band=st.floats(0.0, 0.1),
        minimum=st.floats(0.0, 500.0),
        whole_shares=st.booleans(),
        method=st.just("greedy"),
    ),
)
@settings(max_examples=120)
def test_whatever_is_held_and_wanted_money_is_conserved(
    shares: list[float], raw: list[float], cash: float, policy: Policy
) -> None:
    whole = policy.whole_shares
    prices = np.array([3.0, 17.0, 80.0, 240.0])
    start = Holdings(("A", "B", "C", "D"), prices, np.floor(shares) if whole else np.array(shares), cash)
    target = np.array(raw) / max(sum(raw), 1.0)
    found = rebalance(start, target, policy)
    conserved(start, found)
    assert found.holdings.cash >= -1e-8 * start.value
    assert (found.holdings.shares >= -1e-9).all()
    for trade in found.trades:
        row = start.tickers.index(trade.ticker)
        assert abs(target[row] - found.before[row]) > policy.band
        assert abs(trade.money) >= policy.minimum or (target[row] == 0 and found.holdings.shares[row] == 0)
    if whole:
        np.testing.assert_allclose(found.holdings.shares, np.rint(found.holdings.shares), atol=1e-9)


@pytest.mark.parametrize("method", ["greedy", "exact"])
def test_whole_lots_are_traded_and_pay_for_themselves(method: str) -> None:
    start = holdings(0.0, 0.0, 0.0, cash=10_000.0)
    policy = Policy(costs=COSTS, whole_shares=True, lots=[10, 5, 1], method=method)
    found = rebalance(start, [0.4, 0.35, 0.25], policy)
    conserved(start, found)
    assert (found.holdings.shares % [10, 5, 1] == 0).all()
    assert found.holdings.cash >= 0.0
    assert np.abs(found.after - [0.4, 0.35, 0.25]).max() < 0.02


def test_rounding_that_costs_more_than_expected_is_paid_for_too() -> None:
    start = holdings(29.0, 23.0, prices=(4.0, 5.0), cash=136.0)  # the nearest shares would leave less than none
    policy = Policy(costs=Costs(buy=0.02, sell=0.01), whole_shares=True, method="greedy")
    found = rebalance(start, [0.29, 0.71], policy)
    conserved(start, found)
    assert found.holdings.shares.tolist() == [27.0, 51.0]
    assert found.holdings.cash == pytest.approx(1.12)


def test_too_little_for_a_share_trades_nothing() -> None:
    found = rebalance(holdings(0.0, 0.0, 0.0, cash=9.0), [0.4, 0.3, 0.3], Policy(whole_shares=True))
    assert found.trades == ()
    assert found.holdings.cash == 9.0


def test_short_positions_are_opened_and_covered() -> None:
    start = holdings(100.0, -10.0, 0.0, cash=200.0)
    found = rebalance(start, [1.2, 0.0, -0.3], Policy(costs=COSTS))
    conserved(start, found)
    np.testing.assert_allclose(found.after, [1.2, 0.0, -0.3], atol=1e-13)
    whole = rebalance(start, [1.2, 0.0, -0.3], Policy(costs=COSTS, whole_shares=True))
    conserved(start, whole)
    assert whole.holdings.shares.tolist() == pytest.approx([120.0, 0.0, -6.0], abs=2.0)
    assert whole.holdings.shares[1] == 0.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: holdings(1.0, 2.0, 3.0, prices=(1.0, 0.0, 2.0)), "prices"),
        (lambda: holdings(1.0, math.nan, 3.0), "shares"),
        (lambda: holdings(1.0, 2.0), "for each of the 3 tickers"),
        (lambda: holdings(1.0, 1.0, 1.0, cash=-80.0), "worth 0 together"),
        (lambda: rebalance(holdings(1.0, 1.0, 1.0), [0.5, 0.5]), "for each of the 3 tickers"),
        (lambda: rebalance(holdings(1.0, 1.0, 1.0), [0.5, 0.5, math.inf]), "finite"),
        (lambda: rebalance(holdings(1.0, 1.0, 1.0), [0.5, 0.5, 0.0], Policy(lots=[1, 2])), "lots"),
        (lambda: rebalance(holdings(1.0, 1.0, 1.0), [0.5, 0.5, 0.0], Policy(costs=NARROW)), "impact.volume"),
        (lambda: Policy(band=-0.1), "band"),
        (lambda: Policy(minimum=math.nan), "minimum"),
        (lambda: holdings_of(("A",), [0.0], [1.0], 10.0), "price above zero"),
        (lambda: rebalance(holdings(1.0, 1.0, 1.0), [0.5, 0.5, 0.0], Policy(whole_shares=True, lots=0.5)), "lots"),
    ],
)
def test_what_can_not_be_traded_is_refused(call: object, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        call()


def test_errors_have_their_kind() -> None:
    with pytest.raises(NothingHeld):
        holdings(0.0, 0.0, 0.0)
    with pytest.raises(CostsTooHigh):
        rebalance(holdings(1.0, 1.0, 1.0), [9.0, -8.0, 0.0], Policy(costs=Costs(buy=0.5, sell=0.5)))
