"""What each process publishes of its cache, small enough for its row: the readings of `statistics`, as lists."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import astuple, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from performance.cache.breaker import State
from performance.cache.ledger import OTHER
from performance.cache.statistics import CacheReading, CallRow, Shared, TierRow, reading, summed
from performance.reporter import Publisher, Readings, register

NAME = "cache"
MOST = 40
LONGEST_KEY = 100
AGE_STEP = 10  # An age that differs at every look would have the row written at every look.
R = TypeVar("R", TierRow, CallRow)


class Names:
    """The namespaces that are told by name: the first that were met, for ever, so that no counter ever falls."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.begin()

    def begin(self) -> None:
        """None yet: new, or in a forked child."""
        self.known: set[str] = set()

    def of(self, namespace: str) -> str:
        if namespace not in self.known and len(self.known) >= self.most:
            return OTHER
        self.known.add(namespace)
        return namespace

    def fold(self, rows: Iterable[R]) -> list[R]:
        return summed(replace(row, namespace=self.of(row.namespace)) for row in rows)


NAMES = Names()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=NAMES.begin)


def as_json(found: CacheReading, names: Names = NAMES) -> Readings:
    now = time.time()
    return {
        "tiers": [list(astuple(since(row, now))) for row in names.fold(found.tiers)],
        "calls": [rounded(astuple(row)) for row in names.fold(found.calls)],
        "hottest": [[key[:LONGEST_KEY], hits] for key, hits in found.hottest],
        "held": [found.entries, found.bytes, found.entries_limit, found.bytes_limit],
        "shared": shared_json(found.shared) if found.shared else None,
    }


def since(row: TierRow, now: float) -> TierRow:
    """An age as the moment of its begin, which stays the same."""
    return row if row.age is None else replace(row, age=round((now - row.age) / AGE_STEP) * AGE_STEP)


def rounded(values: tuple[Any, ...]) -> list[Any]:
    return [round(value, 4) if isinstance(value, float) else value for value in values]


def shared_json(shared: Shared) -> Readings:
    since = shared.since.isoformat() if shared.since else None
    values = {item.name: getattr(shared, item.name) for item in fields(Shared) if item.name != "memory"}
    return values | {"breaker": shared.breaker.value, "since": since}


def from_json(told: Readings) -> CacheReading | None:
    """The reading that another process published; None where it published none."""
    if "held" not in told:
        return None
    now = time.time()
    tiers = [TierRow(*row) for row in told["tiers"]]
    entries, size, entries_limit, bytes_limit = told["held"]
    return CacheReading(
        tiers=tuple(row if row.age is None else replace(row, age=max(0.0, now - row.age)) for row in tiers),
        calls=tuple(CallRow(*row) for row in told["calls"]),
        hottest=tuple((key, hits) for key, hits in told["hottest"]),
        entries=entries,
        bytes=size,
        entries_limit=entries_limit,
        bytes_limit=bytes_limit,
        shared=shared_from(told["shared"]) if told["shared"] else None,
    )


def shared_from(told: Readings) -> Shared:
    lost = datetime.fromisoformat(told["since"]) if told["since"] else None
    return Shared(**told | {"breaker": State(told["breaker"]), "since": lost, "memory": None})


def publish() -> Readings:
    found = reading(memory=False)
    return as_json(found) if found else {}


register(Publisher(NAME, lambda role: publish()))
