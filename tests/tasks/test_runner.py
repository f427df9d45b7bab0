import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models.query import QuerySet
from django.utils import timezone

from tasks import backend, hold, lifecycle, pulse, runner, services
from tasks import context as context_module
from tasks.choices import State
from tasks.errors import JobCancelled, JobSuperseded, SubjectGone
from tasks.models import Job
from tasks.testing import run_pending
from valor.lib.errors import InvalidInput, Unavailable


@pytest.fixture
def unthrottled(monkeypatch):
    """Every progress is written."""
    monkeypatch.setattr(context_module, "INTERVAL", 0)


def submitted(declare, analyst, handler, **rules) -> Job:
    declare("tests.kind", handler, **rules)
    return services.submit("tests.kind", {}, owner=analyst)


def ended(job: Job) -> Job:
    assert run_pending() == 1
    job.refresh_from_db()
    return job


def test_a_job_runs_to_its_result(job):
    done = ended(job)
    assert (done.state, done.result, done.attempt) == (State.DONE, {"doubled": 42}, 1)
    assert (done.stage, done.done, done.total) == ("Doubling", 2, 2)


def test_the_handler_knows_its_job_and_attempt(declare, analyst):
    job = submitted(declare, analyst, lambda ctx, parameters: {"id": str(ctx.job_id), "attempt": ctx.attempt})
    assert ended(job).result == {"id": str(job.pk), "attempt": 1}


def test_an_error_with_a_message_reaches_the_owner_with_its_problems(declare, analyst):
    def handler(ctx, parameters):
        raise InvalidInput.at("growth", 9, "This is too much.", "Use less.")

    failed = ended(submitted(declare, analyst, handler))
    assert failed.state == State.FAILED
    assert failed.error_message.startswith("Some of the input")
    assert failed.error_problems == [
        {"field": "growth", "value": 9, "message": "This is too much.", "remedy": "Use less."}
    ]


def test_any_other_error_is_neutral_to_the_owner_and_exact_to_operators(declare, analyst):
    def handler(ctx, parameters):
        raise KeyError("secret path /etc/x")

    failed = ended(submitted(declare, analyst, handler))
    assert failed.state == State.FAILED
    assert "secret" not in failed.error_message
    assert failed.error_class == "builtins.KeyError"
    assert "secret path /etc/x" in failed.traceback


@pytest.mark.parametrize("result", [{"x": object()}, {"x": float("nan")}])
def test_a_result_that_can_not_be_stored_fails_the_job(declare, analyst, result):
    failed = ended(submitted(declare, analyst, lambda ctx, parameters: result))
    assert (failed.state, failed.result) == (State.FAILED, None)


def test_a_kind_that_is_no_longer_declared_fails_with_the_reason(job):
    from tasks import registry

    spec = registry.spec_of("tests.double")
    registry.forget("tests.double")
    try:
        assert "kind" in ended(job).error_message
    finally:
        registry._specs["tests.double"] = spec


def test_complete_runs_with_the_result_in_one_transaction(declare, analyst):
    seen = []
    job = submitted(
        declare,
        analyst,
        lambda ctx, parameters: {"x": 1},
        complete=lambda job, result: seen.append((job.state, result)),
    )
    assert ended(job).state == State.DONE
    assert seen == [(State.DONE, {"x": 1})]


def test_a_complete_that_breaks_takes_the_result_back(declare, analyst):
    def complete(job, result):
        Job.objects.filter(pk=job.pk).update(message="written by complete")
        raise RuntimeError("broken")

    failed = ended(submitted(declare, analyst, lambda ctx, parameters: {"x": 1}, complete=complete))
    assert (failed.state, failed.result, failed.message) == (State.FAILED, None, "")


@pytest.mark.parametrize("where", ["handler", "complete"])
def test_a_job_whose_subject_was_deleted_ends_cancelled_with_the_reason(declare, analyst, where):
    def gone(*args):
        raise SubjectGone

    rules = {"complete": gone} if where == "complete" else {}
    job = submitted(declare, analyst, gone if where == "handler" else lambda ctx, parameters: {"x": 1}, **rules)
    over = ended(job)
    assert (over.state, over.result) == (State.CANCELLED, None)
    assert "deleted" in over.error_message


