"""What a handler is given besides its parameters."""

from __future__ import annotations

import math
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from tasks.errors import TimedOut

if TYPE_CHECKING:
    from tasks.hold import Hold

# At most four writes a second, however often a handler reports.
INTERVAL = 0.25
# What a killed worker had done since its last piece is done again: more often costs more than that.
CHECKPOINT_INTERVAL = 2.0
MOST_LINES = 100


class JobContext:
    """A running job as its handler sees it: who it is, how far it got, and what earlier attempts have finished."""

    def __init__(self, hold: Hold, timeout: float) -> None:
        self.job_id = hold.job.pk
        self.attempt = hold.job.attempt
        self.total = 0
        self._timeout = timeout
        self._hold = hold
        self._started = self._kept_at = time.monotonic()
        self._written_at = -math.inf
        self._first: tuple[float, int] | None = None
        self._row: dict[str, Any] = {}
        self._lines = 0

    def progress(self, done: int, total: int, stage: str = "", message: str = "") -> None:
        """Reports *done* of *total* units; cheap enough to call at every block.

        Raises JobCancelled or JobSuperseded when the job is no longer this worker's to do, and TimedOut when it
        took longer than its kind allows: let them pass.
        """
        self.total = total
        now = time.monotonic()
        if now - self._written_at < INTERVAL and stage[:100] == self._row.get("stage"):
            return
        if now > self._started + self._timeout:
            raise TimedOut(f"This job took longer than {self._timeout:g} s and was stopped: ask for less at once.")
        self._row = self._as_row(now, done, total, stage, message)
        self._hold.write(**self._row)
        self._written_at = now

    def elapsed(self) -> float:
        """Seconds since the job first began, whoever worked at it since."""
        began = self._hold.job.started_at
        return (timezone.now() - began).total_seconds() if began else 0.0

    @property
    def is_checkpoint_due(self) -> bool:
        """Whether so much was done since the last piece that it is worth keeping."""
        return time.monotonic() - self._kept_at >= CHECKPOINT_INTERVAL

    def checkpoint(self, data: bytes) -> None:
        """Keeps a piece of finished work: another attempt finds it in ``pieces`` and goes on from there."""
        self._hold.keep(data, **self._row)
        self._kept_at = self._written_at = time.monotonic()

    @cached_property
    def pieces(self) -> list[bytes]:
        """What earlier attempts at this job have finished, in the order they kept it."""
        return self._hold.pieces()

    def log(self, text: str) -> None:
        """Adds a line to the job's log, which its owner reads; after a hundred lines no more."""
        self._lines += 1
        if self._lines <= MOST_LINES:
            self._hold.tell(" ".join(text.split()))

    def _as_row(self, now: float, done: int, total: int, stage: str, message: str) -> dict[str, Any]:
        """The columns; the rate counts from the first report, so that what was resumed does not count as done now."""
        since, before = self._first = self._first or (now, done)
        return {
            "done": done,
            "total": total,
            "progress": min(1.0, max(0.0, done / total)) if total > 0 else 0.0,
            "rate": (done - before) / (now - since) if now > since else 0.0,
            "stage": stage[:100],
            "message": message[:300],
        }
