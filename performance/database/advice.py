"""From a plan to advice: what, why, how and with which effect. Pure: facts in, advice out.

Each advice says what was checked. Nothing is advised about tables of fewer than LARGE rows, which are read faster than
any index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from performance.database.evidence import Columns, Step, Trial
from performance.database.fingerprint import POSTGRESQL
from performance.database.statements import Statement, Uses
from valor.lib.numbers import format_number

LARGE = 10_000
LONGEST_NAME = 30  # of an index that a Django model declares
TAKES_LOCK = {"BEGIN", "INSERT", "UPDATE", "DELETE", "REPLACE"}
NOT_TRIED = "Not tried: the trial failed."


class Kind(StrEnum):
    MISSING_INDEX = "missing_index"
    FULL_SCAN = "full_scan"
    SORT = "sort"
    COUNT = "count"
    LOCK = "lock"


@dataclass(frozen=True)
class Advice:
    """``how`` is a statement to run, or words where no statement cures it; ``checked`` is how sure this is."""

    kind: Kind
    what: str
    why: str
    how: str
    effect: str
    checked: str


@dataclass(frozen=True)
class Facts:
    """What is known about a slow statement.

    ``steps`` have the names of tables as the plan tells them, ``rows`` about how many rows each table has, ``trials``
    what became of trying an index on a table (absent: it could not be tried), ``memory`` the bytes that a sort may take
    before it goes to disk (PostgreSQL's work_mem).
    """

    statement: Statement
    vendor: str
    steps: list[Step] = field(default_factory=list)
    rows: Mapping[str, int | None] = field(default_factory=dict)
    trials: Mapping[str, Trial | None] = field(default_factory=dict)
    memory: int | None = None


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def index_name(table: str, columns: Columns) -> str:
    """A name that Django accepts, too; cut names end in a hash, so that they differ."""
    name = "_".join((table, *(column for column, _ in columns), "idx"))
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: LONGEST_NAME - 11].rstrip('_')}_{digest}_idx"


def create_index(table: str, columns: Columns, vendor: str) -> str:
    """The statement; on PostgreSQL one that lets writers go on meanwhile."""
    keys = ", ".join(quoted(column) + (" DESC" if descends else "") for column, descends in columns)
    how = "CREATE INDEX CONCURRENTLY" if vendor == POSTGRESQL else "CREATE INDEX"
    return f"{how} {quoted(index_name(table, columns))} ON {quoted(table)} ({keys});"


def advise(facts: Facts) -> list[Advice]:
    """Every advice that the facts bear out, the most useful first."""
    return [*lock(facts), *indexes_and_scans(facts), *sorts(facts)]


def lock(facts: Facts) -> Iterator[Advice]:
    """On SQLite whoever writes takes the lock that only one can hold, or waits for it."""
    verb = facts.statement.text.partition(" ")[0].upper()
    if facts.vendor == POSTGRESQL or verb not in TAKES_LOCK:
        return
    yield Advice(
        Kind.LOCK,
        "It waited for another writer" if verb == "BEGIN" else "It may have waited for another writer",
        "SQLite has one writer at a time; all others wait for their turn, up to 20 s.",
        "Keep transactions that write short, write in portions, or move to PostgreSQL (DATABASE_URL).",
        "Writers wait no longer than the longest transaction lasts.",
        "Known from how SQLite works; who held the lock is not known.",
    )


def large_scans(facts: Facts) -> list[tuple[Step, Uses, int]]:
    """Each large table that is read from end to end."""
    found = []
    for step in facts.steps:
        uses = facts.statement.uses.get(step.alias)
        rows = facts.rows.get(uses.table) if uses else None
        if step.scans_all and uses is not None and rows is not None and rows >= LARGE:
            found.append((step, uses, rows))
    return found


def indexes_and_scans(facts: Facts) -> Iterator[Advice]:
    for _, uses, rows in large_scans(facts):
        trial = facts.trials.get(uses.table)
        if trial is not None:
            yield tried_index(uses, rows, trial, facts.vendor)
        elif facts.statement.counts and not facts.statement.compares:
            yield count(uses, rows, facts.vendor)
        elif uses.table not in facts.trials and uses.candidates():
            yield untried_index(uses, rows, facts.vendor)
        else:
            yield full_scan(uses, rows, facts)


def reads_all(uses: Uses, rows: int) -> str:
    return f"It reads all of {uses.table}, about {format_number(rows, 0)} rows"


def tried_index(uses: Uses, rows: int, trial: Trial, vendor: str) -> Advice:
    names = ", ".join(column for column, _ in trial.columns)
    why = f"{reads_all(uses, rows)}, for want of an index on {names}."
    effect = "It reads in the order of the index" if trial.unsorted else "It finds its rows by the index"
    if trial.per_key is not None:
        matching = max(1, round(trial.per_key * rows))
        effect = f"It reads about {format_number(matching, 0)} instead of {format_number(rows, 0)} rows"
    effect += " and need not sort." if trial.unsorted else "."
    how = create_index(uses.table, trial.columns, vendor)
    return Advice(Kind.MISSING_INDEX, f"An index on {uses.table} is missing", why, how, effect, tried(trial))


def tried(trial: Trial) -> str:
    """What the trial checked, and what it could not."""
    rows = format_number(trial.rows, 0)
    if trial.before is not None and trial.after is not None:
        costs = f"{format_number(trial.before, 0)} to {format_number(trial.after, 0)}"
        return f"Tried on a copy of {rows} rows: the planner takes it, its cost falls from {costs}."
    taken = "Tried on a copy of the schema: SQLite takes it."
    if trial.per_key is None:
        return f"{taken} How many rows it then reads depends on the parameters."
    return f"{taken} How many rows share a key was counted in {rows} rows."


def untried_index(uses: Uses, rows: int, vendor: str) -> Advice:
    columns = uses.candidates()[0]
    names = ", ".join(column for column, _ in columns)
    return Advice(
        Kind.MISSING_INDEX,
        f"An index on {uses.table} may be missing",
        f"{reads_all(uses, rows)}, and compares or orders by {names}.",
        create_index(uses.table, columns, vendor),
        "It finds its rows by the index, where few of them match.",
        NOT_TRIED,
    )


def full_scan(uses: Uses, rows: int, facts: Facts) -> Advice:
    if uses.table in facts.trials:
        cause = "no index on what it compares or orders by would help"
        checked = "Indexes were tried: the planner takes none, or one key holds too many of the rows."
    else:
        cause, checked = "it compares no plain column", "From the plan and the number of rows."
    return Advice(
        Kind.FULL_SCAN,
        f"{uses.table} is read from end to end",
        f"{reads_all(uses, rows)}: {cause}.",
        "Ask for fewer rows, compare plain columns instead of expressions or parts of words, or read in pages.",
        "The time falls with the rows that are read.",
        checked,
    )


def count(uses: Uses, rows: int, vendor: str) -> Advice:
    how = f"SELECT max(rowid) FROM {quoted(uses.table)};"
    if vendor == POSTGRESQL:
        name = quoted(uses.table).replace("'", "''")
        how = f"SELECT reltuples::bigint FROM pg_class WHERE oid = '{name}'::regclass;"
    return Advice(
        Kind.COUNT,
        f"{uses.table} is counted row by row",
        f"{reads_all(uses, rows)} only to say how many there are; no index makes that fast.",
        how,
        "About the same number at once. Or show no total: show_full_result_count = False in the admin.",
        "From the plan and the number of rows.",
    )


def sorts(facts: Facts) -> Iterator[Advice]:
    """Sorts that no index was found for: on disk, or of many rows."""
    if any(trial is not None and trial.unsorted for trial in facts.trials.values()):
        return
    for step in facts.steps:
        if not step.sorts:
            continue
        size = (step.rows or 0) * (step.width or 0)
        if facts.memory is not None and size > facts.memory:
            yield sort_on_disk(step, size, facts.memory)
        elif (step.rows or 0) >= LARGE or (step.rows is None and large_scans(facts)):
            yield sort_of_many(step)


def sort_on_disk(step: Step, size: float, memory: int) -> Advice:
    return Advice(
        Kind.SORT,
        "It sorts on disk",
        f"About {format_number(step.rows, 0)} rows take {format_number(size / 1e6, 1)} MB, "
        f"and a sort may take {format_number(memory / 1e6, 1)} MB (work_mem).",
        f"SET work_mem = '{max(1, round(1.5 * size / 1e6))}MB';",
        "It sorts in memory. Fewer columns or a LIMIT help as well.",
        "Estimated from the plan: the statement was not run.",
    )


def sort_of_many(step: Step) -> Advice:
    many = f"about {format_number(step.rows, 0)} rows" if step.rows else "a large table"
    return Advice(
        Kind.SORT,
        "It sorts many rows",
        f"It sorts {many} before it gives the first ({step.operation.lower()}).",
        "Order by plain columns of one table that an index can hold in order, or filter before ordering.",
        "It gives the first rows at once.",
        "From the plan.",
    )
