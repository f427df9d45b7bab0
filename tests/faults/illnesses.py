"""What can go wrong, one at a time: how it is brought about, which alert is right, and which cause is to be named."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import psycopg

from tests.faults.plant import INTERVAL, Plant, cores, hogs, paused


@dataclass(frozen=True)
class Illness:
    """*alerts* are the metrics of which one must fire; the first advice for it is of one of *rules* and says *words*.

    *begin* is entered to make the plant ill, and left to cure it. What it takes before the figures can show it, such as
    a queue that must age, it waits for itself.
    """

    name: str
    alerts: tuple[str, ...]
    rules: tuple[str, ...]
    words: str
    begin: Callable[[Plant], AbstractContextManager[object]]
    smoke: bool = False
    needs_servers: bool = False


ILLNESSES: list[Illness] = []


def illness(
    *alerts: str, rules: str, words: str, smoke: bool = False, needs_servers: bool = False
) -> Callable[[Callable[[Plant], Iterator[None]]], Callable[[Plant], Iterator[None]]]:
    """Declares a generator that makes ill, yields, and cures."""

    def declare(function: Callable[[Plant], Iterator[None]]) -> Callable[[Plant], Iterator[None]]:
        name = function.__name__.replace("_", " ")
        begin = contextmanager(function)
        ILLNESSES.append(Illness(name, alerts, tuple(rules.split()), words, begin, smoke, needs_servers))
        return function

    return declare


@illness("queries.repeated", "application.latency_p95", rules="n_plus_one", words="/faults/accounts/", smoke=True)
def n_plus_one(plant: Plant) -> Iterator[None]:
    with plant.visitors("/faults/accounts/?entries=1500", crowd=2, pause=0.1).here():
        yield


@illness(
    "database.slow_rate",
    "database.query_p95_ms",
    "application.latency_p95",
    rules="missing_index",
    words="faults_entry",
)
def missing_index(plant: Plant) -> Iterator[None]:
    with plant.visitors("/faults/search/", crowd=6).here():
        yield


@illness("database.worst_percent", rules="pool_too_small", words="/faults/hold/", needs_servers=True)
def exhausted_pool(plant: Plant) -> Iterator[None]:
    with plant.visitors("/faults/hold/", crowd=8).here():
        yield


@illness("cache.breakers_open", "cache.shared_p95_ms", rules="redis_away", words="Redis hangs", needs_servers=True)
def hung_redis(plant: Plant) -> Iterator[None]:
    assert plant.redis is not None
    plant.redis.send(signal.SIGSTOP)
    try:
        with plant.visitors("/faults/calm/", crowd=2, pause=0.05).here():
            yield
    finally:
        plant.redis.send(signal.SIGCONT)


@illness("cache.joined_rate", "application.latency_p95", rules="stampede", words="popular")
def cache_stampede(plant: Plant) -> Iterator[None]:
    with plant.visitors("/faults/popular/", crowd=8).here():
        yield


@illness("cache.eviction_rate", rules="namespace_thrashes", words="thrash")
def thrashing_namespace(plant: Plant) -> Iterator[None]:
    with plant.visitors("/faults/thrash/", crowd=1, pause=0.1).here():
        yield


@illness("application.rss_worst", rules="memory_leak", words="worker")
def memory_leak(plant: Plant) -> Iterator[None]:
    """Some ticks below the limit first, so that there is a trend, then over it."""
    try:
        for megabytes in (100, 100, 100, 100, 100, 100, 100, 100, 400):
            plant.call("submit", kind="faults.leak", count=2, megabytes=megabytes, seconds=1.0)
            plant.await_tick()
        yield
    finally:
        for worker in plant.workers()[1:]:
            worker.kill()


@illness("system.cpu_percent", rules="cpu_hog", words="python")
def cpu_hog(plant: Plant) -> Iterator[None]:
    with hogs(cores()):
        yield


@illness(
    "tasks.drain_seconds", "tasks.oldest_seconds", rules="queue_flooded more_workers", words="Takes so many seconds"
)
def flooded_queue(plant: Plant) -> Iterator[None]:
    plant.call("submit", kind="faults.slow", count=150, seconds=2.0)
    try:
        yield
    finally:
        plant.call("cancel_all")


@illness("tasks.heartbeat_age", "tasks.workers", rules="dead_worker", words="worker")
def dead_worker(plant: Plant) -> Iterator[None]:
    """Its heartbeat has been away for as long as it may."""
    with paused(plant.workers()):
        time.sleep(30 - INTERVAL)
        yield


@illness("system.disk_percent", rules="disk_filling", words="disk")
def filling_disk(plant: Plant) -> Iterator[None]:
    told = plant.home / "fake_disk"
    try:
        for percent in (80.0, 82.0, 84.0, 86.0, 88.0):
            told.write_text(json.dumps(percent))
            plant.await_tick()
        told.write_text(json.dumps(91.0))
        yield
    finally:
        told.unlink()


@illness("application.latency_p95", "application.outside_ms", rules="slow_outside", words="rates.example")
def slow_call_outside(plant: Plant) -> Iterator[None]:
    with plant.visitors("/faults/rates/", crowd=8).here():
        yield


@illness("application.error_percent", rules="error_burst", words="/faults/broken/", smoke=True)
def burst_of_errors(plant: Plant) -> Iterator[None]:
    with (
        plant.visitors("/faults/calm/", crowd=1, pause=0.1).here(),
        plant.visitors("/faults/broken/", crowd=1, pause=0.1).here(),
    ):
        yield


@illness("database.locks_waiting", rules="long_transaction", words="transaction", needs_servers=True)
def long_transaction(plant: Plant) -> Iterator[None]:
    assert plant.database is not None
    with psycopg.connect(plant.database.url, application_name="month end") as session:
        session.execute("UPDATE faults_account SET name = 'held' WHERE id = 1")
        time.sleep(10)  # long, by the measure of a transaction that others wait for
        with plant.visitors("/faults/touch/", crowd=3).here():
            try:
                yield
            finally:
                session.rollback()
