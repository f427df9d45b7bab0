"""What is to be stored about slow and repeated statements, and the thread that stores it.

1. Whoever meets such a statement leaves a report here: a few dictionary writes, never the database.
2. Equal reports are added up, and there are at most MOST of each kind: a storm costs neither memory nor writes.
3. The first report starts a thread in its process (in each forked one anew). Every ``settings.QUERY_REPORT_SECONDS`` it
   stores what has come, on a connection of its own that it closes again and that is not measured.
4. What could not be stored is kept for the next time, and the thread asks ever less often while the database is away.
   On its way out a process waits a moment for its last reports.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.util import Finalize

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from performance import scope
from performance.database.connections import beside_the_pool
from performance.database.fingerprint import Fingerprint

logger = logging.getLogger(__name__)

MOST = 200
LAST_SECONDS, LONGEST_WAIT = 2.0, 60.0


@dataclass
class SlowReport:
    """Slow runs of one fingerprint; seconds, line and median are those of the slowest."""

    fingerprint: Fingerprint
    alias: str
    count: int = 0
    worst: float = 0.0
    usual: float | None = None
    line: str = ""
    kind: str = ""
    last_seen: datetime = field(default_factory=timezone.now)
    routes: Counter[str] = field(default_factory=Counter)


@dataclass
class RepeatedReport:
    """Requests of one route, or jobs of one kind, that ran one fingerprint too often."""

    fingerprint: Fingerprint
    kind: str
    route: str
    sightings: int = 0
    worst: int = 0
    line: str = ""
    last_seen: datetime = field(default_factory=timezone.now)


@dataclass
class Pending:
    """Reports that wait to be stored."""

    slow: dict[str, SlowReport] = field(default_factory=dict)
    repeated: dict[tuple[str, str], RepeatedReport] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.slow or self.repeated)


Store = Callable[[Pending], None]

_store: Store | None = None
_pending = Pending()
_lock = threading.Lock()
_thread: threading.Thread | None = None
_stop = threading.Event()


def store_with(store: Store) -> None:
    """Says who stores what is taken from here; called once, when Django starts."""
    global _store
    _store = store


def add_slow(
    fingerprint: Fingerprint, seconds: float, *, usual: float | None, alias: str, entered: scope.Scope | None, line: str
) -> None:
    """One slow run."""
    with _lock:
        if fingerprint.id not in _pending.slow and len(_pending.slow) >= MOST:
            return
        report = _pending.slow.setdefault(fingerprint.id, SlowReport(fingerprint, alias))
        report.count += 1
        report.last_seen = timezone.now()
        if entered is not None:
            report.routes[entered.name] += 1
        if seconds > report.worst:
            report.worst, report.usual, report.line = seconds, usual, line
            report.kind = str(entered.kind) if entered is not None else ""
    start()


def add_repeated(left: scope.Scope, fingerprint: Fingerprint, times: int, line: str) -> None:
    """One request or job that ran a statement so many times."""
    key = (left.name, fingerprint.id)
    with _lock:
        if key not in _pending.repeated and len(_pending.repeated) >= MOST:
            return
        report = _pending.repeated.setdefault(key, RepeatedReport(fingerprint, str(left.kind), left.name))
        report.sightings += 1
        report.last_seen = timezone.now()
        if times > report.worst:
            report.worst, report.line = times, line
    start()


def take() -> Pending:
    """What waits; from now on it is the caller's."""
    global _pending
    with _lock:
        taken, _pending = _pending, Pending()
    return taken


def put_back(taken: Pending) -> None:
    """What could not be stored waits again, unless newer reports of the same took its place."""
    with _lock:
        for key, slow in taken.slow.items():
            if len(_pending.slow) < MOST:
                _pending.slow.setdefault(key, slow)
        for place, repeated in taken.repeated.items():
            if len(_pending.repeated) < MOST:
                _pending.repeated.setdefault(place, repeated)


def flush() -> bool:
    """Stores what waits, now and on this thread's connection; when that fails, the reports are kept and it is False."""
    taken = take()
    if not taken or _store is None:
        return True
    try:
        _store(taken)
    except Exception as error:
        put_back(taken)
        # The kind of error only: a database's words may quote somebody's data.
        logger.info("Reports of statements wait, since they could not be stored: %s", type(error).__name__)
        return False
    return True


def start() -> None:
    """Starts the thread, unless it runs or the settings want none."""
    global _thread
    if not settings.QUERY_REPORT_SECONDS or (_thread is not None and _thread.is_alive()):
        return
    with _lock:
        if _thread is not None and _thread.is_alive():
            return
        _stop.clear()
        _thread = threading.Thread(target=run, args=(_stop.wait,), name="query-reports", daemon=True)
        _thread.start()
    # Unlike atexit this is called in a forked worker, too, which leaves by os._exit.
    Finalize(None, finish, exitpriority=20)


def run(pause: Callable[[float], bool]) -> None:
    """Stores until told to stop, and once more then."""
    every = wait = settings.QUERY_REPORT_SECONDS
    stopped = False
    while not stopped:
        stopped = pause(wait)
        with beside_the_pool(DEFAULT_DB_ALIAS):
            wait = every if flush() else min(2 * wait, LONGEST_WAIT)
        connections.close_all()


def finish() -> None:
    """Waits a moment for the thread's last reports."""
    _stop.set()
    if _thread is not None:
        _thread.join(LAST_SECONDS)


def begin_after_fork() -> None:
    """Only the forking thread lives on, and the parent's reports are the parent's to store."""
    global _lock, _pending, _stop, _thread
    _lock, _pending, _stop, _thread = threading.Lock(), Pending(), threading.Event(), None


os.register_at_fork(after_in_child=begin_after_fork)
