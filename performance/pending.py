"""Series that many threads write at once without waiting for each other.

Items are appended to a queue, which is atomic, and counted FOLD at a time by whoever finds so many and gets the lock
at once. Only who holds the lock takes items out, so that each is counted exactly once; a reader counts the rest.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from performance.histogram import Histogram
from performance.totals import Counted, Spent

FOLD = 64


class Pending:
    """``put`` may be called anywhere, also in a destructor that runs while this very series is counted."""

    __slots__ = ("lock", "recent")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.recent: deque[Any] = deque()

    def put(self, item: Any) -> None:
        recent = self.recent
        recent.append(item)
        if len(recent) >= FOLD:
            self.fold()

    def fold(self) -> None:
        if self.lock.acquire(blocking=False):
            try:
                self.settle()
            finally:
                self.lock.release()

    def settle(self) -> None:
        """Counts what has come in; the lock is held."""
        recent = self.recent
        if items := [recent.popleft() for _ in range(len(recent))]:
            self.take(items)

    def take(self, items: list[Any]) -> None:
        raise NotImplementedError


class Number(Pending):
    """A sum that only grows."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        super().__init__()
        self.total: float = 0

    def take(self, items: list[float]) -> None:
        self.total += sum(items)

    def read(self) -> float:
        with self.lock:
            self.settle()
            return self.total


class Values(Pending):
    """Values with their distribution, and how many of what they tell failed: a failure comes as the negative of it."""

    __slots__ = ("errors", "histogram")

    def __init__(self) -> None:
        super().__init__()
        self.histogram = Histogram()
        self.errors = 0

    def take(self, items: list[float]) -> None:
        if failed := sum(item < 0 for item in items):
            self.errors += failed
            items = [abs(item) for item in items]
        self.histogram.add(*items)

    def read(self) -> Counted:
        with self.lock:
            self.settle()
            return Counted(Histogram().merge(self.histogram), self.errors)


class Work(Pending):
    """Requests of one route, or jobs of one kind: seconds, then the bytes (-1: unknown), then what SUMS names."""

    __slots__ = ("spent",)

    def __init__(self) -> None:
        super().__init__()
        self.spent = Spent()

    def take(self, items: list[tuple[float, ...]]) -> None:
        spent = self.spent
        seconds, sizes, *sums = zip(*items, strict=True)
        spent.times.add(*seconds)
        spent.sizes.add(*(size for size in sizes if size >= 0))
        spent.sums = [before + sum(more) for before, more in zip(spent.sums, sums, strict=True)]

    def read(self) -> Spent:
        with self.lock:
            self.settle()
            return Spent().merge(self.spent)
