"""Percentiles of outcomes that were kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.engines.simulation.kept import KeptOutcomes, quantities
from modeling.engines.simulation.plan import Plan


@given(st.integers(62, 3_000), st.integers(0, 2**32), st.sampled_from([0, 3]))
def test_percentiles_by_partial_sorting_equal_those_of_numpy(size: int, seed: int, decimals: int) -> None:
    values = np.round(np.random.default_rng(seed).standard_cauchy(size), decimals)  # rounding makes ties
    found = quantities(values)
    right = np.quantile(values, [int(name[1:]) / 100 for name in found.percentiles])
    np.testing.assert_allclose(list(found.percentiles.values()), right, rtol=1e-12, atol=1e-12)
    worst = np.sort(np.repeat(values, 20))[:size]  # each value twenty times: its worst twentieth is `size` of them
    assert found.expected_shortfall == pytest.approx(worst.mean(), rel=1e-10, abs=1e-10)


def test_what_was_kept_comes_in_the_order_of_the_trials_and_only_once() -> None:
    plan, store = Plan(300_000), KeptOutcomes()
    for numbers in (range(2, 5), range(5, 6)):
        for number in numbers:
            segment = plan.segment(number)
            store.open(segment)
            for block in segment.blocks():
                store.place(block)[:] = np.arange(block.offset, block.offset + block.size)
        trials = plan.trial_range(numbers.start, numbers.stop)
        assert store.close().tolist() == list(range(trials.start, trials.stop))
