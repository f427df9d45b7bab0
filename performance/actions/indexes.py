"""Makes the index that the advice on a slow statement names: by its fingerprint, never from free SQL."""

from __future__ import annotations

import re
import sqlite3
import statistics
import time
from typing import Any

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from performance.actions.errors import NothingToApply
from performance.actions.registry import Action, Measure, Parameters, Progress, Taken, register
from performance.database.diagnosis import first_line
from performance.database.plans import PREPARED, SECONDS, SQLITE, executable, forget_prepared, rolled_back
from performance.database.statements import is_read
from performance.database.storing import renew_plan
from performance.database.timing import unmeasured
from performance.models import SlowQuery
from performance.units import MILLISECONDS
from valor.lib.errors import InvalidInput

RUNS, LONGEST_SECONDS = 5, 10.0
STOPPED = ("statement timeout", "interrupted")
OPCODES = 10_000
UNFINISHED = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"
NAME = r'"(?:[^"]|"")+"'
# What performance.database.advice writes, and nothing else.
INDEX = re.compile(
    rf"CREATE INDEX (?:CONCURRENTLY )?(?P<name>{NAME}) ON {NAME} \({NAME}(?: DESC)?(?:, {NAME}(?: DESC)?)*\);"
)


def stored_advice(fingerprint: str) -> tuple[SlowQuery, str]:
    """The slow statement and the statement that makes its index; NothingToApply where none is advised."""
    row = SlowQuery.objects.filter(fingerprint=fingerprint).first()
    advice = [entry for entry in row.advice if entry.get("kind") == "missing_index"] if row else []
    if row is None or not advice or not INDEX.fullmatch(advice[0].get("how", "")):
        raise NothingToApply("No index is advised for this statement any more.")
    return row, advice[0]["how"].rstrip(";")


@register
class CreateIndex(Action):
    name = "create_index"
    title = "Create a missing index"
    about = "Makes the index that the advice on a slow statement names; on PostgreSQL while writers go on."
    effect = "The statement finds its rows by the index instead of reading the whole table."
    measure = Measure("The statement with empty parameters, median", MILLISECONDS, relative=0.25, absolute=0.02)
    fields = {"fingerprint": "the fingerprint of a slow statement"}
    safe = False
    caution = "an index takes room and makes each write a little slower; on SQLite nobody writes meanwhile."

    def checked(self, parameters: Any) -> Parameters:
        found = super().checked(parameters)
        if not SlowQuery.objects.filter(fingerprint=found["fingerprint"]).exists():
            message = "No statement with this fingerprint has been slow."
            raise InvalidInput.at("fingerprint", found["fingerprint"], message, "See the page Queries.")
        return found

    def plan(self, parameters: Parameters) -> list[str]:
        return [stored_advice(parameters["fingerprint"])[1]]

    def run(self, parameters: Parameters, progress: Progress) -> str:
        row, how = stored_advice(parameters["fingerprint"])
        found = INDEX.fullmatch(f"{how};")
        assert found is not None
        progress(0, 1, "Creating the index")
        connection = connections[row.alias]
        try:
            with connection.cursor() as cursor:
                cursor.execute(how)
        except DatabaseError:
            drop_unfinished(connection, found["name"])
            raise
        forget_plans(how)
        return f"{how}."

    def read(self, parameters: Parameters, since: Any = None) -> Taken:
        """Rows are looked for with parameters that match none, so that only the way to them is timed."""
        row = SlowQuery.objects.filter(fingerprint=parameters["fingerprint"]).first()
        if row is None or not is_read(row.statement):
            return Taken(None, "only statements that read are run")
        try:
            times = timed(row.statement, row.alias)
        except (DatabaseError, sqlite3.Error) as error:
            if any(word in str(error) for word in STOPPED):
                return Taken(1000.0 * SECONDS, f"stopped after {SECONDS} s")
            return Taken(None, f"it can't be run without its parameters: {first_line(error)}"[:200])
        return Taken(round(1000 * statistics.median(times), 3), f"{len(times)} runs")


def drop_unfinished(connection: BaseDatabaseWrapper, name: str) -> None:
    """An index that PostgreSQL began and could not finish would be kept up to date for nothing."""
    if connection.vendor == SQLITE:
        return
    with connection.cursor() as cursor:
        cursor.execute(UNFINISHED, [name])
        if cursor.fetchone():
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def forget_plans(how: str) -> None:
    """Statements that wanted this index are looked at anew: most need no advice any more."""
    for row in SlowQuery.objects.all():
        if any(entry.get("how", "").rstrip(";") == how for entry in row.advice):
            row.plan_taken_at = None
            renew_plan(row)


def timed(statement: str, alias: str) -> list[float]:
    """Seconds of some runs, fewer where they take long; nothing is changed, and rows are not kept."""
    text, count = executable(statement, connections[alias].vendor)
    run = on_sqlite if connections[alias].vendor == SQLITE else on_postgresql
    times: list[float] = []
    with unmeasured(alias):
        while len(times) < RUNS and sum(times) < LONGEST_SECONDS:
            times.append(run(text, count, alias))
    return times


def on_sqlite(text: str, count: int, alias: str) -> float:
    with connections[alias].cursor() as cursor:
        raw = cursor.connection
        started = time.perf_counter()
        raw.set_progress_handler(lambda: time.perf_counter() - started > SECONDS, OPCODES)
        try:
            for _ in raw.execute(text, [None] * count):
                pass
        finally:
            raw.set_progress_handler(None, 0)
        return time.perf_counter() - started


def on_postgresql(text: str, count: int, alias: str) -> float:
    """As the server itself times it, without the rows being sent."""
    nulls = f"({', '.join(['NULL'] * count)})" if count else ""
    try:
        with rolled_back(alias) as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
            cursor.execute(f"PREPARE {PREPARED} AS {text}")
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE {PREPARED}{nulls}")
            return float(cursor.fetchone()[0][0]["Execution Time"]) / 1000
    finally:
        forget_prepared(alias)
