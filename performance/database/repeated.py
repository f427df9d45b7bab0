"""One request or job that asks the same thing again and again: N+1.

Counted on the scope as statements come; told at its end, once for each fingerprint that ran more than
``settings.REPEATED_QUERY_LIMIT`` times, with the line of ours that ran it when it went over the limit.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from time import perf_counter

from django.conf import settings

from performance import scope
from performance.database import reports
from performance.database.callers import our_line
from performance.database.tallies import Tally
from performance.histogram import Histogram

logger = logging.getLogger(__name__)

NOTE = "queries"
# Beginning and ending transactions is not asking for rows.
VERBS = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "REPLACE"}
# A job that says every quarter of a second how far it got repeats itself, and rightly so.
JOBS_PER_SECOND = 5.0
MOST_ROUTES = 500
OTHER = "every other"

too_many = 11


class Asked:
    """What one scope asked so far; ``over`` are the statements that ran too often, and the lines that ran them."""

    __slots__ = ("errors", "over", "seconds", "started", "statements")

    def __init__(self) -> None:
        self.statements = 0
        self.seconds = 0.0
        self.errors = 0
        self.started = perf_counter()
        self.over: dict[Tally, str] = {}


@dataclass
class RouteTally:
    """What all requests of a route, or jobs of a kind, asked; ``times`` are the database seconds of each of them."""

    kind: str
    name: str
    times: Histogram = field(default_factory=Histogram)
    statements: int = 0
    errors: int = 0


_routes: dict[tuple[str, str], RouteTally] = {}
_lock = threading.Lock()


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
    """Called at the end of each scope: adds it to its route, and reports what it repeated. Never raises."""
    asked = left.notes.pop(NOTE, None)
    if asked is not None:
        try:
            book(left, asked)
        except Exception:
            logger.exception("The statements of %s were not added up.", left.name)


def book(left: scope.Scope, asked: Asked) -> None:
    with _lock:
        tally = tally_of(str(left.kind), left.name)
        tally.times.add(asked.seconds)
        tally.statements += asked.statements
        tally.errors += asked.errors
    lasted = perf_counter() - asked.started
    for statement, line in asked.over.items():
        times = statement.runs if statement.scope is asked else too_many
        if left.kind is scope.Kind.REQUEST or times > JOBS_PER_SECOND * lasted:
            reports.add_repeated(left, statement.fingerprint, times, line)


def tally_of(kind: str, name: str) -> RouteTally:
    key = (kind, name)
    if key not in _routes and len(_routes) >= MOST_ROUTES:
        key = (kind, OTHER)
    return _routes.setdefault(key, RouteTally(*key))


def routes() -> list[RouteTally]:
    """Every route and kind of job that asked the database in this process, the longest first."""
    with _lock:
        return sorted(_routes.values(), key=lambda tally: -tally.times.total)


def begin_after_fork() -> None:
    global _lock
    _lock = threading.Lock()
    _routes.clear()


os.register_at_fork(after_in_child=begin_after_fork)
