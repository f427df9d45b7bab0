"""The way of a value to Redis and back."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.cache.packing import COMPRESS_ABOVE, HEADER, header_tail, is_bare, next_stamp, pack, reseed, unpack

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner))


@given(VALUES, st.floats(0, 4e9), st.integers(0, 2**63))
def test_a_parcel_holds_what_was_packed(value, expires, stamp):
    raw, kept = pack(value, expires, stamp)
    parcel = unpack(raw)
    assert (parcel.expires, parcel.stamp) == (expires, stamp)
    assert pickle.loads(parcel.body) == value == kept.give()
    assert parcel.immutable is not kept.pickled


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_bare_number_is_never_taken_for_a_parcel(number):
    assert is_bare(number)
    assert unpack(str(number).encode()) == number


@pytest.mark.parametrize("value", [True, 2**63, 1.0, "1", None])
def test_only_what_redis_can_count_with_is_bare(value):
    assert not is_bare(value)


def test_only_large_values_are_compressed():
    small, _ = pack("x" * (COMPRESS_ABOVE - 100), 0.0, 1)
    large, _ = pack("x" * (COMPRESS_ABOVE + 100), 0.0, 1)
    assert len(small) > COMPRESS_ABOVE - 100
    assert len(large) < 1000


def test_a_touched_header_keeps_its_flags():
    raw, _ = pack(["x" * 20_000], 5.0, 1)
    parcel = unpack(raw[:1] + header_tail(9.0, 2) + raw[HEADER.size :])
    assert (parcel.expires, parcel.stamp) == (9.0, 2)
    assert pickle.loads(parcel.body) == ["x" * 20_000]


def test_no_two_writes_have_one_stamp_also_after_a_fork():
    before = {next_stamp() for _ in range(100)}
    reseed()
    assert len(before | {next_stamp() for _ in range(100)}) == 200
