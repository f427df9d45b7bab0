"""Single flight: of all that miss one result at once, one computes and the others wait for it.

Inside a process a flight is an entry of a table; between processes it is a lease in the shared tier, which expires with
its holder. Invalidating a result takes both away: what is still being computed then is not kept.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from performance.cache.registry import current_store
from performance.cache.values import Kept, keep

# A computation that takes longer is not kept: its lease is over, and somebody else may have begun anew.
LEASE_OVER_PATIENCE = 2.0


class Flight:
    """One computation under way in this process."""

    def __init__(self, owner: int) -> None:
        self.owner = owner
        self.landed = threading.Event()
        self.spoiled = False
        self.kept: Kept | None = None
        self.error: BaseException | None = None

    def land(self, value: Any) -> Any:
        """Hands the result to those who wait, as copies of it; *value* itself stays the leader's."""
        self.kept = keep(value)
        self.landed.set()
        return value

    def fail(self, error: BaseException) -> None:
        self.error = error
        self.landed.set()

    def result(self) -> Any:
        """A caller's own copy of the result, or the error that the leader met."""
        if self.kept is None:
            assert self.error is not None
            raise self.error
        return self.kept.give()


class Flights:
    """The flights of this process by the name of their result."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """No flights, and a lock that nobody holds: new, or in a forked child."""
        self.lock = threading.Lock()
        self.table: dict[str, Flight] = {}

    def join(self, name: str, owner: int) -> tuple[Flight, bool]:
        """The flight to that result, and whether the caller (a thread or a task) leads it."""
        with self.lock:
            flight = self.table.get(name)
            if flight is not None:
                return flight, False
            flight = self.table[name] = Flight(owner)
            return flight, True

    def leave(self, name: str, flight: Flight) -> None:
        with self.lock:
            if self.table.get(name) is flight:
                del self.table[name]

    def spoil(self, name: str) -> None:
        """What is being computed is out of date already: who comes now starts anew."""
        with self.lock:
            flight = self.table.pop(name, None)
        if flight is not None:
            flight.spoiled = True


class Lease:
    """The right of this caller, among all processes, to compute a result."""

    def __init__(self, name: str, patience: float) -> None:
        self.name, self.seconds = name, LEASE_OVER_PATIENCE * patience
        self.token = secrets.token_hex(8)
        self.store = current_store()

    def take(self) -> bool:
        return self.store is None or self.store.lease(self.name, self.token, self.seconds)

    def held(self) -> bool:
        return self.store is None or self.store.leased(self.name, self.token)

    def release(self) -> None:
        if self.store is not None:
            self.store.release(self.name, self.token)


FLIGHTS = Flights()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=FLIGHTS.begin)


def spoil(name: str) -> None:
    """Nothing that is being computed for this result, anywhere, is kept."""
    FLIGHTS.spoil(name)
    store = current_store()
    if store is not None:
        store.revoke(name)


@contextmanager
def leading(name: str, flight: Flight) -> Iterator[None]:
    """Whoever waits hears of the end, whatever it is."""
    try:
        yield
    except BaseException as error:
        flight.fail(error)
        raise
    finally:
        FLIGHTS.leave(name, flight)
