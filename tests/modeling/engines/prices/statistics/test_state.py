"""A state that is extended day by day or merged of parts says what the whole computation says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.prices.errors import OutOfStep, UnreadableState
from modeling.engines.prices.panel import Panel
from modeling.engines.prices.statistics.measures import Measures, measures_of
from modeling.engines.prices.statistics.settings import Settings
from modeling.engines.prices.statistics.state import StatisticsState, state_of
from modeling.engines.prices.statistics.tails import Tail
from tests.modeling.engines.prices.panels import market_of, panel_of, random_panel

EXPANSION = "cornish_fisher"  # on the very edge of its domain the last bit of a moment decides


def assert_same(found: Measures, expected: Measures, besides: tuple[str, ...] = ()) -> None:
    for name, figures in vars(expected).items():
        if name in besides:
            continue
        if isinstance(figures, Tail):
            pairs = list(zip(vars(getattr(found, name)).values(), vars(figures).values(), strict=True))
        else:
            pairs = [(getattr(found, name), figures)]
        for one, other in pairs:
            if other.dtype.kind == "f":
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=name)
            else:
                np.testing.assert_array_equal(one, other, err_msg=name)


@st.composite
def histories(draw) -> tuple[Panel, np.ndarray, np.ndarray, Settings, list[int]]:
    days = draw(st.integers(2, 40))
    seed = draw(st.integers(0, 2**32 - 1))
    panel = random_panel(tickers=4, days=days, gaps=draw(st.sampled_from([0.0, 0.2, 0.7])), seed=seed)
    random = np.random.default_rng(seed)
    if draw(st.booleans()):  # few different prices: highs and lows are reached more than once
        panel = Panel(panel.days, panel.tickers, np.ceil(panel.prices / 2))
    market = market_of(panel)
    market[random.random(days) < draw(st.sampled_from([0.0, 0.3]))] = np.nan
    rates = random.uniform(0, 0.1, days)
    chosen = Settings(
        kind=draw(st.sampled_from(["simple", "log"])),
        spanned=draw(st.sampled_from([0, 1, 5])),
        limit_days=draw(st.sampled_from([None, 2, 4])),
    )
    cuts = sorted(draw(st.sets(st.integers(1, days - 1), max_size=5)))
    return panel, market, rates, chosen, cuts


def parts(panel: Panel, cuts: list[int]) -> list[slice]:
    return [slice(start, stop) for start, stop in zip([0, *cuts], [*cuts, len(panel.days)], strict=True)]


def cut(panel: Panel, part: slice) -> Panel:
    return Panel(panel.days[part], panel.tickers, panel.prices[:, part])


@given(histories())
@settings(max_examples=150)
def test_extending_equals_the_whole(history) -> None:
    panel, market, rates, chosen, cuts = history
    first, *rest = parts(panel, cuts)
    state = state_of(cut(panel, first), chosen, market=market[first], risk_free=rates[first])
    for part in rest:
        state = StatisticsState.from_bytes(state.to_bytes())
        state = state.extended(cut(panel, part), market[part], rates[part])
    whole = state_of(panel, chosen, market=market, risk_free=rates)
    assert_same(measures_of(state), measures_of(whole), besides=(EXPANSION,))


@given(histories())
@settings(max_examples=100)
def test_merging_from_the_right_equals_the_whole_but_for_days_of_recovery(history) -> None:
    panel, market, rates, chosen, cuts = history
    states = [
        state_of(cut(panel, part), chosen, market=market[part], risk_free=rates[part]) for part in parts(panel, cuts)
    ]
    merged = states.pop()
    while states:
        merged = states.pop().merged(merged)
    whole = state_of(panel, chosen, market=market, risk_free=rates)
    assert_same(measures_of(merged), measures_of(whole), besides=("recovery_day", EXPANSION))


def test_day_by_day_over_years_stays_exact() -> None:
    panel = random_panel(tickers=3, days=1_500, gaps=0.02)
    market = market_of(panel)
    state = state_of(cut(panel, slice(0, 1)), market=market[:1])
    for day in range(1, 1_500):
        state = state.extended(cut(panel, slice(day, day + 1)), market[day : day + 1])
    assert_same(measures_of(state), measures_of(state_of(panel, market=market)))


def test_extending_takes_the_tickers_in_any_order() -> None:
    panel = random_panel()
    early, late = cut(panel, slice(0, 100)), cut(panel, slice(100, 300))
    found = state_of(early).extended(late.only(reversed(late.tickers)))
    assert_same(measures_of(found), measures_of(state_of(panel)))


def test_other_tickers_earlier_days_and_other_settings_are_refused() -> None:
    panel = random_panel()
    state = state_of(cut(panel, slice(0, 100)))
    late = cut(panel, slice(100, 300))
    with pytest.raises(OutOfStep) as refused:
        state.extended(late.only("ABCD"))
    assert refused.value.problems[0].value == "E"
    with pytest.raises(OutOfStep, match="reach to"):
        state.extended(cut(panel, slice(99, 300)))
    with pytest.raises(OutOfStep, match="other settings"):
        state.merged(state_of(late, Settings(kind="log")))


def test_bytes_that_were_changed_are_refused() -> None:
    data = state_of(random_panel()).to_bytes()
    spoilt = [b"", b"valor", data[:-1], data[:-3] + b"abc", data.replace(b"statistics 1", b"statistics 0")]
    for bad in spoilt:
        with pytest.raises(UnreadableState):
            StatisticsState.from_bytes(bad)


def test_a_recovery_in_a_merged_part_is_known_without_its_day() -> None:
    fell, rose = panel_of([[10, 8]], np.array([0, 1], np.int32)), panel_of([[9, 11]], np.array([2, 3], np.int32))
    merged = measures_of(state_of(fell).merged(state_of(rose)))
    assert merged.recovered[0]
    assert np.isnat(merged.recovery_day[0])
    extended = measures_of(state_of(fell).extended(rose))
    assert str(extended.recovery_day[0]) == "1970-01-04"


def test_a_high_that_was_reached_before_the_deepest_fall_is_no_recovery() -> None:
    early, late = panel_of([[100, 90]], np.array([0, 1], np.int32)), panel_of([[100, 50]], np.array([2, 3], np.int32))
    assert not measures_of(state_of(early).merged(state_of(late))).recovered[0]
