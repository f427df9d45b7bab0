"""Would an index help? Tried, without touching the table in question.

PostgreSQL: a temporary table of the same name, indexes and first rows stands in front of the real one for the length of
a transaction that is rolled back; the index is made there, and the planner asked before and after. SQLite: the index is
made in an in-memory copy of the schema, and the planner asked before and after.

Either way up to ROWS rows of the real table are read to see how many share a key: an index whose keys hold much of the
table helps nobody.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

from django.db import connections

from performance.database.evidence import Columns, Step, Trial
from performance.database.plans import (
    PREPARED,
    SQLITE,
    executable,
    forget_prepared,
    postgresql_plan,
    rolled_back,
    sqlite_plan,
)
from performance.database.statements import Uses

ROWS = 20_000
# A copy takes no more than so many bytes.
BYTES = 16_000_000
# Above this share of the table per key, and above this share of the cost, an index is not worth its keep.
MOST_PER_KEY, WORTH = 0.2, 0.7
INDEX = "valor_tried"


def try_indexes(statement: str, uses: Uses, alias: str) -> Trial | None:
    """The first of the possible indexes that the planner takes and that is worth it; None when none is."""
    for columns in uses.candidates():
        trial = try_index(statement, uses, columns, alias)
        if trial is not None:
            return trial
    return None


def try_index(statement: str, uses: Uses, columns: Columns, alias: str) -> Trial | None:
    equal = [column for column, _ in columns if column in uses.equal]
    rows, per_key = share_per_key(uses.table, equal, alias)
    if per_key is not None and per_key > MOST_PER_KEY:
        return None
    vendor = connections[alias].vendor
    text, count = executable(statement, vendor)
    if vendor == SQLITE:
        before, after = on_sqlite(text, count, uses.table, columns, alias)
        return judged_by_use(columns, rows, per_key, before, after)
    try:
        copied, before, after = on_postgresql(text, count, uses.table, columns, alias)
    finally:
        forget_prepared(alias)
    return judged_by_cost(columns, copied, per_key, before, after)


def share_per_key(table: str, equal: list[str], alias: str) -> tuple[int, float | None]:
    """How many rows were looked at, and which share of them one key has on average; None without equality."""
    connection = connections[alias]
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in equal) or "1"
    few = f"SELECT {names} FROM {quote(table)} LIMIT {ROWS}"
    with rolled_back(alias) as cursor:
        cursor.execute(f"SELECT count(*) FROM ({few}) AS looked_at")
        rows = int(cursor.fetchone()[0])
        if not equal or not rows:
            return rows, None
        cursor.execute(f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM ({few}) AS looked_at) AS keys")
        return rows, 1 / max(1, int(cursor.fetchone()[0]))


def judged_by_use(
    columns: Columns, rows: int, per_key: float | None, before: list[Step], after: list[Step]
) -> Trial | None:
    """SQLite: it searches by the index, or reads in its order instead of sorting."""
    unsorted = any(step.sorts for step in before) and not any(step.sorts for step in after)
    taken = [step for step in after if step.index == INDEX]
    if any(step.operation == "SEARCH" for step in taken) or (taken and unsorted):
        return Trial(columns, rows, per_key, unsorted)
    return None


def judged_by_cost(
    columns: Columns, rows: int, per_key: float | None, before: list[Step], after: list[Step]
) -> Trial | None:
    """PostgreSQL: it takes the index, and finds the whole statement clearly cheaper."""
    first, then = before[0].cost or 0.0, after[0].cost or 0.0
    if not any(step.index == INDEX for step in after) or then > WORTH * first:
        return None
    unsorted = any(step.sorts for step in before) and not any(step.sorts for step in after)
    return Trial(columns, rows, per_key, unsorted, first, then)


def made(quote: Any, table: str, columns: Columns, where: str = "") -> str:
    keys = ", ".join(quote(column) + (" DESC" if descends else "") for column, descends in columns)
    return f"CREATE INDEX {INDEX} ON {where}{quote(table)} ({keys})"


def on_sqlite(text: str, count: int, table: str, columns: Columns, alias: str) -> tuple[list[Step], list[Step]]:
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%%' ESCAPE '\\'"
        )
        schema = [sql for (sql,) in cursor.fetchall()]
    # With Django's own functions, which statements use.
    memory: Any = type(connection)(connection.settings_dict | {"NAME": ":memory:"}, "copy")
    with closing(memory.get_new_connection(memory.get_connection_params())) as copy:
        for sql in schema:
            copy.execute(sql)
        before = sqlite_plan(copy, text, count)
        copy.execute(made(connection.ops.quote_name, table, columns))
        return before, sqlite_plan(copy, text, count)


def on_postgresql(
    text: str, count: int, table: str, columns: Columns, alias: str
) -> tuple[int, list[Step], list[Step]]:
    quote = connections[alias].ops.quote_name
    name = quote(table)
    with rolled_back(alias) as cursor:
        cursor.execute(
            "SELECT n.nspname, pg_table_size(c.oid), greatest(c.reltuples, 0) FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)",
            [name],
        )
        schema, size, rows = cursor.fetchone()
        limit = min(ROWS, int(BYTES / max(1.0, size / rows))) if rows else 1000
        real = f"{quote(schema)}.{name}"
        cursor.execute(f"CREATE TEMPORARY TABLE {name} (LIKE {real} INCLUDING INDEXES INCLUDING GENERATED)")
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attnum > 0 "
            "AND NOT attisdropped AND attgenerated = '' AND attrelid = %s::regclass",
            [f"pg_temp.{name}"],
        )
        names = cursor.fetchone()[0]
        cursor.execute(f"INSERT INTO pg_temp.{name} ({names}) SELECT {names} FROM {real} LIMIT {limit}")
        copied = int(cursor.rowcount)
        cursor.execute(f"ANALYZE pg_temp.{name}")
        before = postgresql_plan(cursor, text, count)
        cursor.execute(f"DEALLOCATE {PREPARED}")
        cursor.execute(made(quote, table, columns, "pg_temp."))
        return copied, before, postgresql_plan(cursor, text, count)
