"""Slopes and shifts against independent references, invariants, and noise of which nothing must be told."""

from __future__ import annotations

from itertools import combinations
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import theilslopes

from performance.analysis.trends import LEAST_POINTS, shift, theil_sen, thinned

DAY_POINTS = 288
values = st.lists(st.floats(-1e6, 1e6), min_size=LEAST_POINTS, max_size=40)


@given(values)
def test_the_slope_is_the_median_of_all_pairs(numbers) -> None:
    times = np.arange(len(numbers), dtype=float)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(zip(times, numbers, strict=True), 2)]
    found = theil_sen(times, np.array(numbers))
    assert found.value == pytest.approx(median(slopes), abs=1e-6)
    assert found.low <= found.value <= found.high


@given(values, st.floats(0.1, 100), st.floats(-1e5, 1e5))
def test_the_slope_scales_with_the_values_and_ignores_their_level(numbers, factor, level) -> None:
    times = np.arange(len(numbers), dtype=float)
    plain, moved = (
        theil_sen(times, factor_and_level)
        for factor_and_level in (
            np.array(numbers),
            np.array(numbers) * factor + level,
        )
    )
    assert moved.value == pytest.approx(plain.value * factor, rel=1e-6, abs=1e-3)


def test_the_interval_of_independent_values_is_that_of_scipy() -> None:
    random = np.random.default_rng(4)
    times = np.arange(60.0)
    # Neighbours that repel each other share nothing, so that nothing is added to the variance.
    numbers = 0.3 * times + np.where(np.arange(60) % 2, 1, -1) * (1 + 0.1 * random.random(60))
    found, theirs = theil_sen(times, numbers), theilslopes(numbers, times, alpha=0.95)
    assert (found.value, found.low, found.high) == pytest.approx((theirs[0], theirs[2], theirs[3]), abs=1e-3)


def test_the_interval_of_values_that_cling_together_still_holds_the_truth() -> None:
    random, held = np.random.default_rng(7), 0
    for _ in range(200):
        noise = np.zeros(120)
        for index in range(1, 120):
            noise[index] = 0.7 * noise[index - 1] + random.normal()
        found = theil_sen(np.arange(120.0), noise)
        held += found.low <= 0 <= found.high
    assert held >= 180


def test_a_third_of_wild_values_leaves_the_slope_alone() -> None:
    times = np.arange(30.0)
    numbers = 2 * times
    numbers[[3, 9, 14, 20, 22, 27]] = 1e9
    assert theil_sen(times, numbers).value == pytest.approx(2, rel=0.5)
    assert not theil_sen(times, np.full(30, 5.0)).certain


def test_missing_points_are_left_out_and_too_few_say_nothing() -> None:
    times = np.arange(20.0)
    numbers = np.where(np.arange(20) % 3 == 0, np.nan, 4 * times)
    assert theil_sen(times, numbers).value == pytest.approx(4)
    assert theil_sen(times[:5], numbers[:5]) is None
    assert theil_sen(np.zeros(20), times) is None


def test_thousands_of_points_are_merged_without_moving_the_slope() -> None:
    times = np.arange(5000.0)
    merged_times, merged = thinned(times, 3 * times)
    assert len(merged) == 200
    assert theil_sen(times, 3 * times).value == pytest.approx(3)
    assert (merged[0], merged_times[0]) == (36, 12)


def load(random, days: int = 1):
    """A busy day and its noise."""
    index = np.arange(days * DAY_POINTS)
    curve = np.exp(-0.5 * ((index % DAY_POINTS - 150) / 40) ** 2)
    return 100 * (1 + curve) + random.normal(0, 8, len(index))


def test_a_day_that_is_higher_throughout_is_told_with_its_size() -> None:
    random = np.random.default_rng(1)
    found = shift(1.4 * load(random), load(random), 0.5)
    assert found.told
    assert found.share == pytest.approx(0.4, abs=0.08)
    assert found.low < found.difference < found.high
    assert found.effect > 2


def test_two_days_alike_are_not_told() -> None:
    random = np.random.default_rng(2)
    told = [shift(load(random), load(random), quantile).told for quantile in (0.5, 0.95) for _ in range(200)]
    assert sum(told) <= 4


@settings(max_examples=50)
@given(st.floats(0.5, 2), st.integers(0, 1000))
def test_a_shift_is_mirrored_when_the_periods_swap(factor, seed) -> None:
    random = np.random.default_rng(seed)
    one, other = load(random) * factor, load(random)
    there, back = shift(one, other, 0.5), shift(other, one, 0.5)
    assert back.difference == pytest.approx(-there.difference)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


def test_a_small_shift_is_not_told_however_certain() -> None:
    steady = np.full(DAY_POINTS, 100.0)
    assert not shift(steady * 1.02, steady, 0.5).told
    assert shift(steady * 1.2, steady, 0.5).told


def test_half_a_day_without_samples_says_nothing() -> None:
    broken = np.full(DAY_POINTS, 5.0)
    broken[: DAY_POINTS // 2] = np.nan
    assert shift(broken, np.full(DAY_POINTS, 4.0), 0.5) is None
    broken[: DAY_POINTS // 4 + 24] = 5.0
    assert shift(broken, np.full(DAY_POINTS, 4.0), 0.5).told


def test_from_nothing_to_something_has_no_share() -> None:
    found = shift(np.full(DAY_POINTS, 3.0), np.zeros(DAY_POINTS), 0.5)
    assert found.share is None
    assert found.told
