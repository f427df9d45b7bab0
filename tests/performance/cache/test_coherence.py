"""What one process changes, the others see: announcements, echoes, races, reconnects, forks."""

from __future__ import annotations

import os
import threading
import time

import pytest

from benchmarks.caching.staleness import staleness, watched
from performance.cache.local import MISSING
from tests.performance.cache.conftest import client_of, eventually, listening


@pytest.fixture
def pair(make, server):
    """Two caches of one space that share nothing but Valkey, as two processes do: separate limits, separate stores."""
    space = f"pair{time.monotonic_ns()}"
    return (
        listening(make(server.url, SPACE=space)),
        listening(make(server.url, SPACE=space, MAX_ENTRIES=999)),
    )


def keeps(cache, value) -> None:
    """Waits until the local tier holds the value: its own announcement may still be under way and evict it once."""
    eventually(lambda: cache.get("key") == value and cache.store.local.has(":1:key"))
    time.sleep(0.02)
    eventually(lambda: cache.get("key") == value and cache.store.local.has(":1:key"))


def test_another_process_hears_of_a_change(pair):
    one, other = pair
    one.set("key", "old")
    keeps(other, "old")
    one.set("key", "new")
    eventually(lambda: other.get("key") == "new")
    one.delete("key")
    eventually(lambda: other.get("key") is None)


@pytest.mark.parametrize(
    "change",
    [
        lambda cache: cache.set("key", "new"),
        lambda cache: cache.set_many({"key": "new", "more": 1}),
        lambda cache: cache.delete("key"),
        lambda cache: cache.delete_many(["key"]),
        lambda cache: cache.touch("key", 60),
        lambda cache: cache.incr_version("key"),
        lambda cache: cache.clear(),
        lambda cache: cache.store.delete_matching("*key"),
    ],
    ids=["set", "set_many", "delete", "delete_many", "touch", "incr_version", "clear", "pattern"],
)
def test_every_change_is_heard(pair, change):
    one, other = pair
    one.set("key", "old")
    keeps(other, "old")
    change(one)
    eventually(lambda: other.store.local.get(":1:key") is MISSING)


def test_an_emptied_redis_is_heard_and_the_others_in_it_were_not_ours_to_empty(pair, server):
    one, other = pair
    with client_of(server) as client:
        client.set("broker:queue", "bells")
        one.clear()
        assert client.get("broker:queue") == b"bells"
        eventually(lambda: other.store.shared.generation == one.store.shared.generation)
        one.set("key", "old")
        keeps(other, "old")
        generation = one.store.shared.generation
        client.flushdb()
    eventually(lambda: other.store.local.get(":1:key") is MISSING)
    # What is written before a process hears of it is lost with the rest, as it should be.
    eventually(lambda: one.store.shared.generation == other.store.shared.generation != generation)
    one.set("key", "again")
    eventually(lambda: other.get("key") == "again")


def test_echoes_of_our_own_writes_evict_nothing(tiers):
    listening(tiers)
    for step in range(200):
        tiers.set("key", f"value {step}")
        tiers.set_many({"a": [step], "b": (step,)})
    time.sleep(0.2)
    assert all(tiers.store.local.has(f":1:{name}") for name in ("key", "a", "b"))
    assert tiers.store.local.get(":1:key") == "value 199"
    assert sum(ledger.evictions for ledger in tiers.store.books.local.values()) == 0


def test_a_write_that_ends_while_the_echo_of_the_one_before_is_looked_at_is_kept(tiers, monkeypatch):
    listening(tiers)
    tiers.set("key", "first")
    time.sleep(0.1)
    plain, looks = tiers.store.shared.stamps, []

    def slow(names):
        found = plain(names)
        looks.append(names)
        if len(looks) == 1:
            tiers.set("key", "second")
        return found

    monkeypatch.setattr(tiers.store.shared, "stamps", slow)
    tiers.store.heard([tiers.store.shared.key(":1:key", False).encode()])
    assert tiers.store.local.get(":1:key") == "second"


def test_an_echo_announced_together_with_another_change_does_evict(pair):
    """Redis announces two changes of one key in one step as one: it must not pass for the echo of the first alone."""
    one, other = pair
    for step in range(300):
        one.set("key", f"mine {step}")
        thread = threading.Thread(target=one.set, args=("key", f"again {step}"))
        thread.start()
        other.set("key", f"theirs {step}")
        thread.join()
    time.sleep(0.2)
    with_local = one.get("key"), other.get("key")
    one.store.local.clear()
    assert with_local == (one.get("key"), one.get("key"))


