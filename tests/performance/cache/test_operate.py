"""What operators can make the cache forget."""

from __future__ import annotations

import pytest

from performance.cache import cached
from performance.cache.operate import Action, forget
from performance.cache.statistics import reading
from tests.performance.cache.conftest import client_of
from valor.lib.errors import InvalidInput, Unavailable


@pytest.fixture
def kept(default):
    runs = []

    @cached(ttl=60, namespace="kept", tags=("red",))
    def work(number):
        runs.append(number)
        return [number]

    work(1)
    work(2)
    return work, runs


@pytest.mark.parametrize(
    ("action", "target", "gone"),
    [
        (Action.NAMESPACE, "kept", True),
        (Action.NAMESPACE, "other", False),
        (Action.TAG, "red", True),
        (Action.TAG, "blue", False),
        (Action.PATTERN, "kept:*", True),
        (Action.PATTERN, "other:*", False),
    ],
)
def test_it_forgets_what_is_named_and_a_dry_run_forgets_nothing(kept, action, target, gone):
    work, runs = kept
    dry = forget(action, target, dry=True)
    work(1)
    assert (len(runs), dry.dry) == (2, True)
    assert dry.sentence.startswith("Would ")
    done = forget(action, target, dry=False)
    work(1)
    assert len(runs) == (3 if gone else 2)
    assert done.keys == dry.keys == ((2 if gone else 0) if action is Action.PATTERN else None)


def test_a_pattern_begins_where_the_key_does(kept, default):
    default.set("other:kept:x", "value")
    assert forget(Action.PATTERN, "kept:*", dry=True).keys == 2
    assert forget(Action.PATTERN, "*kept:*", dry=True).keys == 3


def test_a_process_that_never_asked_finds_the_keys_of_the_others(kept, default):
    if hasattr(default.store, "shared"):
        default.store.shared.use("")
        assert forget(Action.PATTERN, "kept:*", dry=True).keys == 2


def test_a_pattern_counts_in_words(kept):
    assert forget(Action.PATTERN, "kept:*", dry=True).sentence == "Would delete 2 keys matching “kept:*”."
    assert forget(Action.PATTERN, "kept:*=i1", dry=False).sentence == "Deleted 1 key matching “kept:*=i1”."


def test_a_pattern_reaches_neither_the_broker_nor_the_generation(kept, default, server):
    if not hasattr(default.store, "shared"):
        pytest.skip("There is no broker in memory.")
    with client_of(server) as client:
        client.set("django_q:valor", "bells")
        forget(Action.PATTERN, "*", dry=False)
        assert client.get("django_q:valor") == b"bells"
        assert client.get(default.store.shared.generation_key)


@pytest.mark.parametrize("target", ["", "   ", "x" * 201, "two\nlines"])
def test_what_names_nothing_is_refused(default, target):
    with pytest.raises(InvalidInput):
        forget(Action.TAG, target, dry=False)


def test_while_redis_is_away_a_pattern_says_so(redis_away):
    with pytest.raises(Unavailable, match="Redis does not answer"):
        forget(Action.PATTERN, "*", dry=True)


def test_a_search_that_takes_too_long_stops_and_says_that_there_may_be_more(default, monkeypatch):
    if not hasattr(default.store, "shared"):
        pytest.skip("Memory is looked through at once.")
    default.set_many({f"many:{number}": "x" for number in range(3000)})
    monkeypatch.setattr("performance.cache.tiered.SCAN_SECONDS", 0.0)
    outcome = forget(Action.PATTERN, "many:*", dry=True)
    assert not outcome.complete
    assert "and more that were not looked at" in outcome.sentence


def test_the_readings_count_by_namespace_and_tier(kept, default):
    work, _ = kept
    for _ in range(3):
        work(1)
    default.get("kept:nothing")
    found = reading()
    calls = next(row for row in found.calls if row.namespace == "kept")
    assert (calls.hits, calls.misses, calls.ratio) == (3, 2, 0.6)
    tiers = {row.tier: row for row in found.tiers if row.namespace == "kept"}
    assert tiers["local"].hits >= 3
    assert tiers["local"].entries == 2
    assert tiers["local"].bytes > 400
    assert tiers["local"].age >= 0
    assert (found.shared is None) is ("shared" not in tiers)
    assert any(":kept:" in key for key, _ in found.hottest)
    assert found.entries <= found.entries_limit
    if found.shared:
        assert found.shared.memory["used"] > 0
        assert tiers["shared"].writes == 2


def test_a_redis_that_is_away_is_read_without_an_error(redis_away):
    found = reading()
    assert found.shared.memory is None
    assert found.shared.breaker != "closed"
    assert found.shared.since is not None


def test_another_backend_has_no_readings(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert reading() is None
