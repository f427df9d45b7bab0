"""One call of a cached function: answered from the cache, by another caller's flight, or by computing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache

from performance import scope
from performance.cache.flights import FLIGHTS, Flight, Lease, leading, spoil
from performance.cache.recipe import Recipe, Stored, due, usable
from performance.cache.tags import Stamps, stamps_of
from valor.lib.errors import ValorError

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.02


class Work:
    """What calls of functions and of coroutine functions have in common; none of it waits for anybody."""

    def __init__(
        self, function: Callable[..., Any], recipe: Recipe, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.function, self.recipe, self.policy = function, recipe, recipe.policy
        self.args, self.kwargs = args, kwargs
        self.name = recipe.key(args, kwargs)
        self.tags = recipe.tags(args, kwargs)

    def found(self) -> Stored | None:
        """The kept result, expired or not, unless it was invalidated."""
        return usable(cache.get(self.name), self.tags)

    def current(self) -> Stored | None:
        """The kept result where it still counts."""
        stored = self.found()
        return stored if stored is not None and time.time() < stored.until else None

    def hit(self, stored: Stored) -> Any:
        calls = self.recipe.calls
        calls.hits += 1
        calls.saved_seconds += stored.cost
        return stored.value

    def joined(self, stored: Stored) -> Any:
        """What another process computed while this one waited."""
        self.recipe.calls.joined += 1
        return self.hit(stored)

    def landed_with(self, flight: Flight) -> Any:
        """What another caller of this process computed meanwhile."""
        calls = self.recipe.calls
        calls.hits += 1
        calls.joined += 1
        return flight.result()

    def stamps(self) -> Stamps:
        """Taken before computing: what is invalidated meanwhile makes the result useless."""
        return stamps_of(self.tags)

    def keep(self, value: Any, cost: float, stamps: Stamps, flight: Flight, lease: Lease) -> None:
        """Keeps a result unless it was invalidated while it was computed.

        Looking after the write, too, leaves no gap: whoever invalidates takes the lease away first and deletes then.
        """
        calls = self.recipe.calls
        calls.misses += 1
        calls.compute_seconds += cost
        if flight.spoiled or not lease.held():
            return
        stored, life = self.recipe.pack(value, cost, stamps)
        cache.set(self.name, stored, life)
        if flight.spoiled or not lease.held():
            cache.delete(self.name)

    def instead(self, error: Exception, expired: Stored | None) -> Any:
        """The last result in place of an error, where the policy allows one so old; else the error."""
        refused = isinstance(error, ValorError)
        if refused or expired is None or time.time() > expired.until + self.policy.stale:
            raise error
        logger.warning("%s failed: its last result is given.", self.recipe.label, exc_info=error)
        self.recipe.calls.stale += 1
        return expired.value


class Call(Work):
    """One call of a function."""

    def answer(self) -> Any:
        stored = self.found()
        now = time.time()
        if stored is None or now >= stored.until:
            return self.miss(stored)
        return self.refresh(stored) if due(stored, now) else self.hit(stored)

    def refresh(self, stored: Stored) -> Any:
        """One caller computes early; who finds that somebody does already is served what there is."""
        flight, leads = FLIGHTS.join(self.name, threading.get_ident())
        if not leads:
            return self.hit(stored)
        with leading(self.name, flight):
            lease = Lease(self.name, self.policy.patience)
            if not lease.take():
                flight.land(stored.value)
                return self.hit(stored)
            self.recipe.calls.early += 1
            return flight.land(self.compute(flight, lease, stored))

    def miss(self, expired: Stored | None) -> Any:
        """Leads the flight to the result, or waits for who does."""
        flight, leads = FLIGHTS.join(self.name, threading.get_ident())
        if not leads:
            return self.follow(flight)
        with leading(self.name, flight):
            return flight.land(self.lead(flight, expired))

    def follow(self, flight: Flight) -> Any:
        """The flight's result, each follower its own copy. Who would wait for itself computes."""
        if flight.owner == threading.get_ident() or not landed(flight, self.policy.patience):
            return self.function(*self.args, **self.kwargs)
        return self.landed_with(flight)

    def lead(self, flight: Flight, expired: Stored | None) -> Any:
        """Computes under a lease; while another process holds it, waits for what that one keeps."""
        lease = Lease(self.name, self.policy.patience)
        until = time.monotonic() + self.policy.patience
        while not lease.take():
            time.sleep(POLL_SECONDS)
            scope.spend("cache", POLL_SECONDS)
            if (stored := self.current()) is not None:
                return self.joined(stored)
            if time.monotonic() > until:
                return self.function(*self.args, **self.kwargs)
        if (stored := self.current()) is not None:  # Kept between our look and our lease.
            lease.release()
            return self.hit(stored)
        return self.compute(flight, lease, expired)

    def compute(self, flight: Flight, lease: Lease, expired: Stored | None) -> Any:
        """The function's own result, kept."""
        try:
            stamps = self.stamps()
            started = time.perf_counter()
            value = self.function(*self.args, **self.kwargs)
            self.keep(value, time.perf_counter() - started, stamps, flight, lease)
        except Exception as error:
            return self.instead(error, expired)
        finally:
            lease.release()
        return value


def landed(flight: Flight, patience: float) -> bool:
    """Waits for somebody else's computation: to this request or job that is time of the cache."""
    started = time.perf_counter()
    try:
        return flight.landed.wait(patience)
    finally:
        scope.spend("cache", time.perf_counter() - started)


def forget(name: str) -> None:
    """Forgets a result, also one that is being computed."""
    spoil(name)
    cache.delete(name)
