"""When a strategy is asked, what it is shown, what is logged, and what it is measured against."""

from __future__ import annotations

import datetime
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.backtest import Context, Decision, Rebalancing, Rules, Window, backtest, equal_weight
from modeling.engines.portfolio.backtest.errors import (
    NothingToHold,
    UnusableWeights,
)
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import Costs, Impact
from modeling.engines.prices.panel import Panel
from tests.modeling.engines.portfolio.markets import market

RULES = Rules(Window(10), Rebalancing(every=4), 52)
EPOCH = datetime.date(1970, 1, 1)


def date_of(day: int) -> datetime.date:
    return EPOCH + datetime.timedelta(days=int(day))


def last_days(panel: Panel, earliest: int, part: object) -> list[int]:
    """The panel's last day of each part of the calendar, found by looking at dates."""
    days = [int(day) for day in panel.days]
    return [
        day
        for day, following in zip(days[earliest:], days[earliest + 1 :], strict=False)
        if part(date_of(day)) != part(date_of(following))
    ]


@pytest.mark.parametrize(
    ("calendar", "part"),
    [
        ("week", lambda date: date.isocalendar()[:2]),
        ("month", lambda date: (date.year, date.month)),
        ("quarter", lambda date: (date.year, (date.month - 1) // 3)),
        ("year", lambda date: date.year),
    ],
)
def test_a_calendar_asks_on_the_last_trading_day_of_each_part(calendar: str, part: object) -> None:
    panel = market(1, periods=900, holes=False, step=1)
    weekdays = np.array([date_of(day).weekday() < 5 for day in panel.days])
    panel = Panel(panel.days[weekdays], panel.tickers, np.ascontiguousarray(panel.prices[:, weekdays]))
    track = backtest(panel, equal_weight, replace(RULES, rebalancing=Rebalancing(calendar=calendar))).strategy
    assert [decision.day for decision in track.decisions] == last_days(panel, 10, part)


def test_weeks_end_on_sundays_where_weekends_are_traded() -> None:
    panel = market(1, periods=60, holes=False, step=1)
    track = backtest(panel, equal_weight, replace(RULES, rebalancing=Rebalancing(calendar="week"))).strategy
    assert len(track.decisions) == 7
    assert {date_of(decision.day).isoweekday() for decision in track.decisions} == {7}


def test_every_few_periods_counts_from_the_first_whole_window() -> None:
    panel = market(1, periods=40, holes=False)
    track = backtest(panel, equal_weight, RULES).strategy
    assert [decision.day for decision in track.decisions] == [int(day) for day in panel.days[10::4]]
    later = backtest(panel, equal_weight, replace(RULES, start=int(panel.days[17]) - 3)).strategy
    assert [decision.day for decision in later.decisions] == [int(day) for day in panel.days[17::4]]


@pytest.mark.parametrize("delay", [0, 1])
def test_a_decision_is_traded_at_the_close_it_was_asked_to_be(delay: int) -> None:
    panel = market(1, periods=40, holes=False)
    track = backtest(panel, equal_weight, replace(RULES, delay=delay)).strategy
    place = {int(day): at for at, day in enumerate(panel.days)}
    assert track.days[0] == panel.days[10 + delay]
    assert len(track.rebalances) == 8
    assert all(place[one.traded] - place[one.decided] == delay for one in track.rebalances)
    assert (track.rebalances[0].before == 0).all()


def test_a_last_decision_without_a_later_close_is_said_not_to_be_made() -> None:
    panel = market(1, periods=15, holes=False)
    track = backtest(panel, equal_weight, RULES).strategy
    assert track.decisions[-1].day == panel.days[-1]
    assert [(event.day, event.kind) for event in track.log] == [(int(panel.days[-1]), "not made")]
    assert len(track.rebalances) == 1


@pytest.mark.parametrize("expanding", [False, True])
def test_the_window_rolls_or_grows_and_shows_only_assets_with_enough_of_it(expanding: bool) -> None:
    panel = market(1, periods=90)
    windows: list[tuple[int, int, tuple[str, ...]]] = []

    def looking(past: Panel, context: Context) -> Array:
        windows.append((int(past.days[0]), len(past.days), past.tickers))
        assert np.array_equal(
            past.prices, panel.only(past.tickers).between(int(past.days[0]), context.day).prices, True
        )
        assert not np.isnan(past.prices[:, -5:]).all(axis=1).any()
        if not expanding:
            assert not np.isnan(past.prices).any()
        return equal_weight(past, context)

    backtest(panel, looking, replace(RULES, window=Window(10, expanding)))
    places = range(10, 90, 4)
    assert [first for first, _, _ in windows] == [int(panel.days[0 if expanding else at - 10]) for at in places]
    assert [length for _, length, _ in windows] == [at + 1 if expanding else 11 for at in places]
    shown = [names for _, _, names in windows]
    listed = [("T1" in names) for names in shown]
    assert listed == [at - 30 >= 10 for at in places]
    gone = 60 + RULES.delisted_after - 1 if expanding else 60
    assert [("T2" in names) for names in shown] == [at < gone for at in places]


def test_a_holiday_on_the_day_of_a_decision_sells_nothing() -> None:
    prices = np.full((2, 21), 10.0)
    prices[0, 16] = np.nan
    panel = Panel(np.arange(21, dtype=np.int32), ("A", "B"), prices)
    rules = replace(RULES, window=Window(4, minimum=4), rebalancing=Rebalancing(every=12))
    first, second = backtest(panel, equal_weight, rules).strategy.rebalances
    assert second.decided == 16
    assert (first.bought, second.bought, second.sold) == (pytest.approx(first.value), 0.0, 0.0)


def test_a_delisted_asset_becomes_cash_at_its_last_price_when_it_is_known_to_be_gone() -> None:
    prices = np.array([[10.0] * 12 + [20.0] + [np.nan] * 8, [50.0] * 21])
    panel = Panel(np.arange(21, dtype=np.int32), ("GONE", "STAYS"), prices)
    rules = replace(RULES, rebalancing=Rebalancing(), delisted_after=3, initial=1000.0, delay=0)
    track = backtest(panel, equal_weight, rules).strategy
    assert track.values.tolist() == [1000.0, 1000.0] + [1500.0] * 9
    (event,) = track.log
    assert (event.day, event.kind, event.ticker) == (15, "delisted", "GONE")
    assert "1000" in event.message
    earning = backtest(panel, equal_weight, replace(rules, cash_rate=0.04)).strategy
    assert earning.values[5] == 1500.0
    assert earning.values[-1] == pytest.approx(500.0 + 1000.0 * 1.04 ** (5 / 52), rel=1e-14)


def test_an_asset_in_a_gap_is_kept_and_the_rest_shares_what_is_left() -> None:
    prices = np.full((3, 16), 10.0)
    prices[0, 14] = np.nan
    panel = Panel(np.arange(16, dtype=np.int32), ("A", "B", "C"), prices)
    answers = iter([np.array([0.6, 0.2, 0.2]), np.array([0.1, 0.3, 0.6])])
    rules = replace(RULES, rebalancing=Rebalancing(every=3), delay=1)
    track = backtest(panel, lambda past, context: next(answers), replace(rules, rebalancing=Rebalancing(every=3)))
    _, second = track.strategy.rebalances
    assert second.traded == 14
    np.testing.assert_allclose(second.after, [0.6, 0.4 / 3, 0.8 / 3], atol=1e-14)
    assert [(event.kind, event.ticker) for event in track.strategy.log] == [("not traded", "A")]


class Refused(EngineError):
    """It can't be solved: relax it."""


def refusing_at(steps: set[int]) -> object:
    def strategy(past: Panel, context: Context) -> Array:
        if context.step in steps:
            raise Refused
        tilt = np.arange(1.0, len(past.tickers) + 1) ** (context.step % 3)
        return tilt / tilt.sum()

    return strategy


def test_a_refusal_keeps_what_is_held_and_is_logged() -> None:
    panel = market(1, periods=40, holes=False)
    track = backtest(panel, refusing_at({0, 3}), RULES).strategy
    refused = [decision for decision in track.decisions if decision.weights is None]
    assert [decision.day for decision in refused] == [int(panel.days[10]), int(panel.days[22])]
    assert [(event.day, event.kind) for event in track.log] == [(decision.day, "refused") for decision in refused]
    assert "relax it" in track.log[0].message
    assert len(track.rebalances) == len(track.decisions) - 2
    assert (track.values[:4] == RULES.initial).all()  # all cash until the second decision
    assert track.values[5] != RULES.initial


def test_a_refusal_stops_the_backtest_where_that_is_asked_for() -> None:
    with pytest.raises(Refused):
        backtest(market(1), refusing_at({2}), replace(RULES, on_refusal="stop"))


def test_a_band_asks_again_after_a_refusal_only_once_weights_have_moved_again() -> None:
    panel = market(1, periods=150, holes=False)
    rules = replace(RULES, rebalancing=Rebalancing(band=0.02))
    refused = backtest(panel, refusing_at({2, 4}), rules).strategy
    gaps = np.diff([int(np.searchsorted(panel.days, decision.day)) for decision in refused.decisions])
    assert gaps[2] > 1 and gaps[4] > 1
    never = backtest(panel, refusing_at({0, 1, 2}), rules).strategy  # nothing is held: the next close asks again
    assert [decision.day for decision in never.decisions[:4]] == [int(day) for day in panel.days[10:14]]


def test_nothing_to_hold_is_a_refusal_in_words() -> None:
    panel = market(1, periods=40, holes=False)
    prices = panel.prices.copy()
    prices[:, 12] = np.nan
    gap = replace(panel, prices=prices)
    track = backtest(gap, equal_weight, RULES).strategy
    assert "No asset has a price and enough history" in track.log[0].message
    with pytest.raises(NothingToHold, match="shorter window"):
        backtest(gap, equal_weight, replace(RULES, on_refusal="stop", window=Window(11)))


@pytest.mark.parametrize("answer", [[0.5], [np.nan] * 6, [[1.0] * 6], [np.inf] * 6])
def test_weights_that_can_not_be_held_end_it_whatever_the_policy(answer: object) -> None:
    with pytest.raises(UnusableWeights) as refused:
        backtest(market(1, holes=False), lambda past, context: np.array(answer), RULES)
    assert "6 finite numbers" in refused.value.problems[0].remedy


def test_the_context_tells_what_is_held_now() -> None:
    panel, seen = market(1, periods=40, holes=False), []

    def looking(past: Panel, context: Context) -> Array:
        seen.append(context)
        return 0.8 * equal_weight(past, context)

    track = backtest(panel, looking, RULES).strategy
    assert (seen[0].weights == 0).all() and seen[0].cash == 1.0 and seen[0].value == RULES.initial
    value_of = dict(zip(track.days.tolist(), track.values.tolist(), strict=True))
    for step, context in enumerate(seen[1:], start=1):
        assert context.step == step
        assert context.value == value_of[context.day]
        assert context.weights.sum() + context.cash == pytest.approx(1.0)
        assert 0.1 < context.cash < 0.3


def test_the_benchmark_is_bought_once_and_not_offered_to_the_strategy() -> None:
    panel = market(1, periods=60, holes=False)
    rules = replace(RULES, costs=Costs(buy=0.01), rebalancing=Rebalancing(band=0.01))
    result = backtest(panel, equal_weight, rules, benchmark="T2")
    held = result.benchmark
    assert held is not None and held.name == "T2"
    assert result.strategy.tickers == ("T0", "T1", "T3", "T4", "T5")
    growth = panel.prices[2, 11:] / panel.prices[2, 11]
    np.testing.assert_allclose(held.values[1:], RULES.initial / 1.01 * growth[1:], rtol=1e-13)
    assert held.turnover == 0.0 and len(held.decisions) == 1
    offered = backtest(panel, equal_weight, rules, benchmark="T2", universe=panel.tickers)
    assert offered.strategy.tickers == panel.tickers


def test_an_impact_is_stated_in_the_order_of_the_panel() -> None:
    panel = market(1, periods=60, holes=False)
    volume, volatility = np.full(6, 1e12), np.linspace(0.01, 0.06, 6)
    volume[[2, 4]] = 4e8, 1e8
    rules = replace(RULES, rebalancing=Rebalancing(), costs=Costs(impact=Impact(volume, volatility, coefficient=0.5)))
    result = backtest(panel, equal_weight, rules, benchmark="T2", universe=["T4"])

    def bought(at: int) -> float:
        """The money q for which q and its impact come to all there is."""
        low, high = 0.0, RULES.initial
        for _ in range(200):
            q = (low + high) / 2
            low, high = (
                (q, high) if q * (1 + 0.5 * volatility[at] * math.sqrt(q / volume[at])) < RULES.initial else (low, q)
            )
        return low

    for track, at in ((result.strategy, 4), (result.benchmark, 2)):
        expected = bought(at) * panel.prices[at, 12:] / panel.prices[at, 11]
        np.testing.assert_allclose(track.values[1:], expected, rtol=1e-12)
        assert track.costs[0] == pytest.approx(RULES.initial - bought(at), rel=1e-9)


def test_equal_weights_are_held_to_the_same_rules() -> None:
    panel = market(1)
    rules = replace(RULES, costs=Costs(0.01, 0.02, 0.003), rebalancing=Rebalancing(band=0.02))
    result = backtest(panel, equal_weight, rules)
    assert result.benchmark is None
    assert result.strategy.values.tobytes() == result.equal_weight.values.tobytes()
    assert result.strategy.turnover == result.equal_weight.turnover > 0.0


def test_measures_against_the_benchmark_are_none_against_itself() -> None:
    panel = market(1, holes=False)
    rules = replace(RULES, rebalancing=Rebalancing())
    result = backtest(panel, equal_weight, rules, benchmark="T0", universe=["T0"])
    assert result.strategy.performance.tracking_error == 0.0
    assert result.strategy.performance.information_ratio is None
    assert result.benchmark is not None and result.benchmark.performance.tracking_error is None


def test_a_broken_run_goes_on_from_its_decisions_to_the_same_end() -> None:
    panel, rules = market(6), replace(RULES, costs=Costs(0.001, 0.001), rebalancing=Rebalancing(every=3, band=0.05))
    kept: list[str] = []
    whole = backtest(panel, refusing_at({2, 9}), rules, keep=lambda one: kept.append(json.dumps(one.as_dict())))
    made = [Decision.from_dict(json.loads(text)) for text in kept[:20]]

    def asked(past: Panel, context: Context) -> Array:
        assert context.step >= 20
        return refusing_at({2, 9})(past, context)

    resumed = backtest(panel, asked, rules, made=made)
    assert resumed.strategy.values.tobytes() == whole.strategy.values.tobytes()
    assert resumed.strategy.log == whole.strategy.log
    again: list[Decision] = []
    backtest(panel, asked, rules, made=made, keep=again.append)
    assert [one.day for one in again] == [one.day for one in whole.strategy.decisions[20:]]
    with pytest.raises(UnusableWeights, match="same assets"):
        backtest(panel, asked, rules, made=made, universe=["T0", "T1"])


def test_progress_runs_to_the_end_and_may_stop_the_run() -> None:
    told: list[tuple[int, int]] = []
    panel = market(6, periods=60)
    backtest(panel, equal_weight, RULES, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 48) and told[-1] == (48, 48)
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def cancelled(done: int, total: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backtest(panel, equal_weight, RULES, progress=cancelled)
