"""Pieces of finished work: an attempt goes on where the one before it was killed."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tasks import context as context_module
from tasks import lifecycle, runner, services
from tasks.choices import State
from tasks.errors import JobCancelled, JobSuperseded
from tasks.models import Job, Piece
from tasks.testing import run_pending


class Killed(BaseException):
    """As kill -9: nothing of the runner's own handling runs."""


@pytest.fixture
def counting(declare):
    """A job that counts to ten, keeps each number, and is killed at *fatal* the first time."""

    def add(fatal=None, at_fatal=None):
        fatal_numbers = [fatal]

        def handler(ctx, parameters):
            seen = list(ctx.pieces)
            for number in range(len(seen), 10):
                if number in fatal_numbers:
                    fatal_numbers.clear()
                    if at_fatal is None:
                        raise Killed
                    at_fatal(ctx)
                ctx.progress(number, 10, "Counting")
                seen.append(str(number).encode())
                ctx.checkpoint(seen[-1])
            return {"counted": b"".join(seen).decode(), "from": len(ctx.pieces)}

        declare("tests.count", handler)

    return add


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - lifecycle.LEASE)
    assert lifecycle.requeue_expired() == 1


def test_the_next_attempt_goes_on_where_the_killed_one_was(counting, analyst):
    counting(fatal=6)
    job = services.submit("tests.count", {}, owner=analyst)
    with pytest.raises(Killed):
        runner.run_one()
    expire(job)
    job.refresh_from_db()
    assert (job.state, job.pieces_kept, job.total) == (State.QUEUED, 6, 10)
    assert run_pending() == 1
    job.refresh_from_db()
    assert job.result == {"counted": "0123456789", "from": 6}
    assert job.attempt == 2


def test_no_piece_outlives_its_job(counting, analyst):
    counting()
    services.submit("tests.count", {}, owner=analyst)
    run_pending()
    assert not Piece.objects.exists()


@pytest.mark.parametrize("end", ["cancel", "fail"])
def test_a_job_that_ends_badly_leaves_no_piece_either_and_starts_over(counting, analyst, end):
    counting(fatal=6)
    job = services.submit("tests.count", {}, owner=analyst)
    with pytest.raises(Killed):
        runner.run_one()
    if end == "cancel":
        services.cancel(job)  # Read before the first piece.
    else:
        assert lifecycle.fail(Job.objects.get(pk=job.pk))
    assert not Piece.objects.exists()
    services.retry(job)
    run_pending()
    job.refresh_from_db()
    assert job.result == {"counted": "0123456789", "from": 0}


def test_a_superseded_worker_keeps_nothing(counting, analyst):
    def superseded(ctx):
        Job.objects.filter(pk=ctx.job_id).update(token="5c2a0e5e6d0f4c8e9a3f0d3b5b1f2a77")
        with pytest.raises(JobSuperseded):
            ctx.checkpoint(b"stale")
        raise JobSuperseded

    counting(fatal=3, at_fatal=superseded)
    job = services.submit("tests.count", {}, owner=analyst)
    runner.run_one()
    job.refresh_from_db()
    assert job.pieces_kept == job.pieces.count() == 3


def test_a_cancelled_job_notices_at_its_checkpoint(counting, analyst):
    noticed = []

    def cancelled(ctx):
        services.cancel(Job.objects.get(pk=ctx.job_id))
        with pytest.raises(JobCancelled):
            ctx.checkpoint(b"late")
        noticed.append(True)
        raise JobCancelled

    counting(fatal=3, at_fatal=cancelled)
    services.submit("tests.count", {}, owner=analyst)
    runner.run_one()
    assert noticed
    assert not Piece.objects.exists()


def test_a_planned_stop_keeps_the_pieces_and_the_attempt(counting, analyst):
    import uuid

    worker = uuid.uuid4()
    counting(fatal=6)
    job = services.submit("tests.count", {}, owner=analyst)
    with pytest.raises(Killed):
        runner.run_one(worker)
    assert lifecycle.requeue_of([worker], blameless=True) == 1
    job.refresh_from_db()
    assert (job.attempt, job.pieces_kept) == (0, 6)


def test_a_checkpoint_is_due_after_two_seconds(declare, analyst, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(context_module.time, "monotonic", lambda: clock[0])
    due = []

    def handler(ctx, parameters):
        for _ in range(5):
            clock[0] += 1.0
            due.append(ctx.is_checkpoint_due)
            if due[-1]:
                ctx.checkpoint(b"x")
        return {}

    declare("tests.slow", handler)
    job = services.submit("tests.slow", {}, owner=analyst)
    # Not run_next: it reads the same clock.
    runner.serve(lifecycle.claim())
    job.refresh_from_db()
    assert due == [False, True, False, True, False]


def test_what_was_resumed_does_not_count_for_the_rate(declare, analyst, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(context_module.time, "monotonic", lambda: clock[0])
    rates = []

    def handler(ctx, parameters):
        for done in (6_000, 6_100, 6_200):
            ctx.progress(done, 10_000, "Counting")
            rates.append(Job.objects.get(pk=ctx.job_id).rate)
            clock[0] += 1.0
        return {}

    declare("tests.resumed", handler)
    services.submit("tests.resumed", {}, owner=analyst)
    runner.serve(lifecycle.claim())
    assert rates == [0.0, 100.0, 100.0]


def test_the_log_tells_what_happened_and_stops_at_a_hundred_lines(declare, analyst):
    def handler(ctx, parameters):
        for number in range(150):
            ctx.log(f"step\n{number}")
        return {}

    declare("tests.wordy", handler)
    job = services.submit("tests.wordy", {}, owner=analyst)
    run_pending()
    job.refresh_from_db()
    lines = job.log.splitlines()
    assert len(lines) == 102
    assert " Begun by " in lines[0]
    assert lines[1].endswith("Z step 0")
    assert lines[-1].endswith("Z Done")
