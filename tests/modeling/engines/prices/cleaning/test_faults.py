"""Injected faults are found and told apart; clean prices raise next to nothing."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from modeling.engines.prices.cleaning.clean import clean
from modeling.engines.prices.cleaning.moves import medians, moves_of
from modeling.engines.prices.cleaning.outliers import drop_spikes, find_outliers
from modeling.engines.prices.cleaning.policy import CleaningPolicy
from modeling.engines.prices.cleaning.splits import adjust_splits, find_splits
from modeling.engines.prices.cleaning.stale import drop_stale, find_stale
from modeling.engines.prices.panel import Panel
from tests.modeling.engines.prices.panels import panel_of, random_panel

NAN = np.nan
SEEDS = pytest.mark.parametrize("seed", range(8))


def spoilt(panel: Panel, row: int, days: slice | int, factor: float) -> Panel:
    prices = panel.prices.copy()
    prices[row, days] *= factor
    return Panel(panel.days, panel.tickers, prices, panel.currencies)


def calm_panel(seed: int, tickers: int = 12, days: int = 800) -> Panel:
    return random_panel(tickers=tickers, days=days, gaps=0.01, seed=seed)


def test_clean_prices_raise_next_to_nothing() -> None:
    """At most two alarms besides gaps in 20 x 2,000 prices with fat tails (t with five degrees of freedom)."""
    for seed in range(5):
        found = [one for one in clean(random_panel(20, 2_000, seed=seed)).findings if one.kind != "gap"]
        assert len(found) <= 2, found


@SEEDS
@pytest.mark.parametrize("ratio", [Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(1, 10), Fraction(10)])
def test_an_unadjusted_split_is_found_with_its_fraction(seed: int, ratio: Fraction) -> None:
    panel = calm_panel(seed)
    day = int(np.flatnonzero(~np.isnan(panel.prices[3]))[400])
    found = find_splits(spoilt(panel, 3, slice(day, None), float(ratio)))
    assert [(split.row, split.day, split.ratio) for split in found] == [(3, day, ratio)]


@SEEDS
def test_an_adjusted_split_gives_the_prices_back_up_to_scale(seed: int) -> None:
    panel = calm_panel(seed)
    done = adjust_splits(spoilt(panel, 3, slice(400, None), 0.5), 0.5)
    np.testing.assert_allclose(done.panel.prices[3], panel.prices[3] / 2)
    np.testing.assert_array_equal(np.delete(done.panel.prices, 3, 0), np.delete(panel.prices, 3, 0))
    [repair] = done.repairs
    assert repair.evidence["factor"] == 0.5
    assert repair.changed == np.sum(~np.isnan(panel.prices[3, :400]))
    [finding] = done.findings
    assert finding.evidence["fraction"] == "1/2"
    assert "2:1" in finding.message


def test_two_splits_of_a_ticker_multiply() -> None:
    panel = random_panel(6, 600)
    twice = spoilt(spoilt(panel, 0, slice(200, None), 0.5), 0, slice(400, None), 1 / 3)
    done = adjust_splits(twice, 0.5)
    np.testing.assert_allclose(done.panel.prices[0], panel.prices[0] / 6)


def test_a_step_on_the_last_day_is_not_yet_a_split() -> None:
    panel = random_panel(8, 500)
    last, before_last = (spoilt(panel, 2, slice(day, None), 0.5) for day in (499, 498))
    assert find_splits(last) == []
    assert [one.kind for one in find_outliers(last)] == ["jump"]
    assert [split.day for split in find_splits(before_last)] == [498]


def test_a_split_that_is_not_sure_enough_is_flagged_only() -> None:
    halved = spoilt(calm_panel(1), 3, slice(400, None), 0.5)
    done = adjust_splits(halved, 1.0)
    np.testing.assert_array_equal(done.panel.prices, halved.prices)
    assert len(done.findings) == 1
    assert not done.repairs


@SEEDS
@pytest.mark.parametrize("factor", [0.1, 10.0, 100.0, 0.01])
def test_a_slip_of_the_decimal_point_is_a_certain_spike_and_no_split(seed: int, factor: float) -> None:
    panel = calm_panel(seed)
    day = int(np.flatnonzero(~np.isnan(panel.prices[5]))[300])
    bad = spoilt(panel, 5, day, factor)
    assert find_splits(bad) == []
    found = find_outliers(bad)
    assert [(one.kind, one.row, one.day) for one in found] == [("spike", 5, day)]
    assert found[0].confidence >= 0.95
    done = drop_spikes(bad, 0.95)
    assert np.isnan(done.panel.prices[5, day])
    assert done.repairs[0].evidence["dropped"] == bad.prices[5, day]
    assert np.isnan(done.panel.prices).sum() == np.isnan(panel.prices).sum() + 1


def test_a_smaller_spike_is_found_and_less_sure() -> None:
    small, large = (find_outliers(spoilt(random_panel(8, 500), 2, 250, factor))[0] for factor in (1.3, 2.0))
    assert (small.kind, small.row, small.day) == ("spike", 2, 250)
    assert small.confidence < large.confidence < 0.99


def test_a_move_of_the_whole_market_is_neither_split_nor_spike() -> None:
    panel = random_panel(20, 500)
    for days in (250, slice(250, None)):
        prices = panel.prices.copy()
        prices[:, days] *= 0.5
        found = clean(Panel(panel.days, panel.tickers, prices)).findings
        assert found == clean(panel).findings


def test_one_that_falls_more_in_a_crash_that_is_over_the_next_day_is_less_suspected() -> None:
    panel = random_panel(20, 500)
    alone = find_outliers(spoilt(panel, 4, 250, 0.75))
    prices = panel.prices.copy()
    prices[:, 250] *= 0.9
    prices[4, 250] *= 0.75
    together = find_outliers(Panel(panel.days, panel.tickers, prices))
    assert [(one.row, one.day) for one in together] == [(4, 250)]
    assert together[0].confidence < alone[0].confidence


def test_a_jump_that_stays_is_shown_with_little_confidence_and_never_repaired() -> None:
    jumped = spoilt(random_panel(8, 500), 2, slice(250, None), 1.83)
    done = drop_spikes(jumped, 0.0)
    assert [(one.kind, one.ticker) for one in done.findings] == [("jump", "C")]
    assert done.findings[0].confidence < 0.5
    assert done.repairs == ()
    assert find_splits(jumped) == []


def test_a_spike_on_the_last_day_can_not_be_known_to_revert() -> None:
    found = find_outliers(spoilt(random_panel(8, 500), 2, 499, 3.0))
    assert [one.kind for one in found] == ["jump"]
    assert np.isnan(found[0].left)


@SEEDS
def test_a_stale_run_is_found(seed: int) -> None:
    panel = calm_panel(seed)
    prices = panel.prices.copy()
    first = int(np.flatnonzero(~np.isnan(prices[7]))[100])
    prices[7, first : first + 8] = prices[7, first]
    stale = Panel(panel.days, panel.tickers, prices)
    [run] = find_stale(stale)
    assert (run.row, run.first, run.last, run.days) == (7, first, first + 7, 8)
    done = drop_stale(stale)
    assert np.isnan(done.panel.prices[7, first + 1 : first + 8]).all()
    assert done.panel.prices[7, first] == prices[7, first]
    assert done.repairs[0].changed == 7


def test_a_price_that_often_stays_is_not_stale() -> None:
    random = np.random.default_rng(1)
    steps = 0.125 * random.integers(-1, 2, 2_000) * (random.random(2_000) < 0.5)
    lazy = 20 + np.abs(np.cumsum(steps))
    lengths = np.diff(np.flatnonzero(np.diff(lazy) != 0))
    assert lengths.max() >= 8
    assert find_stale(panel_of([lazy])) == []


def test_a_run_that_bridges_missing_days_counts_its_prices() -> None:
    panel = random_panel(1, 200)
    prices = panel.prices.copy()
    prices[0, 50:60] = 7.0
    prices[0, 53:55] = NAN
    [run] = find_stale(Panel(panel.days, panel.tickers, prices))
    assert (run.first, run.last, run.days) == (50, 59, 8)


def test_the_scale_is_the_robust_deviation_of_the_moves_around() -> None:
    panel = random_panel(8, 400)
    moves = moves_of(panel)
    logs = np.diff(np.log(panel.prices), axis=1)
    excess = logs - np.median(logs, axis=0)
    np.testing.assert_allclose(moves.excess, excess)
    around = np.sort(np.abs(excess[2, 6 * 21 : 13 * 21]))  # the tenth month with three before and after
    expected = max(1.4826 * np.median(around), around[int(0.9 * len(around))] / 1.645)
    np.testing.assert_allclose(moves.scale[2, 9 * 21 : 10 * 21], expected)


def test_medians_leave_missing_figures_out() -> None:
    rows = np.array([[1, NAN, 3, 10], [NAN] * 4, [NAN, NAN, 5, NAN], [4, 1, 3, 2]])
    middles, counts = medians(rows)
    np.testing.assert_array_equal(middles, [3, NAN, 5, 2.5])
    np.testing.assert_array_equal(counts, [3, 0, 1, 4])


def test_few_tickers_say_nothing_of_the_market() -> None:
    assert not moves_of(random_panel(5, 60)).others.any()
    assert moves_of(random_panel(6, 60)).others.any()


def test_by_default_nothing_is_changed_whatever_is_found() -> None:
    bad = spoilt(spoilt(calm_panel(2), 3, slice(400, None), 0.5), 5, 100, 10.0)
    bad.prices[7, 200:220] = bad.prices[7, 199]
    done = clean(bad)
    np.testing.assert_array_equal(done.panel.prices, bad.prices)
    assert done.repairs == ()
    assert {"split", "spike", "stale", "gap"} <= {one.kind for one in done.findings}


def test_by_policy_every_change_has_a_record() -> None:
    bad = spoilt(spoilt(calm_panel(2), 3, slice(400, None), 0.5), 5, 100, 10.0)
    bad.prices[7, 200:220] = 12.0
    policy = CleaningPolicy(splits="adjust", spikes="drop", stale="drop", gaps="fill", split_confidence=0.5)
    done = clean(bad, policy)
    same = (done.panel.prices == bad.prices) | (np.isnan(done.panel.prices) & np.isnan(bad.prices))
    for row, day in np.argwhere(~same):
        when = done.panel.dates[day]
        assert any(
            one.ticker == done.panel.tickers[row] and one.first_day <= when <= one.last_day for one in done.repairs
        )
    assert {one.kind for one in done.repairs} == {"split", "spike", "stale", "gap"}
