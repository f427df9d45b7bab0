"""Reads probes so that one that hangs costs its own reading only.

1. The probes are read one after the other by a thread of their own, while the sampler waits. That is one change of
   threads for all of them, since nearly always all answer at once.
2. When one takes longer than its patience, that thread is left behind with it and a new one reads the rest.
3. A probe that was left behind is not started again until it has come back. So there is one thread, and one more for
   each probe that hangs; that one ends with the call, and closes its database connections.
4. A thread that does not even begin, since it hangs at closing its connections, is left behind with all that it was to
   read; one that died is replaced. The sampler never waits for a thread longer than for a probe.
"""

from __future__ import annotations

import logging
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

logger = logging.getLogger(__name__)

Answer = tuple[Probe, Reading]
SOON = 0.01


@dataclass(eq=False)
class Errand:
    """What a thread does in one go: *left* is still to be read, *current* is being read since *began*."""

    left: deque[Probe]
    now: float
    current: Probe | None = None
    began: float = field(default_factory=time.monotonic)
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
            self.current = self.left.popleft() if self.left and not self.abandoned else None
            self.began = time.monotonic()
            return self.current

    def overdue(self) -> tuple[list[Probe], float]:
        """What is left behind, since patience with it is used up: the current probe, or all where none was begun.

        Else the seconds that are left.
        """
        with self.lock:
            if self.current is None and not self.left:
                return [], SOON
            patience = Probe.patience if self.current is None else self.current.patience
            rest = self.began + patience - time.monotonic()
            if rest > 0:
                return [], rest
            self.abandoned = True
            stuck = list(self.left) if self.current is None else [self.current]
            if self.current is None:
                self.left.clear()
            return stuck, 0.0


@dataclass(frozen=True)
class Held:
    """Since when a thread holds a probe, until it comes to the end of its errand, or to its own."""

    errand: Errand
    thread: threading.Thread
    since: str

    @property
    def over(self) -> bool:
        return not (self.errand.ended.empty() and self.thread.is_alive())


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
        close()
        if errand.abandoned:
            return


def close() -> None:
    """What was opened for a reading is not held until the next one."""
    try:
        connections.close_all()
    except Exception as error:
        logger.warning("The connections of the probes can't be closed: %s", error)


class Patience:
    """Keeps in mind which probes hang, from one tick to the next."""

    def __init__(self) -> None:
        self.hand: Hand | None = None
        self.hanging: dict[Probe, Held] = {}

    def read(self, probes: Iterable[Probe], now: float) -> list[Answer]:
        """A reading of every probe, in their order; of one that hangs that it does, and since when."""
        asked = list(probes)
        self.hanging = {probe: held for probe, held in self.hanging.items() if not held.over}
        found = dict(self.answers(deque(probe for probe in asked if probe not in self.hanging), now))
        return [(probe, found.get(probe) or self.hangs(probe)) for probe in asked]

    def answers(self, left: deque[Probe], now: float) -> Iterator[Answer]:
        while left:
            errand = Errand(left, now)
            if self.hand is None or not self.hand.thread.is_alive():
                self.hand = Hand()
            self.hand.errands.put(errand)
            yield from self.wait(errand, self.hand.thread)

    def wait(self, errand: Errand, thread: threading.Thread) -> list[Answer]:
        """What was read until the thread came to its end, or to a probe that hangs."""
        seconds = SOON
        while not done(errand, seconds):
            stuck, seconds = errand.overdue()
            if stuck:
                self.hand = None
                held = Held(errand, thread, f"{timezone.now():%Y-%m-%d %H:%M:%S UTC}")
                self.hanging |= dict.fromkeys(stuck, held)
                break
        return errand.answers

    def hangs(self, probe: Probe) -> Reading:
        since = self.hanging[probe].since
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
    except BaseException as error:  # SystemExit, too: it would end a thread that somebody waits for.
        return Reading({}, failed={probe.name: f"{type(error).__name__}: {error}"[:200]})
