"""What this thread is doing right now: serving a route or working at a job. Measurements are booked on it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum
from time import perf_counter, thread_time
from typing import Any


class Kind(StrEnum):
    REQUEST = "request"
    JOB = "job"


class Scope:
    """One request or job in this process. ``name`` is the route or the kind of job, never a path with ids in it.

    ``notes`` is where a measurement keeps what it counts for this scope alone, under its own name; ``started`` and
    ``processor`` are the readings of the clock and of this thread's processor time at its begin.
    """

    __slots__ = ("kind", "name", "notes", "processor", "started")

    def __init__(self, kind: Kind, name: str) -> None:
        self.kind, self.name = kind, name
        self.notes: dict[str, Any] = {}
        self.started, self.processor = perf_counter(), thread_time()


Listener = Callable[[Scope], None]

_current: ContextVar[Scope | None] = ContextVar("valor_scope", default=None)
_listeners: list[Listener] = []
# A set, since adding and taking away are atomic, and a scope may end in a destructor in the middle of either.
_open: set[Scope] = set()


def current() -> Scope | None:
    """The request or job that is being worked on; None outside of both."""
    return _current.get()


def spend(part: str, seconds: float) -> None:
    """Books seconds that the current scope, if any, spent waiting: for the ``cache``, or ``outside``."""
    entered = _current.get()
    if entered is not None:
        entered.notes[part] = entered.notes.get(part, 0.0) + seconds


def busy() -> int:
    """How many requests and jobs this process has in hand."""
    return len(_open)


def enter(kind: Kind, name: str) -> Scope:
    """Begins a scope; whoever enters leaves it, as a rule in the same thread."""
    scope = Scope(kind, name)
    _open.add(scope)
    _current.set(scope)
    return scope


def leave(scope: Scope) -> None:
    """Ends a scope and tells who listens."""
    if _current.get() is scope:
        _current.set(None)
    _open.discard(scope)
    for listener in _listeners:
        listener(scope)


def on_leave(listener: Listener) -> None:
    """*listener* is called with each scope at its end. It must be quick, and never raise."""
    if listener not in _listeners:
        _listeners.append(listener)
