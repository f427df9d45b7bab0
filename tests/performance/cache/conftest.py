"""Caches to test: alone in memory, and before a real Valkey."""

from __future__ import annotations

import itertools
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from performance.cache import registry
from performance.cache.backend import TieredCache
from performance.cache.tiered import Tiered
from tests.services import Server, valkey

serial = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A Valkey that all tests of this process share; tests that harm it start their own."""
    with tempfile.TemporaryDirectory(prefix="valor-", dir="/tmp") as folder:
        started = valkey(Path(folder))
        started.start()
        yield started
        started.stop(signal.SIGKILL)


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A Valkey to be harmed."""
    with tempfile.TemporaryDirectory(prefix="valor-", dir="/tmp") as folder:
        started = valkey(Path(folder))
        started.start()
        yield started
        started.stop(signal.SIGKILL)


def client_of(server: Server) -> redis.Redis:
    return redis.Redis.from_url(server.url, socket_timeout=5)


@pytest.fixture
def make() -> Iterator[Callable[..., TieredCache]]:
    """Makes caches, each in a space of its own unless told otherwise; their listeners end with the test."""
    made: list[TieredCache] = []

    def one(location: str = "", *, timeout: Any = 300, prefix: str = "", version: int = 1, **options) -> TieredCache:
        options.setdefault("SPACE", f"test{next(serial)}")
        params = {"TIMEOUT": timeout, "KEY_PREFIX": prefix, "VERSION": version, "OPTIONS": options}
        cache = TieredCache(location or f"memory-{next(serial)}", params)
        made.append(cache)
        return cache

    yield one
    for cache in made:
        forget(cache)


def forget(cache: TieredCache) -> None:
    """Ends the listener behind a cache and lets the process forget its store."""
    if isinstance(cache.store, Tiered):
        cache.store.listener.stopped.set()
    for key, store in list(registry._stores.items()):
        if store is cache.store:
            del registry._stores[key]


@pytest.fixture(params=["alone", "tiers"])
def place(request) -> str:
    """Where the cache is: in memory, or before Valkey."""
    return "" if request.param == "alone" else request.getfixturevalue("server").url


@pytest.fixture
def cache(make, place) -> TieredCache:
    return make(place)


@pytest.fixture
def tiers(make, server) -> TieredCache:
    return make(server.url)


@pytest.fixture
def default(make, place, settings, monkeypatch) -> TieredCache:
    """The cache that the product uses, alone and before Valkey, in a space of its own."""
    space = f"test{next(serial)}"
    location = place or f"memory-{next(serial)}"
    options = {"SPACE": space}
    settings.CACHES = {
        "default": {"BACKEND": "performance.cache.backend.TieredCache", "LOCATION": location, "OPTIONS": options}
    }
    cache = make(location, **options)
    return listening(cache) if place else cache


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits for a condition; a test asserts what happened, not how fast."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "It never happened."
        time.sleep(0.005)


def listening(cache: TieredCache) -> TieredCache:
    """Waits until the cache hears of what others change."""
    cache.get("wake")
    eventually(lambda: cache.store.listener.connected)
    return cache
