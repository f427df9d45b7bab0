"""The clocks that the way to a provider goes by, in one place, so that tests need not wait."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Attributes: ``now`` is seconds since 1970, ``elapsed`` never goes back, ``sleep`` may raise to give up."""

    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


class Deadline:
    """A moment by which something must be done."""

    def __init__(self, seconds: float, elapsed: Callable[[], float]) -> None:
        self.elapsed = elapsed
        self.at = elapsed() + seconds

    def left(self) -> float:
        return self.at - self.elapsed()

    def patience(self, most: float) -> float:
        """How long the next step may wait; TimeoutError when the time is over."""
        left = self.left()
        if left <= 0:
            raise TimeoutError("The time is over.")
        return min(left, most)
