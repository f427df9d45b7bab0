"""Shocks against textbook regressions, crises against prices looked up by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.crises import CRISES, NotCovered, Stretch, crises, during, stretch, worst
from modeling.engines.portfolio.stress import ImpossibleShock, asset_shock, factor_shock
from modeling.engines.prices.panel import Panel
from tests.modeling.engines.portfolio.markets import FIRST, market

NAMES = ("A", "B", "C")
SIGMA = np.array([[0.04, 0.018, 0.0], [0.018, 0.09, 0.01], [0.0, 0.01, 0.16]])


def test_an_asset_shock_pulls_the_others_by_their_beta_to_it() -> None:
    found = asset_shock([0.5, 0.3, 0.2], NAMES, {"A": -0.2}, covariance=SIGMA)
    np.testing.assert_allclose(found.returns, [-0.2, -0.2 * 0.018 / 0.04, 0.0], atol=1e-15)
    assert found.portfolio_return == pytest.approx(0.5 * -0.2 + 0.3 * -0.09)
    assert found.contributions.sum() == pytest.approx(found.portfolio_return)
    assert found.name == "A -20.0%"
    alone = asset_shock([0.5, 0.3, 0.2], NAMES, {"A": -0.2})
    assert (alone.returns.tolist(), alone.volatility) == ([-0.2, 0.0, 0.0], None)


@given(st.integers(0, 10**6), st.integers(1, 4))
@settings(max_examples=40)
def test_propagated_shocks_are_the_regression_of_many_draws(seed: int, shocked: int) -> None:
    random = np.random.default_rng(seed)
    draws = random.normal(size=(6, 40)) + random.normal(size=40)
    draws -= draws.mean(axis=1, keepdims=True)
    sigma = draws @ draws.T / 40
    names = [f"T{row}" for row in range(6)]
    shocks = {names[row]: float(random.uniform(-0.3, 0.3)) for row in random.permutation(6)[:shocked]}
    weights = random.dirichlet(np.ones(6))
    found = asset_shock(weights, names, shocks, covariance=sigma)
    rows = [names.index(name) for name in shocks]
    slopes = np.linalg.lstsq(draws[rows].T, draws.T, rcond=None)[0]  # of each asset on the shocked ones
    expected = np.maximum(np.array(list(shocks.values())) @ slopes, -1.0)
    np.testing.assert_allclose(found.returns, expected, atol=1e-9)
    rest = weights @ (draws - slopes.T @ draws[rows])
    assert found.volatility == pytest.approx(math.sqrt(np.mean(rest**2)), abs=1e-7)


def test_factor_shocks_move_assets_by_their_loadings() -> None:
    loadings, factors = np.array([[1.0, 0.0], [1.5, -0.5], [0.5, 2.0]]), ("market", "rates")
    alone = factor_shock([0.5, 0.3, 0.2], loadings, factors, {"market": -0.3})
    np.testing.assert_allclose(alone.returns, [-0.3, -0.45, -0.15])
    spread = np.array([[0.04, -0.01], [-0.01, 0.02]])
    moved = factor_shock([0.5, 0.3, 0.2], loadings, factors, {"market": -0.3}, factor_covariance=spread)
    rates = -0.3 * -0.01 / 0.04
    np.testing.assert_allclose(moved.returns, loadings @ [-0.3, rates], atol=1e-15)
    own = np.array([0.01, 0.02, 0.03])
    known = factor_shock([0.5, 0.3, 0.2], loadings, factors, {"market": -0.3}, factor_covariance=spread, specific=own)
    exposure = np.array([0.5, 0.3, 0.2]) @ loadings[:, 1]
    left = exposure**2 * (0.02 - 0.01**2 / 0.04) + np.array([0.25, 0.09, 0.04]) @ own
    assert known.volatility == pytest.approx(math.sqrt(left))


def test_a_loss_of_more_than_everything_is_everything_and_named() -> None:
    found = factor_shock([0.5, 0.5], [[1.0], [3.0]], ("market",), {"market": -0.4}, tickers=("CALM", "WILD"))
    assert found.returns.tolist() == [-0.4, -1.0]
    assert found.cut == ("WILD",)


def test_shocks_that_contradict_the_covariance_are_refused() -> None:
    twins = np.array([[0.04, 0.04], [0.04, 0.04]])
    agreed = asset_shock([0.5, 0.5], ("A", "B"), {"A": -0.1, "B": -0.1}, covariance=twins)
    assert agreed.portfolio_return == pytest.approx(-0.1)
    with pytest.raises(ImpossibleShock, match="never come together"):
        asset_shock([0.5, 0.5], ("A", "B"), {"A": -0.1, "B": 0.1}, covariance=twins)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: asset_shock([0.5, 0.5], ("A", "B"), {"Z": -0.1}), "There is no Z"),
        (lambda: asset_shock([0.5, 0.5], ("A", "B"), {"A": -1.1}), "at least -1"),
        (lambda: asset_shock([0.5, 0.5], ("A", "B"), {"A": math.nan}), "not possible"),
        (lambda: asset_shock([0.5, 0.5], ("A", "B"), {}), "at least one"),
        (lambda: asset_shock([0.5, 0.5], ("A",), {"A": -0.1}), "Name each of the 2"),
        (lambda: asset_shock([0.5, 0.5], ("A", "B"), {"A": -0.1}, covariance=np.eye(3)), "each of the 2"),
        (lambda: factor_shock([0.5, 0.5], np.ones((3, 1)), ("m",), {"m": -0.1}), "2 rows"),
        (
            lambda: factor_shock([0.5], [[1.0]], ("m",), {"m": 0.1}, specific=[-1.0], factor_covariance=[[1.0]]),
            "at least 0",
        ),
        (lambda: factor_shock([0.5], [[1.0]], ("m",), {"m": 0.1}, factor_covariance=np.eye(2)), "each of the 1"),
    ],
)
def test_impossible_shocks_are_refused_with_a_remedy(call: object, words: str) -> None:
    with pytest.raises(EngineError, match=words) as refused:
        call()
    assert all(problem.remedy for problem in refused.value.problems)


def test_a_stretch_is_bought_at_its_first_close_and_sold_at_its_last() -> None:
    panel = market(1, holes=False, periods=40)
    weights = np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.0])  # a tenth in cash
    found = during(weights, panel, Stretch("slump", int(panel.days[10]) + 2, int(panel.days[20]) + 3))
    expected = panel.prices[:, 20] / panel.prices[:, 10] - 1
    np.testing.assert_allclose(found.returns, expected)
    assert found.portfolio_return == pytest.approx(float(weights @ expected))
    assert (found.first, found.last) == (int(panel.days[10]), int(panel.days[20]))
    values = [0.1 + float(weights @ (panel.prices[:, at] / panel.prices[:, 10])) for at in range(10, 21)]
    values[0] = 0.1 + 0.9
    fall = min(value / max(values[: at + 1]) - 1 for at, value in enumerate(values))
    assert found.max_drawdown == pytest.approx(fall)


def test_assets_without_prices_are_refused_or_left_out_and_named() -> None:
    panel = market(1, periods=60)  # T1 lists on the 20th close, T2 is delisted after the 39th
    over = Stretch("early", int(panel.days[5]), int(panel.days[15]))
    weights = np.full(6, 1 / 6)
    with pytest.raises(NotCovered, match="no prices of T1 then"):
        during(weights, panel, over)
    found = during(weights, panel, over, missing="leave_out")
    assert found.left_out == ("T1",)
    others = [0, 2, 3, 4, 5]
    expected = (panel.prices[others, 15] / panel.prices[others, 5] - 1).mean()
    assert found.portfolio_return == pytest.approx(expected)
    assert found.returns[1] == 0.0
    only = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    with pytest.raises(NotCovered):
        during(only, panel, over, missing="leave_out")
    unheld = during(np.array([0.5, 0.0, 0.5, 0.0, 0.0, 0.0]), panel, over)
    assert unheld.left_out == ()


def test_an_asset_delisted_on_the_way_keeps_its_last_price() -> None:
    panel = market(1, periods=60)
    found = during(
        np.full(6, 1 / 6), panel, Stretch("late", int(panel.days[35]), int(panel.days[50])), missing="leave_out"
    )
    assert found.returns[2] == pytest.approx(panel.prices[2, 39] / panel.prices[2, 35] - 1)


def test_named_crises_are_covered_as_far_as_prices_reach() -> None:
    panel = market(1, holes=False, periods=550)  # weekly, from February 2000 to August 2010
    found = crises(np.full(6, 1 / 6), panel)
    covered = [one.name for one in found.covered]
    assert covered == [
        "Dot-com bust 2000 to 2002",
        "September 11, 2001",
        "Financial crisis 2007 to 2009",
        "Lehman, autumn 2008",
    ]
    reasons = dict(found.not_covered)
    assert len(covered) + len(reasons) == len(CRISES)
    assert "outside the prices, from 2000-02-11" in reasons["Covid 2020"]
    monthly = dict(crises(np.full(6, 1 / 6), market(1, holes=False, periods=90, step=30)).not_covered)
    assert "too far apart" in monthly["September 11, 2001"]
    one = found.covered[2]
    first, last = (int(np.searchsorted(panel.days, day, "right")) - 1 for day in (one.first, one.last))
    np.testing.assert_allclose(one.returns, panel.prices[:, last] / panel.prices[:, first] - 1)


@pytest.mark.parametrize("seed", range(8))
def test_the_worst_stretches_are_the_worst_and_do_not_overlap(seed: int) -> None:
    panel = market(seed, periods=120)
    weights = np.array([0.4, 0.0, 0.3, 0.0, 0.3, 0.0])
    found = worst(weights, panel, 3, count=12)
    held = [0, 2, 4]
    all_of_them = {}
    for at in range(117):
        ends = panel.prices[held][:, [at, at + 3]]
        if not np.isnan(ends).any():
            all_of_them[at] = float(np.array([0.4, 0.3, 0.3]) @ (ends[:, 1] / ends[:, 0] - 1))
    taken: list[int] = []
    for at in sorted(all_of_them, key=all_of_them.__getitem__):
        if all(abs(at - other) >= 3 for other in taken) and all_of_them[at] < 0:
            taken.append(at)
    assert [one.first for one in found] == [int(panel.days[at]) for at in taken[:12]]
    assert [one.portfolio_return for one in found] == pytest.approx([all_of_them[at] for at in taken[:12]])


def test_stretches_that_can_not_be_looked_at_are_refused() -> None:
    panel = market(1, periods=60)
    weights = np.full(6, 1 / 6)
    with pytest.raises(EngineError, match="not after the first"):
        stretch("backwards", "2008-01-02", "2008-01-01")
    with pytest.raises(NotCovered, match="outside the prices"):
        during(weights, panel, Stretch("later", FIRST + 10, FIRST + 10_000))
    with pytest.raises(NotCovered, match="too far apart"):  # a whole week of prices for three days
        during(weights, market(1, holes=False), Stretch("short", int(panel.days[10]) + 5, int(panel.days[11]) + 1))
    with pytest.raises(EngineError, match="from 1 to 59"):
        worst(weights, panel, 60)
    with pytest.raises(EngineError, match="each of the 6 tickers"):
        worst([1.0], panel, 5)
    gone = replace(panel, prices=np.where(np.arange(60) % 2 == np.arange(6)[:, None] % 2, panel.prices, np.nan))
    with pytest.raises(NotCovered, match="both ends"):
        worst(weights, gone, 5)
    empty = Panel(np.empty(0, np.int32), ("A",), np.empty((1, 0)))
    with pytest.raises(NotCovered, match="there are none"):
        during([1.0], empty, Stretch("any", 1, 2))
