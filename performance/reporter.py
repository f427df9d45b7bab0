"""Each process publishes its own readings, as one row of ProcessReading.

1. A thread wakes every second and lets each publisher look at what moves too fast for the row.
2. Every ten seconds it asks the publishers; what differs from the row is written. A row that stays the same is renewed
   once a minute as a sign of life.
3. The process's last act is to publish once more and mark the row as ended. Workers leave by os._exit, where atexit
   never runs; Finalize runs there and everywhere else.
4. The sampler folds rows that ended or fell silent into the totals of the fleet, long after it has read their last
   figures; see performance.fleet, which also says how nothing counts twice.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.utils import timezone

from performance import fleet
from performance.database.connections import beside_the_pool
from performance.database.timing import unmeasured
from performance.lease import this_host
from performance.models import ProcessReading, Role

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
PUBLISH_EVERY = timedelta(seconds=10)
RENEW_EVERY = timedelta(minutes=1)
SILENT = 3 * RENEW_EVERY
LAST_ACT_SECONDS = 1.5
QUIET = {
    *(
        "check",
        "flush",
        "makemigrations",
        "migrate",
        "qcluster",
        "runserver",
        "sample_metrics",
        "sqlflush",
        "test",
        "up",
    ),
}

Readings = dict[str, Any]


def nothing_to_see() -> None:
    """What most publishers look at between two publications."""


def passed(since: float) -> timedelta:
    """On the monotonic clock: one that is set back must not silence a process."""
    return timedelta(seconds=time.monotonic() - since)


@dataclass(frozen=True)
class Publisher:
    """*read* returns the process's readings as a small JSON object: gauges as they are, counters since its start."""

    name: str
    read: Callable[[Role], Readings]
    look: Callable[[], None] = nothing_to_see


_publishers: dict[str, Publisher] = {}
_reporter: Reporter | None = None
_starting = threading.Lock()


def register(publisher: Publisher) -> None:
    """Declares a publisher; a second one of the same name is a mistake."""
    known = _publishers.setdefault(publisher.name, publisher)
    if known != publisher:
        raise ValueError(f"The publisher {publisher.name!r} is declared twice.")


