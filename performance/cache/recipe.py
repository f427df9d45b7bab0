"""What a cached function is kept under, for how long, and when a kept result still counts."""

from __future__ import annotations

import inspect
import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from performance.cache.keys import canonical, shortened
from performance.cache.ledger import Calls
from performance.cache.registry import current_store
from performance.cache.release import release
from performance.cache.tags import Stamps, namespace_tag, stamps_of

Tags = Iterable[str] | Callable[..., Iterable[str]]
EAGERNESS = 1.0


class Stored(NamedTuple):
    """A kept result: ``until`` in seconds since 1970, ``cost`` the seconds it took, the stamps from before it began."""

    value: Any
    until: float
    cost: float
    stamps: Stamps


@dataclass(frozen=True)
class Policy:
    """How results are kept: see `performance.cache.cached`."""

    namespace: str
    ttl: float
    negative_ttl: float | None = None
    stale: float = 0.0
    tags: Tags = ()
    key: Callable[..., Any] | None = None
    patience: float = 10.0

    def __post_init__(self) -> None:
        if not self.namespace or ":" in self.namespace:
            raise ValueError(f"A namespace needs a name without a colon, not {self.namespace!r}.")
        if self.ttl <= 0:
            raise ValueError("A result that lives for no time can't be cached: give a ttl above 0.")


class Recipe:
    """Key, tags and judgement of one cached function."""

    def __init__(self, function: Callable[..., Any], policy: Policy) -> None:
        self.policy = policy
        self.signature = inspect.signature(function)
        self.label = f"{function.__module__}.{function.__qualname__}".replace("<locals>", "").replace(" ", "")

    def key(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """The cache key of a call; the same for every way of writing the same call."""
        if self.policy.key is not None:
            identity = canonical(self.policy.key(*args, **kwargs))
        else:
            bound = self.signature.bind(*args, **kwargs)
            bound.apply_defaults()
            identity = ",".join(canonical(value) for value in bound.arguments.values())
        return f"{self.policy.namespace}:{self.label}:{release()}:{shortened(identity)}"

    def tags(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
        """The tags of a call's result; its namespace is one of them."""
        tags = self.policy.tags
        return [namespace_tag(self.policy.namespace), *(tags(*args, **kwargs) if callable(tags) else tags)]

    @property
    def calls(self) -> Calls:
        """Where the calls of this namespace are counted."""
        store = current_store()
        return store.books.calls_of(self.policy.namespace) if store is not None else Calls()

    def pack(self, value: Any, cost: float, stamps: Stamps) -> tuple[tuple[Any, ...], float]:
        """What to keep of a result and for how long; a missing one (None) may have a shorter life."""
        ttl = self.policy.ttl
        if value is None and self.policy.negative_ttl is not None:
            ttl = self.policy.negative_ttl
        return (value, time.time() + ttl, cost, stamps), ttl + self.policy.stale


def usable(found: Any, tags: list[str]) -> Stored | None:
    """The kept result where none of its tags was invalidated since, however old it is."""
    if not isinstance(found, tuple) or len(found) != len(Stored._fields):
        return None
    stored = Stored(*found)
    return stored if stored.stamps == stamps_of(tags) else None


def due(stored: Stored, now: float) -> bool:
    """Whether it is time to compute again: at the end, or by chance a little before it, the likelier the dearer it was.

    So one of many callers refreshes a wanted result while the others are still served (XFetch: Vattani, Chierichetti
    and Lowenstein, "Optimal probabilistic cache stampede prevention", VLDB 2015, equation 3).
    """
    return now - stored.cost * EAGERNESS * math.log(1.0 - random.random()) >= stored.until
