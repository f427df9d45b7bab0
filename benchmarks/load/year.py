"""A year of two hosts in all categories, as default retention leaves it: python -m benchmarks.load.year.

Samples of 14 days every 30 s, of which the last days have their detail; rollups of 90 days by five minutes, of the year
by hour and day. Rows are stored in the order in which a sampler would, their indexes in place; then the ranges are
asked, as soon as a line comes in, and the figures printed as JSON.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import django
import numpy as np

HOSTS = ("web-1.example.net", "web-2.example.net")
INTERVAL = 30
DAYS = 365
RANGES = {"1h": 1 / 24, "6h": 0.25, "24h": 1, "7d": 7, "30d": 30, "90d": 90, "1y": 365}
FIELDS = 6
ASKED = 15
# What only the other kind of database has.
NULL = {
    "sqlite": {
        *("pool_in_use", "pool_peak", "pool_maximum", "pool_percent", "pool_waiting", "pool_wait_ms"),
        *("connections", "connections_limit", "connections_percent", "worst_percent", "commit_rate", "rollback_rate"),
        *("dead_rows", "dead_percent", "locks_waiting", "long_transactions", "longest_transaction"),
    },
    "postgresql": {"page_count", "page_size", "free_pages", "file_size"},
}


class Year:
    """Builds it in the default database."""

    def __init__(self, now: datetime, hosts: Sequence[str] = HOSTS) -> None:
        from django.db import connection

        self.now, self.hosts, self.connection = now, hosts, connection
        self.null = NULL[connection.vendor]
        self.random = np.random.default_rng(5)
        self.figures = 0

    def build(self) -> None:
        from performance.metrics import CATEGORIES
        from performance.models import SamplerLease

        for host in self.hosts:
            SamplerLease.objects.create(host=host, interval=INTERVAL, renewed_at=self.now, expires_at=self.now)
        for category in CATEGORIES.values():
            self.samples(category)
        self.rollups()
        with self.connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def samples(self, category: Any) -> None:
        from django.conf import settings

        from benchmarks.load.details import details
        from performance.rollups.sources import numeric_columns

        kept = settings.PERFORMANCE_KEEP_DAYS
        ticks = kept["raw"] * 86_400 // INTERVAL
        detailed = ticks - kept["detail"] * 86_400 // INTERVAL
        stored = [c for c in numeric_columns(category.model) if not category.model._meta.get_field(c).generated]
        known = [column not in self.null for column in numeric_columns(category.model)]
        self.figures += ticks * len(self.hosts) * sum(known)
        texts = details(category.name)
        cells = self.cells(category.model, stored)

        def rows() -> Iterator[tuple[Any, ...]]:
            begin = self.now.timestamp() - ticks * INTERVAL
            for tick in range(ticks):
                taken_at = str(datetime.fromtimestamp(begin + tick * INTERVAL + 0.123456, UTC))[:26]
                detail = texts[tick % len(texts)] if tick >= detailed else "{}"
                for host, found in zip(self.hosts, cells[tick % len(cells)], strict=True):
                    yield host, taken_at, INTERVAL, detail, *found

        self.store(category.model._meta.db_table, ["host", "taken_at", "interval", "detail", *stored], rows())

    def cells(self, model: Any, stored: list[str]) -> list[list[tuple[Any, ...]]]:
        """What a day's ticks measured on each host: every day is like the first, which is built much faster."""
        whole = [self.whole(model, column) for column in stored]
        scales = np.array([1e9 if is_whole else 50.0 for is_whole in whole])
        values = (scales * self.random.random((86_400 // INTERVAL, len(self.hosts), len(stored)))).round(3)
        return [[self.measured(found, stored, whole) for found in tick] for tick in values.tolist()]

    def measured(self, found: list[float], stored: list[str], whole: list[bool]) -> tuple[Any, ...]:
        cells = tuple(
            None if column in self.null else int(value) if is_whole else value
            for column, value, is_whole in zip(stored, found, whole, strict=True)
        )
        return cells if self.connection.vendor == "sqlite" else (Copied("\t".join(map(cell, cells))),)

    def whole(self, model: Any, column: str) -> bool:
        from django.db.models import IntegerField

        return isinstance(model._meta.get_field(column), IntegerField)

    def rollups(self) -> None:
        from performance.metrics import CATEGORIES
        from performance.models import Level, Rollup, RollupTrack
        from performance.rollups.sources import numeric_columns

        edge = int(self.now.timestamp()) - 90
        rows = []
        for category in CATEGORIES.values():
            columns = [column for column in numeric_columns(category.model) if column not in self.null]
            for host in self.hosts:
                for level, days in ((Level.FIVE_MINUTES, 90), (Level.HOUR, DAYS), (Level.DAY, DAYS)):
                    until = edge // level * level
                    made = {"until": until, "columns": columns}
                    track = RollupTrack.objects.create(category=category.name, host=host, level=level, **made)
                    starts = range(until - days * 86_400, until, level)
                    self.figures += 3 * len(starts) * len(columns)
                    parts = self.random.random((len(starts), len(columns), 4)).astype("<f4")
                    parts[:, :, 0] = level / INTERVAL
                    packed, size = parts.tobytes(), len(columns) * 16
                    rows += [
                        (track.pk, start, level // INTERVAL, packed[at * size : (at + 1) * size], start + level)
                        for at, start in enumerate(starts)
                    ]
        rows.sort(key=lambda row: row[4])
        columns_stored = ["track_id", "start", "samples", "figures"]
        self.store(Rollup._meta.db_table, columns_stored, (row[:4] for row in rows))

    def store(self, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{column}"' for column in columns)
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                marks = ", ".join("?" * len(columns))
                cursor.execute("BEGIN")
                cursor.cursor.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
                cursor.execute("COMMIT")
            else:
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for text in texts_of(rows):
                        copy.write(text)

    def size(self) -> int:
        """Bytes of the tables and their indexes, as they were filled."""
        from performance.metrics import CATEGORIES
        from performance.models import Rollup, RollupTrack

        tables = [category.model._meta.db_table for category in CATEGORIES.values()]
        tables += [Rollup._meta.db_table, RollupTrack._meta.db_table]
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                marks = ", ".join(["%s"] * len(tables))
                ours = f"SELECT name FROM sqlite_master WHERE tbl_name IN ({marks})"
                cursor.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({ours})", tables)
            else:
                sizes = " + ".join(["pg_total_relation_size(%s)"] * len(tables))
                cursor.execute(f"SELECT {sizes}", tables)
            return int(cursor.fetchone()[0])


def texts_of(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Rows as COPY takes them, some thousand at a time."""
    buffer = io.StringIO()
    for row in rows:
        buffer.write("\t".join(map(cell, row)))
        buffer.write("\n")
        if buffer.tell() > 1_000_000:
            yield buffer.getvalue()
            buffer = io.StringIO()
    yield buffer.getvalue()


class Copied(str):
    """Cells as COPY takes them already."""

    __slots__ = ()


def cell(value: object) -> str:
    if isinstance(value, Copied):
        return value
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value).replace("\\", "\\\\")


def ask(now: datetime) -> dict[str, list[float]]:
    """Milliseconds of each range's questions: of every category, and of one host after the other."""
    from performance.metrics import CATEGORIES
    from performance.series import history
    from performance.timerange import Window

    found: dict[str, list[float]] = {}
    for name, days in RANGES.items():
        times = found.setdefault(name, [])
        for category in CATEGORIES.values():
            metrics = category.metrics[:: max(1, len(category.metrics) // FIELDS)][:FIELDS]
            for turn in range(ASKED):
                window = Window(now - timedelta(days=days), now)
                started = time.perf_counter()
                series = history(category, HOSTS[turn % 2], window, metrics)
                times.append(1000 * (time.perf_counter() - started))
                if not 50 < len(series.times) <= 510:
                    raise RuntimeError(f"{name} of {category.name} has {len(series.times)} points.")
    return found


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from performance.database import reports

    call_command("migrate", "performance", verbosity=0, skip_checks=True)
    now = datetime.now(UTC)
    year = Year(now)
    started = time.perf_counter()
    year.build()
    built = time.perf_counter() - started
    print("built", flush=True)
    sys.stdin.readline()  # Asked while another year is built, it would tell of that.
    found = ask(now)
    reports.take()
    ranges = {name: median(times) for name, times in found.items()}
    worst = max(ranges, key=lambda name: ranges[name])
    answer = {
        "worst_ms": ranges[worst],
        "p95_ms": max(sorted(times)[int(0.95 * len(times))] for times in found.values()),
        "bytes_per_figure": year.size() / year.figures,
        "megabytes": year.size() / 1e6,
        "million_figures": year.figures / 1e6,
        "build_seconds": built,
        "worst": worst,
        "ranges": ranges,
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
