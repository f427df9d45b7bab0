"""The circuit breaker before a provider, shared by all processes through the cache. (That of the cache itself, in
`performance.cache.breaker`, lives in one process, since what it guards is the very place where this one is kept.)

1. Closed: requests pass. FAILURES in a row open it; so does a provider that asks to be left alone.
2. Open: requests are refused at once, with the reason and when to come back.
3. Half-open: after the pause one request of all processes may try. Where it succeeds the breaker closes; else it is
   open for twice as long, at most LONGEST_PAUSE.
"""

from __future__ import annotations

from typing import NamedTuple

from django.core.cache import cache

from modeling.providers.pace import counted
from modeling.providers.registry import Provider
from modeling.providers.timing import Timing

FAILURES = 5
FAILURES_SECONDS = 600
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 600.0
MOST_ASKED = 3600.0
TRIAL_SECONDS = 120
KEPT_SECONDS = 3600


class Opened(NamedTuple):
    """Until when it is open (seconds since 1970), for how long that is, and why."""

    until: float
    pause: float
    reason: str


class Breaker:
    def __init__(self, provider: Provider, timing: Timing) -> None:
        self.timing = timing
        self.place = f"providers:breaker:{provider.name}"
        self.trial = f"rl:providers:{provider.name}:trial"
        self.failures = f"rl:providers:{provider.name}:failures"

    def opened(self) -> Opened | None:
        """Why and until when it is open; None while it is closed."""
        found = cache.get(self.place)
        return Opened(*found) if isinstance(found, tuple) and len(found) == len(Opened._fields) else None

    def refusal(self) -> Opened | None:
        """None where a request may go; after the pause that is one request, which tries for all."""
        opened = self.opened()
        if opened is None:
            return None
        if self.timing.now() >= opened.until and cache.add(self.trial, 1, TRIAL_SECONDS):
            return None
        return opened

    def succeeded(self) -> None:
        cache.delete_many([self.place, self.trial, self.failures])

    def failed(self, reason: str) -> None:
        opened = self.opened()
        if opened is None:
            if counted(self.failures, FAILURES_SECONDS) >= FAILURES:
                self.open(FIRST_PAUSE, reason)
        elif self.timing.now() >= opened.until:  # Else it is the failure of a request that began before.
            self.open(min(2 * opened.pause, LONGEST_PAUSE), reason)

    def asked_to_wait(self, seconds: float, reason: str) -> None:
        """The provider itself says for how long it wants no more requests."""
        self.open(min(max(seconds, 1.0), MOST_ASKED), reason)

    def open(self, pause: float, reason: str) -> None:
        cache.set(self.place, tuple(Opened(self.timing.now() + pause, pause, reason)), pause + KEPT_SECONDS)
        cache.delete(self.trial)