def test_failed_is_told_and_its_own_fault_does_not_keep_the_job_from_ending(declare, analyst):
    told = []

    def hook(job):
        told.append(job.state)
        raise RuntimeError("broken hook")

    failed = ended(submitted(declare, analyst, lambda ctx, parameters: 1 / 0, failed=hook))
    assert failed.state == State.FAILED
    assert told == [State.FAILED]


def test_a_running_job_that_is_cancelled_stops_at_its_next_progress(declare, analyst, unthrottled):
    after = []

    def handler(ctx, parameters):
        services.cancel(Job.objects.get(pk=ctx.job_id))
        with pytest.raises(JobCancelled):
            ctx.progress(1, 2)
        after.append("raised")
        raise JobCancelled

    over = ended(submitted(declare, analyst, handler))
    assert (over.state, over.result, after) == (State.CANCELLED, None, ["raised"])


def test_a_handler_that_swallows_the_cancellation_still_stores_nothing(declare, analyst):
    def handler(ctx, parameters):
        services.cancel(Job.objects.get(pk=ctx.job_id))
        return {"x": 1}

    over = ended(submitted(declare, analyst, handler))
    assert (over.state, over.result) == (State.CANCELLED, None)


@pytest.mark.parametrize("lose", ["requeue", "delete"])
def test_a_worker_that_lost_its_job_stops_and_writes_nothing(declare, analyst, unthrottled, lose):
    def handler(ctx, parameters):
        if lose == "delete":
            Job.objects.filter(pk=ctx.job_id).delete()
        else:
            Job.objects.filter(pk=ctx.job_id).update(token="5c2a0e5e6d0f4c8e9a3f0d3b5b1f2a77")
        with pytest.raises(JobSuperseded):
            ctx.progress(1, 2)
        return {"x": 1}

    job = submitted(declare, analyst, handler)
    assert run_pending() == 1
    left = Job.objects.filter(pk=job.pk).first()
    assert left is None if lose == "delete" else (left.state, left.result) == (State.RUNNING, None)


def test_progress_is_written_a_few_times_a_second_at_most(declare, analyst, monkeypatch):
    writes = []
    honest = lifecycle.advance
    monkeypatch.setattr(lifecycle, "advance", lambda job, **row: writes.append(row) or honest(job, **row))
    clock = iter(x / 100 for x in range(100_000))
    monkeypatch.setattr(context_module.time, "monotonic", lambda: next(clock))

    def handler(ctx, parameters):
        for done in range(100):
            ctx.progress(done, 100, "Counting")
        ctx.progress(100, 100, "Summing up")
        return {}

    job = submitted(declare, analyst, handler)
    runner.serve(lifecycle.claim())
    job.refresh_from_db()
    # 100 calls, 0.01 s apart by that clock: one write each 0.25 s, and one for the new stage.
    assert [row["done"] for row in writes] == [0, 25, 50, 75, 100]
    assert (job.stage, job.state) == ("Summing up", State.DONE)


def test_one_progress_is_one_query(declare, analyst, unthrottled, queries):
    asked = []

    def handler(ctx, parameters):
        ctx.progress(0, 2)
        with queries() as captured:
            ctx.progress(1, 2, "Half", "way")
        asked.extend(captured.captured_queries)
        return {}

    ended(submitted(declare, analyst, handler))
    assert len(asked) == 1
    assert asked[0]["sql"].startswith("UPDATE")


@pytest.mark.parametrize(("progress", "fraction"), [((1, 4), 0.25), ((9, 4), 1.0), ((-1, 4), 0.0), ((1, 0), 0.0)])
def test_the_fraction_stays_between_nothing_and_all(declare, analyst, unthrottled, progress, fraction):
    seen = []

    def handler(ctx, parameters):
        ctx.progress(*progress)
        seen.append(Job.objects.get(pk=ctx.job_id).progress)
        return {}

    ended(submitted(declare, analyst, handler))
    assert seen == [fraction]


