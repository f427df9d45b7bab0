"""Django's SQLite backend, with turns for those who want to write.

SQLite lets one connection write at a time and makes the others sleep ever longer (up to 0.1 s) between two looks, so
that a busy writer, which asks again at once, wins nearly always: with transactions of a few milliseconds one of four
processes made all but three of a thousand commits. Here

1. who wants to write first takes the turn: an exclusive lock on a file beside the database;
2. who has the turn looks every tenth of a millisecond whether the database is free, begins to write and passes the turn
   on at once, while still writing;
3. so whoever has just written meets somebody with the turn already, and queues again like everybody else.

The lock goes with the process that holds it, and nobody waits longer than the ``timeout`` of OPTIONS. Reading needs no
turn in WAL mode. Where the file can't be made or locked, or the database is in memory, it is SQLite's own way.
"""

from __future__ import annotations

import fcntl
import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db.backends.sqlite3 import base

OWNER_LOOKS, QUEUE_LOOKS = 0.0001, 0.0005  # seconds: the longest pauses between two looks
READS = ("SELECT", "PRAGMA", "EXPLAIN", "SAVEPOINT", "ATTACH", "DETACH")


class Turn:
    """The right to be the next writer of a database file, as seen by one connection."""

    def __init__(self, database: str, patience: float) -> None:
        self.patience = patience
        self.descriptor = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Some file systems know no locks: better told now than at a write.
            fcntl.flock(self.descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        except BlockingIOError:
            pass
        except OSError:
            os.close(self.descriptor)
            raise

    def close(self) -> None:
        os.close(self.descriptor)

    def take(self, deadline: float) -> None:
        """Waits for the turn; past the deadline goes on without, where SQLite says that it is locked."""
        while time.monotonic() < deadline:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                time.sleep(random.uniform(0, QUEUE_LOOKS))

    def first(self, connection: sqlite3.Connection, write: Callable[[], Any]) -> Any:
        """Does what begins to write as soon as this connection's turn has come and the database is free."""
        deadline = time.monotonic() + self.patience
        self.take(deadline)
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            return self.insist(write, deadline)
        finally:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
            connection.execute(f"PRAGMA busy_timeout = {int(self.patience * 1000)}")

    def insist(self, write: Callable[[], Any], deadline: float) -> Any:
        while True:
            try:
                return write()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(0, OWNER_LOOKS))


class Cursor(base.SQLiteCursorWrapper):
    """Waits for its connection's turn where a statement begins to write; inside a transaction it has begun."""

    turn: Turn | None = None

    def execute(self, query: Any, params: Any = None) -> Any:
        if self.turn is None or self.connection.in_transaction or str(query).lstrip()[:9].upper().startswith(READS):
            return super().execute(query, params)
        return self.turn.first(self.connection, lambda: super(Cursor, self).execute(query, params))

    def executemany(self, query: Any, param_list: Any) -> Any:
        if self.turn is None or self.connection.in_transaction:
            return super().executemany(query, param_list)
        rows = list(param_list)
        return self.turn.first(self.connection, lambda: super(Cursor, self).executemany(query, rows))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection with a turn of its own."""

    turn: Turn | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            with suppress(OSError):
                self.turn = Turn(str(conn_params["database"]), float(conn_params.get("timeout", 5.0)))
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=Cursor)
        cursor.turn = self.turn
        return cursor

    def _close(self) -> None:
        if self.turn is not None:
            self.turn.close()
            self.turn = None
        super()._close()  # type: ignore[misc]