class Reporter:
    """Publishes for this process from ``start`` to the end of the process."""

    def __init__(self, role: Role, host: str = "") -> None:
        self.role, self.host, self.pid = role, host or this_host(), os.getpid()
        self.started_at = timezone.now()
        self.published_at = self.written_at = time.monotonic() - RENEW_EVERY.total_seconds()
        self.row: ProcessReading | None = None
        # What the process had counted when it last tried to write, and what of it counts elsewhere than in its row.
        self.counted: Readings = {}
        self.before: Readings = {}
        self.told = False
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, name="reporter", daemon=True)

    def start(self) -> None:
        self.thread.start()
        # After what the process still has to do with its jobs, which take exitpriority 10.
        Finalize(None, self.end, exitpriority=5)

    def end(self) -> None:
        """Publishes for the last time, in the thread that has always done it; a hung database is not waited for."""
        self.ending.set()
        self.thread.join(LAST_ACT_SECONDS)

    def run(self) -> None:
        while not self.ending.wait(LOOK_SECONDS):
            self.look()
            if passed(self.published_at) >= PUBLISH_EVERY:
                self.try_to_publish()
        self.try_to_publish(ended=True)

    def look(self) -> None:
        """Lets every publisher look; a fault of one must not end the reports of all."""
        for publisher in _publishers.values():
            try:
                publisher.look()
            except Exception as error:
                self.tell(f"{publisher.name} can't be looked at", error)

    def try_to_publish(self, *, ended: bool = False) -> None:
        """A database that does not answer costs this publication; the next one carries the same counters on."""
        try:
            self.publish(ended=ended)
            self.told = False
        except Exception as error:
            self.tell("This process can't publish its readings", error)
        finally:
            # Not a connection per process for a write every ten seconds.
            connections.close_all()

    def tell(self, what: str, error: Exception) -> None:
        """Once, until something was published again; a command may well come before the tables it would write."""
        if not self.told:
            logger.log(logging.DEBUG if self.role == Role.COMMAND else logging.WARNING, "%s: %s", what, error)
        self.told = True

    def publish(self, *, ended: bool = False) -> bool:
        """Writes the row if it has changed, is due for renewal or for its end; whether it did."""
        now = timezone.now()
        self.published_at = time.monotonic()
        counted = self.readings()
        readings = fleet.without(counted, self.before)
        unchanged = self.row is not None and readings == self.row.readings
        if unchanged and not ended and passed(self.written_at) < RENEW_EVERY:
            return False
        values: dict[str, Any] = {"updated_at": now, "ended_at": now if ended else None, "readings": readings}
        with beside_the_pool(DEFAULT_DB_ALIAS), unmeasured(DEFAULT_DB_ALIAS):
            self.write(counted, values)
        self.written_at = time.monotonic()
        return True

    def write(self, counted: Readings, values: dict[str, Any]) -> None:
        before, self.counted = self.counted, counted
        if self.row is None or not ProcessReading.objects.filter(pk=self.row.pk, folded_at=None).update(**values):
            self.row = self.begin_row(counted, before, values)
        else:
            self.row.readings = values["readings"]

    def begin_row(self, counted: Readings, before: Readings, values: dict[str, Any]) -> ProcessReading:
        """The process's row, written for the first time, or again after the fleet had given the process up.

        The answer to an earlier write may have been lost, so the row may be there although this process knows of none.
        """
        process = {"host": self.host, "pid": self.pid, "started_at": self.started_at}
        mine = ProcessReading.objects.filter(**process)
        while (row := mine.first()) is not None:
            if fleet.take_back(row, values) or mine.filter(folded_at=None).update(**values):
                row.readings = values["readings"]
                return row
        if self.row is not None:
            # The row was given up and forgotten: what it told counts elsewhere.
            self.before = before
            values = values | {"readings": fleet.without(counted, before)}
        return ProcessReading.objects.create(role=self.role, **process, **values)

    def readings(self) -> Readings:
        """What every publisher says; one that breaks costs its own readings only."""
        found: Readings = {}
        for publisher in _publishers.values():
            try:
                found[publisher.name] = publisher.read(self.role)
            except Exception as error:
                # What it has counted before still counts.
                last = self.counted.get(publisher.name, {})
                found[publisher.name] = {**last, "failed": f"{type(error).__name__}: {error}"[:200]}
        return found


def start(role: Role) -> None:
    """Starts this process's reporter, once; a fork starts one of its own."""
    global _reporter
    if _reporter is not None and _reporter.pid == os.getpid():
        return
    # Two threads may connect to a database at once: two rows would tell the same figures.
    with _starting:
        if _reporter is None or _reporter.pid != os.getpid():
            _reporter = Reporter(role)
            _reporter.start()


def begin_after_fork() -> None:
    """A lock that another thread held would stay locked."""
    global _starting
    _starting = threading.Lock()


os.register_at_fork(after_in_child=begin_after_fork)


def report_web() -> None:
    """Called in each web process right after its start."""
    start(Role.WEB)


def report_worker(**_: Any) -> None:
    """Called in each worker process right after its fork."""
    start(Role.WORKER)


def report_command(**_: Any) -> None:
    """Called when a database is connected to: a management command that gets so far reports, too.

    Those that report in another role, or that change the very tables, do not.
    """
    if Path(sys.argv[0]).name == "manage.py" and not QUIET & {*sys.argv[1:2]}:
        start(Role.COMMAND)


def living(now: datetime) -> QuerySet[ProcessReading]:
    """The rows of processes that are at work."""
    return ProcessReading.objects.filter(ended_at=None, updated_at__gt=now - SILENT)


def at_work(row: ProcessReading | fleet.Member, now: datetime) -> bool:
    """The same of a row that has been read."""
    return row.ended_at is None and row.updated_at is not None and row.updated_at > now - SILENT
