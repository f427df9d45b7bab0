"""A job that is split: its parts, its merge, and what the end of the one means to the other."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from tasks import backend, lifecycle, runner, services
from tasks.choices import Priority, State
from tasks.models import Job, Piece
from tasks.registry import Share
from tasks.selectors import job_for, status_of, visible_to
from tasks.testing import run_pending


def shares(parameters):
    """Three numbers a part."""
    numbers = parameters["numbers"]
    return [Share({"from": at, "to": at + 3}, 3) for at in range(0, numbers, 3)] if numbers > 3 else []


def whole(ctx, parameters):
    return {"sum": sum(range(parameters["numbers"])), "whole": True}


def part(ctx, parameters):
    ctx.checkpoint(str(sum(range(parameters["from"], parameters["to"]))).encode())
    ctx.progress(3, 3, "Adding")


def merge(ctx, parameters, pieces):
    return {"sum": sum(int(piece) for piece in pieces), "whole": False}


@pytest.fixture
def summing(declare):
    """Declares the job with some steps replaced."""

    def add(**changes):
        rules = {"split": shares, "part": part, "merge": merge, "max_attempts": 2} | changes
        declare("tests.sum", changes.pop("handler", whole), **{k: v for k, v in rules.items() if k != "handler"})

    return add


def submit(owner, numbers=9, **rules) -> Job:
    return services.submit("tests.sum", {"numbers": numbers}, owner=owner, **rules)


def test_a_split_job_has_the_result_of_its_parts(summing, analyst):
    summing()
    job = submit(analyst)
    assert run_pending() == 5  # The split, three parts, the merge.
    job.refresh_from_db()
    assert (job.state, job.result) == (State.DONE, {"sum": 36, "whole": False})
    assert (job.done, job.total, job.progress) == (9, 9, 1.0)
    assert not Piece.objects.exists()


def test_a_job_that_needs_no_split_is_done_whole(summing, analyst):
    summing()
    job = submit(analyst, numbers=3)
    assert run_pending() == 1
    job.refresh_from_db()
    assert job.result == {"sum": 3, "whole": True}


def test_a_split_job_is_running_and_held_by_nobody_until_its_last_part_queues_it(summing, analyst):
    summing()
    job = submit(analyst)
    seen = []
    for _ in range(4):
        runner.run_one()
        job.refresh_from_db()
        seen.append((job.state, job.token, job.done, round(job.progress, 3), job.parts_left))
    assert seen == [
        (State.RUNNING, None, 0, 0.0, 3),
        (State.RUNNING, None, 3, 0.333, 2),
        (State.RUNNING, None, 6, 0.667, 1),
        (State.QUEUED, None, 9, 1.0, 0),
    ]
    assert lifecycle.requeue_expired() == 0


def test_the_merge_begins_with_all_its_attempts(summing, analyst):
    summing()
    job = submit(analyst)
    for _ in range(4):
        runner.run_one()
    assert lifecycle.claim().attempt == 1
    job.refresh_from_db()
    assert job.started_at < job.claimed_at


def test_a_merge_whose_worker_is_lost_is_done_again_from_the_same_pieces(summing, analyst):
    summing()
    job = submit(analyst)
    for _ in range(4):
        runner.run_one()
    lifecycle.claim()
    Job.objects.filter(pk=job.pk).update(lease_until=job.queued_at)
    assert lifecycle.requeue_expired() == 1
    assert run_pending() == 1
    job.refresh_from_db()
    assert job.result == {"sum": 36, "whole": False}


def test_parts_wait_in_their_jobs_place_with_its_priority(summing, analyst, double_kind):
    summing()
    older = submit(analyst, priority=Priority.NORMAL)
    younger = services.submit(double_kind, {"amount": 1}, owner=analyst, priority=Priority.NORMAL)
    runner.run_one()
    urgent = services.submit(double_kind, {"amount": 2}, owner=analyst, priority=Priority.INTERACTIVE)
    claimed = [lifecycle.claim() for _ in range(5)]
    assert (claimed[0], claimed[4]) == (urgent, younger)
    assert [job.parent for job in claimed[1:4]] == [older] * 3


def test_a_part_that_fails_fails_the_whole_and_stops_the_others(summing, analyst):
    def broken(ctx, parameters):
        if parameters["from"] == 3:
            raise ZeroDivisionError("secret")
        part(ctx, parameters)

    told = []
    summing(part=broken, failed=told.append)
    job = submit(analyst)
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.error_class) == (State.FAILED, "builtins.ZeroDivisionError")
    assert "secret" in job.traceback
    assert sorted(job.parts.values_list("state", flat=True)) == ["cancelled", "done", "failed"]
    assert told == [job]
    assert not Piece.objects.exists()


def test_a_part_that_kills_its_workers_fails_the_whole(summing, analyst):
    summing()
    job = submit(analyst)
    runner.run_one()
    for _ in range(2):
        claimed = lifecycle.claim()
        assert claimed.parent == job
        Job.objects.filter(pk=claimed.pk).update(lease_until=job.queued_at, queued_at=job.queued_at)
        Job.objects.filter(parent=job).exclude(pk=claimed.pk).update(rank=500)
        assert lifecycle.requeue_expired() == 1
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "2 times" in job.error_message


def test_a_cancelled_job_takes_its_parts_with_it(summing, analyst):
    summing()
    job = submit(analyst)
    runner.run_one()
    stale = Job.objects.get(pk=job.pk)
    stale.parts_total = 0  # Read before the split.
    running = lifecycle.claim()
    services.cancel(stale)
    assert not lifecycle.advance(running, progress=0.5)
    assert not lifecycle.keep(running, b"1")
    assert not lifecycle.finish(running, {})
    assert lifecycle.claim() is None
    assert set(job.parts.values_list("state", flat=True)) == {"cancelled"}


def test_a_retry_splits_anew(summing, analyst):
    summing()
    job = submit(analyst)
    for _ in range(2):
        runner.run_one()
    services.cancel(job)
    services.retry(job)
    assert not job.parts.exists()
    assert run_pending() == 5
    job.refresh_from_db()
    assert (job.state, job.result["sum"]) == (State.DONE, 36)


def test_a_split_wakes_another_worker(summing, analyst, monkeypatch, django_capture_on_commit_callbacks):
    summing()
    submit(analyst)
    rung = []
    monkeypatch.setattr(backend, "ring_on", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        runner.run_one()
    assert len(rung) == 1


def test_the_last_part_rings_for_the_merge(summing, analyst, monkeypatch, django_capture_on_commit_callbacks):
    summing()
    submit(analyst)
    for _ in range(3):
        runner.run_one()
    rung = []
    monkeypatch.setattr(backend, "ring_on", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        runner.run_one()
    assert len(rung) == 1


def test_parts_are_nobodys_business_but_the_workers(summing, analyst, operator):
    summing()
    job = submit(analyst)
    runner.run_one()
    for viewer in (analyst, operator):
        assert list(visible_to(viewer)) == [job]
    assert status_of(job_for(analyst, job.pk), analyst)["parts"] == {"total": 3, "left": 3}


def test_a_kind_split_by_halves_is_refused(declare):
    with pytest.raises(ImproperlyConfigured, match="split by halves"):
        declare("tests.half", whole, split=shares)
