"""Histograms against the exact quantiles of what they counted."""

from __future__ import annotations

import json
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.histogram import LARGEST, RELATIVE_ERROR, SMALLEST, Histogram, merged

seconds = st.floats(min_value=SMALLEST * 1.001, max_value=LARGEST * 0.999)
many = st.lists(seconds, min_size=1, max_size=200)


def exact(values: list[float], share: float) -> float:
    return sorted(values)[floor(share * (len(values) - 1))]


@given(many, st.floats(min_value=0, max_value=1))
def test_every_quantile_is_within_five_percent(values, share):
    found = Histogram().add(*values).quantile(share)
    assert found == pytest.approx(exact(values, share), rel=RELATIVE_ERROR * 1.000001)


@given(many)
def test_count_sum_and_maximum_are_exact(values):
    histogram = Histogram().add(*values)
    assert histogram.count == len(values)
    assert histogram.total == pytest.approx(sum(values))
    assert histogram.highest == max(values)


@given(many, many, many)
def test_merging_is_the_same_as_counting_all_in_one_and_in_any_order(first, second, third):
    parts = [Histogram().add(*values) for values in (first, second, third)]
    whole = Histogram().add(*first, *second, *third)
    for order in (parts, parts[::-1]):
        total = merged(order)
        assert total.buckets == whole.buckets
        assert total.highest == whole.highest
        assert total.total == pytest.approx(whole.total)


@given(many)
def test_it_comes_back_from_json_as_it_was(values):
    histogram = Histogram().add(*values)
    again = Histogram.from_json(json.loads(json.dumps(histogram.as_json())))
    assert (again.buckets, again.total, again.highest) == (histogram.buckets, histogram.total, histogram.highest)


@given(st.lists(st.floats(min_value=0, max_value=1e300), max_size=300))
def test_it_stays_small_whatever_is_counted(values):
    assert len(Histogram().add(*values).buckets) <= 415


def test_zero_is_zero_and_nothing_has_no_quantile():
    assert Histogram().quantile(0.5) is None
    assert Histogram().mean is None
    assert Histogram().add(0.0, 0.0).quantile(0.5) == 0.0
    assert Histogram().add(1.0, 3.0).mean == 2.0
