"""What the process holds behind its backends: one store for each place, whichever thread asks.

Django makes a backend for each thread; local tier, breaker and listener belong to the process. A forked child begins
with empty tiers, fresh locks and no listener, since threads and their locks do not survive a fork.
"""

from __future__ import annotations

import os
import threading
from typing import Any
from urllib.parse import urlsplit

from django.core.cache import caches

from performance.cache import packing
from performance.cache.alone import Alone
from performance.cache.ledger import Books
from performance.cache.local import Limits
from performance.cache.shared import Place
from performance.cache.tiered import Tiered

Store = Alone | Tiered
SCHEMES = {"redis", "rediss", "unix", "valkey", "valkeys"}

_stores: dict[tuple[Place, Limits], Store] = {}
_lock = threading.Lock()


def store_for(location: str, options: dict[str, Any], backend: Any) -> Store:
    """The store of a place and its limits, made at first use."""
    limits = Limits(
        int(options["MAX_ENTRIES"]), int(options.get("MAX_BYTES", 64_000_000)), float(options.get("MAX_SECONDS", 300))
    )
    place = Place(location, str(options.get("SPACE", "valor")), float(options.get("SOCKET_TIMEOUT", 0.5)))
    key = place, limits
    with _lock:
        if key not in _stores:
            shared = urlsplit(location).scheme in SCHEMES
            books = Books()
            _stores[key] = Tiered(place, limits, books, backend) if shared else Alone(limits, books)
        return _stores[key]


def current_store(alias: str = "default") -> Store | None:
    """The store behind a configured cache; None where that is another kind of backend."""
    return getattr(caches[alias], "store", None)


def stores() -> list[Store]:
    return list(_stores.values())


def begin_in_child() -> None:
    """Runs in every forked child, before anything else uses a cache there."""
    global _lock
    _lock = threading.Lock()
    packing.reseed()
    for store in _stores.values():
        store.begin_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=begin_in_child)
