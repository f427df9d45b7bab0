"""What a process counted of its cache since its start, as readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar

from performance.cache.breaker import State
from performance.cache.ledger import Calls, Ledger
from performance.cache.line import Away
from performance.cache.local import Entry, LocalTier
from performance.cache.registry import Store, current_store
from performance.cache.tiered import Tiered

HOTTEST = 10
LOCAL, SHARED = "local", "shared"


@dataclass(frozen=True)
class TierRow:
    """One namespace in one tier. ``bytes`` are held (local) or were moved (shared); ``age`` is its oldest value's."""

    namespace: str
    tier: str
    hits: int
    misses: int
    writes: int
    evictions: int
    bytes: int
    entries: int | None = None
    age: float | None = None

    @property
    def ratio(self) -> float | None:
        return ratio_of(self.hits, self.misses)

    @property
    def kilobytes(self) -> float:
        return self.bytes / 1000


@dataclass(frozen=True)
class CallRow:
    """One namespace of cached functions."""

    namespace: str
    hits: int
    misses: int
    early: int
    stale: int
    joined: int
    compute_seconds: float
    saved_seconds: float

    @property
    def ratio(self) -> float | None:
        return ratio_of(self.hits, self.misses)


@dataclass(frozen=True)
class Shared:
    """The way to the shared tier as this process sees it; ``since`` is when it was lost."""

    breaker: State
    reason: str
    since: datetime | None
    times_opened: int
    listening: bool
    reconnects: int
    missed: int
    memory: dict[str, int] | None


@dataclass(frozen=True)
class CacheReading:
    """Everything the page and the API show; ``shared`` is None where there is no Redis."""

    tiers: tuple[TierRow, ...]
    calls: tuple[CallRow, ...]
    hottest: tuple[tuple[str, int], ...]
    entries: int
    bytes: int
    entries_limit: int
    bytes_limit: int
    shared: Shared | None


R = TypeVar("R", TierRow, CallRow)


def summed(rows: Iterable[R]) -> list[R]:
    """One row for each namespace (and tier), in their order; the age is that of the oldest."""
    groups: dict[tuple[str, ...], list[R]] = {}
    for row in rows:
        groups.setdefault((row.namespace, getattr(row, "tier", "")), []).append(row)
    return [total_of(groups[key]) for key in sorted(groups)]


def total_of(rows: Sequence[R]) -> R:
    if len(rows) == 1:
        return rows[0]
    columns = {item.name: [getattr(row, item.name) for row in rows] for item in fields(rows[0])}
    known = {name: [value for value in column if value is not None] for name, column in columns.items()}
    totals: dict[str, Any] = {
        name: (max(values) if name == "age" else sum(values)) if values else None
        for name, values in known.items()
        if name not in ("namespace", "tier")
    }
    return replace(rows[0], **totals)


def ratio_of(hits: int, misses: int) -> float | None:
    """The share of hits, None where nobody asked."""
    return hits / (hits + misses) if hits + misses else None


def reading(*, memory: bool = True) -> CacheReading | None:
    """The readings of this process's default cache; None where that is another backend. *memory* asks Redis for its."""
    store = current_store()
    if store is None:
        return None
    books, local = store.books, store.local
    rows = [*local_rows(books.local, local), *shared_rows(books.shared)]
    return CacheReading(
        tiers=tuple(sorted(rows, key=lambda row: (row.namespace, row.tier))),
        calls=tuple(call_row(name, calls) for name, calls in sorted(books.calls.items())),
        hottest=hottest_of(store),
        entries=len(local.entries),
        bytes=local.size,
        entries_limit=local.limits.entries,
        bytes_limit=local.limits.size,
        shared=shared_of(store, memory) if isinstance(store, Tiered) else None,
    )


def local_rows(ledgers: dict[str, Ledger], local: LocalTier) -> Iterable[TierRow]:
    """Hits of what is still held are counted on the entries themselves."""
    held: dict[int, list[Entry]] = {}
    for _, entry in local.snapshot():
        held.setdefault(id(entry.ledger), []).append(entry)
    now = monotonic()
    for name, ledger in list(ledgers.items()):
        entries = held.get(id(ledger), [])
        yield TierRow(
            name,
            LOCAL,
            ledger.hits + sum(entry.hits for entry in entries),
            ledger.misses,
            ledger.writes,
            ledger.evictions,
            ledger.bytes,
            len(entries),
            max((now - entry.stored for entry in entries), default=None),
        )


def shared_rows(ledgers: dict[str, Ledger]) -> Iterable[TierRow]:
    for name, row in list(ledgers.items()):
        yield TierRow(name, SHARED, row.hits, row.misses, row.writes, row.evictions, row.bytes)


def call_row(name: str, row: Calls) -> CallRow:
    return CallRow(name, row.hits, row.misses, row.early, row.stale, row.joined, row.compute_seconds, row.saved_seconds)


def hottest_of(store: Store) -> tuple[tuple[str, int], ...]:
    """The most wanted keys: those held now, and the sketch of those that went."""
    counts = Counter(store.books.hottest.counts)
    counts.update({name: entry.hits for name, entry in store.local.snapshot() if entry.hits})
    return tuple(counts.most_common(HOTTEST))


def memory_of(store: Tiered) -> dict[str, int] | None:
    try:
        return store.ask(store.shared.memory)
    except Away:
        return None


def shared_of(store: Tiered, memory: bool) -> Shared:
    known = memory_of(store) if memory else None
    breaker = store.breaker
    return Shared(
        breaker=breaker.state,
        reason=breaker.reason,
        since=datetime.fromtimestamp(breaker.opened_at, UTC) if breaker.opened_at else None,
        times_opened=breaker.times_opened,
        listening=store.listener.connected,
        reconnects=max(0, store.listener.reconnects),
        missed=len(store.missed),
        memory=known,
    )
