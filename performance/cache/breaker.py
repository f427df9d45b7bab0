"""The circuit breaker before the shared tier: a Redis that is away costs one timeout, not one for each call.

1. Closed: calls pass. One failure, or several slow answers in a row, opens it.
2. Open: calls are refused at once and the local tier serves on. After a pause that grows with each failed try, one
   caller may probe. That caller is the listener's thread, so that no visitor waits for a probe.
3. Half-open: the probe runs. Where it succeeds, including the replay of what was missed, the breaker closes.
"""

from __future__ import annotations

import logging
import threading
import time
from enum import StrEnum

logger = logging.getLogger(__name__)
SLOW_SECONDS = 0.1
SLOW_IN_A_ROW = 5
NAP_SECONDS = 0.001
STALL_SECONDS = 0.01
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 1.0


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


def is_slow(seconds: float) -> bool:
    """Whether Redis was slow, and not this process: a thread may have waited for a busy interpreter or processor.

    Where falling asleep for a moment takes much longer than that, the time was lost on our side.
    """
    if seconds < SLOW_SECONDS:
        return False
    began = time.perf_counter()
    time.sleep(NAP_SECONDS)
    return time.perf_counter() - began < NAP_SECONDS + STALL_SECONDS


class Breaker:
    """Thread-safe; ``closed`` is an attribute, since every call reads it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.closed = True
        self.state = State.CLOSED
        self.opened_at: float | None = None
        self.reason = ""
        self.times_opened = 0
        self.slow, self.slow_until = 0, 0.0
        self.pause = FIRST_PAUSE
        self.probe_from = 0.0

    def trip(self, reason: str) -> None:
        """Opens; a failure while open only puts the next probe off."""
        with self.lock:
            if self.state is State.CLOSED:
                logger.warning("The shared cache is away (%s): the local tier serves on.", reason)
                self.opened_at = time.time()
                self.times_opened += 1
                self.pause = FIRST_PAUSE
            else:
                self.pause = min(2 * self.pause, LONGEST_PAUSE)
            self.closed, self.state, self.reason = False, State.OPEN, reason
            self.slow = 0
            self.probe_from = time.monotonic() + self.pause

    def took(self, seconds: float) -> None:
        """Notes how long an answer took: slow ones in a row, each begun after the one before, count as a failure."""
        if not is_slow(seconds):
            self.slow = 0
            return
        now = time.monotonic()
        if now - seconds < self.slow_until:
            return
        self.slow_until = now
        self.slow += 1
        if self.slow >= SLOW_IN_A_ROW:
            self.trip(f"{SLOW_IN_A_ROW} answers in a row took longer than {SLOW_SECONDS * 1000:.0f} ms")

    def begin_probe(self) -> bool:
        """Whether the caller may probe now; only one at a time."""
        with self.lock:
            if self.state is not State.OPEN or time.monotonic() < self.probe_from:
                return False
            self.state = State.HALF_OPEN
            return True

    def close(self) -> None:
        """The probe succeeded."""
        with self.lock:
            logger.warning("The shared cache is back after %.1f s.", time.time() - (self.opened_at or time.time()))
            self.closed, self.state, self.opened_at, self.reason = True, State.CLOSED, None, ""
            self.pause, self.slow = FIRST_PAUSE, 0
