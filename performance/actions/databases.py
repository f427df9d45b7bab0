"""Actions on the database: count and clear away what it needs for good plans, and shrink SQLite's file."""

from __future__ import annotations

from typing import Any

from django.db import connection

from performance.actions.registry import Action, Measure, Parameters, Progress, Taken, register
from performance.units import BYTES, COUNT
from valor.lib.errors import InvalidInput

# Those of other schemas are somebody else's, and are not found by their bare names.
DIRTY = """
SELECT coalesce(sum(n_dead_tup + n_mod_since_analyze), 0), count(*) FROM pg_stat_user_tables
WHERE pg_table_is_visible(relid) AND (%s = '' OR relname = %s)
"""
DIRTIEST = """
SELECT relname FROM pg_stat_user_tables
WHERE pg_table_is_visible(relid) AND n_dead_tup + n_mod_since_analyze > 0
ORDER BY n_dead_tup + n_mod_since_analyze DESC LIMIT 20
"""


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def pragma(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        row = cursor.fetchone()
    return int(row[0])


def log_bytes() -> int:
    """What a checkpoint that waits for nobody finds in SQLite's write-ahead log."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        _, pages, _ = cursor.fetchone()
    return max(0, int(pages)) * pragma("page_size")


@register
class OptimizeDatabase(Action):
    name = "optimize_database"
    title = "Analyse and clean the database"
    about = (
        "PostgreSQL: VACUUM ANALYZE, of one table or those that changed most. SQLite: PRAGMA optimize, a checkpoint."
    )
    effect = "Plans fit the data again, and the room of deleted rows is used again."
    measure = Measure("Dead and uncounted rows", COUNT, absolute=1000.0)  # more than the job itself writes
    fields = {"table": "the name of a table"}
    optional = frozenset({"table"})

    def checked(self, parameters: Any) -> Parameters:
        """Only a table that exists: its name becomes part of a statement."""
        found = super().checked(parameters)
        if found and found["table"] not in connection.introspection.table_names():
            message = "The database has no such table."
            raise InvalidInput.at("table", found["table"], message, "Use the name as the database's page shows it.")
        return found

    def statements(self, parameters: Parameters) -> list[str]:
        quote = connection.ops.quote_name
        table = parameters.get("table", "")
        if not is_postgresql():
            return [f"ANALYZE {quote(table)}" if table else "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"]
        names = [table] if table else self.dirtiest()
        return [f"VACUUM (ANALYZE) {quote(name)}" for name in names]

    def dirtiest(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(DIRTIEST)
            return [name for (name,) in cursor.fetchall()]

    def plan(self, parameters: Parameters) -> list[str]:
        return self.statements(parameters) or ["Nothing: no table has changed since it was last seen to."]

    def run(self, parameters: Parameters, progress: Progress) -> str:
        statements = self.statements(parameters)
        for index, statement in enumerate(statements):
            progress(index, len(statements), statement)
            with connection.cursor() as cursor:
                cursor.execute(statement)
        return f"Done: {'; '.join(statements)}." if statements else "There was nothing to do."

    def read(self, parameters: Parameters, since: Any = None) -> Taken:
        """On SQLite, which counts no dead rows, the pages that its write-ahead log holds."""
        if not is_postgresql():
            size = pragma("page_size")
            return Taken(log_bytes() / size, "pages in the write-ahead log")
        table = parameters.get("table", "")
        with connection.cursor() as cursor:
            cursor.execute(DIRTY, [table, table])
            rows, count = cursor.fetchone()
        return Taken(float(rows), f"in {count} tables")


@register
class VacuumDatabase(Action):
    name = "vacuum_database"
    title = "Shrink the database file"
    about = "SQLite: VACUUM writes the file anew without the pages that hold nothing."
    effect = "The disk gets the free pages back, and reads find their rows closer together."
    measure = Measure("Size of the database file", BYTES, relative=0.02)
    safe = False
    caution = "while it runs nobody can write, and the disk needs room for a second copy."

    def unavailable(self) -> str:
        return "PostgreSQL uses the room of deleted rows again by itself." if is_postgresql() else ""

    def plan(self, parameters: Parameters) -> list[str]:
        return ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"]

    def run(self, parameters: Parameters, progress: Progress) -> str:
        with connection.cursor() as cursor:
            for index, statement in enumerate(self.plan(parameters)):
                progress(index, 2, statement)
                cursor.execute(statement)
        return "The file was written anew."

    def read(self, parameters: Parameters, since: Any = None) -> Taken:
        return Taken(float(pragma("page_count") * pragma("page_size")), "pages times their size")
