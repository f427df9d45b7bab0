"""Plans of statements, taken without their parameters and without running them.

PostgreSQL: the statement is prepared, and the generic plan of its execution with nulls explained, in a read-only
transaction with a time limit that is rolled back. SQLite: EXPLAIN QUERY PLAN, which runs nothing. Only reads are
explained. A plan can't hold anybody's data: no parameter ever comes here, and its conditions pass through the same
filter as the statement did.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from performance.database.evidence import Step
from performance.database.fingerprint import MORE, PARAMETER, POSTGRESQL, SQLITE, fingerprint_of, tokens_of, written
from performance.database.statements import is_read

PREPARED = "valor_explained"
SECONDS = 5
EXPLAINED = itertools.count()
# INTERVAL and its like want a literal behind them, not a parameter.
TYPED = re.compile(r"\b(INTERVAL|DATE|TIME|TIMESTAMP|TIMESTAMPTZ) (\$\d+)", re.IGNORECASE)
SQLITE_STEP = re.compile(r'(?P<how>SCAN|SEARCH) (?P<table>"[^"]+"|\S+)(?:.*? INDEX (?P<index>\S+))?')
CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter", "Sort Key", "Group Key")


class NoPlan(Exception):
    """This statement has no plan; the message says why."""


def executable(statement: str, vendor: str) -> tuple[str, int]:
    """The text of a fingerprint with numbered parameters, and how many; lists have a single member."""
    tokens = list(tokens_of(statement, vendor))
    kept, count = [], 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if token.text == MORE or (token.text == "," and following == MORE):
            continue
        text = {"%%": "%"}.get(token.text, token.text)
        if text == PARAMETER:
            count += 1
            text = f"${count}" if vendor == POSTGRESQL else "?"
        kept.append(token._replace(text=text))
    return TYPED.sub(r"CAST(\2 AS \1)", written(kept)), count


@contextmanager
def rolled_back(alias: str) -> Iterator[Any]:
    """A cursor in a transaction that leaves nothing behind and waits for nobody.

    On SQLite a plain cursor: a transaction there would take the lock of all writers, and only reads are done in it.
    """
    if connections[alias].vendor == SQLITE:
        with connections[alias].cursor() as cursor:
            yield cursor
        return
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
        cursor.execute("SET LOCAL lock_timeout = '200ms'")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        try:
            yield cursor
        finally:
            transaction.set_rollback(True, using=alias)


def explain(statement: str, alias: str) -> list[Step]:
    """The plan of the text of a fingerprint; NoPlan for writes."""
    vendor = connections[alias].vendor
    if not is_read(statement):
        raise NoPlan("Only statements that read are explained.")
    text, count = executable(statement, vendor)
    if vendor == SQLITE:
        with connections[alias].cursor() as cursor:
            return sqlite_plan(cursor.cursor.connection, text, count)
    try:
        with rolled_back(alias) as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
            return postgresql_plan(cursor, text, count)
    finally:
        forget_prepared(alias)


def sqlite_plan(connection: Any, text: str, count: int) -> list[Step]:
    """Never the same text twice: a connection keeps what it explained, and would not see an index that came since."""
    rows = connection.execute(f"EXPLAIN QUERY PLAN {text} -- {next(EXPLAINED)}", [None] * count).fetchall()
    depths = {0: -1}
    steps = []
    for number, parent, _, detail in rows:
        depths[number] = depths.get(parent, -1) + 1
        found = SQLITE_STEP.match(detail)
        alias = found["table"].strip('"') if found else ""
        operation, index = (found["how"], found["index"] or "") if found else (detail, "")
        index = index or ("primary key" if "PRIMARY KEY" in detail else "")
        steps.append(Step(depths[number], operation, alias=alias, index=index, condition=detail if found else ""))
    return steps


def postgresql_plan(cursor: Any, text: str, count: int) -> list[Step]:
    cursor.execute(f"PREPARE {PREPARED} AS {text}")
    nulls = f"({', '.join(['NULL'] * count)})" if count else ""
    cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {PREPARED}{nulls}")
    document = cursor.fetchone()[0]
    document = json.loads(document) if isinstance(document, str) else document
    return list(steps_of(document[0]["Plan"], 0))


def steps_of(node: dict[str, Any], depth: int) -> Iterator[Step]:
    conditions = [f"{name}: {shown(node[name])}" for name in CONDITIONS if name in node]
    yield Step(
        depth,
        operation=node["Node Type"].removeprefix("Parallel "),
        table=node.get("Relation Name", ""),
        alias=node.get("Alias", ""),
        index=node.get("Index Name", ""),
        condition="; ".join(conditions),
        rows=node.get("Plan Rows"),
        width=node.get("Plan Width"),
        cost=node.get("Total Cost"),
    )
    for child in node.get("Plans", ()):
        yield from steps_of(child, depth + 1)


def shown(condition: str | list[str]) -> str:
    text = condition if isinstance(condition, str) else ", ".join(condition)
    return fingerprint_of(text, POSTGRESQL).statement


def forget_prepared(alias: str) -> None:
    """A prepared statement outlives its transaction."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", [PREPARED])
        if cursor.fetchone():
            cursor.execute(f"DEALLOCATE {PREPARED}")


def rows_in(table: str, alias: str) -> int | None:
    """About how many rows a table has, without counting them; None where that can't be known."""
    connection = connections[alias]
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        if connection.vendor == SQLITE:
            cursor.execute(
                "SELECT type FROM sqlite_master WHERE name = %s AND sql NOT LIKE '%%WITHOUT ROWID%%'", [table]
            )
            if cursor.fetchone() != ("table",):
                return None
            # Rows are numbered as they come, so this is too high only by what was deleted.
            cursor.execute(f"SELECT max(rowid) FROM {name}")
            return int(cursor.fetchone()[0] or 0)
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT FROM {name}")
        document = cursor.fetchone()[0]
        document = json.loads(document) if isinstance(document, str) else document
        return int(document[0]["Plan"]["Plan Rows"])