def test_a_read_overtaken_by_a_change_is_not_kept(pair, monkeypatch):
    one, other = pair
    one.set("key", "old")
    other.store.local.clear()
    plain = other.store.shared.get

    def slow(name, aside):
        raw = plain(name, aside)
        one.set("key", "new")
        epoch = other.store.local.epoch(name)
        eventually(lambda: other.store.local.epoch(name) != epoch or heard.is_set())
        return raw

    heard = threading.Event()
    announce = other.store.heard
    monkeypatch.setattr(other.store, "heard", lambda keys: (announce(keys), heard.set()))
    monkeypatch.setattr(other.store.shared, "get", slow)
    assert other.get("key") == "old"
    monkeypatch.setattr(other.store.shared, "get", plain)
    assert other.get("key") == "new"


def test_a_write_overtaken_by_another_process_is_not_kept(pair, monkeypatch):
    one, other = pair
    plain = one.store.shared.set

    def overtaken(*arguments, **options):
        done = plain(*arguments, **options)
        epoch = one.store.local.epoch(":1:key")
        other.set("key", "theirs")
        eventually(lambda: one.store.local.epoch(":1:key") != epoch)
        return done

    monkeypatch.setattr(one.store.shared, "set", overtaken)
    one.set("key", "mine")
    assert one.get("key") == "theirs"


def test_a_reconnect_flushes_what_may_have_been_missed(pair, server):
    one, other = pair
    one.set("key", "old")
    keeps(other, "old")
    before = other.store.listener.reconnects
    with client_of(server) as client:
        for item in client.client_list():
            if "B" in item["flags"]:  # tracks in broadcasting mode
                client.client_kill(item["addr"])
    eventually(lambda: other.store.listener.reconnects > before and other.store.listener.connected)
    assert not other.store.local.has(":1:key")
    eventually(lambda: other.store.breaker.closed)
    assert other.get("key") == "old"


def test_while_nobody_listens_a_value_is_trusted_for_two_seconds_only(tiers):
    tiers.set("key", "value")
    local = tiers.store.local
    listening(tiers)
    tiers.set("key", "value")
    tiers.store.listener.stop()
    local.adrift = True
    assert local.get(":1:key") == "value"
    local.entries[":1:key"].stored -= 2.1
    assert local.get(":1:key") is MISSING


def test_counters_are_neither_kept_locally_nor_announced(pair, monkeypatch):
    one, other = pair
    announced = []
    announce = other.store.heard
    monkeypatch.setattr(other.store, "heard", lambda keys: (announced.extend(keys or []), announce(keys)))
    assert one.add("rl:user", 1, 60) is True
    assert other.add("rl:user", 1, 60) is False
    assert other.incr("rl:user") == 2
    assert one.get("rl:user") == 2
    one.set("seen", "x")
    eventually(lambda: any(b"seen" in key for key in announced))
    assert not any(b"rl:user" in key for key in announced)
    assert not one.store.local.has(":1:rl:user")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_starts_its_own_listener_and_trusts_nothing_of_its_parents(pair):
    one, other = pair
    one.set("key", "old")
    assert one.get("key") == "old"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            empty = not one.store.local.entries and one.store.local.adrift
            stamps = one.get("key") == "old"
            eventually(lambda: one.store.listener.connected)
            os.write(writer, b"r")
            eventually(lambda: one.get("key") == "new")
            status = 0 if empty and stamps else 2
        finally:
            os._exit(status)
    os.read(reader, 1)
    other.set("key", "new")
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    eventually(lambda: one.get("key") == "new")


def test_two_processes_on_one_key_never_see_a_value_older_than_50_ms(server):
    """Staleness of a read: how long before it a later value than the one read had certainly been written."""
    waits = watched(server.url, f"loop{time.monotonic_ns()}", 3)
    assert len(waits) > 500
    assert max(waits) < 0.05


def test_an_old_value_is_found_out_to_be_old():
    writes = [(0, 1, 0.0, 0.1), (1, 1, 0.2, 0.3), (0, 2, 0.25, 0.4)]
    reads = [((0, 1), 0.15), ((0, 1), 0.7), ((1, 1), 0.7), ((0, 2), 0.7), (None, 0.0)]
    assert list(staleness(writes, reads)) == pytest.approx([0, 0.4, 0, 0])


def test_an_announcement_that_is_looked_at_slowly_brings_no_generation_back(pair, monkeypatch):
    """The listener asked before this process cleared the cache, and takes up the answer after it."""
    one, _ = pair
    line, cleared = one.store, threading.Event()
    settled, asked = line.shared.settled, threading.Event()

    def slowly() -> str:
        generation = settled()
        if threading.current_thread() is listener:
            asked.set()
            cleared.wait(0.5)
        return generation

    monkeypatch.setattr(line.shared, "settled", slowly)
    listener = threading.Thread(target=line.heard, args=(None,))
    listener.start()
    assert asked.wait(5)
    one.clear()
    began = line.shared.generation
    cleared.set()
    listener.join()
    assert line.shared.generation == began == settled()
