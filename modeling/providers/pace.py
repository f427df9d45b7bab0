"""How often a provider may be asked, counted by all processes together in the cache.

1. Time is cut into windows of the rate's seconds; a request counts itself in the window of its moment.
2. Within the rate it goes. Beyond, it waits for the next window and counts itself there.

Around a border two windows' requests may come close to each other: a rate is declared at half of what its owner allows.
"""

from __future__ import annotations

from django.core.cache import cache

from modeling.providers.registry import Provider
from modeling.providers.timing import Deadline, Timing

KEPT_SECONDS = 60
# Half a window's border is not worth a wait that ends before it.
GRACE = 0.002


class TooBusy(Exception):
    """Its turn would come too late."""


class Pace:
    def __init__(self, provider: Provider, timing: Timing) -> None:
        self.provider, self.timing = provider, timing

    def wait(self, deadline: Deadline) -> None:
        """Returns when a request may go; TooBusy where that is after the deadline."""
        while (seconds := self.turn()) > 0:
            if seconds > deadline.left():
                raise TooBusy
            self.timing.sleep(seconds)

    def turn(self) -> float:
        """Seconds until there may be room; 0 where the request has its place now."""
        now, rate = self.timing.now(), self.provider.rate
        window = int(now // rate.seconds)
        if counted(f"rl:providers:{self.provider.name}:{window}", KEPT_SECONDS + rate.seconds) <= rate.count:
            return 0.0
        return (window + 1) * rate.seconds - now + GRACE


def counted(key: str, seconds: float) -> int:
    """One more in this counter; how many that makes."""
    cache.add(key, 0, seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # It expired in between.
        return 1
