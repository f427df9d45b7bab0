"""The fixed histogram: its bins, where they lie, and the atoms among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.engines.simulation.bins import BINS, Bins

FIGURE = st.floats(-1e9, 1e9)


def index_of(bins: Bins, values: np.ndarray) -> np.ndarray:
    found = np.empty(len(values), dtype=np.intp)
    bins.index(values, np.empty(len(values)), found)
    return found


def sample(center: float, scale: float, power: float) -> np.ndarray:
    """The larger the power, the heavier the tails."""
    normal = np.random.default_rng(1).standard_normal(16_384)
    return center + scale * np.sign(normal) * np.abs(normal) ** power


@given(FIGURE, st.floats(1e-3, 1e6), st.floats(0.5, 5))
def test_bins_rise_with_the_value_and_hold_what_lies_between_their_edges(center, scale, power) -> None:
    block = sample(center, scale, power)
    bins = Bins.of_block(block)
    assert bins.edges.shape == (BINS + 1,)
    assert np.all(np.diff(bins.edges) >= 0)
    values = np.sort(np.concatenate([block, 1.4 * (block - center) + center]))
    found = index_of(bins, values)
    assert np.all(np.diff(found) >= 0)
    grain = 1e-9 * np.abs(values - center) + 4 * np.spacing(np.abs(values) + abs(center))
    assert np.all(bins.edges[found] <= values + grain)
    assert np.all(bins.edges[found + 1] >= values - grain)


@given(FIGURE, st.floats(1e-3, 1e6), st.floats(0.5, 5))
def test_the_inner_bins_reach_beyond_the_first_block(center, scale, power) -> None:
    block = sample(center, scale, power)
    found = index_of(Bins.of_block(block), block)
    assert found.min() > 0
    assert found.max() < BINS - 1


def test_values_beyond_the_inner_bins_go_to_the_outermost() -> None:
    bins = Bins.of_block(sample(10.0, 1e-3, 1.0))
    assert index_of(bins, np.array([-1e307, -1e4, 1e4, 1e307])).tolist() == [0, 0, BINS - 1, BINS - 1]


def test_two_fifths_of_the_bins_lie_between_the_first_and_the_last_percentile() -> None:
    for power in (0.5, 1.0, 2.0, 3.0):
        block = sample(100.0, 20.0, power)
        first, last = index_of(Bins.of_block(block), np.quantile(block, (0.01, 0.99)))
        assert last - first > 0.4 * BINS


def test_values_that_come_again_and_again_are_atoms() -> None:
    block = np.maximum(sample(1.0, 1.0, 1.0), 0.0)
    bins = Bins.of_block(block)
    assert bins.atoms[~np.isnan(bins.atoms)].tolist() == [0.0]
    assert bins.atoms[index_of(bins, np.zeros(1))].tolist() == [0.0]


def test_a_smooth_sample_has_no_atoms() -> None:
    assert np.isnan(Bins.of_block(sample(1.0, 1.0, 1.0)).atoms).all()


def test_a_rare_pair_in_a_crowded_bin_is_no_atom() -> None:
    """An outlier makes the bins so wide that many values share one."""
    block = np.concatenate([np.linspace(0.0, 1e-6, 16_000), [5e-7, 5e-7], np.full(300, -1e6), np.full(300, 1e6)])
    bins = Bins.of_block(block)
    assert set(bins.atoms[~np.isnan(bins.atoms)]) == {-1e6, 1e6}


@pytest.mark.parametrize("block", [np.full(100, 42.0), np.zeros(100), np.full(9, -3e12), np.array([1e-9] * 5)])
def test_a_block_of_one_value_has_bins_around_it(block) -> None:
    bins = Bins.of_block(block)
    assert bins.scale > 0
    assert np.all(np.diff(bins.edges) > 0)
    assert bins.atoms[index_of(bins, block[:1])].tolist() == [block[0]]


def test_values_that_are_not_finite_leave_the_bins_sound() -> None:
    block = sample(10.0, 2.0, 1.0)
    broken = np.concatenate([block, [np.nan, np.inf, -np.inf]])
    assert Bins.of_block(broken).grid == Bins.of_block(block).grid
    assert np.isfinite(Bins.of_block(np.full(10, np.nan)).grid).all()
