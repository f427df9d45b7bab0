"""Whether a fault means that the database is out of reach, why, what to do, and since when; without asking it.

The database's own codes tell (PostgreSQL's SQLSTATE, SQLite's result codes): a mistake in a statement is none of these.
"""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.backends.signals import connection_created

from valor.lib.errors import Problem

RETRY_SECONDS = 5
# An outage that nobody met for so long is another one; a line in the log tells of so many seconds of it.
APART_SECONDS = 300.0
LOG_SECONDS = 30.0

START = "Start the database, or check DATABASE_URL."
FILE = "Put the database's file back into VALOR_HOME, and let this server's user read and write it and its folder."
SPACE = "Free space on the disk that holds the database."


class Proof(IntEnum):
    """What shows that an outage is over; what comes later shows what comes before, too."""

    CONNECTION = 0
    ANSWER = 1
    CHANGE = 2  # which nobody looks for: such an outage is over when nobody has met it for APART_SECONDS


class Cause(NamedTuple):
    """Why the database is out of reach, what to do, and what would show that it is back."""

    why: str
    remedy: str
    proof: Proof


LOCKED = Cause(
    "Another program holds the database locked.", "Wait, or end the program that holds its lock.", Proof.CHANGE
)
SQLITE = {
    "BUSY": LOCKED,
    "LOCKED": LOCKED,
    "CANTOPEN": Cause("Its file can't be opened.", FILE, Proof.CONNECTION),
    "READONLY": Cause("Its file can't be written.", FILE, Proof.CHANGE),
    "PERM": Cause("Its file can't be read.", FILE, Proof.ANSWER),
    "IOERR": Cause("Its disk fails.", "Check the disk that holds VALOR_HOME.", Proof.CHANGE),
    "FULL": Cause("Its disk is full.", SPACE, Proof.CHANGE),
    "CORRUPT": Cause("Its file is damaged.", "Restore it from a backup.", Proof.ANSWER),
    "NOTADB": Cause("Its file is no database.", "Restore it from a backup.", Proof.ANSWER),
}
EMPTY = Cause(
    "It holds none of our tables.", "Check that it is the right one; if it is new, run manage.py migrate.", Proof.ANSWER
)
# What every request asks first: in a database that was moved, or never migrated, these are missing.
NO_TABLE = re.compile(r'(no such table: |relation ")(django_session|auth_user)').search
# By the first characters of the code; the longest that fits.
POSTGRESQL = {
    "08": Cause("The connection was lost.", START, Proof.CONNECTION),
    "57P": Cause("It is starting or shutting down.", START, Proof.CONNECTION),
    "53": Cause(
        "It is out of memory, of disk or of connections.", "Free some of them: see PostgreSQL's log.", Proof.CHANGE
    ),
    "531": Cause("Its disk is full.", SPACE, Proof.CHANGE),
    "533": Cause("It has no connection left.", "Raise max_connections, or run fewer processes.", Proof.CONNECTION),
    "58": Cause("Its disk fails.", "See PostgreSQL's log.", Proof.CHANGE),
    "28": Cause("It refuses the user or the password.", "Check DATABASE_URL.", Proof.CONNECTION),
    "3D": Cause("There is no such database.", "Check DATABASE_URL.", Proof.CONNECTION),
    "25006": Cause("It takes no changes just now.", "Point DATABASE_URL at the primary server.", Proof.CHANGE),
    "XX": Cause("It is damaged.", "See PostgreSQL's log.", Proof.ANSWER),
}
UNREACHABLE = Cause("It does not answer.", START, Proof.CONNECTION)


@dataclass(frozen=True)
class Outage:
    """Attributes: ``since`` is when this process met it first, ``requests`` how many it kept from their work."""

    cause: Cause
    since: datetime
    requests: int = 1

    @property
    def told(self) -> str:
        """Which part, since when, and who says so."""
        return f"The database has been out of reach since {self.moment}, as {socket.gethostname()} sees it."

    @property
    def moment(self) -> str:
        return f"{self.since:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def problem(self) -> Problem:
        return Problem("database", self.moment, self.cause.why, self.cause.remedy)


@dataclass(frozen=True)
class Sighting:
    """The last that was known of the platform."""

    at: datetime
    sentence: str


class Watch:
    """What this process knows of its database: the outage that lasts, and the last good sighting."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.outage: Outage | None = None
        self.met = self.logged = float("-inf")
        self.good: Sighting | None = None

    def meet(self, cause: Cause) -> Outage:
        with self.lock:
            now = time.monotonic()
            lasting = self.outage if now - self.met < APART_SECONDS else None
            self.met = now
            if lasting is None:
                self.outage = Outage(cause, datetime.now(UTC))
            else:
                self.outage = replace(lasting, cause=cause, requests=lasting.requests + 1)
            return self.outage

    def proved(self, proof: Proof) -> None:
        """Whoever meets an outage from now on meets a new one, if this shows that the last one is over."""
        with self.lock:
            if self.outage is not None and self.outage.cause.proof <= proof:
                self.outage = None

    def connected(self, **_: Any) -> None:
        self.proved(Proof.CONNECTION)

    def answered(self) -> None:
        self.proved(Proof.ANSWER)

    def worth_a_line(self) -> bool:
        with self.lock:
            now = time.monotonic()
            if now - self.logged < LOG_SECONDS:
                return False
            self.logged = now
            return True


watch = Watch()
connection_created.connect(watch.connected, dispatch_uid="valor.outages")


def outage_behind(error: BaseException | None) -> Outage | None:
    """The outage that *error* tells of; None for any other fault."""
    found = next(filter(None, map(cause_of, chain(error))), None)
    return watch.meet(found) if found else None


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def cause_of(error: BaseException) -> Cause | None:
    """Why the database is out of reach, and what to do, by Django's error and the driver's below it."""
    if not isinstance(error, (DatabaseError, InterfaceError)):
        return None
    driver = error.__cause__
    if NO_TABLE(str(error)):
        return EMPTY
    if name := getattr(driver, "sqlite_errorname", ""):
        return SQLITE.get(name.removeprefix("SQLITE_").split("_")[0])
    if code := getattr(driver, "sqlstate", None):
        return next((POSTGRESQL[code[:n]] for n in (5, 3, 2) if code[:n] in POSTGRESQL), None)
    return UNREACHABLE if isinstance(error, (OperationalError, InterfaceError)) else None


class OneLine(logging.Filter):
    """Requests that met an outage leave one line in a while, without a traceback: the fault is not in the code."""

    def filter(self, record: logging.LogRecord) -> bool:
        outage: Outage | None = getattr(getattr(record, "request", None), "outage", None)
        if outage is None:
            return True
        if not watch.worth_a_line():
            return False
        record.exc_info = record.exc_text = None
        said = (
            "The database has been out of reach since %s UTC: %s %s So far %d requests were answered 503, the last: %s"
        )
        since = f"{outage.since:%Y-%m-%d %H:%M:%S}"
        record.msg, record.args = said, (since, *outage.cause[:2], outage.requests, record.getMessage())
        return True
