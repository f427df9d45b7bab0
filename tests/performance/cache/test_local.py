"""The local tier: an LRU within entries and bytes, against a slow reference; epochs; ends."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.cache.ledger import Books
from performance.cache.local import MISSING, OVERHEAD, Limits, LocalTier
from performance.cache.values import Kept, keep, weigh

NAMES = st.sampled_from([f"k{number}" for number in range(12)])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), NAMES, st.integers(0, 400)),
        st.tuples(st.just("get"), NAMES, st.just(0)),
        st.tuples(st.just("forget"), NAMES, st.just(0)),
        st.tuples(st.just("add"), NAMES, st.integers(0, 400)),
    ),
    max_size=80,
)


def tier(**limits) -> LocalTier:
    return LocalTier(Limits(**limits), Books())


class Reference:
    """The same promises, as plainly as they can be written: a list, the most recently used at its end."""

    def __init__(self, entries: int, size: int) -> None:
        self.entries, self.size, self.held = entries, size, []

    def value(self, name):
        return next((value for held, value in self.held if held == name), MISSING)

    def remove(self, name) -> None:
        self.held = [pair for pair in self.held if pair[0] != name]

    def put(self, name, value) -> None:
        self.remove(name)
        if self.weight([(name, value)]) > self.size:
            return
        self.held.append((name, value))
        while len(self.held) > self.entries or self.weight(self.held) > self.size:
            self.held.pop(0)

    def get(self, name):
        value = self.value(name)
        if value is not MISSING:
            self.remove(name)
            self.held.append((name, value))
        return value

    @staticmethod
    def weight(pairs) -> int:
        return sum(OVERHEAD + 2 * len(name) + weigh(value) for name, value in pairs)


@given(STEPS, st.integers(1, 8), st.integers(300, 4000))
def test_it_keeps_what_a_plain_list_would_keep(steps, entries, size):
    ours, plain = tier(entries=entries, size=size), Reference(entries, size)
    for step, name, length in steps:
        value = "x" * length
        if step == "put":
            ours.put(name, keep(value), None, "n")
            plain.put(name, value)
        elif step == "add":
            assert ours.add(name, keep(value), None, "n") is (plain.value(name) is MISSING)
            if plain.value(name) is MISSING:
                plain.put(name, value)
        elif step == "forget":
            assert ours.forget([name]) is (plain.value(name) is not MISSING)
            plain.remove(name)
        else:
            assert ours.get(name) == plain.get(name)
        assert [(key, entry.held) for key, entry in ours.snapshot()] == plain.held
        assert ours.size == plain.weight(plain.held) == sum(row.bytes for row in ours.books.local.values())


def test_a_value_larger_than_all_room_is_not_kept_and_pushes_nothing_out():
    small = tier(size=1000)
    small.put("a", keep("a"), None, "n")
    small.put("b", keep("b" * 2000), None, "n")
    assert small.get("a") == "a"
    assert small.get("b") is MISSING


def test_nothing_lives_longer_than_the_limit():
    short = tier(seconds=0.05)
    short.put("a", keep("a"), None, "n")
    short.put("b", keep("b"), 1000, "n")
    assert short.get("a") == "a"
    time.sleep(0.06)
    assert short.get("a") is MISSING
    assert short.has("b") is False
    assert short.touch("b", 10) is False


def test_a_change_since_the_epoch_was_noted_discards_what_was_read():
    local = tier()
    epoch = local.epoch("a")
    local.forget(["a"])
    local.put("a", keep("old"), None, "n", epoch)
    assert local.get("a") is MISSING
    local.put("a", keep("new"), None, "n", local.epoch("a"))
    assert local.get("a") == "new"


def test_clearing_discards_what_is_being_read():
    local = tier()
    epoch = local.epoch("a")
    local.clear()
    local.put("a", keep("old"), None, "n", epoch)
    assert local.get("a") is MISSING


def test_an_announced_key_of_others_is_evicted_and_counted():
    local = tier()
    local.put("a", keep("theirs"), None, "n")
    assert local.claims(["a", "unknown"]) == []
    assert local.get("a") is MISSING
    assert local.books.local["n"].evictions == 1


@pytest.mark.parametrize(("stamp", "kept"), [(7, True), (8, False), (None, False)])
def test_an_announced_key_of_ours_stays_while_the_shared_tier_holds_our_stamp(stamp, kept):
    local = tier()
    epoch = local.begin_write("a", 7)
    assert local.claims(["a"]) == ["a"], "while it is being written"
    local.finish("a", keep("ours"), None, "n", (7, epoch))
    assert local.claims(["a"]) == ["a"], "and after"
    assert local.judge("a", stamp, local.written(["a"])["a"])
    assert local.has("a") is kept


def test_a_look_that_a_write_of_ours_overtook_decides_nothing():
    local = tier()
    local.finish("a", keep("first"), None, "n", (7, local.begin_write("a", 7)))
    before = local.written(["a"])["a"]
    local.finish("a", keep("second"), None, "n", (8, local.begin_write("a", 8)))
    assert not local.judge("a", 7, before)
    assert local.get("a") == "second"
    assert local.judge("a", 7, local.written(["a"])["a"])
    assert local.get("a") is MISSING


def test_a_write_judged_to_be_overtaken_while_it_ran_is_not_kept():
    local = tier()
    epoch = local.begin_write("a", 7)
    assert local.judge("a", 8, local.written(["a"])["a"])
    local.finish("a", keep("ours"), None, "n", (7, epoch))
    assert local.get("a") is MISSING


def test_hits_of_what_is_gone_are_not_forgotten():
    local = tier(entries=1)
    local.put("a", keep("a"), None, "n")
    assert [local.get("a") for _ in range(3)] == ["a"] * 3
    local.put("b", keep("b"), None, "n")
    assert (local.books.local["n"].hits, local.books.local["n"].evictions) == (3, 1)
    assert local.books.hottest.top(1) == [("a", 3)]


def test_a_pickled_value_is_a_copy_for_each_caller():
    local = tier()
    local.put("a", keep([1]), None, "n")
    local.get("a").append(2)
    assert local.get("a") == [1]
    local.put("b", Kept((1, "x"), False), None, "n")
    assert local.get("b") is local.get("b")
