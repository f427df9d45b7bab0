"""Reads probes so that one that hangs costs its own reading only.

1. The probes are read one after the other in a thread made for this tick, while the sampler waits. That is one change
   of threads for all of them, since nearly always all answer at once.
2. When one takes longer than its patience, that thread is left behind with it and another one reads the rest.
3. A probe that was left behind is not started again until it has come back. So there is at most one thread for each
   probe that hangs; it ends with the call, and closes its database connections.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connections
from django.utils import timezone

from performance.probes import Probe, Reading

Answer = tuple[Probe, Reading]


@dataclass(eq=False)
class Errand:
    """What one thread does: *left* is still to be read, *current* is being read since *began*."""

    left: deque[Probe]
    now: float
    current: Probe | None = None
    began: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    abandoned: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            while probe := self.next():
                reading = attempt(probe, self.now)
                if not self.tell(probe, reading):
                    break
        finally:
            self.ended.set()
            connections.close_all()

    def next(self) -> Probe | None:
        with self.lock:
            self.current = self.left.popleft() if self.left else None
            self.began = time.monotonic()
            return self.current

    def tell(self, probe: Probe, reading: Reading) -> bool:
        """Hands a reading over; False when nobody waits for it any more."""
        with self.lock:
            if not self.abandoned:
                self.answers.append((probe, reading))
            return not self.abandoned

    def overdue(self) -> tuple[Probe | None, float]:
        """The probe that used its patience up, which is left behind; else the seconds that the current one has."""
        with self.lock:
            if self.current is None:
                return None, 0.01
            rest = self.began + self.current.patience - time.monotonic()
            if rest > 0:
                return None, rest
            self.abandoned = True
            return self.current, 0.0


class Patience:
    """Keeps in mind which probes hang, from one tick to the next."""

    def __init__(self) -> None:
        self.hanging: dict[Probe, tuple[Errand, str]] = {}

    def read(self, probes: Iterable[Probe], now: float) -> list[Answer]:
        """A reading of every probe, in their order; of one that hangs that it does, and since when."""
        asked = list(probes)
        self.hanging = {p: (e, since) for p, (e, since) in self.hanging.items() if not e.ended.is_set()}
        found = dict(self.answers(deque(p for p in asked if p not in self.hanging), now))
        return [(probe, found.get(probe) or self.hangs(probe)) for probe in asked]

    def answers(self, left: deque[Probe], now: float) -> Iterator[Answer]:
        while left:
            errand = Errand(left, now)
            threading.Thread(target=errand.run, name="probes", daemon=True).start()
            yield from self.wait(errand)
            left = errand.left

    def wait(self, errand: Errand) -> list[Answer]:
        """What was read until the thread came to its end, or to a probe that hangs."""
        seconds = errand.overdue()[1]
        while not errand.ended.wait(seconds):
            probe, seconds = errand.overdue()
            if probe is not None:
                self.hanging[probe] = (errand, f"{timezone.now():%Y-%m-%d %H:%M:%S UTC}")
                break
        return errand.answers

    def hangs(self, probe: Probe) -> Reading:
        since = self.hanging[probe][1]
        return Reading({}, failed={probe.name: f"no answer within {probe.patience:g} s, it hangs since {since}"})


def attempt(probe: Probe, now: float) -> Reading:
    """Whatever a probe trips over, the other readings are worth having."""
    try:
        return probe.read(now)
    except Exception as error:
        return Reading({}, failed={probe.name: f"{type(error).__name__}: {error}"[:200]})
