"""What can go wrong with a job."""

from __future__ import annotations

from valor.lib.errors import Conflict, InvalidInput, NotFound, ValorError


class UnknownKind(InvalidInput):
    """No job of this kind is declared: check the name, or whether its app is installed."""


class KindForbidden(ValorError):
    """You may not submit jobs of this kind: see /api/jobs/kinds/ for those that you may."""

    code = "forbidden"
    status = 403


class NotDone(Conflict):
    """This job is still under way, so there is no result yet: ask again in a moment."""

    code = "not_done"
    retry_after = 1


class NoResult(Conflict):
    """This job was cancelled, so there is no result: try it again."""

    code = "no_result"


class NotCancellable(Conflict):
    """This job has ended already, so there is nothing to cancel: open it to see its result."""


class NotRetryable(Conflict):
    """Only a failed or cancelled job can be tried again: wait for it to end, or cancel it first."""


class EqualInFlight(Conflict):
    """An equal job is under way already: watch that one instead of trying this one again."""


class SubjectGone(NotFound):
    """What this job worked for was deleted in the meantime, so nothing was stored: start a new one."""


class TimedOut(ValorError):
    """This job took longer than it may and was stopped: ask for less at once, then try again."""

    code = "timed_out"


class JobStopped(Exception):
    """The handler must return now: whatever it still computes can't be stored.

    Deliberately no ValorError, so that a handler's own error handling does not swallow it.
    """


class JobCancelled(JobStopped):
    """Somebody cancelled the job while it ran."""


class JobSuperseded(JobStopped):
    """The job's lease ran out and another worker has it now, or the job was deleted."""
