"""One request or job that asks the same thing again and again: N+1.

Counted on the scope as statements come; told at its end, once for each fingerprint that ran more than
``settings.REPEATED_QUERY_LIMIT`` times, with the line of ours that ran it when it went over the limit.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from time import perf_counter

from django.conf import settings

from performance import scope
from performance.database import reports
from performance.database.callers import our_line
from performance.database.fingerprint import Fingerprint
from performance.histogram import Histogram

logger = logging.getLogger(__name__)

NOTE = "queries"
# Beginning and ending transactions is not asking for rows.
VERBS = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "REPLACE"}
# A job that says every quarter of a second how far it got repeats itself, and rightly so.
JOBS_PER_SECOND = 5.0
MOST_ROUTES = 500
OTHER = "every other"
FOLD = 64

limit = 10


class Asked:
    """What one scope asked so far; ``recent`` are the seconds that ``times`` does not hold yet."""

    __slots__ = ("counts", "errors", "over", "recent", "started", "times")

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.recent: list[float] = []
        self.times = Histogram()
        self.errors = 0
        self.started = perf_counter()
        self.over: dict[Fingerprint, str] = {}

    def fold(self) -> None:
        self.times.add(*self.recent)
        self.recent.clear()


@dataclass
class RouteTally:
    """What all requests of a route, or jobs of a kind, asked; ``times`` holds the seconds of each statement."""

    kind: str
    name: str
    times: Histogram
    entered: int = 0
    errors: int = 0


_routes: dict[tuple[str, str], RouteTally] = {}
_lock = threading.Lock()


def heed_settings() -> None:
    """Called when Django starts."""
    global limit
    limit = settings.REPEATED_QUERY_LIMIT


def count(entered: scope.Scope, fingerprint: Fingerprint, seconds: float) -> None:
    """Books one statement on the scope; the way to here is walked back only at the one that is too many."""
    asked = entered.notes.get(NOTE)
    if asked is None:
        asked = entered.notes[NOTE] = Asked()
    asked.recent.append(seconds)
    counts, key = asked.counts, fingerprint.id
    counts[key] = times = counts.get(key, 0) + 1
    if times > limit:
        too_many(asked, fingerprint, times)


def too_many(asked: Asked, fingerprint: Fingerprint, times: int) -> None:
    if times == limit + 1 and fingerprint.verb in VERBS:
        asked.over[fingerprint] = our_line()
    if len(asked.recent) >= FOLD:
        asked.fold()


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
    asked.fold()
    with _lock:
        tally = tally_of(str(left.kind), left.name)
        tally.entered += 1
        tally.errors += asked.errors
        tally.times.merge(asked.times)
    lasted = perf_counter() - asked.started
    for fingerprint, line in asked.over.items():
        times = asked.counts[fingerprint.id]
        if left.kind is scope.Kind.REQUEST or times > JOBS_PER_SECOND * lasted:
            reports.add_repeated(left, fingerprint, times, line)


def tally_of(kind: str, name: str) -> RouteTally:
    key = (kind, name)
    if key not in _routes and len(_routes) >= MOST_ROUTES:
        key = (kind, OTHER)
    return _routes.setdefault(key, RouteTally(*key, times=Histogram()))


def routes() -> list[RouteTally]:
    """Every route and kind of job that asked the database in this process, the longest first."""
    with _lock:
        return sorted(_routes.values(), key=lambda tally: -tally.times.total)


def begin_after_fork() -> None:
    global _lock
    _lock = threading.Lock()
    _routes.clear()


os.register_at_fork(after_in_child=begin_after_fork)
