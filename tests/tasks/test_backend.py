"""The bells while Redis is away: nothing raises, and work starts from the job table."""

from __future__ import annotations

import logging

import pytest
from django_q.conf import Conf
from django_q.signing import SignedPackage
from redis.exceptions import TimeoutError as RedisTimeout

from tasks import backend, lifecycle, services, sweep
from tests.services import free_port

# Outside of a transaction, as a cluster works: it closes connections that have grown old.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bells(monkeypatch) -> backend.Bells:
    monkeypatch.setattr(Conf, "REDIS", f"redis://127.0.0.1:{free_port()}/0?socket_connect_timeout=1")
    monkeypatch.setattr(backend, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(backend, "REST_SECONDS", 0.0)
    return backend.Bells()


def test_a_waiting_job_is_rung_for_once_for_each_worker(bells):
    services.submit("tasks.selftest", {"seconds": 0}, owner=None)
    heard = bells.dequeue()
    assert [SignedPackage.loads(bell)["func"] for _, bell in heard] == [backend.RUN_NEXT] * backend.workers()


def test_nobody_is_woken_where_nothing_waits(bells):
    services.submit("tasks.selftest", {"seconds": 0}, owner=None)
    lifecycle.claim()
    assert not bells.dequeue()


def test_a_cluster_starts_and_the_sweep_goes_on(bells, monkeypatch):
    assert bells.ping()
    monkeypatch.setattr(backend, "broker", lambda: bells)
    job = services.submit("tasks.selftest", {"seconds": 0}, owner=None)
    type(job).objects.update(queued_at=job.queued_at - 2 * sweep.PATIENCE)
    sweep.sweep(2)
    backend.ring()


def test_its_absence_is_said_once(bells, caplog):
    with caplog.at_level(logging.WARNING, logger="tasks.backend"):
        for _ in range(3):
            bells.dequeue()
    assert [record.getMessage()[:25] for record in caplog.records] == ["Redis does not answer (Er"]


def test_it_is_left_alone_for_a_while_after_it_did_not_answer(bells, monkeypatch):
    asked = []

    def hangs(*_):
        asked.append(1)
        raise RedisTimeout("no answer")

    monkeypatch.setattr(backend, "REST_SECONDS", 60.0)
    monkeypatch.setattr(backend.Redis, "queue_size", hangs)
    assert [bells.queue_size() for _ in range(3)] == [1, 1, 1]
    assert bells.enqueue("bell") is None
    assert not bells.dequeue()
    assert asked == [1]
    bells.rests_until = 0.0
    monkeypatch.setattr(backend.Redis, "queue_size", lambda self: 7)
    assert bells.queue_size() == 7
