"""Connections and forks: a socket to PostgreSQL belongs to the process that opened it.

A forked child that goes on with its parent's connections, or with its parent's pool, talks over the same sockets and
hangs. Closing them in the child would end the parent's sessions, too; so they are put aside, never to be touched.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from django.db import connections

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
