"""What is counted: each namespace's hits, misses, writes and evictions in each tier, and its hottest keys."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, fields
from typing import TypeVar

MOST_NAMESPACES = 200
MOST_KEYS = 64
OTHER = "other"


@dataclass(slots=True)
class Ledger:
    """One namespace in one tier, since this process started; ``bytes`` are those held (local) or moved (shared)."""

    hits: int = 0
    misses: int = 0
    writes: int = 0
    evictions: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Calls:
    """One namespace of cached functions: how calls were answered, and the time that computing took or was saved.

    Those that ``joined`` are hits that waited for somebody else's computation.
    """

    hits: int = 0
    misses: int = 0
    early: int = 0
    stale: int = 0
    joined: int = 0
    compute_seconds: float = 0.0
    saved_seconds: float = 0.0


L = TypeVar("L", Ledger, Calls)


class Hottest:
    """The most wanted keys in bounded space (Metwally's space-saving sketch): a count is never too low."""

    def __init__(self, size: int = MOST_KEYS) -> None:
        self.size = size
        self.counts: dict[str, int] = {}

    def add(self, key: str, count: int) -> None:
        """Counts *count* more wishes for *key*; when full, it takes the place of the least wanted and its count."""
        if key not in self.counts and len(self.counts) >= self.size:
            least = min(self.counts, key=self.counts.__getitem__)
            count += self.counts.pop(least)
        self.counts[key] = self.counts.get(key, 0) + count

    def top(self, count: int) -> list[tuple[str, int]]:
        return sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))[:count]


@dataclass
class Books:
    """All that one cache of this process counts, by namespace; namespaces beyond the bound are counted together."""

    local: dict[str, Ledger] = field(default_factory=dict)
    shared: dict[str, Ledger] = field(default_factory=dict)
    calls: dict[str, Calls] = field(default_factory=dict)
    hottest: Hottest = field(default_factory=Hottest)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Empty, with a lock that nobody holds, in a forked child: it counts from its own start."""
        for book in (self.local, self.shared, self.calls, self.hottest.counts):
            book.clear()
        self.lock = threading.Lock()

    def local_of(self, namespace: str) -> Ledger:
        return self.local.get(namespace) or self._open(self.local, namespace, Ledger)

    def shared_of(self, namespace: str) -> Ledger:
        return self.shared.get(namespace) or self._open(self.shared, namespace, Ledger)

    def calls_of(self, namespace: str) -> Calls:
        return self.calls.get(namespace) or self._open(self.calls, namespace, Calls)

    def _open(self, books: dict[str, L], namespace: str, kind: type[L]) -> L:
        with self.lock:
            name = namespace if namespace in books or len(books) < MOST_NAMESPACES else OTHER
            return books.setdefault(name, kind())


def namespace_of(key: str) -> str:
    """What stands before the first colon of a key; ``other`` where there is none."""
    namespace, colon, _ = str(key).partition(":")
    return namespace[:40] if colon and namespace else OTHER


def total(books: dict[str, L], kind: type[L]) -> L:
    """The sum over the namespaces."""
    rows = list(books.values())
    return kind(**{item.name: sum(getattr(row, item.name) for row in rows) for item in fields(kind)})
