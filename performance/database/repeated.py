"""One request or job that asks the same thing again and again: N+1.

Counted on the scope as statements come; told at its end, once for each fingerprint that ran more than
``settings.REPEATED_QUERY_LIMIT`` times, with the line of ours that ran it when it went over the limit.
"""

from __future__ import annotations

import logging
from time import perf_counter

from django.conf import settings

from performance import scope
from performance.database import reports
from performance.database.callers import our_line
from performance.database.tallies import Tally

logger = logging.getLogger(__name__)

NOTE = "queries"
# Beginning and ending transactions is not asking for rows.
VERBS = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "REPLACE"}
# A job that says every quarter of a second how far it got repeats itself, and rightly so.
JOBS_PER_SECOND = 5.0

too_many = 11


class Asked:
    """What one scope asked so far; ``over`` are the statements that ran too often, and the lines that ran them."""

    __slots__ = ("errors", "over", "seconds", "statements")

    def __init__(self) -> None:
        self.statements = 0
        self.seconds = 0.0
        self.errors = 0
        self.over: dict[Tally, str] = {}


def heed_settings() -> None:
    """Called when Django starts."""
    global too_many
    too_many = settings.REPEATED_QUERY_LIMIT + 1


def begin(entered: scope.Scope) -> Asked:
    """The scope's notes on its statements, from its first statement on."""
    asked = entered.notes[NOTE] = Asked()
    return asked


def one_too_many(asked: Asked, tally: Tally) -> None:
    """Called once for each statement that a scope runs too often: only now the way to here is walked back."""
    if tally.fingerprint.verb in VERBS:
        asked.over[tally] = our_line()


def count_error(entered: scope.Scope | None) -> None:
    """The statement that was just counted failed."""
    if entered is not None:
        entered.notes[NOTE].errors += 1


def settle(left: scope.Scope) -> None:
    """Called at the end of each scope: reports what it repeated. Never raises."""
    asked = left.notes.pop(NOTE, None)
    if asked is not None and asked.over:
        try:
            report(left, asked)
        except Exception:
            logger.exception("What %s asked again and again was not reported.", left.name)


def report(left: scope.Scope, asked: Asked) -> None:
    lasted = perf_counter() - left.started
    for statement, line in asked.over.items():
        times = statement.runs if statement.scope is asked else too_many
        if left.kind is scope.Kind.REQUEST or times > JOBS_PER_SECOND * lasted:
            reports.add_repeated(left, statement.fingerprint, times, line)