def test_a_job_that_takes_too_long_is_stopped_with_a_sentence(declare, analyst, unthrottled):
    def handler(ctx, parameters):
        time.sleep(0.02)
        ctx.progress(1, 2)
        return {}

    failed = ended(submitted(declare, analyst, handler, timeout=0.01))
    assert failed.state == State.FAILED
    assert "longer than 0.01 s" in failed.error_message


@pytest.mark.parametrize("fault", [OperationalError("gone"), Unavailable("The price source is away.")])
def test_a_fault_outside_the_job_is_tried_again_until_the_attempts_are_spent(declare, analyst, fault):
    def handler(ctx, parameters):
        raise fault

    job = submitted(declare, analyst, handler, max_attempts=2)
    assert ended(job).state == State.RUNNING  # Held for a few seconds, then put back by the sweep.
    assert lifecycle.requeue_expired() == 0
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert lifecycle.requeue_expired() == 1
    failed = ended(job)
    assert (failed.state, failed.attempt) == (State.FAILED, 2)


def test_a_job_is_given_back_as_soon_as_the_database_answers_again(declare, analyst, monkeypatch):
    def handler(ctx, parameters):
        raise OperationalError("the database is away")

    job = submitted(declare, analyst, handler)
    tries = []
    honest = lifecycle.pause

    def pause(held):
        tries.append(held)
        if len(tries) < 3:
            raise OperationalError("still away")
        return honest(held)

    monkeypatch.setattr(lifecycle, "pause", pause)
    monkeypatch.setattr(hold, "RETRY_SECONDS", 0.001)
    runner.run_one()
    job.refresh_from_db()
    assert len(tries) == 3
    assert job.lease_until < timezone.now() + lifecycle.PAUSE


def test_a_bell_drains_short_jobs_and_never_raises(double_kind, analyst, monkeypatch):
    for amount in range(5):
        services.submit(double_kind, {"amount": amount}, owner=analyst)
    runner.run_next()
    assert Job.objects.filter(state=State.DONE).count() == 5

    def away(*args, **kwargs):
        raise OperationalError("the database is away")

    monkeypatch.setattr(QuerySet, "first", away)
    runner.run_next()


def test_a_bell_that_fails_keeps_nobody_from_the_claimed_job(double_kind, analyst, monkeypatch):
    for amount in range(2):
        services.submit(double_kind, {"amount": amount}, owner=analyst)

    def broken(times=1):
        raise OperationalError("the broker is away")

    monkeypatch.setattr(backend, "ring", broken)
    runner.run_next()
    assert Job.objects.filter(state=State.DONE).count() == 2


def test_a_bell_leaves_long_queues_to_the_next_one(declare, analyst, monkeypatch):
    monkeypatch.setattr(runner, "DRAIN_SECONDS", 0)
    declare("tests.any", lambda ctx, parameters: {})
    for number in range(3):
        services.submit("tests.any", {"number": number}, owner=analyst)
    runner.run_next()
    assert Job.objects.filter(state=State.DONE).count() == 1


def test_the_heartbeat_renews_the_lease_during_one_long_call(declare, analyst):
    leases = []

    def handler(ctx, parameters):
        Job.objects.filter(pk=ctx.job_id).update(lease_until=None)
        pulse.beat()
        leases.append(Job.objects.get(pk=ctx.job_id).lease_until)
        return {}

    ended(submitted(declare, analyst, handler))
    assert leases[0] is not None


@pytest.mark.parametrize("threads", [8])
def test_workers_at_the_same_time_never_run_a_job_twice(declare, transactional_db, analyst, threads):
    from django.db import connection, connections

    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("Threads share an in-memory database's only connection; the PostgreSQL run asks this.")
    runs = []
    declare("tests.counted", lambda ctx, parameters: runs.append(ctx.job_id) or {})
    for number in range(40):
        services.submit("tests.counted", {"number": number}, owner=analyst)

    def work():
        try:
            while runner.run_one():
                pass
        finally:
            connections.close_all()

    crew = [threading.Thread(target=work) for _ in range(threads)]
    for member in crew:
        member.start()
    for member in crew:
        member.join()
    assert len(runs) == len(set(runs)) == 40
