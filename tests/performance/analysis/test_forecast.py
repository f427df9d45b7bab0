"""Forecasts: their intervals hold what they promise, and none is made where the last value says as much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from performance.analysis.forecast import complete, crossing, enough, forecast

STEP = 7200.0


def times(count: int):
    return 1e9 + STEP * np.arange(count)


def growing(random, count: int):
    """A disk that fills in bursts."""
    return 100 + np.cumsum(random.exponential(1, count) * (random.random(count) < 0.3))


def line(random, count: int):
    return 100 + 0.2 * np.arange(count) + random.normal(0, 3, count)


@pytest.mark.parametrize("share", [0.8, 0.9])
@pytest.mark.parametrize("kind", [growing, line])
def test_the_interval_holds_about_its_share_of_the_future(kind, share) -> None:
    random, held = np.random.default_rng(11), []
    for _ in range(120):
        truth = kind(random, 300)
        found = forecast(times(150), truth[:150], 150, share)
        if found is not None:
            held.append((found.low <= truth[150:]) & (truth[150:] <= found.high))
    assert len(held) > 100
    assert share - 0.06 <= np.mean(held)
    # A level that piles up has an interval of the right width; about a line it is a wide one.
    assert kind is line or np.mean(held) <= share + 0.07


def test_a_walk_without_direction_is_seldom_forecast() -> None:
    random = np.random.default_rng(3)
    shown = [forecast(times(150), np.cumsum(random.normal(size=150)), 50) is not None for _ in range(100)]
    assert sum(shown) <= 15


def test_a_constant_level_needs_no_forecast() -> None:
    assert forecast(times(100), np.full(100, 7.0), 50) is None


def test_a_filling_disk_is_full_when_the_line_says() -> None:
    random = np.random.default_rng(5)
    levels = 50 + 0.1 * np.arange(200) + random.normal(0, 0.5, 200)
    full = crossing(forecast(times(200), levels, 200), 80.0)
    assert full.at == pytest.approx(times(301)[300], abs=10 * STEP)
    assert full.earliest < full.at < full.latest


def test_a_limit_beyond_the_horizon_is_not_crossed() -> None:
    levels = 50 + 0.1 * np.arange(200) + np.random.default_rng(5).normal(0, 0.5, 200)
    assert crossing(forecast(times(200), levels, 200), 120.0) is None


def test_the_time_of_day_is_carried_on() -> None:
    index = np.arange(180)
    course = 100 + 0.05 * index + 20 * np.sin(2 * np.pi * index / 12)
    noise = np.random.default_rng(8).normal(0, 1, 180)
    found = forecast(times(180), course + noise, 24)
    ahead = np.arange(180, 204)
    expected = 100 + 0.05 * ahead + 20 * np.sin(2 * np.pi * ahead / 12)
    assert np.abs(found.middle - expected).max() < 4
    assert found.skill > 0.5


@settings(max_examples=30)
@given(st.integers(0, 500), st.floats(0.01, 1000), st.floats(-1e4, 1e4))
def test_a_change_of_unit_changes_the_forecast_alike(seed, factor, offset) -> None:
    truth = growing(np.random.default_rng(seed), 80)
    plain, moved = forecast(times(80), truth, 20), forecast(times(80), factor * truth + offset, 20)
    assert (plain is None) == (moved is None)
    if plain is not None:
        assert moved.middle == pytest.approx(factor * plain.middle + offset, rel=1e-6, abs=1e-3)
        assert np.all(np.diff(plain.high - plain.low) >= -1e-9)
        assert plain.times == pytest.approx(times(100)[80:])


def test_holes_are_bridged_but_not_when_most_is_missing() -> None:
    levels = np.arange(60.0)
    levels[10:14] = np.nan
    assert complete(levels) == pytest.approx(np.arange(60.0))
    levels[15:55] = np.nan
    assert complete(levels) is None
    assert forecast(times(60), levels, 10) is None


def test_the_error_that_the_next_stays_within() -> None:
    assert enough(np.array([1.0, -2, 3, -4, 5, 6, 7, 8, 9]), 0.8) == 8
    assert enough(np.array([np.nan]), 0.8) == 0
