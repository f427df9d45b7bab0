"""A database sample as people and programs read it: one sentence, facts, tables, connections, processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from performance.models import DatabaseSample
from performance.units import BYTES, COUNT, MILLISECONDS, PERCENT, SECONDS, Shown, shown
from valor.lib.numbers import MISSING

# Column, words, unit; what is null (not known to this kind of database, or failed) is left out.
FACTS = (
    ("pool_peak", "Most connections in use", COUNT),
    ("pool_waiting", "Requests waiting for a connection", COUNT),
    ("pool_wait_ms", "Mean wait of those that waited", MILLISECONDS),
    ("hit_percent", "Reads from the server's cache", PERCENT),
    ("dead_rows", "Dead rows", COUNT),
    ("locks_waiting", "Locks waited for", COUNT),
    ("long_transactions", "Transactions over a minute", COUNT),
    ("longest_transaction", "Longest transaction", SECONDS),
    ("page_count", "Pages", COUNT),
    ("page_size", "Page size", BYTES),
    ("free_pages", "Free pages", COUNT),
    ("file_size", "Database file", BYTES),
    ("wal_size", "Write-ahead log", BYTES),
)


@dataclass(frozen=True)
class Report:
    """What one host last saw of the database."""

    sample: DatabaseSample
    mode: str

    @property
    def sentence(self) -> str:
        """ "PostgreSQL 18.4, 9.5 MB, reads in 0.4 ms, writes in 1.2 ms." """
        detail = self.sample.detail
        parts = [f"{detail.get('vendor', connection.display_name)} {detail.get('version', '')}".strip()]
        if self.sample.size is not None:
            parts.append(str(shown(self.sample.size, BYTES)))
        for words, value in (("reads in", self.sample.read_ms), ("writes in", self.sample.write_ms)):
            parts.append(f"{words} {shown(value, MILLISECONDS)}" if value is not None else f"{words} {MISSING}")
        return ", ".join(parts) + "."

    @property
    def facts(self) -> list[tuple[str, Shown]]:
        values = ((words, getattr(self.sample, column), unit) for column, words, unit in FACTS)
        return [(words, shown(value, unit)) for words, value, unit in values if value is not None]

    @property
    def tables(self) -> list[dict[str, Any]]:
        return [
            row | {"size": shown(row["bytes"], BYTES), "index_size": shown(row["indexes"], BYTES)}
            for row in self.of("tables")
        ]

    @property
    def states(self) -> dict[str, int]:
        """Server connections by state."""
        return dict(self.sample.detail.get("states", {}))

    @property
    def failed(self) -> dict[str, str]:
        """The readings that could not be taken, with the reason."""
        return dict(self.sample.detail.get("failed", {}))

    @property
    def long(self) -> list[dict[str, Any]]:
        return self.of("long")

    @property
    def processes(self) -> list[dict[str, Any]]:
        return self.of("processes")

    def of(self, key: str) -> list[dict[str, Any]]:
        return list(self.sample.detail.get(key, []))


def of(sample: DatabaseSample | None) -> Report | None:
    """The report on a host's last sample; None where there is none yet."""
    mode = "a pool for each web process" if settings.DATABASE_POOL else "one connection kept by each thread"
    return Report(sample, mode) if sample else None
