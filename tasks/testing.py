"""Two ways to test what uses jobs without a worker: on the database, and wholly in memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from tasks import lifecycle, parts, registry, runner, services
from tasks.choices import FINISHED, IN_FLIGHT, State
from tasks.errors import EqualInFlight, JobCancelled, NotCancellable, NotRetryable
from tasks.models import Job
from tasks.registry import JobSpec, Share
from valor.lib.errors import Problem


def run_pending(limit: int = 1000) -> int:
    """Claims and runs queued jobs, best first, until none is left; how many it ran."""
    count = 0
    while count < limit and runner.run_one():
        count += 1
    return count


class MemoryJobs:
    """``tasks.services`` and a worker in one object, for tests without a database: ``submit``, ``cancel``, ``retry``,
    and ``run_pending``, which runs what is queued through the code of a real worker.

    Transactions, leases and hooks that need rows are not there: ``complete`` is called right after the end.
    """

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.kept: dict[uuid.UUID, list[bytes]] = {}

    def submit(
        self,
        kind: str,
        parameters: dict[str, Any],
        *,
        owner: User | None,
        priority: int | None = None,
        start_within: float | None = None,
        label: str = "",
    ) -> Job:
        """As ``tasks.services.submit``."""
        rules: dict[str, Any] = {"priority": priority, "start_within": start_within, "label": label}
        job, spec = services.drafted(kind, parameters, owner=owner, **rules)
        equal = self.equal_to(job, spec)
        if equal is None:
            self.jobs.append(job)
        return equal or job

    def equal_to(self, job: Job, spec: JobSpec) -> Job | None:
        def answers(other: Job) -> bool:
            age = 0.0 if other.finished_at is None else (job.queued_at - other.finished_at).total_seconds()
            return other.state in IN_FLIGHT or (other.state == State.DONE and age < spec.result_ttl)

        equal = [other for other in self.jobs if other.fingerprint == job.fingerprint and other.owner == job.owner]
        return next(filter(answers, reversed(equal)), None)

    def cancel(self, job: Job) -> Job:
        """As ``tasks.services.cancel``."""
        if job.state in FINISHED:
            raise NotCancellable
        self.end(job, State.CANCELLED)
        return job

    def retry(self, job: Job) -> Job:
        """As ``tasks.services.retry``."""
        if not job.is_retryable:
            raise NotRetryable
        if self.equal_to(job, registry.spec_of(job.kind)):
            raise EqualInFlight
        change(job, **lifecycle.UNHELD | lifecycle.FRESH, state=State.QUEUED, queued_at=timezone.now())
        job.rank = job.priority
        self.jobs = [other for other in self.jobs if other.parent != job]
        return job

    def run_pending(self, limit: int = 1000) -> int:
        """Runs queued jobs, best first, until none is left; how many it ran."""
        count = 0
        while count < limit and (job := self.claim()):
            runner.run(MemoryHold(self, job))
            count += 1
        return count

    def claim(self) -> Job | None:
        queued = [job for job in self.jobs if job.state == State.QUEUED]
        best = min(queued, key=lambda job: (job.rank, job.queued_at), default=None)
        if best is not None:
            best.claimed_at = timezone.now()
            started = best.started_at or best.claimed_at
            change(best, state=State.RUNNING, attempt=best.attempt + 1, started_at=started)
        return best

    def end(self, job: Job, state: State, **fields: Any) -> None:
        """As the job table does it: a part counts down its parent or ends it, a whole job takes its parts with it."""
        change(job, state=state, finished_at=timezone.now(), **fields)
        parent = job.parent
        if parent is None:
            mine = [part for part in self.jobs if part.parent == job]
            for part in mine:
                part.state = State.CANCELLED if part.state in IN_FLIGHT else part.state
            for over in (job, *mine):
                self.kept.pop(over.pk, None)
        elif state != State.DONE:
            self.end(parent, state, **fields)
        else:
            done, left = parent.done + job.total, parent.parts_left - 1
            change(parent, done=done, progress=done / parent.total, parts_left=left)
            if left == 0:
                change(parent, state=State.QUEUED, stage=parts.MERGING)


class MemoryHold:
    """A job of MemoryJobs in the hands of the runner."""

    def __init__(self, store: MemoryJobs, job: Job) -> None:
        self.store = store
        self.job = job

    @property
    def is_lost(self) -> bool:
        return self.job.state != State.RUNNING

    def write(self, **row: Any) -> None:
        if self.is_lost:
            raise JobCancelled
        change(self.job, **row)

    def keep(self, data: bytes, **row: Any) -> None:
        self.write(**row)
        self.store.kept.setdefault(self.job.pk, []).append(data)

    def tell(self, text: str) -> None:
        self.write(log=f"{self.job.log}{timezone.now():%Y-%m-%d %H:%M:%S}Z {text}\n")

    def pieces(self) -> list[bytes]:
        return list(self.store.kept.get(self.job.pk, ()))

    def left_behind(self) -> Iterator[bytes]:
        mine = [part.pk for part in self.store.jobs if part.parent == self.job]
        return (data for pk in mine for data in self.store.kept.get(pk, ()))

    def split(self, shares: Sequence[Share]) -> None:
        made = parts.of(self.job, shares)
        self.store.jobs += made
        units = sum(part.total for part in made)
        change(self.job, parts_total=len(made), parts_left=len(made), attempt=0, total=units, done=0)

    def finish(self, result: dict[str, Any], total: int) -> None:
        if self.is_lost:
            return
        total = self.job.total if self.job.parent else total
        self.store.end(self.job, State.DONE, result=result, progress=1.0, done=total, total=total)
        spec = registry.spec_of(self.job.kind)
        if spec.complete and self.job.parent is None:
            spec.complete(self.job, result)

    def fail(self, message: str, problems: Iterable[Problem], error_class: str, traceback: str) -> None:
        details = {"error_problems": [problem.as_dict() for problem in problems], "traceback": traceback}
        if not self.is_lost:
            self.store.end(self.job, State.FAILED, error_message=message, error_class=error_class, **details)

    def abandon(self, reason: str) -> None:
        if not self.is_lost:
            self.store.end(self.job, State.CANCELLED, error_message=reason)

    def pause(self) -> None:
        change(self.job, **lifecycle.UNHELD, state=State.QUEUED)


def change(job: Job, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(job, name, value)
