"""Whole shares against trying every one of them, and against what must always hold."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.allocation import NotAllocated, allocate


def deviation(weights: list[float], prices: list[float], money: float, shares: tuple[int, ...]) -> float:
    invested = [price * count for price, count in zip(prices, shares, strict=True)]
    wanted = [weight * money for weight in weights]
    left = money - math.fsum(invested)
    return math.fsum([*(abs(a - b) for a, b in zip(wanted, invested, strict=True)), abs(left - money + sum(wanted))])


def best(weights: list[float], prices: list[float], money: float, lots: list[int]) -> float:
    """The least deviation of all whole lots whatsoever, far beyond what is wanted, that keep to the money."""
    floor = min(0.0, money * (1.0 - math.fsum(weights)))
    ranges = [
        range(int(abs(weight) * money / price / lot) + int(money / price / lot) + 2)
        for weight, price, lot in zip(weights, prices, lots, strict=True)
    ]
    signs = [-1 if weight < 0 else 1 for weight in weights]
    found = []
    for counts in itertools.product(*ranges):
        shares = tuple(sign * count * lot for sign, count, lot in zip(signs, counts, lots, strict=True))
        if money - math.fsum(p * x for p, x in zip(prices, shares, strict=True)) >= floor - 1e-9 * money:
            found.append(deviation(weights, prices, money, shares))
    return min(found)


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[float], list[float], float, list[int]]:
    count = draw(st.integers(1, 3))
    total = draw(st.sampled_from([1.0, 1.0, 0.6, 1.2]))
    raw = [draw(st.floats(0.05, 1.0)) * draw(st.sampled_from([1, 1, 1, -0.4])) for _ in range(count)]
    scale = total / sum(raw) if sum(raw) > 0.2 else 1.0
    prices = [draw(st.floats(3.0, 60.0)) for _ in range(count)]
    lots = [draw(st.sampled_from([1, 1, 2])) for _ in range(count)]
    return [weight * scale for weight in raw], prices, draw(st.floats(125.0, 260.0)), lots


@given(orders())
@settings(max_examples=40)
def test_no_whole_shares_at_all_come_nearer_than_the_exact_ones(order: tuple) -> None:
    weights, prices, money, lots = order
    found = allocate(weights, prices, money, lots=lots)
    assert found.deviation == pytest.approx(best(*order), abs=1.01e-6 * money)
    assert found.gap is not None and found.gap <= 1.01e-6 * money
    assert found.deviation == pytest.approx(deviation(weights, prices, money, tuple(found.shares)), abs=1e-9 * money)


@given(st.integers(0, 10**6), st.integers(1, 40), st.sampled_from(["greedy", "exact"]), st.booleans())
@settings(max_examples=40)
def test_shares_are_whole_lots_on_the_right_side_within_the_money(seed: int, n: int, method: str, shorts: bool) -> None:
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(n))
    if shorts and n > 2:
        weights[: n // 3] *= -0.5
        weights /= weights.sum() if weights.sum() > 0.3 else 1.0
    prices, lots = random.uniform(2.0, 400.0, n), random.integers(1, 4, n)
    money = float(random.uniform(2e3, 1e6))
    found = allocate(weights, prices, money, lots=lots, method=method)
    assert (found.shares % lots == 0).all()
    assert (found.shares * weights >= 0).all()
    assert found.leftover >= min(0.0, money * (1 - weights.sum())) - 1e-8 * money
    assert found.leftover + found.shares @ prices == pytest.approx(money)
    np.testing.assert_allclose(found.weights, found.shares * prices / money, atol=1e-12)
    assert (found.gap is None) == (method == "greedy")


@given(st.integers(0, 10**6))
@settings(max_examples=10)
def test_the_exact_method_is_never_behind_the_greedy_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    weights, prices = random.dirichlet(np.ones(25)), random.uniform(2.0, 400.0, 25)
    exact, greedy = (allocate(weights, prices, 2e4, method=method) for method in ("exact", "greedy"))
    assert exact.deviation <= greedy.deviation
    assert greedy.deviation < 2e4 * 0.3


@pytest.mark.parametrize("seed", [12, 13, 14])
def test_it_is_as_near_as_pyportfolioopts_integer_program_and_not_behind_its_greedy_shares(seed: int) -> None:
    import pandas as pd
    from pypfopt import DiscreteAllocation

    random = np.random.default_rng(seed)
    weights, prices, money = random.dirichlet(np.ones(15)), random.uniform(2.0, 400.0, 15), 15_000.0

    def theirs(method: str, **options: object) -> float:
        peer = DiscreteAllocation(dict(enumerate(weights)), pd.Series(prices), money)
        shares, left = getattr(peer, method)(**options)
        assert left >= 0
        return deviation(weights, prices, money, tuple(int(shares.get(row, 0)) for row in range(15)))

    found = allocate(weights, prices, money).deviation
    assert found == pytest.approx(theirs("lp_portfolio", solver="HIGHS"), abs=1e-5 * money)
    assert found <= theirs("greedy_portfolio") + 1e-9


def test_weights_that_whole_shares_can_meet_are_met() -> None:
    for method in ("greedy", "exact"):
        found = allocate([0.5, -0.2, 0.4], [10.0, 5.0, 20.0], 1000.0, method=method, covariance=np.eye(3) * 0.04)
        assert found.shares.tolist() == [50, -40, 20]
        assert found.leftover == pytest.approx(300.0)
        assert (found.deviation, found.tracking_error) == (0.0, 0.0)


@pytest.mark.parametrize("method", ["greedy", "exact"])
def test_long_positions_shrink_where_rounded_short_ones_bring_in_too_little(method: str) -> None:
    found = allocate([1.2, -0.2], [1.0, 150.0], 1000.0, method=method)
    assert found.shares.tolist() == [1150, -1]
    assert found.leftover == pytest.approx(0.0)


def test_the_tracking_error_is_that_of_the_rounding() -> None:
    found = allocate([0.5, 0.5], [60.0, 70.0], 200.0, covariance=np.diag([0.04, 0.09]))
    assert found.shares.tolist() == [2, 1]
    assert found.tracking_error == pytest.approx(math.sqrt(0.04 * 0.1**2 + 0.09 * 0.15**2))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"money": 0.0}, "money"),
        ({"money": math.inf}, "money"),
        ({"money": 4.0}, "money"),
        ({"prices": [10.0, math.nan]}, "prices"),
        ({"prices": [10.0, -1.0]}, "prices"),
        ({"prices": [10.0]}, "prices"),
        ({"weights": [0.5, math.nan]}, "weights"),
        ({"weights": [0.0, 0.0]}, "weights"),
        ({"lots": [1.5, 1.0]}, "lots"),
        ({"lots": 0}, "lots"),
        ({"lots": 1000}, "money"),
        ({"money": 1e15, "prices": [1e-3, 1e-3]}, "money"),
        ({"method": "lucky"}, "method"),
        ({"covariance": np.eye(3)}, "covariance"),
        ({"covariance": np.full((2, 2), np.nan)}, "covariance"),
    ],
)
def test_what_can_not_be_laid_out_is_refused_by_name(changed: dict, field: str) -> None:
    arguments = {"weights": [0.5, 0.5], "prices": [10.0, 20.0], "money": 100.0} | changed
    with pytest.raises(EngineError) as refused:
        allocate(**arguments)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert refused.value.problems[0].remedy


def test_too_little_money_names_the_cheapest_asset() -> None:
    with pytest.raises(NotAllocated, match="the least that can be traded is OTHER for 20"):
        allocate([0.5, 0.5], [30.0, 20.0], 19.0, names=("ONE", "OTHER"))
