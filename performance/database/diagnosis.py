"""Why a statement is slow: its plan, the facts around it, and the advice that follows."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import Error, connections

from performance.database.advice import Advice, Facts, advise, large_scans
from performance.database.evidence import Step, Trial
from performance.database.fingerprint import LONGEST, POSTGRESQL
from performance.database.plans import NoPlan, explain, rows_in
from performance.database.statements import Statement, taken_apart
from performance.database.trials import try_indexes


@dataclass(frozen=True)
class Diagnosis:
    """A plan, or the reason why there is none, and advice."""

    steps: list[Step] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    missing: str = ""

    def plan_as_json(self) -> list[dict[str, Any]]:
        return [step.as_json() for step in self.steps]

    def advice_as_json(self) -> list[dict[str, Any]]:
        return [asdict(advice) for advice in self.advice]


def diagnose(text: str, alias: str) -> Diagnosis:
    """For the text of a fingerprint; never raises for what the database says to it."""
    vendor = connections[alias].vendor
    statement = taken_apart(text)
    if len(text) >= LONGEST:
        return Diagnosis(missing="The statement is too long to be explained.")
    try:
        steps = explain(text, alias)
    except NoPlan as reason:
        return Diagnosis([], advise(Facts(statement, vendor)), str(reason))
    except (Error, sqlite3.Error) as error:
        return Diagnosis(missing=f"The database can't explain it without its parameters: {first_line(error)}")
    facts = Facts(statement, vendor, steps, rows_of(statement, alias), memory=memory_of(alias))
    return Diagnosis(steps, advise(with_trials(facts, alias)))


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def rows_of(statement: Statement, alias: str) -> dict[str, int | None]:
    return {table: rows_in(table, alias) for table in {uses.table for uses in statement.uses.values()}}


def with_trials(facts: Facts, alias: str) -> Facts:
    """The facts, and what became of trying an index on each large table that is read from end to end."""
    trials: dict[str, Trial | None] = {}
    for _, uses, _ in large_scans(facts):
        if uses.candidates():
            try:
                trials[uses.table] = try_indexes(facts.statement.text, uses, alias)
            except (Error, sqlite3.Error):
                continue
    return Facts(facts.statement, facts.vendor, facts.steps, facts.rows, trials, facts.memory)


def memory_of(alias: str) -> int | None:
    if connections[alias].vendor != POSTGRESQL:
        return None
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_size_bytes(current_setting('work_mem'))")
        return int(cursor.fetchone()[0])
