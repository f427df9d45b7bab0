"""The local tier: the values that this process used last, in its own memory.

Coherence rests on epochs. Keys fall into stripes; whatever changes a key elsewhere raises its stripe's epoch. Who reads
from the shared tier notes the epoch first and keeps what came back only where the epoch is still the same: else an
invalidation came in between, and what was read may be the value before it.

Redis also announces our own writes, and announces several changes of one key as one. So an announcement of a key that
this process wrote last proves nothing by itself: the listener looks which stamp the shared tier holds (`claims` and
`judge`), and only a stamp that is not ours evicts.
"""

from __future__ import annotations

import fnmatch
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pickle import loads
from time import monotonic
from typing import Any, NamedTuple

from performance.cache.ledger import Books, Ledger
from performance.cache.values import Kept, weigh

MISSING: Any = object()
STRIPES = 256
OVERHEAD = 200  # About the bytes of an entry besides its key and value.
ADRIFT_SECONDS = 2.0


Written = tuple[int | None, int | None]


class Limits(NamedTuple):
    """How much a tier holds, and for how long at most."""

    entries: int = 1000
    size: int = 64_000_000
    seconds: float = 300.0


class Entry:
    """One kept value. ``stamp`` names the write it comes from, ``own`` says that this process made it."""

    __slots__ = ("expires", "held", "hits", "ledger", "own", "pickled", "size", "stamp", "stored")

    def __init__(self, kept: Kept, expires: float, stored: float, ledger: Ledger, size: int) -> None:
        self.held, self.pickled = kept
        self.expires, self.stored, self.ledger, self.size = expires, stored, ledger, size
        self.hits, self.stamp, self.own = 0, 0, False


