"""What a handler is given besides its parameters."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable

from tasks.errors import TimedOut

# At most four writes a second, however often a handler reports.
INTERVAL = 0.25


class JobContext:
    """A running job as its handler sees it: who it is, and how far it got."""

    def __init__(
        self, *, job_id: uuid.UUID, attempt: int, timeout: float, write: Callable[[int, int, str, str], None]
    ) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._write = write
        self._written_at = -math.inf
        self._stage = ""
        self.total = 0

    def progress(self, done: int, total: int, stage: str = "", message: str = "") -> None:
        """Reports *done* of *total* units; cheap enough to call at every block.

        Raises JobCancelled or JobSuperseded when the job is no longer this worker's to do, and TimedOut when it
        took longer than its kind allows: let them pass.
        """
        self.total = total
        now = time.monotonic()
        if now - self._written_at < INTERVAL and stage == self._stage:
            return
        if now > self._deadline:
            raise TimedOut(f"This job took longer than {self._timeout:g} s and was stopped: ask for less at once.")
        self._write(done, total, stage, message)
        self._written_at, self._stage = now, stage
