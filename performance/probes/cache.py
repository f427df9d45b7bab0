"""The cache: what the host's processes counted since the sample before, and how the shared tier answered them.

The processes publish what they counted every ten seconds, so a short interval sees nothing and then much at once; no
lookup is left out and none counts twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from performance.cache.breaker import State
from performance.cache.line import FAILURES, SECONDS, Away
from performance.cache.publishing import NAME, from_json
from performance.cache.registry import current_store
from performance.cache.statistics import LOCAL, CacheReading
from performance.cache.tiered import Tiered
from performance.differences import Look, Step, Steps, grown
from performance.models import ProcessReading, Role
from performance.probes import OfProcesses, Reading, register
from performance.totals import Counted, Kind, Totals

ASKED = 7
SHOWN = 20
COUNTED = (
    *("local_hits", "local_misses", "shared_hits", "shared_misses", "writes", "evictions"),
    *("computed", "stale", "joined", "compute_seconds", "saved_seconds"),
)
Counts = dict[str, float]
Books = dict[str, Counts]


@dataclass(frozen=True)
class Told:
    """What one process published: its counters by namespace, and what it holds."""

    row: ProcessReading
    reading: CacheReading

    def books(self) -> Books:
        books: Books = {}
        for tier in self.reading.tiers:
            book = books.setdefault(tier.namespace, dict.fromkeys(COUNTED, 0.0))
            side = "local" if tier.tier == LOCAL else "shared"
            book[f"{side}_hits"] += tier.hits
            book[f"{side}_misses"] += tier.misses
            if tier.tier == LOCAL:
                book["writes"] += tier.writes
                book["evictions"] += tier.evictions
        for calls in self.reading.calls:
            book = books.setdefault(calls.namespace, dict.fromkeys(COUNTED, 0.0))
            book["computed"] += calls.misses
            for name in ("stale", "joined", "compute_seconds", "saved_seconds"):
                book[name] += getattr(calls, name)
        return books

    @property
    def fullness(self) -> float:
        """The local tier's entries or bytes, whichever is nearer to its limit, in percent."""
        held = self.reading
        shares = [held.entries / max(held.entries_limit, 1), held.bytes / max(held.bytes_limit, 1)]
        return round(100 * max(shares), 1)


def growth(step: Step[Books]) -> Books:
    """What the processes' counters grew by, by namespace."""
    total: Books = {}
    for books, before in step.told:
        for namespace, book in books.items():
            old = (before or {}).get(namespace, {})
            sums = total.setdefault(namespace, dict.fromkeys(COUNTED, 0.0))
            for name, value in book.items():
                sums[name] += max(0.0, value - old.get(name, 0.0))
    return total


def lookups(book: Mapping[str, float]) -> float:
    """How often anything was looked for: what the local tier missed goes to the shared one, where that answers."""
    return book["local_hits"] + max(book["local_misses"], book["shared_hits"] + book["shared_misses"])


@register
class Processes(OfProcesses):
    """The caches of the host's processes together; also of hosts that nobody samples."""

    category, name = "cache", "processes"

    def __init__(self, look: Look | None = None) -> None:
        super().__init__(look)
        self.steps = Steps[Books]()

    def read(self, now: float) -> Reading:
        seen = self.look.at(now)
        told = [
            Told(row, reading) for row in seen.rows if (reading := from_json(row.readings.get(NAME, {}))) is not None
        ]
        alive = [each for each in told if each.row in seen.alive]
        step = self.steps.to(seen, {each.row.pk: each.books() for each in told}, now)
        books = growth(step) if step else {}
        moved = flow(books, step.seconds) if step else {}
        columns, detail = held(alive), {"breakers": breakers(alive), "namespaces": namespaces(books, alive)}
        return Reading(columns | moved, detail)


def held(alive: Sequence[Told]) -> dict[str, Any]:
    """What the living hold now; null where none has published."""
    if not alive:
        return {}
    shared = [each.reading.shared for each in alive if each.reading.shared is not None]
    return {
        "local_entries": sum(each.reading.entries for each in alive),
        "local_bytes": sum(each.reading.bytes for each in alive),
        "local_percent": max(each.fullness for each in alive),
        "breakers_open": sum(one.breaker is not State.CLOSED for one in shared) if shared else None,
    }