class LocalTier:
    """Least recently used values go first, beyond a number of entries or of bytes."""

    def __init__(self, limits: Limits, books: Books) -> None:
        self.limits, self.books = limits, books
        self.begin()

    def begin(self) -> None:
        """Empty, with a lock that nobody holds: new, or in a forked child."""
        self.entries: OrderedDict[str, Entry] = OrderedDict()
        self.size = 0
        self.adrift = False  # Nobody tells us what others change: see ADRIFT_SECONDS.
        self.epochs = [0] * STRIPES
        self.writing: dict[str, int] = {}
        self.lock = threading.Lock()

    def get(self, name: str) -> Any:
        """The value, MISSING where none is held or it may not be trusted any more.

        Without the lock, for speed: each step on the dictionary is one step for other threads, too.
        """
        entry = self.entries.get(name)
        if entry is None:
            return MISSING
        if entry.expires <= (now := monotonic()) or (self.adrift and now - entry.stored > ADRIFT_SECONDS):
            self.discard(name, entry)
            return MISSING
        try:
            self.entries.move_to_end(name)
        except KeyError:  # Another thread dropped it a moment ago.
            return MISSING
        entry.hits += 1
        return loads(entry.held) if entry.pickled else entry.held

    def discard(self, name: str, entry: Entry) -> None:
        """Drops an entry unless another has taken its place."""
        with self.lock:
            if self.entries.get(name) is entry:
                self._drop(name)

    def epoch(self, name: str) -> int:
        return self.epochs[hash(name) % STRIPES]

    def put(self, name: str, kept: Kept, life: float | None, namespace: str, epoch: int | None = None) -> None:
        """Keeps a value for *life* seconds; with an *epoch*, only where nothing has changed since it was noted."""
        with self.lock:
            if epoch is None or epoch == self.epochs[hash(name) % STRIPES]:
                self._store(name, kept, life, namespace)

    def begin_write(self, name: str, stamp: int) -> int:
        """Announces our own write of the shared tier; the epoch to hand to `finish`."""
        with self.lock:
            self.writing[name] = stamp
            return self.epochs[hash(name) % STRIPES]

    def finish(self, name: str, kept: Kept, life: float | None, namespace: str, begun: tuple[int, int]) -> None:
        """Our write is done: keeps its value, or forgets the key where somebody else changed it meanwhile.

        *begun* is its stamp, and the epoch when it began.
        """
        stamp, epoch = begun
        with self.lock:
            if self.writing.get(name) == stamp:
                del self.writing[name]
            if epoch == self.epochs[hash(name) % STRIPES]:
                entry = self._store(name, kept, life, namespace)
                if entry is not None:
                    entry.stamp, entry.own = stamp, True
            else:
                self._drop(name)

    def cancel(self, name: str, stamp: int) -> None:
        """Our write was not made after all."""
        with self.lock:
            if self.writing.get(name) == stamp:
                del self.writing[name]

    def forget(self, names: Iterable[str]) -> bool:
        """Drops keys and raises their epochs, so that no read on its way brings the old value back."""
        found = False
        with self.lock:
            for name in names:
                self.epochs[hash(name) % STRIPES] += 1
                self.writing.pop(name, None)
                found = self._drop(name) or found
        return found

    def claims(self, names: Iterable[str]) -> list[str]:
        """Those of the announced keys whose last known write was our own; the others are forgotten."""
        mine: list[str] = []
        with self.lock:
            for name in names:
                entry = self.entries.get(name)
                if name in self.writing or (entry is not None and entry.own):
                    mine.append(name)
                    continue
                self.epochs[hash(name) % STRIPES] += 1
                if self._drop(name) and entry is not None:
                    entry.ledger.evictions += 1
        return mine

    def written(self, names: Iterable[str]) -> dict[str, Written]:
        """Our latest writes of keys, by their stamps: the one under way and the one that is kept."""
        with self.lock:
            return {name: self._written(name) for name in names}

    def judge(self, name: str, stamp: int | None, before: Written) -> bool:
        """Keeps the key where the shared tier holds our latest write, forgets it where it holds another.

        False, and nothing is decided, where a write of ours came between *before* and now: then *stamp* is too old.
        """
        with self.lock:
            now = self._written(name)
            if stamp is not None and stamp in now:
                return True
            if now != before:
                return False
            self.epochs[hash(name) % STRIPES] += 1
            self.writing.pop(name, None)
            self._drop(name)
            return True

    def change(self, name: str, work: Callable[[Any], Any]) -> Any:
        """Replaces a value by what *work* makes of it, in one step; MISSING where there is none."""
        with self.lock:
            entry = self._valid(name)
            if entry is None:
                return MISSING
            entry.held = work(loads(entry.held) if entry.pickled else entry.held)
            entry.pickled = False
            return entry.held

    def add(self, name: str, kept: Kept, life: float | None, namespace: str) -> bool:
        """Keeps a value where there is none yet."""
        with self.lock:
            if self._valid(name) is not None:
                return False
            self._store(name, kept, life, namespace)
            return True

    def touch(self, name: str, life: float | None) -> bool:
        with self.lock:
            entry = self._valid(name)
            if entry is not None:
                entry.expires = monotonic() + self._life(life)
            return entry is not None

    def has(self, name: str) -> bool:
        with self.lock:
            return self._valid(name) is not None

    def clear(self) -> None:
        """Forgets everything, also what is on its way."""
        with self.lock:
            self.epochs = [epoch + 1 for epoch in self.epochs]
            self.writing.clear()
            for name in list(self.entries):
                self._drop(name)

    def matching(self, pattern: str) -> list[str]:
        return [name for name, _ in self.snapshot() if fnmatch.fnmatchcase(name, pattern)]

    def snapshot(self) -> list[tuple[str, Entry]]:
        """What is held now, for those who count."""
        with self.lock:
            return list(self.entries.items())

    def _written(self, name: str) -> Written:
        entry = self.entries.get(name)
        return self.writing.get(name), entry.stamp if entry is not None else None

    def _valid(self, name: str) -> Entry | None:
        entry = self.entries.get(name)
        if entry is not None and entry.expires <= monotonic():
            self._drop(name)
            return None
        return entry

    def _life(self, life: float | None) -> float:
        return self.limits.seconds if life is None else min(life, self.limits.seconds)

    def _store(self, name: str, kept: Kept, life: float | None, namespace: str) -> Entry | None:
        if name in self.entries:
            self._drop(name)
        held, pickled = kept
        size = OVERHEAD + 2 * len(name) + (len(held) if pickled else weigh(held))
        if size > self.limits.size or self.limits.entries < 1:
            return None
        now = monotonic()
        ledger = self.books.local_of(namespace)
        entry = self.entries[name] = Entry(kept, now + self._life(life), now, ledger, size)
        ledger.writes += 1
        ledger.bytes += size
        self.size += size
        while len(self.entries) > self.limits.entries or self.size > self.limits.size:
            oldest, gone = self.entries.popitem(last=False)
            gone.ledger.evictions += 1
            self._settle(oldest, gone)
        return entry

    def _drop(self, name: str) -> bool:
        entry = self.entries.pop(name, None)
        if entry is None:
            return False
        self._settle(name, entry)
        return True

    def _settle(self, name: str, entry: Entry) -> None:
        """An entry is gone: its bytes are free, its hits go to the books."""
        self.size -= entry.size
        entry.ledger.bytes -= entry.size
        if entry.hits:
            entry.ledger.hits += entry.hits
            self.books.hottest.add(name, entry.hits)
