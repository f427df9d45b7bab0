"""What SQLite tells about itself: pages, the write-ahead log, free pages, tables, integrity.

Sizes of tables and integrity mean reading the whole file, so they are looked at hourly and daily, for at most some
seconds, and carried forward in between.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from performance.database.health import Question
from performance.models import DatabaseSample
from performance.probes import Reading

WAIT_SECONDS = 1  # for the turn to write
LONGEST_SECONDS = 3.0
OPCODES = 10_000  # between two looks at the clock: well under a millisecond
LARGEST = 10
TABLES_EVERY = timedelta(hours=1)
CHECK_EVERY = timedelta(days=1)

TABLES = """
SELECT m.tbl_name, sum(s.pgsize), sum(CASE WHEN m.type = 'index' THEN s.pgsize ELSE 0 END)
FROM dbstat s JOIN sqlite_schema m ON m.name = s.name
WHERE s.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s
"""


def pragma(cursor: Any, name: str) -> Any:
    cursor.execute(f"PRAGMA {name}")
    return cursor.fetchone()[0]


class SQLite:
    """Remembers the tables and the last check of integrity."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.tables_at: datetime | None = None
        self.found: list[dict[str, Any]] = []
        self.sound: bool | None = None
        self.checked_at: datetime | None = None
        self.asked_at: datetime | None = None

    def open(self) -> BaseDatabaseWrapper:
        fresh = connections["default"].copy()
        fresh.settings_dict["OPTIONS"] = fresh.settings_dict["OPTIONS"] | {"timeout": WAIT_SECONDS}
        return fresh

    @contextmanager
    def bounded(self, cursor: Any) -> Iterator[None]:
        """SQLite asks now and then whether to go on."""
        deadline = time.monotonic() + LONGEST_SECONDS
        cursor.connection.set_progress_handler(lambda: time.monotonic() > deadline, OPCODES)
        try:
            yield
        finally:
            cursor.connection.set_progress_handler(None, 0)

    def questions(self) -> Mapping[str, Question]:
        return {"size": self.size, "log": self.log, "tables": self.tables, "integrity": self.integrity}

    def size(self, cursor: Any) -> Reading:
        pages, page, free = (pragma(cursor, name) for name in ("page_count", "page_size", "freelist_count"))
        cursor.execute("SELECT sqlite_version()")
        detail = {"vendor": "SQLite", "version": cursor.fetchone()[0]}
        return Reading({"size": pages * page, "page_count": pages, "page_size": page, "free_pages": free}, detail)

    def log(self, cursor: Any) -> Reading:
        """The sizes of the database's two files; one in memory has none."""
        cursor.execute("PRAGMA database_list")
        name = next((row[2] for row in cursor.fetchall() if row[1] == "main"), "")
        if not name:
            return Reading({})
        log = Path(f"{name}-wal")
        return Reading({"file_size": Path(name).stat().st_size, "wal_size": log.stat().st_size if log.exists() else 0})

    def tables(self, cursor: Any) -> Reading:
        now = timezone.now()
        if self.tables_at is None or now - self.tables_at >= TABLES_EVERY:
            self.tables_at = now
            cursor.execute(TABLES, [LARGEST])
            names = ("name", "bytes", "indexes")
            self.found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return Reading({}, {"tables": self.found})

    def integrity(self, cursor: Any) -> Reading:
        """The quick check, once a day whether it ends in time or not; its last outcome until then."""
        now = timezone.now()
        if self.asked_at is None:
            self.remember()
        if self.asked_at is None or now - self.asked_at >= CHECK_EVERY:
            self.asked_at = now
            self.sound = pragma(cursor, "quick_check(1)") == "ok"
            self.checked_at = now
        return Reading({"sound": self.sound, "checked_at": self.checked_at})

    def remember(self) -> None:
        """What an earlier sampler of this host found."""
        last = DatabaseSample.objects.filter(host=self.host).order_by("-taken_at").values("sound", "checked_at").first()
        if last and last["checked_at"]:
            self.sound, self.checked_at, self.asked_at = last["sound"], last["checked_at"], last["checked_at"]
