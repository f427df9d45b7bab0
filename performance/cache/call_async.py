"""One call of a cached coroutine function: as in `performance.cache.call`, while the event loop never waits."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from asgiref.sync import sync_to_async

from performance.cache.call import POLL_SECONDS, Work
from performance.cache.flights import FLIGHTS, Flight, Lease, leading
from performance.cache.recipe import Stored, due

FOLLOW_SECONDS = 0.005


class AsyncCall(Work):
    """One call of a coroutine function."""

    async def answer(self) -> Any:
        stored = await sync_to_async(self.found)()
        now = time.time()
        if stored is None or now >= stored.until:
            return await self.miss(stored)
        return await self.refresh(stored) if due(stored, now) else self.hit(stored)

    async def refresh(self, stored: Stored) -> Any:
        flight, leads = FLIGHTS.join(self.name, id(asyncio.current_task()))
        if not leads:
            return self.hit(stored)
        with leading(self.name, flight):
            lease = Lease(self.name, self.policy.patience)
            if not await sync_to_async(lease.take)():
                flight.land(stored.value)
                return self.hit(stored)
            self.recipe.calls.early += 1
            return flight.land(await self.compute(flight, lease, stored))

    async def miss(self, expired: Stored | None) -> Any:
        while True:
            flight, leads = FLIGHTS.join(self.name, id(asyncio.current_task()))
            if leads:
                with leading(self.name, flight):
                    return flight.land(await self.lead(flight, expired))
            if flight.owner == id(asyncio.current_task()) or not await self.landed(flight):
                return await self.function(*self.args, **self.kwargs)
            if not isinstance(flight.error, asyncio.CancelledError):
                return self.landed_with(flight)

    async def landed(self, flight: Flight) -> bool:
        """Waits for a flight, of this event loop or of another thread's."""
        until = time.monotonic() + self.policy.patience
        while not flight.landed.is_set():
            if time.monotonic() > until:
                return False
            await asyncio.sleep(FOLLOW_SECONDS)
        return True

    async def lead(self, flight: Flight, expired: Stored | None) -> Any:
        lease = Lease(self.name, self.policy.patience)
        until = time.monotonic() + self.policy.patience
        while not await sync_to_async(lease.take)():
            await asyncio.sleep(POLL_SECONDS)
            if (stored := await sync_to_async(self.current)()) is not None:
                return self.joined(stored)
            if time.monotonic() > until:
                return await self.function(*self.args, **self.kwargs)
        if (stored := await sync_to_async(self.current)()) is not None:
            await sync_to_async(lease.release)()
            return self.hit(stored)
        return await self.compute(flight, lease, expired)

    async def compute(self, flight: Flight, lease: Lease, expired: Stored | None) -> Any:
        try:
            stamps = await sync_to_async(self.stamps)()
            started = time.perf_counter()
            value = await self.function(*self.args, **self.kwargs)
            await sync_to_async(self.keep)(value, time.perf_counter() - started, stamps, flight, lease)
        except Exception as error:
            return self.instead(error, expired)
        finally:
            await sync_to_async(lease.release)()
        return value
