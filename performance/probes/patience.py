"""Reads probes so that one that hangs costs its own reading only.

1. The probes are read one after the other by a thread of their own, while the sampler waits. That is one change of
   threads for all of them, since nearly always all answer at once.
2. When one takes longer than its patience, that thread is left behind with it and a new one reads the rest.
3. A probe that was left behind is not started again until it has come back. So there is one thread, and one more for
   each probe that hangs; that one ends with the call, and closes its database connections.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from django.db import connections
from django.utils import timezone

from performance.probes import Probe, Reading

Answer = tuple[Probe, Reading]
SOON = 0.01


@dataclass(eq=False)
class Errand:
    """What a thread does in one go: *left* is still to be read, *current* is being read since *began*."""

    left: deque[Probe]
    now: float
    current: Probe | None = None
    began: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    abandoned: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: SimpleQueue[bool] = field(default_factory=SimpleQueue)

    def run(self) -> None:
        while probe := self.next():
            reading = attempt(probe, self.now)
            with self.lock:
                if self.abandoned:
                    return
                self.answers.append((probe, reading))

    def next(self) -> Probe | None:
        with self.lock:
            self.current = self.left.popleft() if self.left else None
            self.began = time.monotonic()
            return self.current

    def overdue(self) -> tuple[Probe | None, float]:
        """The probe that used its patience up, which is left behind; else the seconds that the current one has."""
        with self.lock:
            if self.current is None:
                return None, SOON
            rest = self.began + self.current.patience - time.monotonic()
            if rest > 0:
                return None, rest
            self.abandoned = True
            return self.current, 0.0


class Hand:
    """A thread that runs errands, until it is left behind with one or nobody needs it any more."""

    def __init__(self) -> None:
        self.errands: SimpleQueue[Errand | None] = SimpleQueue()
        self.thread = threading.Thread(target=work, args=(self.errands,), name="probes", daemon=True)
        self.thread.start()
        weakref.finalize(self, self.errands.put, None)


def work(errands: SimpleQueue[Errand | None]) -> None:
    while errand := errands.get():
        errand.run()
        errand.ended.put(True)
        # What was opened for a reading is not held until the next one.
        connections.close_all()
        if errand.abandoned:
            return


class Patience:
    """Keeps in mind which probes hang, from one tick to the next."""

    def __init__(self) -> None:
        self.hand: Hand | None = None
        self.hanging: dict[Probe, tuple[Errand, str]] = {}

    def read(self, probes: Iterable[Probe], now: float) -> list[Answer]:
        """A reading of every probe, in their order; of one that hangs that it does, and since when."""
        asked = list(probes)
        self.hanging = {probe: held for probe, held in self.hanging.items() if held[0].ended.empty()}
        found = dict(self.answers(deque(probe for probe in asked if probe not in self.hanging), now))
        return [(probe, found.get(probe) or self.hangs(probe)) for probe in asked]

    def answers(self, left: deque[Probe], now: float) -> Iterator[Answer]:
        while left:
            errand = Errand(left, now)
            self.hand = self.hand or Hand()
            self.hand.errands.put(errand)
            yield from self.wait(errand)

    def wait(self, errand: Errand) -> list[Answer]:
        """What was read until the thread came to its end, or to a probe that hangs."""
        seconds = SOON
        while not done(errand, seconds):
            probe, seconds = errand.overdue()
            if probe is not None:
                self.hand = None
                self.hanging[probe] = (errand, f"{timezone.now():%Y-%m-%d %H:%M:%S UTC}")
                break
        return errand.answers

    def hangs(self, probe: Probe) -> Reading:
        since = self.hanging[probe][1]
        return Reading({}, failed={probe.name: f"no answer within {probe.patience:g} s, it hangs since {since}"})


def done(errand: Errand, seconds: float) -> bool:
    try:
        return errand.ended.get(timeout=seconds)
    except Empty:
        return False


def attempt(probe: Probe, now: float) -> Reading:
    """Whatever a probe trips over, the other readings are worth having."""
    try:
        return probe.read(now)
    except Exception as error:
        return Reading({}, failed={probe.name: f"{type(error).__name__}: {error}"[:200]})
