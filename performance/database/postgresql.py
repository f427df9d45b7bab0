"""What PostgreSQL tells about itself: sizes, dead rows, cache hits, locks, transactions, connections.

Every figure is this server's own, primary or replica; on a replica the write fails and says so. Statement texts are
stored without their literals.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from performance.database.blockers import blockers, waiting
from performance.database.budget import allowed
from performance.database.connections import without_pool
from performance.database.fingerprint import fingerprint_of
from performance.database.health import Question
from performance.probes import Reading

CONNECT_SECONDS = 3
LARGEST = 10
LARGE = 10_000  # rows
BEGIN = "BEGIN; SET LOCAL statement_timeout = 2000; SET LOCAL lock_timeout = 1000"
# A string in any of its forms, a dollar-quoted one, a comment, a number that is no part of a name.
TABLES = """
SELECT s.relname, pg_total_relation_size(s.relid), pg_indexes_size(s.relid), s.n_live_tup, s.n_dead_tup
FROM pg_stat_user_tables s ORDER BY 2 DESC, 1 LIMIT %s
"""
DEAD = """
SELECT coalesce(sum(n_dead_tup), 0)::bigint,
       coalesce(round(max(100.0 * n_dead_tup / (n_live_tup + n_dead_tup))
                FILTER (WHERE n_live_tup + n_dead_tup >= %s), 1), 0)::float
FROM pg_stat_user_tables
"""
TRAFFIC = """
SELECT xact_commit, xact_rollback, blks_hit, blks_read FROM pg_stat_database WHERE datname = current_database()
"""
STATES = """
SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1 ORDER BY 1
"""
LONG = """
SELECT pid, round(extract(epoch FROM clock_timestamp() - xact_start)::numeric, 1)::float, state,
       coalesce(application_name, ''), left(query, 2000)
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND xact_start < clock_timestamp() - interval '1 minute'
ORDER BY xact_start
"""


class PostgreSQL:
    """Rates and the hit ratio are those since the last reading; null at the first."""

    def __init__(self) -> None:
        self.traffic: tuple[float, list[int]] | None = None

    def open(self) -> BaseDatabaseWrapper:
        """Never from a pool: what is timed is the making of a connection."""
        return without_pool(connections["default"], connect_timeout=CONNECT_SECONDS)

    @contextmanager
    def bounded(self, cursor: Any) -> Iterator[None]:
        """A transaction, since only inside one a time limit holds wherever a pooler sits in between."""
        cursor.execute(BEGIN)
        try:
            yield
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")

    def questions(self) -> Mapping[str, Question]:
        return {
            "size": self.size,
            "tables": self.tables,
            "dead rows": self.dead_rows,
            "traffic": self.rates,
            "connections": self.connections,
            "locks": self.locks,
            "long transactions": self.long_transactions,
        }

    def size(self, cursor: Any) -> Reading:
        cursor.execute("SELECT pg_database_size(current_database()), current_setting('server_version')")
        size, version = cursor.fetchone()
        return Reading({"size": size}, {"vendor": "PostgreSQL", "version": version})

    def tables(self, cursor: Any) -> Reading:
        cursor.execute(TABLES, [LARGEST])
        names = ("name", "bytes", "indexes", "rows", "dead")
        return Reading({}, {"tables": [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]})

    def dead_rows(self, cursor: Any) -> Reading:
        """The share is that of the worst table with so many rows that it matters; without any it is zero."""
        cursor.execute(DEAD, [LARGE])
        dead, worst = cursor.fetchone()
        return Reading({"dead_rows": dead, "dead_percent": worst})

    def rates(self, cursor: Any) -> Reading:
        cursor.execute(TRAFFIC)
        now, counters = time.monotonic(), list(cursor.fetchone())
        before, self.traffic = self.traffic, (now, counters)
        if before is None or any(new < old for new, old in zip(counters, before[1], strict=True)):
            return Reading({})
        commits, rollbacks, hits, reads = (new - old for new, old in zip(counters, before[1], strict=True))
        seconds = now - before[0]
        columns: dict[str, float | None] = {
            "commit_rate": round(commits / seconds, 2),
            "rollback_rate": round(rollbacks / seconds, 2),
            "hit_percent": round(100 * hits / (hits + reads), 2) if hits + reads else None,
        }
        return Reading(columns)

    def connections(self, cursor: Any) -> Reading:
        """Client connections of the whole server, since max_connections is the server's."""
        cursor.execute(STATES)
        states: dict[str, int] = dict(cursor.fetchall())
        count, limit = sum(states.values()), allowed(cursor)
        columns = {
            "connections": count,
            "connections_limit": limit,
            "connections_percent": round(100 * count / limit, 1),
        }
        return Reading(columns, {"states": states})

    def locks(self, cursor: Any) -> Reading:
        """Who holds them is asked only where somebody waits."""
        count = waiting(cursor)
        return Reading({"locks_waiting": count}, {"blockers": blockers(cursor)} if count else {})

    def long_transactions(self, cursor: Any) -> Reading:
        cursor.execute(LONG)
        rows = cursor.fetchall()
        names = ("pid", "seconds", "state", "application", "statement")
        worst = [
            dict(zip(names, (*row[:4], fingerprint_of(row[4], "postgresql").statement), strict=True))
            for row in rows[:LARGEST]
        ]
        columns = {"long_transactions": len(rows), "longest_transaction": rows[0][1] if rows else 0.0}
        return Reading(columns, {"long": worst})
