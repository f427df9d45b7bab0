"""Times every statement of every connection, commits and rollbacks included.

1. ``connection_created`` puts a Meter in front of a connection's statements, once for each connection object, however
   often it connects again. It goes first, since Django's ``execute_wrapper`` takes the last wrapper off at its end.
2. A Meter writes into the Ledger of its connection, which only its thread does: no lock. ``tallies`` merges them all.
3. A connection that is gone leaves its ledger to the next new one: nothing is lost, and there are never more ledgers
   than there were connections at one time.
4. A forked process starts from zero: what its parent counted is the parent's to tell.

On PostgreSQL the time is that of the whole statement; on SQLite that up to its first row.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from performance import scope
from performance.database import repeated, slow
from performance.database.fingerprint import LONGEST, Fingerprint, fingerprint_of
from performance.database.tallies import FOLD, Ledger, Tally
from performance.histogram import Histogram, merged

logger = logging.getLogger(__name__)

MOST_FINGERPRINTS = 500
MOST_TEXTS = 500
OTHER = Fingerprint("other", "Every other statement")
# Statements under new names each time: their texts are not worth remembering.
PASSING = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO")

Execute = Callable[..., Any]


_ledgers: list[Ledger] = []
_free: defaultdict[str, list[Ledger]] = defaultdict(list)
_lock = threading.Lock()
_fault_told = False


class Meter:
    """An execute wrapper that counts and times what one connection does."""

    __slots__ = ("ledger", "muted", "texts", "vendor")

    def __init__(self, vendor: str, ledger: Ledger) -> None:
        self.vendor = vendor
        self.ledger = ledger
        self.texts = ledger.texts
        self.muted = False

    def __call__(self, execute: Execute, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self.muted:
            return execute(sql, params, many, context)
        started = perf_counter()
        try:
            answer = execute(sql, params, many, context)
        except Exception:
            self.book(sql, perf_counter() - started, context, 1)
            raise
        self.book(sql, perf_counter() - started, context, 0)
        return answer

    def book(self, sql: Any, seconds: float, context: dict[str, Any], failed: int) -> None:
        """Counts one statement; whatever goes wrong here must not cost the statement itself."""
        try:
            try:
                tally = self.texts[sql]
            except (KeyError, TypeError):
                tally = self.meet(sql, context["connection"])
            recent = tally.recent
            recent.append(seconds)
            if len(recent) >= FOLD:
                tally.fold()
            entered = scope.current()
            if entered is not None:
                asked = entered.notes.get(repeated.NOTE) or repeated.begin(entered)
                asked.statements += 1
                asked.seconds += seconds
                if tally.scope is not asked:
                    tally.scope, tally.runs = asked, 0
                tally.runs += 1
                if tally.runs == repeated.too_many:
                    repeated.one_too_many(asked, tally)
            if failed or seconds >= slow.floor:
                self.look_closer(tally, seconds, context, failed)
        except Exception:
            tell_fault()

    def look_closer(self, tally: Tally, seconds: float, context: dict[str, Any], failed: int) -> None:
        """The rare path: it failed, or it may have been slow."""
        entered = scope.current()
        if failed:
            tally.errors += 1
            repeated.count_error(entered)
        if seconds >= slow.floor:
            times = times_of(tally.fingerprint.id)
            slow.consider(tally.fingerprint, seconds, times, context["connection"].alias, entered)

    def meet(self, sql: Any, connection: BaseDatabaseWrapper) -> Tally:
        """The tally of a text that this connection has not run lately."""
        # psycopg composes some statements of parts; written out they are text like any other.
        text = sql if isinstance(sql, str) else sql.as_string(connection.connection)
        fingerprint = fingerprint_of(text, self.vendor)
        known = self.ledger.tallies
        if fingerprint.id not in known and len(known) >= MOST_FINGERPRINTS:
            fingerprint = OTHER
        tally = known.get(fingerprint.id)
        if tally is None:
            tally = known[fingerprint.id] = Tally(fingerprint)
        if len(text) <= LONGEST and isinstance(sql, str) and not text.startswith(PASSING):
            if len(self.texts) >= MOST_TEXTS:
                self.texts.clear()
            self.texts[sql] = tally
        return tally


def tell_fault() -> None:
    """Once: a fault that comes with every statement would drown the log."""
    global _fault_told
    if not _fault_told:
        _fault_told = True
        logger.exception("A statement was not counted; further ones are not told of.")


def meter_of(connection: BaseDatabaseWrapper) -> Meter | None:
    return next((wrapper for wrapper in connection.execute_wrappers if isinstance(wrapper, Meter)), None)


def install(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of ``connection_created``."""
    if meter_of(connection) is not None:
        return
    meter = Meter(connection.vendor, open_ledger(connection.vendor))
    connection.execute_wrappers.insert(0, meter)
    time_ends(connection, meter)
    weakref.finalize(connection, _free[connection.vendor].append, meter.ledger).atexit = False


def time_ends(connection: BaseDatabaseWrapper, meter: Meter) -> None:
    """Execute wrappers don't see the ends of transactions, so the two methods that all ends go through are wrapped."""

    def timed(end: Callable[[], None], statement: str) -> Callable[[], None]:
        def execute(*_: Any) -> None:
            end()

        return partial(meter, execute, statement, None, False, {"connection": weakref.proxy(connection)})

    methods: Any = connection
    methods._commit = timed(methods._commit, "COMMIT")
    methods._rollback = timed(methods._rollback, "ROLLBACK")


def open_ledger(vendor: str) -> Ledger:
    try:
        return _free[vendor].pop()
    except IndexError:
        ledger = Ledger()
        with _lock:
            _ledgers.append(ledger)
        return ledger


@contextmanager
def unmeasured(alias: str) -> Iterator[None]:
    """Within it this thread's connection is not measured: what the instruments ask themselves is not news."""
    connection = connections[alias]
    connection.ensure_connection()
    meter = meter_of(connection)
    before = meter.muted if meter else False
    if meter:
        meter.muted = True
    try:
        yield
    finally:
        if meter:
            meter.muted = before


def tallies() -> dict[str, Tally]:
    """Each fingerprint's tally over all connections of this process."""
    totals: dict[str, Tally] = {}
    with _lock:
        ledgers = list(_ledgers)
    for ledger in ledgers:
        for key, tally in ledger.tallies.copy().items():
            total = totals.get(key)
            if total is None:
                total = totals[key] = Tally(tally.fingerprint)
            total.state = (total.times.merge(tally.times), [])
            total.errors += tally.errors
    return totals


def times_of(fingerprint: str) -> Histogram:
    """The seconds of one fingerprint over all connections of this process."""
    with _lock:
        found = [ledger.tallies.get(fingerprint) for ledger in _ledgers]
    return merged(tally.times for tally in found if tally is not None)


def forget() -> None:
    """Starts from zero."""
    with _lock:
        for ledger in _ledgers:
            ledger.clear()


def begin_after_fork() -> None:
    """Only the forking thread lives on; a lock that another thread held would stay locked."""
    global _lock
    _lock = threading.Lock()
    forget()


os.register_at_fork(after_in_child=begin_after_fork)
