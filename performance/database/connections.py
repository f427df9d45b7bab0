"""Connections and forks: a socket to PostgreSQL belongs to the process that opened it.

A forked child that goes on with its parent's connections, or with its parent's pool, talks over the same sockets and
hangs. Closing them in the child would end the parent's sessions, too; so they are put aside, never to be touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# What a fork brought along. Referred to for ever, so that no destructor speaks over the parent's sockets.
_parents: list[Any] = []


@cache
def forget_in_forks() -> None:
    """From now on every fork of this process starts without connections to PostgreSQL."""
    os.register_at_fork(after_in_child=forget)


def forget() -> None:
    """Puts this thread's PostgreSQL connections and all pools aside."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "postgresql":
            continue
        pools: dict[str, Any] = getattr(type(connection), "_connection_pools", {})
        _parents.append((connection.connection, dict(pools)))
        pools.clear()
        connection.connection = None
        connection.in_atomic_block, connection.savepoint_ids, connection.needs_rollback = False, [], False


def without_pool(connection: BaseDatabaseWrapper, **options: Any) -> BaseDatabaseWrapper:
    """A connection like this one, with some *options* more, that is made for itself and comes from no pool."""
    fresh = connection.copy()
    kept = {name: value for name, value in fresh.settings_dict["OPTIONS"].items() if name != "pool"}
    fresh.settings_dict["OPTIONS"] = options | kept
    return fresh


@contextmanager
def beside_the_pool(alias: str) -> Iterator[None]:
    """Within it this thread asks over a connection of its own: who tells that the pool is used up can't wait for it."""
    usual = connections[alias]
    if not usual.settings_dict["OPTIONS"].get("pool"):
        yield
        return
    connections[alias] = fresh = without_pool(usual)
    try:
        yield
    finally:
        connections[alias] = usual
        fresh.close()
