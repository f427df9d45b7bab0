"""Blocks give back what was put in, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.prices.coding import DOUBLE, LONG, SHORT, SINGLE, SPAN, encoded, unpacked_days, unpacked_prices

PRICES = st.lists(st.floats(1e-9, 1e12), min_size=1, max_size=60) | st.lists(
    st.decimals(min_value="0.01", max_value="1000000", places=2).map(float), min_size=1, max_size=60
)


def decoded(blocks):
    days = np.concatenate([unpacked_days(block.span, block.days) for block in blocks])
    return days, np.concatenate([unpacked_prices(block) for block in blocks])


@given(PRICES, st.integers(-20_000, 30_000), st.integers(1, 400))
def test_any_prices_come_back_exactly(prices, first, step) -> None:
    days = np.arange(first, first + step * len(prices), step, dtype=np.int32)[: len(prices)]
    blocks = encoded(days, np.array(prices))
    back_days, back = decoded(blocks)
    assert back_days.tolist() == days.tolist()
    assert back.tolist() == prices
    assert [block.span for block in blocks] == sorted({int(day) // SPAN for day in days})


@pytest.mark.parametrize(
    ("prices", "width", "decimals"),
    [
        ([12.34, 655.35], SHORT, 2),
        ([54_321.99, 54_900.01], SHORT, 2),
        ([1.0, 54_900.01], LONG, 2),
        ([1.2345, 1.3], SHORT, 4),
        ([0.000123, 1.3], LONG, 6),
        ([float(np.float32(123.456789)), 2.0], SINGLE, 0),
        ([1 / 3, 2.0], DOUBLE, 0),
        ([1e12, 1.01], DOUBLE, 0),
    ],
)
def test_the_shortest_exact_form_is_taken(prices, width, decimals) -> None:
    (block,) = encoded(np.array([5, 6], np.int32), np.array(prices))
    assert (block.width, block.decimals, len(block.prices)) == (width, decimals, 2 * abs(width))
    assert unpacked_prices(block).tolist() == prices


def test_a_digest_tells_blocks_apart() -> None:
    days = np.array([5, 6], np.int32)
    blocks = [
        *encoded(days, np.array([1.0, 2.0])),
        *encoded(days, np.array([1.0, 2.5])),
        *encoded(days + 1, np.array([1.0, 2.0])),
        *encoded(days + SPAN, np.array([1.0, 2.0])),
        *encoded(days, np.array([0.01, 0.02])),
    ]
    assert len({block.digest for block in blocks}) == 5
    assert encoded(days, np.array([1.0, 2.0]))[0].digest == blocks[0].digest