def flow(grown: Books, seconds: float) -> dict[str, Any]:
    """What was looked for, written and computed within so many seconds."""
    total = {name: sum(book[name] for book in grown.values()) for name in COUNTED}
    looked = sum(lookups(book) for book in grown.values())
    behind = total["shared_hits"] + total["shared_misses"]
    return {
        "hit_percent": percent(total["local_hits"] + total["shared_hits"], looked),
        "local_hit_percent": percent(total["local_hits"], looked),
        "shared_hit_percent": percent(total["shared_hits"], behind),
        "lookup_count": round(looked),
        "lookup_rate": round(looked / seconds, 2),
        "write_rate": round(total["writes"] / seconds, 2),
        "eviction_rate": round(total["evictions"] / seconds, 2),
        "compute_rate": round(total["computed"] / seconds, 3),
        "compute_ms": round(1000 * total["compute_seconds"] / total["computed"], 2) if total["computed"] else None,
        "joined_rate": round(total["joined"] / seconds, 3),
        "stale_rate": round(total["stale"] / seconds, 3),
    }


def percent(part: float, whole: float) -> float | None:
    return round(min(100.0, 100 * part / whole), 1) if whole else None


def breakers(alive: Iterable[Told]) -> list[dict[str, Any]]:
    return [
        {"host": each.row.host, "pid": each.row.pid, "state": shared.breaker.value, "reason": shared.reason}
        for each in alive
        if (shared := each.reading.shared) is not None and shared.breaker is not State.CLOSED
    ]


def namespaces(grown: Books, alive: Sequence[Told]) -> list[dict[str, Any]]:
    """Each namespace since the last sample, the busiest first; ``bytes`` and ``entries`` are held locally now."""
    sizes: dict[str, tuple[int, int]] = {}
    for tier in (tier for each in alive for tier in each.reading.tiers if tier.tier == LOCAL):
        size, entries = sizes.get(tier.namespace, (0, 0))
        sizes[tier.namespace] = size + tier.bytes, entries + (tier.entries or 0)
    busiest = sorted(grown, key=lambda name: (-lookups(grown[name]), -sizes.get(name, (0, 0))[0], name))
    return [namespace(name, grown[name], sizes.get(name, (0, 0))) for name in busiest[:SHOWN]]


def namespace(name: str, book: Counts, size: tuple[int, int]) -> dict[str, Any]:
    hits = book["local_hits"] + book["shared_hits"]
    whole = {key: round(book[key]) for key in ("writes", "evictions", "computed", "stale", "joined")}
    times = {key: round(book[key], 3) for key in ("compute_seconds", "saved_seconds")}
    missed = round(max(0.0, lookups(book) - hits))
    return {"name": name, "hits": round(hits), "misses": missed, "bytes": size[0], "entries": size[1], **whole, **times}


@register
class SharedTier(OfProcesses):
    """Redis as the host's processes saw it since the sample before: every call that any of them made, and its memory.

    Where none made a call (or none has published yet) the round trip of a few small reads by the sampler itself stands
    in. Its calls are never counted among those of the others.
    """

    category, name = "cache", "shared tier"

    def __init__(self, look: Look | None = None) -> None:
        super().__init__(look)
        self.steps = Steps[Totals]()

    def read(self, now: float) -> Reading:
        seen = self.look.at(now)
        others = {row.pk: seen.totals[row.pk].only(SECONDS, FAILURES) for row in seen.rows if row.role != Role.SAMPLER}
        step = self.steps.to(seen, others, now)
        columns, detail = calls_of(grown(step.told)) if step else ({}, {})
        store = current_store()
        if not isinstance(store, Tiered):
            return Reading(columns, detail)
        try:
            return Reading(memory_of(store) | (columns or round_trip(store)), detail)
        except Away:
            return Reading(columns, detail, {self.name: "Redis does not answer"})


def calls_of(grown: Totals) -> tuple[dict[str, Any], dict[str, Any]]:
    """How long the calls took, and how many there were and failed; nothing without any."""
    times = grown.values.get((Kind.VALUES, SECONDS, ()), Counted()).values
    if not times.count:
        return {}, {}
    failures = round(grown.counts.get((FAILURES, ()), 0))
    columns = {f"shared_p{rank}_ms": milliseconds(times.quantile(rank / 100)) for rank in (50, 95)}
    return columns, {"shared": {"calls": times.count, "failures": failures, "seconds": round(times.total, 4)}}


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 3)


def memory_of(store: Tiered) -> dict[str, Any]:
    memory = store.ask(store.shared.memory)
    limit = memory["limit"] or psutil.virtual_memory().total
    return {"shared_bytes": memory["used"], "shared_percent": round(100 * memory["used"] / limit, 1)}


def round_trip(store: Tiered) -> dict[str, Any]:
    times = sorted(timed(store) for _ in range(ASKED))
    return {"shared_p50_ms": milliseconds(times[len(times) // 2]), "shared_p95_ms": milliseconds(times[-1])}


def timed(store: Tiered) -> float:
    """Seconds of one read of a key that nobody writes."""
    started = time.perf_counter()
    store.ask(store.shared.redis.get, f"{store.shared.space}:probe")
    return time.perf_counter() - started
