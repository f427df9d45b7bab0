"""The sampler: one row per category and tick, on deadlines that do not drift.

1. Take the lease, prime the probes (rates need two readings) and half a second later take the first sample.
2. Read every probe; one that fails or hangs leaves its columns null and its name in ``detail.failed``.
3. In one transaction renew the lease and store a row per category: without the lease nothing is stored.
4. Do the chores that follow a stored sample (performance.chores); one that fails costs itself only.
5. Wait for the next deadline: the start plus whole intervals. A late tick skips what it missed, it never catches up;
   after a machine was suspended there is one tick and a gap before it.
6. Meanwhile look every two seconds whether an operator stopped or started the sampling or changed its interval. While
   it is stopped the lease is renewed and nothing is read or stored; started again, all begins with step 1.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from django.db import Error, close_old_connections, transaction
from django.utils import timezone

from performance import chores, sampling
from performance.chores import Chore, Round, Tick
from performance.lease import Lease, me, this_host
from performance.metrics import CATEGORIES, SYSTEM
from performance.models import SystemSample
from performance.probes import Probe, declared, made
from performance.probes.patience import Patience
from performance.sampling import INTERVAL, Sampling
from performance.selectors import leading_host

logger = logging.getLogger(__name__)

PRIME_SECONDS = 0.5
LOOK_SECONDS = 2.0
Wait = Callable[[float], bool]


class Sampler:
    """Samples one host until *wait* says stop.

    Parameters
    ----------
    interval : whole seconds between two samples; None is as the operators have set it.
    wait : sleeps so many seconds, or less; true means stop.
    clock : monotonic seconds.
    look : seconds between two looks at what the operators want.
    """

    def __init__(
        self,
        *,
        wait: Wait,
        interval: int | None = None,
        host: str = "",
        holder: str = "",
        probes: list[Probe] | None = None,
        after: list[Chore] | None = None,
        clock: Callable[[], float] = time.monotonic,
        look: float = LOOK_SECONDS,
    ) -> None:
        self.own, self.wait, self.clock, self.look = interval, wait, clock, look
        self.wanted = Sampling(interval=interval or INTERVAL)
        self.host, self.holder = host or this_host(), holder or me()
        self.probes = made(declared(), self.host) if probes is None else probes
        self.patience = Patience()
        self.failing: dict[str, str] = {}
        self.leading: bool | None = None  # None: not known, since the database was not asked or did not answer
        self.round = Round([chore() for chore in chores.declared()] if after is None else after, clock)

    @property
    def interval(self) -> int:
        return self.own or self.wanted.interval

    @property
    def lease(self) -> Lease:
        return Lease(self.host, self.holder, self.interval, pinned=self.own is not None)

    def run(self) -> None:
        """Samples until told to stop; neither a probe nor the database ends it."""
        self.heed()
        self.hold()  # With the lease the database knows since when the platform is up.
        stopped = self.prime()
        while not stopped:
            stopped = (self.rest() or self.prime()) if self.wanted.paused else self.sample()
        self.release()

    def sample(self) -> bool:
        """Ticks on deadlines as long as nothing else is wanted; true when told to stop."""
        start, interval = self.clock(), self.interval
        while (self.wanted.paused, self.interval) == (False, interval):
            self.tick()
            if self.await_deadline(start):
                return True
        return False

    def await_deadline(self, start: float) -> bool:
        """Waits for the next deadline, or until something else is wanted; true when told to stop.

        What is wanted is looked at last right before the deadline, so that no sample follows an order to stop.
        """
        until = self.clock() + self.pause(start)
        while (left := until - self.clock()) > 0:
            if self.wait(min(left, self.look)):
                return True
            if self.heed():
                break
        return False

    def rest(self) -> bool:
        """Stores nothing until it is wanted again; true when told to stop."""
        logger.info("%s: %s", self.host, self.wanted.clause(timezone.now()))
        renew_at = self.clock() + self.interval
        while self.wanted.paused:
            if self.wait(min(self.look, self.interval / 4)):
                return True
            self.heed()
            if self.clock() >= renew_at:
                self.hold()
                renew_at = self.clock() + self.interval
        return False

    def heed(self) -> bool:
        """Looks what the operators want; whether that is something else than before, for this host."""
        before = self.wanted.paused, self.interval
        try:
            self.wanted = sampling.state()
        except Error:
            close_old_connections()  # The next tick says what is wrong.
        return (self.wanted.paused, self.interval) != before

    def hold(self) -> None:
        """Takes or renews the lease without a sample."""
        try:
            self.lease.take()
        except Error:
            close_old_connections()

    def once(self) -> SystemSample | None:
        """A single sample; None when another process samples this host. Database errors are the caller's."""
        self.prime()
        sample = self.store(self.read())
        self.release()
        return sample

    def prime(self) -> bool:
        """Gives the rates their first reading; true when told to stop meanwhile."""
        self.read()
        return self.wait(PRIME_SECONDS)

    def pause(self, start: float) -> float:
        """Seconds to the next deadline; a sampler that stands by looks four times as often."""
        step = self.interval / 4 if self.leading is False else self.interval
        # A wait that ended a hair early must not lead to a second tick for the same deadline.
        passed = math.floor((self.clock() - start) / step + 0.001)
        return start + (passed + 1) * step - self.clock()

    def tick(self) -> SystemSample | None:
        """Reads, stores and does the chores; a database error is logged and costs this one sample."""
        values = self.read()
        try:
            sample = self.store(values)
            told = self.told_of(sample, values) if sample else None
        except Error as error:
            self.leading = None
            logger.error("No sample was stored, the database does not answer: %s", error)
            close_old_connections()
            return None
        if told:
            self.round.run(told)
        self.report(sample is not None)
        return sample

    def told_of(self, sample: SystemSample, rows: dict[str, dict[str, Any]]) -> Tick:
        """What the chores are told of a sample."""
        lead = leading_host(sample.taken_at) in (None, self.host)
        return Tick(self.host, sample.taken_at, self.interval, rows, lead=lead)

    def read(self) -> dict[str, dict[str, Any]]:
        """The columns of each category's row, from every probe that could be read."""
        rows: dict[str, dict[str, Any]] = {SYSTEM.name: {"detail": {}}}
        failed: dict[str, str] = {}
        for probe, reading in self.patience.read(self.probes, self.clock()):
            row = rows.setdefault(probe.category, {"detail": {}})
            row.update(reading.columns)
            row["detail"].update(reading.detail)
            if reading.failed:
                row["detail"]["failed"] = row["detail"].get("failed", {}) | reading.failed
                failed |= reading.failed
        self.log_failures(failed)
        return rows

    def log_failures(self, failed: dict[str, str]) -> None:
        """Logs a probe when it starts to fail and when it answers again, not at every tick."""
        for name in failed.keys() - self.failing.keys():
            logger.warning("The probe %s of %s fails: %s", name, self.host, failed[name])
        for name in self.failing.keys() - failed.keys():
            logger.info("The probe %s of %s answers again.", name, self.host)
        self.failing = failed

    def store(self, rows: dict[str, dict[str, Any]]) -> SystemSample | None:
        """One row per category, if this sampler holds the host's lease; the row of the system."""
        with transaction.atomic():
            if not self.lease.take():
                return None
            common = {"host": self.host, "taken_at": timezone.now(), "interval": self.interval}
            for name, values in rows.items():
                if name != SYSTEM.name:
                    CATEGORIES[name].model._default_manager.create(**common, **values)
            return SystemSample.objects.create(**common, **rows[SYSTEM.name])

    def report(self, leading: bool) -> None:
        if leading != self.leading:
            logger.info("%s: %s", self.host, "sampling" if leading else "standing by, another sampler is at work")
        self.leading = leading

    def release(self) -> None:
        """Leaves the host to the next sampler at once; when the database is away the expiry does it."""
        try:
            self.lease.release()
        except Error as error:
            logger.warning("The sampler's lease was left to expire: %s", error)
