"""The line to the shared tier: guarded by the breaker, watched by the listener, put right after it was cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from performance import scope
from performance.cache.alone import Alone
from performance.cache.breaker import Breaker, is_slow
from performance.cache.ledger import Books
from performance.cache.listener import Listener
from performance.cache.local import Limits
from performance.cache.missed import Missed
from performance.cache.shared import AWAY, Place, SharedTier
from performance.instruments import count, observe

# The instruments by which each process tells of its calls of the shared tier.
SECONDS, FAILURES = "shared_cache_seconds", "shared_cache_failures"
T = TypeVar("T")
PINGS = 3
BATCH = 1000
# A key that this process writes all the time is looked at so often before it is forgotten.
LOOKS = 5


class Away(Exception):
    """The shared tier does not answer: the local tier serves on by itself."""


class Line:
    """What is between the tiers of one process."""

    def __init__(self, place: Place, limits: Limits, books: Books, backend: Any) -> None:
        self.books = books
        self.shared = SharedTier(place, backend)
        self.alone = Alone(limits, books)
        self.local = self.alone.local
        self.begin_in_child()

    def begin_in_child(self) -> None:
        """Empty, and adrift until the listener is connected: at first use, and again in a forked child."""
        self.alone.begin_in_child()
        self.breaker, self.missed = Breaker(), Missed()
        self.turning = threading.Lock()
        self.local.adrift = True
        self.listener = Listener(self)

    def ask(self, command: Callable[..., T], *arguments: Any, **options: Any) -> T:
        """The shared tier's answer; Away where there is none."""
        if not self.breaker.closed:
            raise Away
        self.listener.ensure()
        started = time.perf_counter()
        try:
            if not self.shared.generation:
                self.settle()
            answer = command(*arguments, **options)
        except AWAY as error:
            waited(time.perf_counter() - started)
            count(FAILURES)
            self.breaker.trip(reason_of(error))
            raise Away from error
        seconds = time.perf_counter() - started
        waited(seconds)
        self.breaker.took(seconds)
        return answer

    def tell(self, command: Callable[..., Any], *arguments: Any) -> None:
        """Where no answer is needed, none is missed."""
        try:
            self.ask(command, *arguments)
        except Away:
            return

    def pages(self, pattern: str) -> Iterator[list[bytes]]:
        """Matching keys of Redis, page by page."""
        scan = self.shared.scan(pattern)
        while (page := self.ask(next, scan, None)) is not None:
            yield page

    def settle(self) -> None:
        """Takes over the generation that all processes are in."""
        with self.turning:
            self.adopt(self.shared.settled())

    def begin_generation(self) -> None:
        """Leaves all values behind, for every process."""
        with self.turning:
            self.adopt(self.shared.begin_generation())

    def adopt(self, generation: str) -> None:
        """Keys carry this generation from here on; values of another one are left behind.

        Only in turn: a generation that was asked for before another thread began the next one is out of date.
        """
        if generation != self.shared.generation:
            self.shared.use(generation)
            self.local.clear()

    # What the listener calls, in its thread:

    def found(self) -> None:
        """The announcements come in again; what was missed in between is unknown, so the local tier starts empty."""
        self.settle()
        self.local.clear()
        self.local.adrift = False

    def lost(self, error: Exception) -> None:
        self.local.adrift = True
        self.breaker.trip(reason_of(error))

    def heard(self, keys: list[bytes] | None) -> None:
        """Somebody changed these keys; None: all of them."""
        if keys is None or self.shared.generation_key.encode() in keys:
            self.settle()
        if keys is None:
            self.local.clear()
            return
        names = [name for key in keys if (name := self.shared.name_of(key)) is not None]
        mine = self.local.claims(names)
        for _ in range(LOOKS):
            if not mine:
                return
            before = self.local.written(mine)
            stamps = self.shared.stamps(mine)
            mine = [name for name in mine if not self.local.judge(name, stamps.get(name), before[name])]
        self.local.forget(mine)

    def beat(self) -> None:
        """Puts right what was missed, and probes where the breaker is open."""
        if self.breaker.closed:
            if self.missed:
                self.replay()
        elif self.breaker.begin_probe():
            self.recover()

    def recover(self) -> None:
        """The half-open state: Redis has to answer swiftly and to take what was missed before it counts as back."""
        try:
            for _ in range(PINGS):
                started = time.perf_counter()
                self.shared.redis.ping()
                if is_slow(time.perf_counter() - started):
                    raise TimeoutError("Redis answers slowly")
            self.settle()
            self.replay()
        except AWAY as error:
            self.breaker.trip(reason_of(error))
            return
        self.local.clear()
        self.breaker.close()

    def replay(self) -> None:
        """Deletes in the shared tier what was written or deleted without it."""
        names, everything = self.missed.take()
        try:
            if everything:
                self.begin_generation()
            for aside in (False, True):
                batch = [name for name, beside in names if beside is aside]
                for start in range(0, len(batch), BATCH):
                    self.shared.delete(batch[start : start + BATCH], aside)
        except AWAY:
            for name, aside in names:
                self.missed.note(name, aside)
            if everything:
                self.missed.note_everything()
            raise


def waited(seconds: float) -> None:
    """Counts one call of the shared tier, and books it on the request or job that waited for it."""
    observe(SECONDS, seconds)
    scope.spend("cache", seconds)


def reason_of(error: Exception) -> str:
    return str(error.__cause__ or error) or type(error).__name__
