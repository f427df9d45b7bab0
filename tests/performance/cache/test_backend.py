"""What Django promises of every cache backend, held by ours: alone in memory, and before a Valkey."""

from __future__ import annotations

import asyncio
import pickle
import time
import warnings
from datetime import date

import pytest
from django.core.cache.backends.base import CacheKeyWarning

from modeling.figures import Figure


class Unpicklable:
    def __reduce__(self):
        raise pickle.PicklingError("not me")


def lapse(cache, key) -> None:
    """Waits for a value to end, whichever tier holds it."""
    until = time.monotonic() + 5
    while cache.get(key) is not None:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_was_set_is_there_and_what_was_not_is_not(cache):
    cache.set("key", "value")
    assert cache.get("key") == "value"
    assert cache.get("other") is None
    assert cache.get("other", "instead") == "instead"


@pytest.mark.parametrize(
    "value",
    [
        "text",
        "ünïcödé ☃",
        b"bytes",
        "",
        0,
        1,
        -5,
        2**80,
        1.5,
        True,
        False,
        None,
        [],
        {"a": [1, {2}]},
        (1, ("a", None)),
        date(2024, 2, 29),
        Figure(1.5, "tag"),
        "x" * 100_000,
        {"big": "y" * 50_000},
    ],
    ids=lambda value: f"{type(value).__name__}-{str(value)[:12]}",
)
def test_every_value_comes_back_as_it_went_in(cache, value):
    cache.set("value", value)
    for _ in range(2):
        found = cache.get("value", "nothing")
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize("value", ["text", 5, [1, "x"], "x" * 100_000, {"big": "y" * 50_000}], ids=lambda v: str(v)[:9])
def test_what_another_process_stored_comes_back_the_same(tiers, value):
    tiers.set("value", value)
    tiers.store.local.clear()
    for _ in range(2):  # from the shared tier, then from what the local one kept of it
        assert tiers.get("value") == value


def test_none_is_a_value(cache):
    cache.set("none", None)
    assert cache.get("none", "missing") is None
    assert "none" in cache
    assert cache.get_or_set("none", "instead") is None
    assert cache.add("none", "instead") is False


def test_add_keeps_what_is_there(cache):
    assert cache.add("key", "first") is True
    assert cache.add("key", "second") is False
    assert cache.get("key") == "first"


def test_get_many_brings_what_there_is(cache):
    cache.set("a", 1)
    cache.set("b", [2])
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": [2]}
    cache.store.local.forget([":1:b"])
    assert set(cache.get_many(iter(["a", "b"]))) >= {"a"}


def test_set_many_reports_no_failures_and_delete_many_deletes(cache):
    assert cache.set_many({"a": 1, "b": "two", "c": [3]}) == []
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": "two", "c": [3]}
    cache.delete_many(["a", "c", "never"])
    assert cache.get_many(["a", "b", "c"]) == {"b": "two"}
    cache.delete_many([])
    assert cache.set_many({}) == []


def test_delete_says_whether_there_was_something(cache):
    cache.set("key", "value")
    assert cache.delete("key") is True
    assert cache.delete("key") is False
    assert cache.get("key") is None


def test_has_key_and_in(cache):
    cache.set("key", "value")
    cache.set("for ever".replace(" ", "-"), "value", timeout=None)
    assert cache.has_key("key")
    assert "key" in cache
    assert "for-ever" in cache
    assert "other" not in cache


def test_counting_up_and_down(cache):
    cache.set("count", 41)
    assert cache.incr("count") == 42
    assert cache.incr("count", 10) == 52
    assert cache.decr("count", 2) == 50
    assert cache.get("count") == 50
    assert cache.incr("count", -50) == 0


@pytest.mark.parametrize("method", ["incr", "decr", "incr_version", "decr_version"])
def test_what_is_not_there_can_not_be_counted_nor_moved(cache, method):
    with pytest.raises(ValueError, match="not found"):
        getattr(cache, method)("nothing")


def test_a_number_that_redis_can_not_count_with_is_counted_all_the_same(cache):
    cache.set("half", 1.5)
    assert cache.incr("half") == 2.5
    cache.set("huge", 2**70)
    assert cache.incr("huge") == 2**70 + 1
    assert cache.get("huge") == 2**70 + 1


