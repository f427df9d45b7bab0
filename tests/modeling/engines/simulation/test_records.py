"""Moments pooled over segments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.engines.simulation.readings import trace_ends
from modeling.engines.simulation.records import in_order, pooled, record_type


@given(st.integers(1, 500), st.integers(1, 500), st.floats(-1e3, 1e3))
def test_pooled_moments_are_those_of_the_joined_sample(first: int, second: int, shift: float) -> None:
    sample = np.random.default_rng(first).standard_normal((3, first + second))
    sample[:, first:] += shift
    means, products = [], []
    for part in (sample[:, :first], sample[:, first:], sample):
        means.append(part.mean(axis=1))
        deviations = part - means[-1][:, np.newaxis]
        products.append(deviations @ deviations.T)
    size, mean, found = pooled((first, means[0], products[0]), (second, means[1], products[1]))
    assert size == first + second
    np.testing.assert_allclose(mean, means[2], atol=1e-9)
    np.testing.assert_allclose(found, products[2], rtol=1e-9, atol=1e-6)
    one = pooled((first, means[0][0], products[0][0, 0]), (second, means[1][0], products[1][0, 0]))
    assert (one[1], one[2]) == (pytest.approx(mean[0]), pytest.approx(found[0, 0]))


def test_sums_are_taken_one_after_the_other() -> None:
    assert in_order(np.array([[1.0], [1e16], [-1e16]])).tolist() == [(1.0 + 1e16) - 1e16]


@pytest.mark.parametrize("correlated", [0, 3])
def test_a_record_is_small_whatever_the_trials(correlated: int) -> None:
    records = np.zeros(2, dtype=record_type(9, correlated))
    assert records["driver_products"].shape == (2, correlated, correlated)
    assert records["bin_sums"].shape == (2, 9, 64)
    assert records.itemsize < 10_000


@given(st.integers(62, 62_500_000))
def test_the_trace_reads_a_group_at_32_rising_places_and_at_its_end(size: int) -> None:
    ends = trace_ends(size)
    assert len(ends) == 32
    assert np.all(np.diff(ends) > 0)
    assert ends[-1] == size
