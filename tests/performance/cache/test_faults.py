"""Redis killed, stopped, restarted empty or with old data, and slow: no error reaches a caller, nothing stale stays."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

import pytest

from performance.cache.breaker import State
from performance.cache.local import MISSING
from tests.performance.cache.conftest import client_of, eventually, listening

RECOVERY_SECONDS = 5.0
HOT = [f"hot:{number}" for number in range(50)]


@pytest.fixture
def pair(make, own_server):
    """Two processes' caches before a Valkey that may be harmed."""
    return listening(make(own_server.url, SPACE="pair")), listening(make(own_server.url, SPACE="pair", MAX_ENTRIES=999))


class Load:
    """Threads that read, write, count and delete until told to stop; every error is kept."""

    def __init__(self, cache: Any, threads: int = 4) -> None:
        self.cache, self.errors = cache, []
        self.times: list[tuple[float, float]] = []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(threads)]

    def run(self, number: int) -> None:
        step = 0
        while not self.stopped.is_set():
            step += 1
            try:
                self.work(number, step)
            except Exception as error:
                self.errors.append(error)
            time.sleep(0.0005)

    def work(self, number: int, step: int) -> None:
        name = HOT[(step * 7 + number) % len(HOT)]
        began = time.perf_counter()
        found = self.cache.get(name)
        self.times.append((time.monotonic(), time.perf_counter() - began))
        if found is None:
            self.cache.set(name, "value " * 20, 60)
        if step % 20 == 0:
            self.cache.add(f"rl:{number}", 0, 60)
            self.cache.get_or_set(f"list:{number}", lambda: [step])
            self.cache.delete(f"list:{number}")
            self.cache.set_many({f"many:{number}": {"step": step}})
            self.cache.touch(f"many:{number}", 60)

    def p99(self, since: float, until: float) -> float:
        taken = [seconds for at, seconds in self.times if since <= at < until]
        assert len(taken) > 100
        return quantiles(taken, n=100)[98]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()


class Slow:
    """A relay before Valkey that delays each answer by a number of seconds that can be changed."""

    def __init__(self, port: int) -> None:
        self.target, self.delay = port, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.relay, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self.relay, args=(far, near, True), daemon=True).start()

    def relay(self, source: socket.socket, sink: socket.socket, slow: bool) -> None:
        try:
            while data := source.recv(65_536):
                if slow:
                    time.sleep(self.delay)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


def fresh_within_five_seconds(one: Any, other: Any, expected: Callable[[Any], bool]) -> None:
    """Both processes read what is expected, and go on doing so, within the promised time after the recovery."""
    began = time.monotonic()
    while not (expected(one.get("key")) and expected(other.get("key"))):
        assert time.monotonic() - began < RECOVERY_SECONDS, (one.get("key"), other.get("key"))
        time.sleep(0.01)
    eventually(lambda: one.store.breaker.closed and other.store.breaker.closed, RECOVERY_SECONDS)
    for _ in range(20):
        assert expected(one.get("key"))
        assert expected(other.get("key"))
        time.sleep(0.01)


def not_old(value: Any) -> bool:
    return value != "old"


def away(cache: Any) -> None:
    """Waits until the cache has noticed."""

    def noticed() -> bool:
        cache.get("nothing")
        return cache.store.breaker.state is not State.CLOSED

    eventually(noticed, 3)


def test_killed_and_restarted_empty_nothing_fails_and_nothing_old_comes_back(pair, own_server):
    one, other = pair
    one.set("key", "old")
    assert other.get("key") == "old"
    with Load(one) as first, Load(other) as second:
        time.sleep(0.5)
        own_server.stop(signal.SIGKILL)
        away(one)
        one.set("key", "new")
        assert one.get("key") == "new"
        time.sleep(0.7)
        own_server.start()
        fresh_within_five_seconds(one, other, not_old)
    assert first.errors == second.errors == []


def test_while_it_is_stopped_what_one_deletes_is_gone_for_all_when_it_goes_on(pair, own_server):
    one, other = pair
    one.set("key", "old")
    one.set("gone", "old")
    assert other.get("key") == "old"
    assert other.get("gone") == "old"
    with Load(one) as load:
        own_server.send(signal.SIGSTOP)
        away(one)
        one.set("key", "new")
        one.delete("gone")
        time.sleep(0.7)
        own_server.send(signal.SIGCONT)
        fresh_within_five_seconds(one, other, not_old)
        assert other.get("gone") is None
    assert load.errors == []


