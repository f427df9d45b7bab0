"""The books of a backtest against a slow ledger that is kept share by share and day by day."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from modeling.engines.portfolio.backtest import Rebalancing, Rules, Window, backtest, on_returns
from modeling.engines.portfolio.backtest.strategies import Context
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import Costs, Impact
from tests.modeling.engines.portfolio.backtest.ledger import kept_again
from tests.modeling.engines.portfolio.markets import market

FREE = Costs()
USUAL = Costs(buy=0.002, sell=0.001, slippage=0.0005)
STEEP = Costs(buy=0.02, sell=0.03, slippage=0.01, impact=Impact(volume=2e6, volatility=0.03, coefficient=0.9))
MONTHLY = Rebalancing(calendar="month")


def moody(returns: Array, context: Context) -> Array:
    """Positive weights that differ a lot from one time to the next, and leave some cash."""
    scores = np.exp(40.0 * returns[:, -3:].mean(axis=1))
    return 0.9 * scores / scores.sum()


def long_and_short(returns: Array, context: Context) -> Array:
    """Some 130 % long, 30 % short, and at times borrowed money."""
    scores = returns[:, -5:].mean(axis=1)
    tilt = scores - scores.mean()
    return 1.1 / len(scores) + 0.4 * tilt / (np.abs(tilt).sum() + 1e-12)


RULES = [
    Rules(Window(20), when, 52, costs=costs, delay=delay, cash_rate=0.03, borrowing_rate=0.08, delisted_after=gone)
    for when, costs, delay, gone in [
        (MONTHLY, FREE, 1, 5),
        (MONTHLY, USUAL, 0, 5),
        (Rebalancing(every=1), USUAL, 1, 2),
        (Rebalancing(every=1), STEEP, 0, 3),
        (Rebalancing(every=7, band=0.04), USUAL, 1, 5),
        (Rebalancing(band=0.03), STEEP, 1, 1),
        (Rebalancing(band=0.03), USUAL, 0, 4),
        (Rebalancing(calendar="quarter"), STEEP, 1, 12),
        (Rebalancing(), USUAL, 1, 5),
    ]
]


@pytest.mark.parametrize(("rules", "decide"), [*itertools.product(RULES, [moody, long_and_short])])
def test_every_value_agrees_with_a_ledger_kept_share_by_share(rules: Rules, decide: object) -> None:
    panel = market(7)
    if rules.window.periods == 20 and rules.rebalancing.band is None:
        rules = replace(rules, window=replace(rules.window, minimum=10))
    decide = on_returns(filled(decide))
    result = backtest(panel, decide, rules, benchmark="T5")
    for track in result.tracks:
        held = panel.only(track.tickers)
        ledger = kept_again(held, rules, track)
        np.testing.assert_allclose(track.values[1:], ledger.values[1:], rtol=1e-12)
        assert track.values[0] == rules.initial
        np.testing.assert_allclose(track.costs, ledger.costs, rtol=1e-9, atol=1e-9 * rules.initial * 1e-3)
        np.testing.assert_allclose(track.gross_returns, ledger.gross, rtol=0, atol=1e-12)


def filled(decide: object) -> object:
    return lambda returns, context: decide(np.nan_to_num(returns), context)


def test_the_ledger_would_notice_a_wrong_cost() -> None:
    panel = market(7)
    track = backtest(panel, on_returns(moody), RULES[1]).strategy
    wrong = replace(RULES[1], costs=replace(USUAL, buy=0.00200001))
    ledger = kept_again(panel, wrong, track)
    assert not np.allclose(track.values[1:], ledger.values[1:], rtol=1e-12, atol=0)


@pytest.mark.parametrize("delay", [0, 1])
def test_a_band_asks_on_the_very_day_it_breaks_and_on_no_other(delay: int) -> None:
    panel = market(3, holes=False)
    rules = Rules(Window(20), Rebalancing(band=0.02), 52, costs=USUAL, delay=delay)
    track = backtest(panel, on_returns(moody), rules).strategy
    ledger = kept_again(panel, rules, track)
    assert len(track.decisions) > 5
    assert [decision.day for decision in track.decisions[1:]] == ledger.breaches


def test_value_is_conserved_by_every_trade() -> None:
    panel = market(11)
    track = backtest(
        panel, on_returns(filled(long_and_short)), replace(RULES[3], window=Window(20, minimum=10))
    ).strategy
    for trade in track.rebalances:
        cash_before = trade.value * (1.0 - trade.before.sum())
        value_after = trade.value - trade.fees - trade.slippage
        cash_after = value_after * (1.0 - trade.after.sum())
        moved = cash_before - trade.bought + trade.sold - trade.fees - trade.slippage
        assert cash_after == pytest.approx(moved, abs=1e-11 * trade.value)


def test_targets_are_met_after_costs() -> None:
    track = backtest(market(5, holes=False), on_returns(moody), RULES[3]).strategy
    assert len(track.rebalances) > 100
    for trade in track.rebalances:
        np.testing.assert_allclose(trade.after, trade.target, rtol=0, atol=1e-12)


def test_gross_net_and_values_tell_one_story() -> None:
    track = backtest(market(5), on_returns(moody), RULES[1]).strategy
    np.testing.assert_allclose(
        track.values, track.values[0] * np.concatenate([[1.0], np.cumprod(1 + track.net_returns)]), rtol=1e-12
    )
    assert track.gross_values[-1] > track.values[-1]
    assert (track.gross_returns >= track.net_returns - 1e-15).all()
    assert track.costs.sum() == pytest.approx(sum(trade.fees + trade.slippage for trade in track.rebalances))
    assert track.cost_drag > 0.0
