"""Who holds the locks that others wait for, in PostgreSQL."""

from __future__ import annotations

from typing import Any

from performance.database.fingerprint import fingerprint_of

MOST = 5
# A row's lock is waited for as the holder's transaction, which pg_locks books on no database: so the waiting sessions
# are counted, not their locks.
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
# Those first that wait for nobody themselves: they hold up the others.
BLOCKERS = """
WITH waiting AS MATERIALIZED (
    SELECT DISTINCT pid, unnest(pg_blocking_pids(pid)) AS blocker
    FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
)
SELECT holder.pid, round(extract(epoch FROM clock_timestamp() - holder.xact_start)::numeric, 1)::float,
       holder.state, coalesce(holder.application_name, ''), left(holder.query, 2000), count(waiting.pid)
FROM waiting JOIN pg_stat_activity holder ON holder.pid = waiting.blocker
GROUP BY holder.pid, holder.xact_start, holder.state, holder.application_name, holder.query, holder.wait_event_type
ORDER BY coalesce(holder.wait_event_type, '') = 'Lock', count(waiting.pid) DESC, holder.xact_start
LIMIT %s
"""
NAMES = ("pid", "seconds", "state", "application", "statement", "blocks")


def waiting(cursor: Any) -> int:
    """How many sessions of this database wait for a lock."""
    cursor.execute(WAITING)
    return int(cursor.fetchone()[0])


def blockers(cursor: Any) -> list[dict[str, Any]]:
    """The sessions waited for: process, age of its transaction, last statement without values, how many it blocks."""
    cursor.execute(BLOCKERS, [MOST])
    found = [dict(zip(NAMES, row, strict=True)) for row in cursor.fetchall()]
    return [row | {"statement": fingerprint_of(row["statement"], "postgresql").statement} for row in found]
