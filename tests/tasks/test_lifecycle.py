import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tasks import lifecycle, services
from tasks.choices import Priority, State
from tasks.errors import EqualInFlight, NotCancellable, NotRetryable
from tasks.models import Job


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def reloaded(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_a_claim_counts_the_attempt_and_takes_a_lease_under_a_new_token(job):
    worker = uuid.uuid4()
    claimed = lifecycle.claim(worker)
    assert claimed == job
    assert (claimed.state, claimed.attempt, claimed.worker_id) == (State.RUNNING, 1, worker)
    assert claimed.token is not None
    assert claimed.lease_until > timezone.now()
    assert claimed.started_at >= job.queued_at


def test_a_claimed_job_is_not_claimed_again(job):
    lifecycle.claim()
    assert lifecycle.claim() is None


def test_the_best_priority_goes_first_and_then_the_oldest(double_kind, analyst):
    def add(amount, priority):
        return services.submit(double_kind, {"amount": amount}, owner=analyst, priority=priority)

    bulk = add(1, Priority.BULK)
    old = add(2, Priority.NORMAL)
    young = add(3, Priority.NORMAL)
    quick = add(4, Priority.INTERACTIVE)
    between = add(5, Priority.INTERACTIVE + 1)
    assert [lifecycle.claim() for _ in range(6)] == [quick, between, old, young, bulk, None]


def test_finishing_stores_the_result_once(job):
    claimed = lifecycle.claim()
    assert lifecycle.finish(claimed, {"doubled": 42})
    assert not lifecycle.finish(claimed, {"doubled": 43})
    done = reloaded(job)
    assert (done.state, done.result, done.progress) == (State.DONE, {"doubled": 42}, 1.0)
    assert done.token is done.lease_until is done.worker_id is None
    assert done.finished_at >= done.started_at


def test_a_superseded_worker_can_write_nothing(job):
    first = lifecycle.claim()
    expire(job)
    assert lifecycle.requeue_expired() == 1
    second = lifecycle.claim()
    assert second.token != first.token
    before = Job.objects.filter(pk=job.pk).values().get()
    assert not lifecycle.advance(first, progress=0.9)
    assert not lifecycle.finish(first, {"doubled": 0})
    assert not lifecycle.fail(first, message="no")
    assert not lifecycle.abandon(first, "no")
    assert not lifecycle.pause(first)
    assert Job.objects.filter(pk=job.pk).values().get() == before
    assert lifecycle.finish(second, {"doubled": 42})


def test_progress_renews_the_lease(job):
    claimed = lifecycle.claim()
    expire(job)
    assert lifecycle.advance(claimed, progress=0.5)
    assert reloaded(job).lease_until > timezone.now()
    assert lifecycle.requeue_expired() == 0


def test_an_expired_lease_puts_the_job_back_from_the_start(job):
    claimed = lifecycle.claim()
    lifecycle.advance(claimed, progress=0.5, done=5, total=10, stage="Half")
    expire(job)
    assert lifecycle.requeue_expired() == 1
    back = reloaded(job)
    assert (back.state, back.attempt, back.progress, back.stage) == (State.QUEUED, 1, 0.0, "")
    assert back.token is back.started_at is None


def test_a_lease_renewed_between_look_and_move_is_respected(job, monkeypatch):
    claimed = lifecycle.claim()
    expire(job)
    expired = Job.objects.filter(pk=job.pk, lease_until__lt=timezone.now())
    seen = list(expired)
    lifecycle.advance(claimed)
    monkeypatch.setattr(type(expired), "__iter__", lambda self: iter(seen))
    assert lifecycle.requeue(expired) == 0
    monkeypatch.undo()
    assert reloaded(job).state == State.RUNNING


def test_a_job_that_kills_its_worker_every_time_ends_failed(job):
    for attempt in range(1, 4):
        assert lifecycle.claim().attempt == attempt
        expire(job)
        assert lifecycle.requeue_expired() == 1
    given_up = reloaded(job)
    assert given_up.state == State.FAILED
    assert "3 times" in given_up.error_message
    assert lifecycle.claim() is None


def test_a_dead_workers_job_is_put_back_before_its_lease_ends(job):
    worker, other = uuid.uuid4(), uuid.uuid4()
    lifecycle.claim(worker)
    assert lifecycle.requeue_of([other]) == 0
    assert lifecycle.requeue_of([worker]) == 1
    assert reloaded(job).attempt == 1


def test_a_planned_stop_does_not_count_as_an_attempt(job):
    worker = uuid.uuid4()
    for _ in range(5):
        lifecycle.claim(worker)
        assert lifecycle.requeue_of([worker], blameless=True) == 1
    assert (reloaded(job).state, reloaded(job).attempt) == (State.QUEUED, 0)


def test_a_queued_job_is_cancelled_at_once(job):
    lifecycle.cancel(job)
    assert reloaded(job).state == State.CANCELLED
    assert reloaded(job).finished_at is not None
    assert lifecycle.claim() is None


def test_a_cancelled_running_job_is_out_of_its_workers_hands(job):
    claimed = lifecycle.claim()
    lifecycle.cancel(job)
    assert not lifecycle.advance(claimed, progress=0.5)
    assert not lifecycle.finish(claimed, {"doubled": 42})
    assert reloaded(job).result is None


def test_what_has_ended_can_not_be_cancelled(job):
    lifecycle.finish(lifecycle.claim(), {})
    with pytest.raises(NotCancellable):
        lifecycle.cancel(job)
    assert reloaded(job).state == State.DONE


def test_a_retry_starts_afresh_with_all_attempts(job):
    lifecycle.fail(lifecycle.claim(), message="Bad luck.", error_class="X", traceback="T")
    lifecycle.retry(job)
    again = reloaded(job)
    assert (again.state, again.attempt, again.error_message, again.traceback) == (State.QUEUED, 0, "", "")
    assert again.finished_at is again.started_at is None
    assert lifecycle.claim() == job


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.DONE])
def test_only_a_failed_or_cancelled_job_is_retried(job, state):
    Job.objects.filter(pk=job.pk).update(state=state)
    with pytest.raises(NotRetryable):
        lifecycle.retry(job)
    assert reloaded(job).state == state


def test_a_retry_never_makes_two_equal_jobs_in_flight(job, double_kind, analyst):
    lifecycle.cancel(job)
    services.submit(double_kind, {"amount": 21}, owner=analyst)
    with pytest.raises(EqualInFlight):
        lifecycle.retry(job)
    assert reloaded(job).state == State.CANCELLED