def test_counting_keeps_the_end(cache):
    cache.set("count", 1, timeout=0.2)
    cache.incr("count")
    lapse(cache, "count")


def test_values_end_with_their_timeout(cache):
    cache.set("soon", "x", timeout=0.1)
    cache.set("later", "x", timeout=60)
    assert cache.get("soon") == "x"
    lapse(cache, "soon")
    assert "soon" not in cache
    assert cache.add("soon", "new")
    assert cache.get("later") == "x"


@pytest.mark.parametrize("timeout", [0, -1, -100])
def test_a_timeout_of_nothing_or_less_keeps_nothing(cache, timeout):
    cache.set("key", "old")
    cache.set("key", "new", timeout=timeout)
    assert cache.get("key") is None
    cache.set_many({"key": 1, "other": 2}, timeout=timeout)
    assert cache.get_many(["key", "other"]) == {}
    assert cache.add("key", "new", timeout=timeout) is True
    assert cache.get("key") is None
    cache.set("there", 1)
    assert cache.add("there", 2, timeout=timeout) is False
    assert cache.get("there") == 1


@pytest.mark.parametrize("timeout", [None, 30 * 86_400 + 1, 1.5])
def test_long_and_endless_timeouts_keep(cache, timeout):
    cache.set("key", "value", timeout=timeout)
    cache.add("added", "value", timeout=timeout)
    cache.set_many({"many": "value"}, timeout=timeout)
    assert cache.get_many(["key", "added", "many"]) == dict.fromkeys(["key", "added", "many"], "value")


def test_without_a_timeout_the_default_counts(make, place):
    assert make(place, timeout=None).life(1) == 1
    assert make(place, timeout=7).get_backend_timeout() - time.time() <= 7
    short = make(place, timeout=0)
    short.set("key", "value")
    assert short.get("key") is None


def test_touch_moves_the_end(cache):
    cache.set("key", "value", timeout=0.15)
    assert cache.touch("key", timeout=60) is True
    time.sleep(0.25)
    assert cache.get("key") == "value"
    assert cache.touch("key", timeout=0.05) is True
    lapse(cache, "key")
    assert cache.touch("key") is False
    cache.set("gone", "value")
    assert cache.touch("gone", timeout=0) is True
    assert cache.get("gone") is None
    cache.set("list", [1], timeout=1)
    assert cache.touch("list", timeout=None) is True
    assert cache.get("list") == [1]


def test_touched_numbers_stay_numbers(cache):
    cache.set("count", 7, timeout=1)
    assert cache.touch("count", 60)
    assert cache.incr("count") == 8


def test_get_or_set_computes_once(cache):
    calls = []
    assert cache.get_or_set("key", lambda: calls.append(1) or "made") == "made"
    assert cache.get_or_set("key", lambda: calls.append(1) or "again") == "made"
    assert calls == [1]
    assert cache.get_or_set("plain", "value", timeout=60) == "value"
    assert cache.get_or_set("null", lambda: None) is None
    assert cache.get_or_set("null", "other") is None


def test_versions_are_apart(make, place):
    first = make(place)
    first.set("key", "one")
    first.set("key", "two", version=2)
    assert first.get("key") == "one"
    assert first.get("key", version=2) == "two"
    assert first.get_many(["key"], version=2) == {"key": "two"}
    assert first.has_key("key", version=3) is False
    first.delete("key", version=2)
    assert first.get("key", version=2) is None
    assert first.get("key") == "one"
    first.set_many({"key": 3}, version=3)
    assert first.incr("key", version=3) == 4
    assert first.add("key", 9, version=3) is False
    assert first.touch("key", 60, version=9) is False


def test_a_version_moves_up_and_down(cache):
    cache.set("key", "value", version=2)
    assert cache.incr_version("key", version=2) == 3
    assert cache.get("key", version=2) is None
    assert cache.get("key", version=3) == "value"
    assert cache.decr_version("key", version=3) == 2
    assert cache.get("key", version=2) == "value"


def test_prefixes_are_apart(make, server):
    plain, prefixed = make(server.url, SPACE="together"), make(server.url, SPACE="together", prefix="other")
    plain.set("key", "plain")
    assert prefixed.get("key") is None
    prefixed.set("key", "prefixed")
    assert plain.get("key") == "plain"


