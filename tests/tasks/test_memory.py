"""The runner in memory behaves as the job table does, without a database."""

from __future__ import annotations

import pytest

from tasks.choices import Priority, State
from tasks.errors import EqualInFlight, NotCancellable, NotRetryable, UnknownKind
from tasks.registry import Share
from tasks.testing import MemoryJobs
from valor.lib.errors import InvalidInput, Unavailable

# No test here asks for the database: pytest-django refuses every query.


@pytest.fixture
def jobs() -> MemoryJobs:
    return MemoryJobs()


def test_a_job_runs_to_its_result(jobs, double_kind):
    job = jobs.submit(double_kind, {"amount": 21}, owner=None)
    assert job.state == State.QUEUED
    assert jobs.run_pending() == 1
    assert (job.state, job.result, job.attempt, job.progress) == (State.DONE, {"doubled": 42}, 1, 1.0)


def test_the_best_priority_goes_first_and_then_the_oldest(jobs, declare):
    order = []
    declare("tests.noted", lambda ctx, parameters: order.append(parameters["n"]) or {})
    for n, priority in enumerate((Priority.BULK, Priority.NORMAL, Priority.NORMAL, Priority.INTERACTIVE)):
        jobs.submit("tests.noted", {"n": n}, owner=None, priority=priority)
    jobs.run_pending()
    assert order == [3, 1, 2, 0]


def test_equal_requests_share_one_job_until_its_result_expires(jobs, declare):
    declare("tests.kept", lambda ctx, parameters: {}, result_ttl=60)
    declare("tests.unkept", lambda ctx, parameters: {}, result_ttl=0)
    for kind, same in (("tests.kept", True), ("tests.unkept", False)):
        first = jobs.submit(kind, {}, owner=None)
        assert jobs.submit(kind, {}, owner=None) is first
        jobs.run_pending()
        assert (jobs.submit(kind, {}, owner=None) is first) is same


def test_what_is_refused_is_not_queued(jobs, double_kind):
    with pytest.raises(InvalidInput):
        jobs.submit(double_kind, {"amount": "many"}, owner=None)
    with pytest.raises(UnknownKind):
        jobs.submit("tests.nothing", {}, owner=None)
    assert jobs.jobs == []


def test_a_failure_a_retry_and_a_cancellation(jobs, declare):
    declare("tests.broken", lambda ctx, parameters: 1 / 0)
    job = jobs.submit("tests.broken", {}, owner=None)
    with pytest.raises(NotRetryable):
        jobs.retry(job)
    jobs.run_pending()
    assert (job.state, job.error_class) == (State.FAILED, "builtins.ZeroDivisionError")
    with pytest.raises(NotCancellable):
        jobs.cancel(job)
    again = jobs.submit("tests.broken", {}, owner=None)
    with pytest.raises(EqualInFlight):
        jobs.retry(job)
    assert jobs.cancel(again).state == State.CANCELLED
    assert jobs.retry(job).state == State.QUEUED
    assert (job.error_message, job.attempt, job.rank) == ("", 0, job.priority)


def test_a_job_cancelled_by_its_own_handler_stores_nothing(jobs, declare):
    def handler(ctx, parameters):
        jobs.cancel(job)
        ctx.progress(1, 2, "Late")
        return {"x": 1}

    declare("tests.cancelled", handler)
    job = jobs.submit("tests.cancelled", {}, owner=None)
    jobs.run_pending()
    assert (job.state, job.result) == (State.CANCELLED, None)


def test_a_fault_outside_is_tried_again_and_goes_on_from_its_pieces(jobs, declare):
    def handler(ctx, parameters):
        if ctx.attempt < 3:
            ctx.checkpoint(str(ctx.attempt).encode())
            raise Unavailable("The price source is away.")
        return {"pieces": [piece.decode() for piece in ctx.pieces]}

    declare("tests.outside", handler)
    job = jobs.submit("tests.outside", {}, owner=None)
    assert jobs.run_pending() == 3
    assert (job.result, jobs.kept) == ({"pieces": ["1", "2"]}, {})


@pytest.mark.parametrize("fatal", [None, 3])
def test_a_split_job_has_the_result_or_the_failure_of_its_parts(jobs, declare, fatal):
    def part(ctx, parameters):
        if parameters["from"] == fatal:
            raise ZeroDivisionError
        ctx.checkpoint(str(sum(range(parameters["from"], parameters["from"] + 3))).encode())

    declare(
        "tests.sum",
        lambda ctx, parameters: {},
        split=lambda parameters: [Share({"from": at}, 3) for at in (0, 3, 6)],
        part=part,
        merge=lambda ctx, parameters, pieces: {"sum": sum(int(piece) for piece in pieces)},
    )
    job = jobs.submit("tests.sum", {}, owner=None)
    jobs.run_pending()
    assert (job.state, job.result) == ((State.DONE, {"sum": 36}) if fatal is None else (State.FAILED, None))
    assert jobs.kept == {}
