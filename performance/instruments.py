"""Instruments: count, observe and measure anything, by name and labels, in about a microsecond.

    count("imports", source="csv")
    observe("import_rows", len(rows))
    with measure("outside", target="data.sec.gov"): ...
    @measure("valuation", kind="batch")

1. A name has one kind and one set of labels, which its first use decides; another use of it is refused.
2. What comes in is appended to its series and counted many at a time: nobody waits for a lock, nothing is lost.
3. A name has at most MOST_SERIES series. Further labels share one whose labels are all "other"; how many there were is
   told.
4. A forked process starts from zero: what its parent counted is the parent's to tell.

Seconds of ``measure("outside", target=...)`` are also booked on the request or job that waited.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from math import nan
from time import perf_counter
from typing import Any, SupportsFloat, TypeVar

from performance import scope
from performance.decorating import decorated
from performance.histogram import SMALLEST
from performance.pending import Number, Values
from performance.room import shared
from performance.totals import MOST_SERIES, Kind, Labels, Totals
from valor.lib.text import storable

OUTSIDE = "outside"
MOST_FOLDED = 1000  # So many are told apart.
MOST_WAYS = 5000  # So many ways of writing names and labels lead to their series at once.
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PLAIN = frozenset((int, float))
MOST = 1e100  # Sums of such are finite, too.
LONGEST_NAME, LONGEST_LABEL = 60, 200
TAKEN = {"le", "quantile", "host", "role"}
TAKEN_NAMES = {"folded_labels", "in_flight", "job", "processes", "request", "response_bytes", "statements"}

F = TypeVar("F", bound=Callable[..., Any])
Series = Values | Number


@dataclass
class Family:
    """All series of a name."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    series: dict[Labels, Series] = field(default_factory=dict)
    folded: set[Labels] = field(default_factory=set)

    def of(self, labels: Labels) -> Series:
        """The series of these labels, or the one that all further labels share."""
        found = self.series.get(labels)
        if found is None:
            if len(self.series) >= MOST_SERIES:
                if len(self.folded) < MOST_FOLDED:
                    self.folded.add(labels)
                labels = shared(labels)
            new = Number() if self.kind == Kind.COUNT else Values()
            found = self.series.setdefault(labels, new)
        return found


_families: dict[str, Family] = {}
_ways: dict[tuple[Any, ...], Any] = {}
_lock = threading.RLock()


def count(name: str, amount: float = 1, /, **labels: object) -> None:
    """Adds *amount*, which is finite and not negative: counts never fall."""
    try:
        series = _ways[Kind.COUNT, name, *labels.items()]
    except (KeyError, TypeError):
        series = meet(Kind.COUNT, name, labels)
    if type(amount) not in PLAIN or not 0 <= amount <= MOST:
        amount = plain(name, amount)
    series.put(amount)


def observe(name: str, value: float, /, **labels: object) -> None:
    """Counts a finite value of at least zero: a size, a number of rows, seconds that something else has taken."""
    try:
        series = _ways[Kind.VALUES, name, *labels.items()]
    except (KeyError, TypeError):
        series = meet(Kind.VALUES, name, labels)
    if type(value) not in PLAIN or not 0 <= value <= MOST:
        value = plain(name, value)
    series.put(value)


def plain(name: str, value: object) -> float:
    """The value as a number that JSON can spell, which Decimal and NumPy's are not; what is no amount is refused."""
    try:
        number = float(value) if isinstance(value, SupportsFloat) else nan
    except (ArithmeticError, TypeError, ValueError):
        number = nan
    if not 0 <= number <= MOST:
        raise ValueError(f"{name!r} can't take {value!r}: instruments take finite numbers from zero to {MOST:g}.")
    return number


class measure:
    """Times a block, or each call of a function it decorates, in seconds; an exception counts as an error.

    A coroutine function is timed until it returns, a generator from the first ``next`` until it ends or is closed.
    One block at a time: the same object is not entered twice.
    """

    __slots__ = ("labels", "name", "started")

    def __init__(self, name: str, /, **labels: object) -> None:
        self.name, self.labels = name, labels

    def __enter__(self) -> None:
        self.started = perf_counter()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        seconds = perf_counter() - self.started
        try:
            series = _ways[Kind.SECONDS, self.name, *self.labels.items()]
        except (KeyError, TypeError):
            series = meet(Kind.SECONDS, self.name, self.labels)
        # A generator that was closed, a task that was cancelled: those are no errors.
        failed = kind is not None and issubclass(kind, Exception)
        series.put(-max(seconds, SMALLEST) if failed else seconds)
        if self.name == OUTSIDE:
            scope.spend(OUTSIDE, seconds)

    def __call__(self, function: F) -> F:
        name, labels = self.name, self.labels
        # A misspelt name is told where it is written.
        meet(Kind.SECONDS, name, labels)
        return decorated(function, lambda: measure(name, **labels))


def meet(kind: Kind, name: str, labels: dict[str, object]) -> Any:
    """The series of a name and labels as they are written here for the first time."""
    told = tuple(sorted((label, text_of(name, label, value)) for label, value in labels.items()))
    with _lock:
        family = _families.get(name)
        if family is None:
            family = _families.setdefault(checked(name, labels), Family(name, kind, tuple(sorted(labels))))
        if family.kind != kind:
            raise ValueError(f"{name!r} is {family.kind.about} already: give what is {kind.about} another name.")
        if family.labels != tuple(sorted(labels)):
            known = ", ".join(family.labels) or "no labels"
            raise ValueError(f"{name!r} has {known}: it can't have {', '.join(labels) or 'none'} this time.")
        series = family.of(told)
        if len(_ways) < MOST_WAYS:
            _ways[kind, name, *labels.items()] = series
    return series


def checked(name: str, labels: dict[str, object]) -> str:
    """The name, where it and the labels can be written in every system that reads them."""
    for what, word in (("name of an instrument", name), *(("label", label) for label in labels)):
        if not isinstance(word, str) or not NAME.fullmatch(word) or len(word) > LONGEST_NAME:
            raise ValueError(
                f"{word!r} is no {what}: use at most {LONGEST_NAME} small letters, digits and single _, a letter first."
            )
    if name in TAKEN_NAMES:
        raise ValueError(f"{name!r} is counted by the platform itself: choose another name.")
    for label in TAKEN & labels.keys():
        raise ValueError(f"The label {label!r} of {name!r} is added by the platform itself: choose another.")
    return name


def text_of(name: str, label: str, value: object) -> str:
    if not isinstance(value, str | int):
        raise ValueError(f"The label {label!r} of {name!r} is {value!r}: give it a text or a whole number.")
    return storable(str(value))[:LONGEST_LABEL]


def collect() -> Totals:
    """Everything that this process counted."""
    totals = Totals()
    with _lock:
        families = [(family, dict(family.series), len(family.folded)) for family in _families.values()]
    for family, series, folded in families:
        for labels, found in series.items():
            if isinstance(found, Number):
                totals.counts[family.name, labels] = found.read()
            else:
                totals.values[family.kind, family.name, labels] = found.read()
        if folded:
            totals.folded[family.name] = folded
    return totals


def forget() -> None:
    """Starts from zero."""
    with _lock:
        _families.clear()
        _ways.clear()


def begin_after_fork() -> None:
    """Only the forking thread lives on; a lock that another thread held would stay locked."""
    global _lock
    _lock = threading.RLock()
    forget()


os.register_at_fork(after_in_child=begin_after_fork)
