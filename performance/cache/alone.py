"""The cache in the memory of this process alone: without Redis, and while Redis is away."""

from __future__ import annotations

import time
from typing import Any

from performance.cache.ledger import Books
from performance.cache.local import MISSING, Limits, LocalTier
from performance.cache.values import keep

ASIDE = Limits(entries=10_000, size=16_000_000, seconds=float("inf"))


class Alone:
    """Values in one tier, counters aside in another, so that no flood of values pushes a count out.

    A *life* is in seconds, None for as long as possible; at zero or below the value has expired already.
    """

    def __init__(self, limits: Limits, books: Books) -> None:
        self.books = books
        self.local = LocalTier(limits, books)
        self.side = LocalTier(ASIDE, books)

    def begin_in_child(self) -> None:
        """Empty, with locks that nobody holds."""
        self.books.begin()
        self.local.begin()
        self.side.begin()

    def tier(self, aside: bool) -> LocalTier:
        return self.side if aside else self.local

    def fetch(self, name: str, namespace: str, aside: bool) -> Any:
        """What `local` did not have; MISSING where it is nowhere."""
        value = self.side.get(name) if aside else MISSING
        if value is MISSING:
            self.books.local_of(namespace).misses += 1
        return value

    def fetch_many(self, names: dict[str, str], aside: bool) -> dict[str, Any]:
        """Those of *names* (each with its namespace) that `local` did not have."""
        found = {name: self.fetch(name, namespace, aside) for name, namespace in names.items()}
        return {name: value for name, value in found.items() if value is not MISSING}

    def set(self, name: str, value: Any, life: float | None, namespace: str, aside: bool) -> None:
        if life is not None and life <= 0:
            self.tier(aside).forget([name])
        else:
            self.tier(aside).put(name, keep(value), life, namespace)

    def set_many(self, values: dict[str, tuple[Any, str]], life: float | None, aside: bool) -> None:
        for name, (value, namespace) in values.items():
            self.set(name, value, life, namespace, aside)

    def add(self, name: str, value: Any, life: float | None, namespace: str, aside: bool) -> bool:
        tier = self.tier(aside)
        if life is not None and life <= 0:
            return not tier.has(name)
        return tier.add(name, keep(value), life, namespace)

    def touch(self, name: str, life: float | None, aside: bool) -> bool:
        tier = self.tier(aside)
        if life is not None and life <= 0:
            return tier.forget([name])
        return tier.touch(name, life)

    def delete(self, names: list[str], aside: bool) -> bool:
        return self.tier(aside).forget(names)

    def change(self, name: str, delta: int, aside: bool) -> Any:
        """The value plus *delta*; MISSING where there is none."""
        return self.tier(aside).change(name, lambda value: value + delta)

    def has(self, name: str, aside: bool) -> bool:
        return self.tier(aside).has(name)

    def clear(self) -> None:
        self.local.clear()
        self.side.clear()

    def lease(self, name: str, token: str, seconds: float) -> bool:
        """Nobody outside of this process computes here, and inside it flights see to it."""
        return True

    def leased(self, name: str, token: str) -> bool:
        return True

    def release(self, name: str, token: str) -> None: ...

    def revoke(self, name: str) -> None: ...

    def count(self, pattern: str) -> tuple[int, bool]:
        """How many values match, and whether all were looked at."""
        return len(self.local.matching(pattern)), True

    def delete_matching(self, pattern: str) -> tuple[int, bool]:
        names = self.local.matching(pattern)
        self.local.forget(names)
        return len(names), True


def remaining(expires: float) -> float | None:
    """The life left to a value that expires at *expires* (seconds since 1970, 0: never)."""
    return None if expires == 0.0 else expires - time.time()
