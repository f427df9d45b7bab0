"""What requests and jobs took, by route and kind: booked at the end of each scope.

The seconds of a request or job are told with their parts: this thread's processor time, statements of the database,
calls of the shared cache, and other people's servers. What is left was spent waiting for something else.
"""

from __future__ import annotations

import logging
import os
import threading
from time import perf_counter, thread_time

from performance import scope
from performance.database.repeated import NOTE as ASKED
from performance.instruments import OUTSIDE
from performance.pending import Work
from performance.totals import MOST_TASKS, Spent, Task

logger = logging.getLogger(__name__)

CACHE = "cache"
METHOD, STATUS, BYTES = "method", "status", "bytes"  # Notes on a scope.

Key = tuple[str, str, str, str | int]
_work: dict[Key, Work] = {}
_lock = threading.RLock()  # A scope may end in a destructor that runs in here.
_folded: set[str] = set()


def settle(left: scope.Scope) -> None:
    """Called at the end of each scope. Never raises."""
    try:
        book(left)
    except Exception:
        logger.exception("What %s took was not counted.", left.name)


def book(left: scope.Scope) -> None:
    notes = left.notes
    asked = notes.get(ASKED)
    spent = (
        perf_counter() - left.started,
        notes.get(BYTES, -1),
        # A streamed answer may end in another thread, whose clock tells nothing.
        max(0.0, thread_time() - left.processor),
        asked.seconds if asked is not None else 0.0,
        notes.get(CACHE, 0.0),
        notes.get(OUTSIDE, 0.0),
        asked.statements if asked is not None else 0,
        asked.errors if asked is not None else 0,
    )
    key = (left.kind, left.name, notes.get(METHOD, ""), notes.get(STATUS, ""))
    try:
        work = _work[key]
    except KeyError:
        work = meet(key)
    work.put(spent)


def meet(key: Key) -> Work:
    with _lock:
        if key not in _work and len(_work) >= MOST_TASKS:
            _folded.add(key[1])
            shared = task_of(key).shared
            key = (shared.kind, shared.name, shared.method, shared.status)
        return _work.setdefault(key, Work())


def task_of(key: Key) -> Task:
    kind, name, method, status = key
    return Task(str(kind), name, method, str(status))


def collect() -> dict[Task, Spent]:
    """What this process worked at so far."""
    with _lock:
        work = dict(_work)
    return {task_of(key): found.read() for key, found in work.items()}


def folded() -> int:
    """How many routes and kinds had to share the series of all others."""
    return len(_folded)


def forget() -> None:
    """Starts from zero."""
    with _lock:
        _work.clear()
        _folded.clear()


def begin_after_fork() -> None:
    global _lock
    _lock = threading.RLock()
    forget()


os.register_at_fork(after_in_child=begin_after_fork)
