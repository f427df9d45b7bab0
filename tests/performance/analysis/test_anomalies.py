"""The streaming detector: what it sees, what it leaves alone, and that a restart changes nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.anomaly.ordinary import ordinary
from performance.analysis.anomalies import DAY, REFRACTORY, SLOTS, STEP, Detector
from performance.analysis.tails import WARM, Tail


def stream(values, detector=None, start: int = 0):
    detector = detector or Detector()
    return [detector.feed(start + STEP * index, float(value)) for index, value in enumerate(values)]


def busy(days: int, seed: int = 1):
    """A daily course between 10 and 50 with noise."""
    index = np.arange(days * SLOTS)
    course = 30 - 20 * np.cos(2 * np.pi * index / SLOTS)
    return course + np.random.default_rng(seed).normal(0, 1.5, len(index))


def alarmed(verdicts) -> list[int]:
    return [index for index, verdict in enumerate(verdicts) if verdict.anomalous]


def test_a_spike_is_seen_at_once() -> None:
    values = busy(8)
    values[7 * SLOTS + 20] += 40
    assert alarmed(stream(values))[-1:] == [7 * SLOTS + 20]


def test_a_value_usual_at_noon_is_seen_at_night() -> None:
    values = busy(8)
    night = slice(7 * SLOTS, 7 * SLOTS + 24)
    values[night] = 45
    found = alarmed(stream(values))
    assert 7 * SLOTS <= found[-1] < 7 * SLOTS + 24
    verdict = stream(values)[found[-1]]
    assert verdict.expected == pytest.approx(10, abs=4)
    assert verdict.value == 45


def test_a_noon_that_does_not_come_is_seen_more_often_than_not() -> None:
    seen = 0
    for seed in range(10):
        values = busy(15, seed)
        values[14 * SLOTS :] = 10 + np.random.default_rng(seed + 99).normal(0, 1.5, SLOTS)
        seen += any(index >= 14 * SLOTS for index in alarmed(stream(values)))
    assert seen >= 6


def test_an_ordinary_week_is_left_alone() -> None:
    assert [index for index in alarmed(stream(busy(10))) if index > 3 * SLOTS] == []


def test_false_alarms_are_as_rare_as_stated() -> None:
    days = seen = 0
    for _, at, values in ordinary(seed=77, days=28, each=2):
        detector, last = Detector(), -DAY
        for moment, value in zip(at.tolist(), values.tolist(), strict=True):
            if detector.feed(moment, value).anomalous and moment - last > REFRACTORY:
                last = moment
                seen += moment >= 14 * DAY
        days += 14
    assert seen / days <= 0.2


def test_spikes_that_keep_coming_become_usual() -> None:
    values = busy(16)
    values[3 * SLOTS + 7 :: 97] += 40
    found = alarmed(stream(values))
    early = [index for index in found if index < 6 * SLOTS]
    late = [index for index in found if index >= 12 * SLOTS]
    assert len(early) > len(late)
    assert len(late) <= 2


def test_one_trouble_is_one_anomaly() -> None:
    values = busy(8)
    values[7 * SLOTS + 20 : 7 * SLOTS + 60] += 40
    found = [index for index in alarmed(stream(values)) if index >= 7 * SLOTS]
    assert found[0] == 7 * SLOTS + 20
    scores = [stream(values)[index].score for index in found]
    assert scores == sorted(scores)  # within the refractory period only what is worse is said again


def test_the_same_value_for_ever_is_never_anomalous() -> None:
    assert alarmed(stream([63.0] * 3000)) == []


def test_a_grain_more_than_a_constant_is_not_anomalous_but_a_step_is() -> None:
    steady = [63e9] * 1000
    assert alarmed(stream([*steady, 63.000004e9])) == []
    assert alarmed(stream([*steady, 80e9])) == [1000]


@settings(max_examples=20)
@given(st.integers(0, 900), st.integers(0, 50))
def test_a_restart_anywhere_changes_no_later_verdict(cut, seed) -> None:
    values = busy(4, seed)[:1000]
    whole = stream(values)
    before = Detector()
    stream(values[:cut], before)
    after = Detector.from_json(json.loads(json.dumps(before.as_json())))
    resumed = stream(values[cut:], after, start=cut * STEP)
    assert [v.score for v in resumed] == pytest.approx([v.score for v in whole[cut:]], abs=0.05)


def test_the_future_does_not_change_the_past() -> None:
    values = busy(6)
    changed = values.copy()
    changed[1200:] = 1e6
    assert stream(values)[:1200] == stream(changed)[:1200]


def test_the_state_does_not_grow() -> None:
    detector = Detector()
    sizes = []
    for day in range(6):
        stream(busy(1, day), detector, day * DAY)
        sizes.append(len(json.dumps(detector.as_json())))
    assert max(sizes) < 10_000
    assert abs(sizes[-1] - sizes[-2]) < 50


@settings(max_examples=20)
@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=400))
def test_any_values_give_finite_scores(values) -> None:
    scores = [verdict.score for verdict in stream(values)]
    assert np.isfinite(scores).all()
    assert min(scores) >= 0


def test_a_gap_makes_no_jump() -> None:
    detector = Detector()
    stream(busy(5), detector)
    assert not detector.feed(5 * DAY + 6 * 3600, 30.0).anomalous


def test_a_tail_says_how_much_rarer_than_its_edge() -> None:
    random, tail = np.random.default_rng(3), Tail()
    surprises = [tail.surprise(size) for size in random.pareto(2.0, 20_000)]
    assert all(surprise == 0 for surprise in surprises[:WARM])
    beyond = np.mean(np.array(surprises[5000:]) > 0)
    assert beyond == pytest.approx(0.005, rel=0.5)
    # A surprise of s is by e^s rarer than the edge.
    assert np.mean(np.array(surprises[5000:]) > 2) == pytest.approx(beyond * np.exp(-2), rel=0.6)
