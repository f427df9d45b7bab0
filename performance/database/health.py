"""The database's health, read over a connection of its own: connect, read, write, and what its kind can tell.

Every reading stands alone: one that fails is null, with its reason, and costs no other. Readings last at most some
seconds each, the whole at most DEADLINE; nothing here runs inside a request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from performance.probes import Reading

DEADLINE = 10.0
MARK = """
INSERT INTO performance_writemark (host, written_at) VALUES (%s, %s)
ON CONFLICT (host) DO UPDATE SET written_at = excluded.written_at
"""
LOOK = "SELECT written_at FROM performance_writemark WHERE host = %s"

Question = Callable[[Any], Reading]


class Kind(Protocol):
    """What PostgreSQL and SQLite each know about themselves. An instance may remember what it needs for rates."""

    def open(self) -> BaseDatabaseWrapper:
        """A connection that nobody else uses, not yet made, which waits for nothing long."""

    def bounded(self, cursor: Any) -> Any:
        """A context in which a statement that takes too long fails."""

    def questions(self) -> Mapping[str, Question]:
        """The readings by name; each is given a cursor."""


@dataclass
class Findings:
    """What was found so far, and what failed for which reason."""

    columns: dict[str, Any] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Whatever happens inside costs only this reading."""
        try:
            yield
        except Exception as error:
            self.failed[name] = f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]

    def add(self, reading: Reading) -> None:
        self.columns.update(reading.columns)
        self.detail.update(reading.detail)

    @contextmanager
    def timed(self, column: str) -> Iterator[None]:
        """Milliseconds that the inside took, if it succeeds."""
        started = time.perf_counter()
        yield
        self.columns[column] = round(1000 * (time.perf_counter() - started), 3)


def examine(kind: Kind, host: str) -> Reading:
    """All readings over a fresh connection, in this thread. Never raises."""
    found = Findings()
    connection = kind.open()
    try:
        with found.part("connect"), found.timed("connect_ms"):
            connection.ensure_connection()
        if "connect" not in found.failed:
            ask(kind, connection, host, found)
    finally:
        with found.part("close"):
            connection.close()
    return Reading(found.columns, found.detail, found.failed)


def ask(kind: Kind, connection: BaseDatabaseWrapper, host: str, found: Findings) -> None:
    with connection.cursor() as cursor:
        with found.part("write"), found.timed("write_ms"), kind.bounded(cursor):
            cursor.execute(MARK, [host, timezone.now()])
        with found.part("read"), kind.bounded(cursor), found.timed("read_ms"):
            cursor.execute(LOOK, [host])
            cursor.fetchall()
        for name, question in kind.questions().items():
            with found.part(name), kind.bounded(cursor):
                found.add(question(cursor))
