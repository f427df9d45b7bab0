"""A claimed job in the hands of its worker: all that may be done with it goes through here, and behind its fence."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from django.db import InterfaceError, OperationalError, connection

from tasks import lifecycle, parts
from tasks.choices import State
from tasks.errors import JobCancelled, JobStopped, JobSuperseded
from tasks.models import Job

if TYPE_CHECKING:
    from tasks.registry import Share
    from valor.lib.errors import Problem


# Between two tries to give a job back while the database is away.
RETRY_SECONDS = 0.5


class Hold(Protocol):
    """What the runner needs of a store of jobs; ``tasks.testing`` has one in memory.

    ``write``, ``keep`` and ``tell`` raise JobStopped where the job is no longer this worker's to do. The ends below
    change nothing then.
    """

    job: Job

    def write(self, **row: Any) -> None:
        """Columns of the job, and with them its heartbeat."""

    def keep(self, data: bytes, **row: Any) -> None:
        """The next piece, and columns of the job: both or neither."""

    def tell(self, text: str) -> None:
        """A line of the job's log."""

    def pieces(self) -> list[bytes]:
        """What earlier attempts kept, in order."""

    def left_behind(self) -> Iterator[bytes]:
        """The pieces of all its parts, in no particular order."""

    def split(self, shares: Sequence[Share]) -> None:
        """Turns it into its parts."""

    def finish(self, result: dict[str, Any], total: int) -> None:
        """Done, with a result, after *total* units."""

    def fail(self, message: str, problems: Iterable[Problem], error_class: str, traceback: str) -> None:
        """Failed, for good."""

    def abandon(self, reason: str) -> None:
        """Cancelled, since what it worked for is gone."""

    def pause(self) -> None:
        """Given back, to be tried again in a moment."""


class Held:
    """A job of the job table, held by the token it was claimed with."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def write(self, **row: Any) -> None:
        if not lifecycle.advance(self.job, **row):
            raise self.lost()

    def keep(self, data: bytes, **row: Any) -> None:
        if not lifecycle.keep(self.job, data, **row):
            raise self.lost()

    def lost(self) -> JobStopped:
        """Why the job is no longer held."""
        cancelled = Job.objects.filter(pk=self.job.pk, state=State.CANCELLED).exists()
        return JobCancelled() if cancelled else JobSuperseded()

    def tell(self, text: str) -> None:
        self.write(log=lifecycle.line(text))

    def pieces(self) -> list[bytes]:
        return [bytes(piece.data) for piece in self.job.pieces.all()] if self.job.pieces_kept else []

    def left_behind(self) -> Iterator[bytes]:
        return parts.left_behind(self.job)

    def split(self, shares: Sequence[Share]) -> None:
        lifecycle.split(self.job, shares)

    def finish(self, result: dict[str, Any], total: int) -> None:
        lifecycle.finish(self.job, result, total=total)

    def fail(self, message: str, problems: Iterable[Problem], error_class: str, traceback: str) -> None:
        lifecycle.fail(self.job, message=message, problems=problems, error_class=error_class, traceback=traceback)

    def abandon(self, reason: str) -> None:
        lifecycle.abandon(self.job, reason)

    def pause(self) -> None:
        """Tries for nearly as long as the lease lasts, as it may be the database itself that was away."""
        until = time.monotonic() + lifecycle.LEASE.total_seconds() - 2 * RETRY_SECONDS
        while True:
            try:
                if not connection.in_atomic_block:
                    connection.close_if_unusable_or_obsolete()
                lifecycle.pause(self.job)
                return
            except (OperationalError, InterfaceError):
                if time.monotonic() > until:
                    raise
                time.sleep(RETRY_SECONDS)
