"""The future can't be seen: whatever becomes of it, everything before stays as it is, to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.portfolio.backtest import Backtest, Context, Rebalancing, Rules, Window, backtest, on_returns
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import Costs
from modeling.engines.prices.panel import Panel
from tests.modeling.engines.portfolio.markets import market

RULES = [
    Rules(window, rebalancing, 52, costs=Costs(0.002, 0.001, 0.0005), delay=delay, cash_rate=0.02, delisted_after=3)
    for window, rebalancing, delay in [
        (Window(20, minimum=12), Rebalancing(every=3), 0),
        (Window(20, expanding=True), Rebalancing(calendar="month"), 1),
        (Window(26), Rebalancing(band=0.03), 1),
        (Window(15, minimum=5), Rebalancing(every=10, band=0.02), 0),
    ]
]


def greedy_for_the_past(returns: Array, context: Context) -> Array:
    """Its weights hang on every figure it is given, so a single changed one would show."""
    known = np.nan_to_num(returns)
    scores = np.exp(3.0 * np.tanh(known.sum(axis=1)) + 0.1 * context.weights + 1e-7 * np.log(context.value))
    return scores / scores.sum()


def outcome(panel: Panel, rules: Rules) -> Backtest:
    return backtest(panel, on_returns(greedy_for_the_past), rules, benchmark="T4")


def same_until(one: Backtest, other: Backtest, day: int) -> None:
    """Bit for bit: values, costs, decisions, trades and log of the days up to and including *day*."""
    for ours, theirs in zip(one.tracks, other.tracks, strict=True):
        count = int((ours.days <= day).sum())
        assert count == int((theirs.days <= day).sum())
        for name in ("days", "values", "costs"):
            assert getattr(ours, name)[:count].tobytes() == getattr(theirs, name)[:count].tobytes()
        assert decided(ours, day) == decided(theirs, day)
        assert traded(ours, day) == traded(theirs, day)
        assert [event for event in ours.log if event.day <= day] == [event for event in theirs.log if event.day <= day]


def decided(track: object, day: int) -> list[object]:
    return [
        (one.day, None if one.weights is None else one.weights.tobytes(), one.refusal)
        for one in track.decisions
        if one.day <= day
    ]


def traded(track: object, day: int) -> list[object]:
    return [
        (one.traded, one.value, one.after.tobytes(), one.bought, one.fees)
        for one in track.rebalances
        if one.traded <= day
    ]


def shuffled(panel: Panel, after: int, random: np.random.Generator) -> Panel:
    """The prices of all later days in another order, ticker by ticker, missing ones too."""
    prices = panel.prices.copy()
    for row in prices[:, after + 1 :]:
        random.shuffle(row)
    return replace(panel, prices=prices)


def torn(panel: Panel, after: int, random: np.random.Generator) -> Panel:
    """Other prices on all later days, and half of them missing."""
    prices = panel.prices.copy()
    later = prices[:, after + 1 :]
    later[...] = random.uniform(1.0, 1000.0, later.shape)
    later[random.random(later.shape) < 0.5] = np.nan
    return replace(panel, prices=prices)


@pytest.mark.parametrize("rules", RULES)
@given(seed=st.integers(0, 5), after=st.integers(30, 155), chance=st.integers(0, 2**32 - 1), tear=st.booleans())
@settings(max_examples=25)
def test_another_future_changes_nothing_before_it(rules: Rules, seed: int, after: int, chance: int, tear: bool) -> None:
    panel = market(seed)
    changed = (torn if tear else shuffled)(panel, after, np.random.default_rng(chance))
    assert not np.array_equal(panel.prices, changed.prices, equal_nan=True)
    same_until(outcome(panel, rules), outcome(changed, rules), int(panel.days[after]))


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("after", [60, 101, 150])
def test_no_future_at_all_changes_nothing_before_it(rules: Rules, after: int) -> None:
    panel = market(2)
    # The last day's own month may have ended there: whether it did is known from the calendar alone.
    cut = panel.between(None, int(panel.days[after + 1]))
    same_until(outcome(panel, rules), outcome(cut, rules), int(panel.days[after]))


def test_a_strategy_that_reads_the_future_is_found_out() -> None:
    """The proof has teeth: one that peeks into the panel from outside fails it."""
    panel = market(2, holes=False)
    changed = shuffled(panel, 80, np.random.default_rng(1))

    def peeking(source: Panel) -> object:
        def strategy(past: Panel, context: Context) -> Array:
            today = int(np.searchsorted(source.days, context.day))
            ahead = source.prices[:, min(today + 4, len(source.days) - 1)] / source.prices[:, today]
            return ahead / ahead.sum()

        return strategy

    one, other = (backtest(source, peeking(source), RULES[0]) for source in (panel, changed))
    with pytest.raises(AssertionError):
        same_until(one, other, int(panel.days[80]))


def test_what_a_strategy_is_given_ends_with_its_day_and_leads_nowhere_else() -> None:
    panel, seen = market(4), []

    def cheating(past: Panel, context: Context) -> Array:
        assert past.days[-1] == context.day
        seen.append(context.day)
        for array in (past.prices, past.days):
            base = array
            while base.base is not None:  # a view would lead back to the whole array
                base = base.base
            assert base.shape[-1] == len(past.days)
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 1
        return np.full(len(past.tickers), 1.0 / len(past.tickers))

    before = panel.prices.copy()
    for rules in RULES:
        backtest(panel, cheating, rules)
    assert len(seen) > 50
    assert np.array_equal(panel.prices, before, equal_nan=True)


def test_a_strategy_that_writes_into_its_past_changes_nothing_else() -> None:
    panel = market(4, holes=False)

    def spoiling(past: Panel, context: Context) -> Array:
        past.prices.flags.writeable = True
        past.prices[...] = 1.0
        return np.full(len(past.tickers), 1.0 / len(past.tickers))

    plain = backtest(panel, lambda past, context: np.full(len(past.tickers), 1 / len(past.tickers)), RULES[0])
    spoiled = backtest(panel, spoiling, RULES[0])
    assert spoiled.strategy.values.tobytes() == plain.strategy.values.tobytes()
