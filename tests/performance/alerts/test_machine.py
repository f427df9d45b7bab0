"""The state machine by itself: what it may never do, whatever the readings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.alerts.machine import Missing, Reading, Rule, Severity, Situation, State, judge

TICK = 30.0
values = st.one_of(st.none(), st.floats(0, 100))
runs = st.lists(values, min_size=1, max_size=60)
durations = st.sampled_from([0.0, 30.0, 60.0, 180.0])
policies = st.sampled_from(list(Missing))


def rule_of(above: bool = True, duration: float = 30.0, missing: Missing = Missing.KEEP) -> Rule:
    levels = (80.0, 95.0, 75.0) if above else (70.0, 40.0, 75.0)
    return Rule(above, *levels, duration=duration, missing=missing)


def states(rule: Rule, run: list[float | None], step: float = TICK):
    """Each reading with the situation before and after it; a resolved alert is over, the next one is new."""
    before: Situation | None = None
    for index, value in enumerate(run):
        at = index * step
        after = judge(rule, before, Reading(at, value, slack=step / 4))
        yield at, value, before, after
        before = None if after is None or after.state is State.RESOLVED else after


@given(runs, st.booleans(), durations, policies)
def test_it_is_never_resolved_without_a_reading_past_the_clear_level(run, above, duration, missing):
    rule = rule_of(above, duration, missing)
    for _, value, before, after in states(rule, run):
        if after is not None and after.state is State.RESOLVED:
            assert value is not None
            assert rule.past_clear(value)
            assert before is not None
            assert before.state is State.RECOVERING


@given(runs, st.booleans(), durations, policies)
def test_it_never_fires_before_the_duration_is_over(run, above, duration, missing):
    began: float | None = None
    for at, _, before, after in states(rule_of(above, duration, missing), run):
        if after is None or before is None:
            began = at if after is not None else None
        if after is not None and after.state is State.FIRING and (before is None or before.state is State.PENDING):
            assert began is not None
            assert at - began >= duration - TICK / 4


@given(runs, st.booleans(), durations)
def test_only_a_reading_beyond_the_limit_begins_or_fires_one(run, above, duration):
    rule = rule_of(above, duration)
    for _, value, before, after in states(rule, run):
        begins = before is None and after is not None
        fires = (
            after is not None and after.state is State.FIRING and before is not None and before.state is not after.state
        )
        if begins or fires:
            assert value is not None
            assert rule.beyond(value, rule.warning)


@given(st.lists(st.floats(75.01, 80.0), min_size=1, max_size=40), durations)
def test_between_the_levels_nothing_moves(run, duration):
    rule = rule_of(duration=duration)
    firing = Situation(State.FIRING, Severity.WARNING, 0.0)
    for index, value in enumerate(run):
        assert judge(rule, firing, Reading((index + 1) * TICK, value)) == firing
    assert all(after is None for _, _, _, after in states(rule, run))


@given(st.lists(st.sampled_from([79.0, 81.0]), min_size=4, max_size=60), durations)
def test_one_that_hangs_about_the_limit_fires_once(run, duration):
    """Hysteresis: what was told once is not told again for a figure that only trembles."""
    told = [
        after
        for _, _, before, after in states(rule_of(duration=duration), run)
        if after is not None and after.state is State.FIRING and (before is None or before.state is not State.FIRING)
    ]
    assert len(told) <= 1


@given(runs, st.booleans())
def test_critical_is_told_at_once_and_ends_only_well_below(run, above):
    rule = rule_of(above, duration=0.0)
    for _, value, before, after in states(rule, run):
        if after is None or value is None or after.state is not State.FIRING:
            continue
        if rule.beyond(value, rule.critical):
            assert after.severity is Severity.CRITICAL
        elif after.severity is Severity.CRITICAL:
            assert before is not None
            assert before.severity is Severity.CRITICAL
            assert rule.beyond(value, (rule.warning + rule.critical) / 2)


@given(st.integers(1, 40), policies)
def test_without_readings_a_firing_one_goes_on_firing(count, missing):
    before = Situation(State.FIRING, Severity.CRITICAL, 0.0)
    for index in range(count):
        before = judge(rule_of(missing=missing), before, Reading((index + 1) * TICK, None))
        assert before is not None
        assert before.state is State.FIRING


@pytest.mark.parametrize(
    ("missing", "after"), [(Missing.KEEP, State.PENDING), (Missing.UNKNOWN, None), (Missing.FIRE, State.FIRING)]
)
def test_a_pending_one_that_is_not_read_is_kept_dropped_or_fired(missing, after):
    pending = Situation(State.PENDING, Severity.WARNING, 0.0)
    found = judge(rule_of(missing=missing), pending, Reading(TICK, None))
    assert (found.state if found else None) is after


def test_where_missing_data_is_an_alert_it_waits_for_the_duration_too():
    run = [state.state for _, _, _, state in states(rule_of(duration=60.0, missing=Missing.FIRE), [None] * 4) if state]
    assert run == [State.PENDING, State.PENDING, State.FIRING, State.FIRING]


def few(value: float | None, at: float = TICK) -> Reading:
    return Reading(at, value, judged=False)


@pytest.mark.parametrize(("value", "waits"), [(None, True), (1.0, False), (78.0, False), (99.0, True)])
def test_too_few_to_judge_by_begin_nothing_and_fire_nothing(value, waits):
    assert judge(rule_of(missing=Missing.FIRE), None, few(value)) is None
    pending = Situation(State.PENDING, Severity.WARNING, 0.0)
    assert judge(rule_of(), pending, few(value, 9 * TICK)) == (pending if waits else None)


def test_a_pending_one_is_dropped_at_once_for_a_good_reason():
    pending = Situation(State.PENDING, Severity.WARNING, 0.0)
    assert judge(rule_of(), pending, Reading(TICK, 99.0, excused=True)) is None
    assert judge(rule_of(), pending, Reading(TICK, 99.0, judged=False, excused=True)) is None


@pytest.mark.parametrize("value", [None, 78.0, 99.0])
def test_too_few_to_judge_by_leave_one_that_fires_as_it_is(value):
    firing = Situation(State.FIRING, Severity.CRITICAL, 0.0)
    assert judge(rule_of(), firing, few(value)) == firing


def test_few_that_go_well_end_an_alert():
    firing = Situation(State.FIRING, Severity.CRITICAL, 0.0)
    recovering = judge(rule_of(), firing, few(1.0))
    assert recovering == Situation(State.RECOVERING, Severity.WARNING, TICK)
    assert judge(rule_of(), recovering, few(1.0, 2 * TICK)) == Situation(State.RESOLVED, Severity.WARNING, 2 * TICK)


def test_few_that_go_badly_start_the_clock_of_its_end_again_but_fire_nothing():
    recovering = Situation(State.RECOVERING, Severity.WARNING, 0.0)
    again = judge(rule_of(), recovering, few(99.0))
    assert again == Situation(State.RECOVERING, Severity.WARNING, TICK)
    assert judge(rule_of(), recovering, few(None)) == recovering


def test_a_whole_life():
    run = [50.0, 85.0, 86.0, 97.0, 90.0, 86.0, 78.0, 70.0, 70.0, 70.0]
    told = [(after.state, after.severity) for _, _, _, after in states(rule_of(), run) if after]
    assert told == [
        (State.PENDING, Severity.WARNING),
        (State.FIRING, Severity.WARNING),
        (State.FIRING, Severity.CRITICAL),
        (State.FIRING, Severity.CRITICAL),
        (State.FIRING, Severity.WARNING),
        (State.FIRING, Severity.WARNING),
        (State.RECOVERING, Severity.WARNING),
        (State.RESOLVED, Severity.WARNING),
    ]


def test_what_happens_now_and_then_is_over_only_after_a_while_without_it():
    rule = replace(rule_of(duration=0.0), calm=120.0)
    found = [after.state for _, _, _, after in states(rule, [85.0, 0.0, 0.0, 85.0, 0.0, 0.0, 0.0, 0.0, 0.0]) if after]
    assert found == ["firing", *["recovering"] * 2, "firing", *["recovering"] * 4, "resolved"]


def test_one_that_gets_worse_again_while_recovering_fires_on():
    *_, (_, _, _, last) = states(rule_of(), [85.0, 85.0, 70.0, 85.0])
    assert last is not None
    assert last.state is State.FIRING


@pytest.mark.parametrize("late", [29.0, 30.0, 31.0])
def test_a_tick_a_little_early_still_ends_the_duration(late):
    *_, (_, _, _, last) = states(rule_of(), [85.0, 85.0], step=late)
    assert last is not None
    assert last.state is State.FIRING