def test_a_key_function_of_ones_own(make, place, settings):
    cache = make(place)
    cache.key_func, cache.usual_keys = (lambda key, prefix, version: f"mine-{key}"), False
    cache.set("key", "value")
    assert cache.get("key", version=99) == "value"


@pytest.mark.parametrize("key", ["with space", "x" * 300, "new\nline"])
@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("add", [1]),
        ("get", []),
        ("set", [1]),
        ("incr", []),
        ("decr", []),
        ("touch", []),
        ("has_key", []),
        ("delete", []),
    ],
)
def test_a_key_that_memcached_refuses_is_warned_about_every_time(cache, key, method, arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CacheKeyWarning)
        cache.set(key, 5)
    for _ in range(2):
        with pytest.warns(CacheKeyWarning, match="memcached"):
            try:
                getattr(cache, method)(key, *arguments)
            except ValueError:
                assert method in ("incr", "decr")


@pytest.mark.parametrize("method", ["get_many", "delete_many"])
def test_warned_keys_are_warned_about_in_bulk_too(cache, method):
    with pytest.warns(CacheKeyWarning):
        getattr(cache, method)(["with space"])
    with pytest.warns(CacheKeyWarning):
        cache.set_many({"with space": 1})


@pytest.mark.filterwarnings("ignore::django.core.cache.backends.base.CacheKeyWarning")
def test_a_warned_key_still_works(cache):
    cache.set("with space", [1])
    assert cache.get("with space") == [1]
    assert cache.get_many(["with space"]) == {"with space": [1]}
    assert cache.delete("with space") is True


def test_clear_leaves_everything_behind(cache):
    cache.set_many({"a": 1, "b": [2]})
    cache.add("rl:count", 1)
    cache.clear()
    assert cache.get_many(["a", "b", "rl:count"]) == {}
    cache.set("a", "new")
    assert cache.get("a") == "new"


def test_a_value_that_can_not_be_pickled_is_refused_and_leaves_nothing(cache):
    cache.set("key", "old")
    for write in (cache.set, cache.add):
        with pytest.raises(pickle.PicklingError):
            write("other", Unpicklable())
    assert cache.get("other") is None
    assert cache.get("key") == "old"


def test_what_one_caller_changes_is_unchanged_for_the_next(cache):
    mine = {"list": [1]}
    cache.set("key", mine)
    mine["list"].append(2)
    cache.get("key")["list"].append(3)
    cache.get_many(["key"])["key"]["list"].append(4)
    assert cache.get("key") == {"list": [1]}


def test_the_local_tier_never_holds_more_than_its_entries(make, place):
    cache = make(place, MAX_ENTRIES=30)
    for number in range(100):
        cache.set(f"key:{number}", f"value {number}")
    assert len(cache.store.local.entries) == 30
    assert cache.get("key:99") == "value 99"


def test_closing_changes_nothing(cache):
    cache.set("key", "value")
    cache.close()
    assert cache.get("key") == "value"


def test_the_backend_may_be_used_by_many_threads(cache):
    from concurrent.futures import ThreadPoolExecutor

    cache.set("count", 0)

    def work(number):
        for step in range(50):
            cache.incr("count")
            cache.set(f"t:{number}", [step])
            assert cache.get(f"t:{number}") == [step]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert cache.get("count") == 400


def test_the_async_methods_do_the_same(cache):
    async def everything():
        await cache.aset("key", [1])
        assert await cache.aget("key") == [1]
        assert await cache.aadd("key", 2) is False
        assert await cache.aget_many(["key", "no"]) == {"key": [1]}
        assert await cache.aset_many({"a": 1, "b": 2}) == []
        assert await cache.aincr("a", 2) == 3
        assert await cache.adecr("a") == 2
        assert await cache.ahas_key("a")
        assert await cache.atouch("a", 60)
        assert await cache.aget_or_set("c", lambda: "made") == "made"
        assert await cache.aincr_version("b") == 2
        assert await cache.adelete("a")
        await cache.adelete_many(["b", "c"])
        await cache.aclear()
        await cache.aclose()
        return await cache.aget("key")

    assert asyncio.run(everything()) is None
