"""Keys: one for each meaning, never one for two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import combinations
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, User
from django.utils.functional import SimpleLazyObject
from hypothesis import given
from hypothesis import strategies as st

from performance.cache.keys import NoKey, canonical, shortened
from performance.words import Word

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.dates()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def exactly(value):
    """The value with its type everywhere, so that == is as strict as a key has to be."""
    if isinstance(value, (list, tuple)):
        return type(value).__name__, tuple(exactly(member) for member in value)
    if isinstance(value, dict):
        return "dict", frozenset((exactly(key), exactly(member)) for key, member in value.items())
    return type(value).__name__, repr(value)


@dataclass(frozen=True)
class Point:
    x: object
    y: object = 0


@dataclass(frozen=True)
class Other:
    x: object
    y: object = 0


DISTINCT = [
    None,
    1,
    True,
    1.0,
    "1",
    b"1",
    "i1",
    "b1",
    "n",
    "",
    0,
    False,
    0.0,
    -0.0,
    Decimal(1),
    Decimal("1.0"),
    (1,),
    [1],
    {1},
    {1: 1},
    (1, 2),
    ((1, 2),),
    ((1,), 2),
    (1, (2,)),
    ("1,2",),
    ("1", "2"),
    ["a", "b"],
    ["a,s1:b"],
    [["a"], "b"],
    {"a": "b"},
    {"a": ["b"]},
    date(2024, 1, 1),
    datetime(2024, 1, 1),
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 1, 1, fold=1),
    "2024-01-01",
    time(1, 2),
    timedelta(days=1),
    timedelta(seconds=1),
    UUID(int=1),
    Word.DOWN,
    "Down",
    Point(1),
    Point(1, 1),
    Other(1),
    Point((1, 0)),
]


def test_no_two_of_these_collide():
    for one, other in combinations(DISTINCT, 2):
        assert canonical(one) != canonical(other), (one, other)
        assert shortened(canonical(one)) != shortened(canonical(other))


@given(VALUES, VALUES)
def test_keys_are_equal_exactly_where_values_and_types_are(one, other):
    assert (canonical(one) == canonical(other)) is (exactly(one) == exactly(other))


@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_sequences_do_not_run_into_each_other(one, other):
    assert (canonical(one) == canonical(other)) is (exactly(one) == exactly(other))


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_a_mapping_does_not_matter(mapping):
    assert canonical(mapping) == canonical(dict(reversed(mapping.items())))


def test_rows_are_their_table_and_their_primary_key():
    assert canonical(User(pk=1, username="a")) == canonical(User(pk=1, username="b"))
    assert canonical(User(pk=1)) != canonical(User(pk=2))
    assert canonical(User(pk=1)) != canonical(Group(pk=1))
    assert canonical(SimpleLazyObject(lambda: User(pk=1))) == canonical(User(pk=1))


@pytest.mark.parametrize("value", [User(), object(), (1, object()), lambda: None, iter([])])
def test_what_has_no_certain_identity_is_refused(value):
    with pytest.raises(NoKey):
        canonical(value)


@given(st.text(min_size=1))
def test_a_key_is_short_and_fit_for_every_cache(text):
    key = shortened(text)
    assert len(key) <= 101
    assert key.isascii()
    assert key.isprintable()
    assert " " not in key