def test_more_changes_than_can_be_remembered_leave_the_whole_namespace_behind(pair, own_server):
    one, other = pair
    one.store.missed.most = 20
    one.set("key", "old")
    assert other.get("key") == "old"
    generation = one.store.shared.generation
    own_server.send(signal.SIGSTOP)
    away(one)
    for number in range(30):
        one.delete(f"other:{number}")
    one.delete("key")
    own_server.send(signal.SIGCONT)
    fresh_within_five_seconds(one, other, not_old)
    eventually(lambda: one.store.shared.generation == other.store.shared.generation != generation)


def test_clearing_while_it_is_away_counts_when_it_is_back(pair, own_server):
    one, other = pair
    one.set("key", "old")
    assert other.get("key") == "old"
    own_server.send(signal.SIGSTOP)
    away(one)
    one.clear()
    own_server.send(signal.SIGCONT)
    fresh_within_five_seconds(one, other, not_old)


def test_data_read_back_from_disk_after_a_crash_is_not_believed(pair, own_server):
    """A snapshot is older than the last changes: another run of the server means another generation."""
    one, other = pair
    one.set("key", "old")
    with client_of(own_server) as client:
        client.save()
    one.delete("key")
    own_server.stop(signal.SIGKILL)
    own_server.start()
    with client_of(own_server) as client:
        assert any(key.endswith(b":1:key") for key in client.scan_iter()), "the snapshot holds the old value"
    fresh_within_five_seconds(one, other, not_old)


def test_a_slow_redis_counts_as_away_and_comes_back_when_it_is_swift(make, own_server):
    relay = Slow(urlsplit(own_server.url).port)
    cache = listening(make(relay.url, SPACE="slow"))
    cache.set("key", "old")
    with Load(cache) as load:
        relay.delay = 0.15
        eventually(lambda: cache.store.breaker.state is State.OPEN)
        cache.set("key", "new")
        assert cache.get("key") == "new"
        relay.delay = 0.0
        eventually(lambda: cache.store.breaker.closed, RECOVERY_SECONDS)
        eventually(lambda: cache.get("key") != "old")
    assert load.errors == []
    relay.listener.close()


@pytest.mark.parametrize("fault", ["killed", "stopped"])
def test_a_cached_read_stays_swift_once_the_breaker_is_open(make, own_server, fault):
    """The 99th percentile over hits and misses, against the same before: no call waits for a Redis that is away."""
    cache = listening(make(own_server.url, SPACE="swift"))
    with Load(cache) as load:
        began = time.monotonic()
        time.sleep(2.0)
        healthy = load.p99(began, time.monotonic())
        own_server.stop(signal.SIGKILL) if fault == "killed" else own_server.send(signal.SIGSTOP)
        away(cache)
        opened = time.monotonic()
        time.sleep(2.0)
        open_ = load.p99(opened, time.monotonic())
        own_server.send(signal.SIGCONT) if fault == "stopped" else None
    assert load.errors == []
    # Twice, as promised, plus what the scheduler of a busy machine adds to either.
    assert open_ < 2 * healthy + 0.002, (healthy, open_)


def test_one_timeout_is_paid_and_not_one_for_each_call(make, own_server):
    cache = listening(make(own_server.url, SPACE="once"))
    own_server.send(signal.SIGSTOP)
    began = time.monotonic()
    for number in range(200):
        cache.get(f"key:{number}")
        cache.set(f"key:{number}", "value")
    assert time.monotonic() - began < 2 * 0.5 + 1
    assert cache.get("key:199") == "value"
    own_server.send(signal.SIGCONT)


def test_a_write_that_was_not_made_is_not_waited_for(make, own_server):
    cache = listening(make(own_server.url, SPACE="begun"))
    own_server.send(signal.SIGSTOP)
    cache.set("a", "value")
    cache.add("b", "value")
    cache.set_many({"c": [1], "d": [2]})
    assert cache.store.local.writing == {}
    own_server.send(signal.SIGCONT)


def test_while_redis_is_away_counts_go_on_in_the_process(make, own_server):
    cache = listening(make(own_server.url, SPACE="count"))
    cache.add("rl:user", 1, 60)
    own_server.send(signal.SIGSTOP)
    away(cache)
    assert cache.add("rl:user", 1, 60) is True
    assert cache.incr("rl:user") == 2
    own_server.send(signal.SIGCONT)
    eventually(lambda: cache.store.breaker.closed, RECOVERY_SECONDS)
    assert cache.incr("rl:user") == 2, "the shared count goes on where it was"


def test_a_cache_that_never_had_a_redis_works_by_itself(make):
    cache = make("redis://127.0.0.1:1/0", SPACE="never")
    cache.set("key", [1])
    assert cache.get("key") == [1]
    assert cache.add("key", 2) is False
    assert cache.delete("key") is True
    assert cache.get_many(["key", "other"]) == {}
    cache.clear()
    assert cache.store.local.get(":1:key") is MISSING
