from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tasks import backend, services
from tasks.choices import Priority, State
from tasks.errors import UnknownKind
from tasks.models import Job
from tasks.testing import run_pending
from valor.lib.errors import InvalidInput


def test_a_job_is_queued_with_its_canonical_parameters(double_kind, analyst):
    job = services.submit(double_kind, {"amount": 21, "noise": 1}, owner=analyst)
    stored = Job.objects.get(pk=job.pk)
    assert (stored.state, stored.parameters, stored.owner) == (State.QUEUED, {"amount": 21}, analyst)
    assert stored.priority == Priority.NORMAL
    assert stored.attempt == 0


def test_refused_parameters_queue_nothing(double_kind, analyst):
    with pytest.raises(InvalidInput) as caught:
        services.submit(double_kind, {"amount": "many"}, owner=analyst)
    assert caught.value.problems[0].field == "amount"
    assert not Job.objects.exists()


def test_an_unknown_kind_queues_nothing(db):
    with pytest.raises(UnknownKind):
        services.submit("tests.nothing", {}, owner=None)
    assert not Job.objects.exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_parameters_that_are_not_json_are_refused(declare, analyst, value):
    declare("tests.anything", lambda ctx, parameters: {})
    with pytest.raises(InvalidInput):
        services.submit("tests.anything", {"x": value}, owner=analyst)
    assert not Job.objects.exists()


def test_the_bell_rings_after_the_commit_and_not_before(double_kind, analyst, monkeypatch, transactional_db):
    rung = []
    monkeypatch.setattr(backend, "ring", lambda: rung.append(Job.objects.count()))
    with transaction.atomic():
        services.submit(double_kind, {"amount": 1}, owner=analyst)
        assert rung == []
    assert rung == [1]


def test_a_transaction_rolled_back_leaves_no_job_and_rings_no_bell(double_kind, analyst, monkeypatch, transactional_db):
    rung = []
    monkeypatch.setattr(backend, "ring", lambda: rung.append(1))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.submit(double_kind, {"amount": 1}, owner=analyst)
        raise ZeroDivisionError
    assert rung == []
    assert not Job.objects.exists()


def test_a_broker_that_is_down_loses_the_bell_and_not_the_job(double_kind, analyst, monkeypatch, transactional_db):
    def down():
        raise ConnectionError("refused")

    monkeypatch.setattr(backend, "ring", down)
    job = services.submit(double_kind, {"amount": 1}, owner=analyst)
    assert run_pending() == 1
    job.refresh_from_db()
    assert job.result == {"doubled": 2}


def test_an_equal_request_in_flight_is_the_same_job(double_kind, analyst):
    first = services.submit(double_kind, {"amount": 3}, owner=analyst)
    assert services.submit(double_kind, {"amount": 3}, owner=analyst) == first
    assert services.submit(double_kind, {"amount": 4}, owner=analyst) != first
    assert Job.objects.count() == 2


def test_the_order_of_keys_makes_no_difference(declare, analyst):
    declare("tests.anything", lambda ctx, parameters: {})
    first = services.submit("tests.anything", {"a": 1, "b": {"c": 2, "d": 3}}, owner=analyst)
    assert services.submit("tests.anything", {"b": {"d": 3, "c": 2}, "a": 1}, owner=analyst) == first


def test_equal_requests_of_two_owners_are_two_jobs(double_kind, analyst, other_analyst):
    mine = services.submit(double_kind, {"amount": 3}, owner=analyst)
    assert services.submit(double_kind, {"amount": 3}, owner=other_analyst) != mine


def test_a_finished_job_answers_an_equal_request_until_its_result_expires(double_kind, job, analyst):
    run_pending()
    assert services.submit(double_kind, {"amount": 21}, owner=analyst) == job
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(seconds=3601))
    assert services.submit(double_kind, {"amount": 21}, owner=analyst) != job


def test_a_newer_version_of_a_kind_does_not_answer_with_the_older_ones_result(declare, analyst):
    declare("tests.versioned", lambda ctx, parameters: {"version": 1})
    old = services.submit("tests.versioned", {}, owner=analyst)
    run_pending()
    from tasks import registry

    registry.forget("tests.versioned")
    registry.job("tests.versioned", version=2)(lambda ctx, parameters: {"version": 2})
    assert services.submit("tests.versioned", {}, owner=analyst) != old


def test_a_failed_job_does_not_answer_an_equal_request(declare, analyst):
    declare("tests.broken", lambda ctx, parameters: 1 / 0)
    first = services.submit("tests.broken", {}, owner=analyst)
    run_pending()
    assert services.submit("tests.broken", {}, owner=analyst) != first


def test_an_equal_request_that_is_more_urgent_brings_the_queued_job_forward(double_kind, analyst):
    first = services.submit(double_kind, {"amount": 3}, owner=analyst, priority=Priority.BULK)
    assert services.submit(double_kind, {"amount": 3}, owner=analyst, priority=Priority.INTERACTIVE) == first
    first.refresh_from_db()
    assert first.priority == first.rank == Priority.INTERACTIVE
    services.submit(double_kind, {"amount": 3}, owner=analyst, priority=Priority.BULK)
    first.refresh_from_db()
    assert first.priority == Priority.INTERACTIVE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("priority", -1),
        ("priority", 1000),
        ("priority", True),
        ("priority", "high"),
        ("start_within", 0),
        ("start_within", -3),
        ("start_within", 1e9),
        ("start_within", float("nan")),
        ("start_within", "soon"),
    ],
)
def test_an_impossible_priority_or_deadline_is_refused_by_name(double_kind, analyst, field, value):
    with pytest.raises(InvalidInput) as caught:
        services.submit(double_kind, {"amount": 1}, owner=analyst, **{field: value})
    assert caught.value.problems[0].field == field
    assert not Job.objects.exists()


def test_failed_jobs_are_queued_again_together(declare, double_kind, analyst, other_analyst):
    declare("tests.broken", lambda ctx, parameters: 1 / 0)
    for owner in (analyst, other_analyst):
        services.submit("tests.broken", {}, owner=owner)
    run_pending()
    services.submit("tests.broken", {}, owner=analyst)
    assert services.retry_failed(kind="tests.double") == (0, 0)
    # One of them is under way anew already.
    assert services.retry_failed() == (1, 1)
    assert Job.objects.filter(state=State.QUEUED).count() == 2


@pytest.mark.parametrize("owned", [True, False])
def test_two_equal_requests_at_the_same_moment_share_one_job(double_kind, analyst, monkeypatch, owned):
    owner = analyst if owned else None
    first = services.submit(double_kind, {"amount": 5}, owner=owner)
    honest = services.equal_to
    blind = [True]  # The first look comes a moment before the other request is stored.
    monkeypatch.setattr(services, "equal_to", lambda *args: None if blind and blind.pop() else honest(*args))
    assert services.submit(double_kind, {"amount": 5}, owner=owner) == first
    assert Job.objects.count() == 1
