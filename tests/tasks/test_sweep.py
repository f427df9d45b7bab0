import os
import signal
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tasks import backend, lifecycle, pulse, registry, services
from tasks.choices import Priority, State
from tasks.models import Job, Schedule, Worker
from tasks.supervisor import Supervisor
from tasks.sweep import Canary, overdue, promote, queue_periodic, sweep


def worker(cluster="c", pid=None, **fields) -> Worker:
    now = timezone.now()
    row = {"host": "here", "started_at": now - timedelta(minutes=5), "last_seen": now} | fields
    return Worker.objects.create(cluster=cluster, pid=pid or os.getpid(), **row)


def age(seconds: float, **fields) -> None:
    Job.objects.update(queued_at=timezone.now() - timedelta(seconds=seconds), **fields)


@pytest.fixture
def bells(monkeypatch):
    rung = []
    monkeypatch.setattr(backend, "ring_on", rung.append)
    monkeypatch.setattr(backend, "unheard", lambda: 0)
    return rung


def test_a_lost_bell_is_rung_again(job, bells):
    age(3)
    sweep(2)
    assert len(bells) == 1


def test_as_many_bells_are_rung_as_there_are_workers_to_hear_them(double_kind, analyst, bells):
    for amount in range(5):
        services.submit(double_kind, {"amount": amount}, owner=analyst)
    age(3)
    sweep(2)
    assert len(bells) == 2


def test_no_bell_is_rung_for_a_fresh_job_nor_while_one_is_under_way(job, bells, monkeypatch):
    sweep(2)
    age(3)
    monkeypatch.setattr(backend, "unheard", lambda: 1)
    sweep(2)
    assert bells == []


def test_workers_that_no_longer_beat_are_forgotten(db, bells):
    worker(last_seen=timezone.now() - timedelta(minutes=3))
    alive = worker()
    sweep(2)
    assert list(Worker.objects.all()) == [alive]


def test_an_expired_lease_is_put_right(job, bells):
    lifecycle.claim()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep(2)
    assert Job.objects.get(pk=job.pk).state == State.QUEUED


def test_bulk_work_never_starves_however_much_urgent_work_comes(declare, analyst, bells):
    declare("tests.any", lambda ctx, parameters: {})
    bulk = services.submit("tests.any", {"n": 0}, owner=analyst, priority=Priority.BULK)
    age(60)
    for number in range(1, 6):
        services.submit("tests.any", {"n": number}, owner=analyst, priority=Priority.INTERACTIVE)
    sweep(2)
    assert lifecycle.claim() == bulk
    bulk.refresh_from_db()
    assert bulk.priority == Priority.BULK


def test_a_flood_of_old_bulk_work_holds_one_worker_at_most(declare, analyst, bells):
    declare("tests.any", lambda ctx, parameters: {})
    for number in range(4):
        services.submit("tests.any", {"n": number}, owner=analyst, priority=Priority.BULK)
    age(60)
    urgent = [
        services.submit("tests.any", {"n": number}, owner=analyst, priority=Priority.INTERACTIVE) for number in (8, 9)
    ]
    for _ in range(3):
        sweep(2)
    aged = lifecycle.claim()
    assert aged.priority == Priority.BULK
    sweep(2)
    assert [lifecycle.claim(), lifecycle.claim()] == urgent
    lifecycle.finish(aged, {})
    assert promote(timezone.now()) == 1


def test_young_work_and_work_without_a_rival_keeps_its_rank(job, bells):
    sweep(2)
    assert Job.objects.get(pk=job.pk).rank == Priority.NORMAL


def test_a_claim_is_one_look_at_the_index(job, db):
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("The planner of PostgreSQL reads so small a table whole.")
    queued = Job.objects.filter(state=State.QUEUED).order_by("rank", "queued_at")[:1]
    plan = queued.explain()
    assert "job_claim" in plan
    assert "TEMP B-TREE" not in plan


class TestDeadlines:
    def test_what_is_not_begun_in_time_fails_with_a_sentence(self, double_kind, analyst, bells):
        job = services.submit(double_kind, {"amount": 1}, owner=analyst, start_within=5)
        assert job.start_by - job.queued_at == timedelta(seconds=5)
        Job.objects.update(start_by=timezone.now() - timedelta(seconds=1))
        assert lifecycle.claim() is None
        sweep(2)
        job.refresh_from_db()
        assert (job.state, job.error_class) == (State.FAILED, "DeadlinePassed")
        assert "deadline" in job.error_message

    def test_what_is_begun_in_time_may_end_later_and_be_put_back(self, double_kind, analyst, bells):
        job = services.submit(double_kind, {"amount": 1}, owner=analyst, start_within=5)
        claimed = lifecycle.claim()
        Job.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
        sweep(2)
        assert lifecycle.claim() == job
        assert claimed.start_by is None

    def test_a_kind_may_have_one_by_default(self, declare, analyst):
        declare("tests.urgent", lambda ctx, parameters: {}, start_within=30)
        job = services.submit("tests.urgent", {}, owner=analyst)
        assert job.start_by is not None


class TestPeriodicJobs:
    @pytest.fixture
    def hourly(self, declare, bells, db):
        declare("tests.hourly", lambda ctx, parameters: {}, every=3600, result_ttl=0)
        sweep(2)

    def due(self):
        Schedule.objects.update(due_at=timezone.now() - timedelta(seconds=1))

    def queued(self):
        return Job.objects.filter(kind="tests.hourly").count()

    def test_it_is_queued_when_it_is_due_and_once(self, hourly):
        assert self.queued() == 0
        self.due()
        sweep(2)
        sweep(2)
        assert self.queued() == 1
        assert Schedule.objects.get(kind="tests.hourly").due_at > timezone.now() + timedelta(minutes=59)

    def test_of_two_hosts_one_queues_it(self, hourly, monkeypatch):
        self.due()
        stale = Schedule.objects.get(kind="tests.hourly")
        queue_periodic(timezone.now())
        Job.objects.all().delete()
        # The other host read the row before.
        monkeypatch.setattr(Schedule.objects, "get_or_create", lambda **row: (stale, False))
        queue_periodic(timezone.now())
        assert self.queued() == 0

    def test_one_that_still_runs_is_not_queued_again(self, hourly):
        for _ in range(2):
            self.due()
            sweep(2)
        assert self.queued() == 1

    def test_old_jobs_are_pruned_by_themselves(self):
        assert "tasks.prune" in [spec.kind for spec in registry.periodic()]


class TestCanary:
    started = timezone.now() - timedelta(minutes=4)

    def stuck(self, workers, capacity=2, *, seconds=5, started=started, canary=None) -> bool:
        """What a canary says at its second look, some seconds after the first."""
        canary = canary or Canary()
        assert not canary.is_stuck(started, workers, capacity)
        if canary.noticed:
            canary.noticed -= timedelta(seconds=seconds)
        return canary.is_stuck(started, workers, capacity)

    def test_waiting_work_and_an_idle_worker_is_a_hang(self, job):
        assert self.stuck([worker()])

    def test_an_empty_queue_is_none(self, db):
        assert not self.stuck([worker()])

    def test_work_that_has_only_just_come_is_none(self, job):
        assert not self.stuck([worker()], seconds=3)

    def test_a_job_that_was_only_just_put_back_is_none_however_old_it_is(self, job):
        lost, alive = uuid.uuid4(), worker()
        lifecycle.claim(lost)
        canary = Canary()
        assert not canary.is_stuck(self.started, [alive], 2)
        age(60, claimed_at=timezone.now() - timedelta(seconds=60))
        lifecycle.requeue_of([lost])
        assert not self.stuck([alive], seconds=3, canary=canary)

    def test_looks_with_a_gap_between_them_prove_nothing(self, job):
        canary, idle = Canary(), worker()
        assert not canary.is_stuck(self.started, [idle], 2)
        for moment in ("looked", "noticed"):
            setattr(canary, moment, timezone.now() - timedelta(seconds=10))
        assert not canary.is_stuck(self.started, [idle], 2)
        assert self.stuck([idle], canary=canary)

    def test_all_workers_busy_is_none(self, job, double_kind, analyst):
        busy = worker()
        lifecycle.claim(busy.pk)
        services.submit(double_kind, {"amount": 5}, owner=analyst)
        age(60, claimed_at=timezone.now() - timedelta(seconds=50))
        assert not self.stuck([busy], 1)
        assert self.stuck([busy], 2)

    def test_a_job_that_just_started_is_a_sign_of_life(self, job, double_kind, analyst):
        alive = worker()
        lifecycle.claim(alive.pk)
        services.submit(double_kind, {"amount": 5}, owner=analyst)
        age(60)
        assert not self.stuck([alive])

    def test_another_clusters_life_is_no_sign_of_this_ones(self, job, double_kind, analyst):
        lifecycle.claim(uuid.uuid4())
        services.submit(double_kind, {"amount": 5}, owner=analyst)
        age(60)
        assert self.stuck([worker()])

    def test_a_cluster_gets_time_to_start(self, job):
        age(60)
        assert not self.stuck([], started=timezone.now())
        assert not self.stuck([worker(started_at=timezone.now())])
        assert self.stuck([])

    def test_restarts_that_do_not_help_become_rarer(self, job):
        canary, idle = Canary(), worker()
        assert self.stuck([idle], canary=canary)
        assert not canary.is_stuck(self.started, [idle], 2)
        canary.noticed = timezone.now() - timedelta(seconds=9)
        assert canary.is_stuck(self.started, [idle], 2)
        canary.noticed -= timedelta(seconds=10_000)
        for _ in range(9):
            canary.is_stuck(self.started, [idle], 2)
        assert canary.patience == Canary.LONGEST


class TestSupervisor:
    @pytest.fixture
    def supervisor(self, bells):
        supervisor = Supervisor(workers=2, grace=0)
        supervisor.cluster.name = "c"
        return supervisor

    def test_a_killed_workers_job_is_put_back_and_its_row_removed(self, job, supervisor, dead_pid):
        alive, dead = worker(), worker(pid=dead_pid)
        lifecycle.claim(dead.pk)
        assert supervisor.bury_the_dead() == [alive]
        assert Job.objects.get(pk=job.pk).state == State.QUEUED
        assert not Worker.objects.filter(pk=dead.pk).exists()

    def test_workers_of_other_clusters_are_left_alone(self, job, supervisor, dead_pid):
        elsewhere = worker(cluster="other", pid=dead_pid)
        lifecycle.claim(elsewhere.pk)
        supervisor.bury_the_dead()
        assert Job.objects.get(pk=job.pk).state == State.RUNNING

    def test_a_job_far_beyond_its_time_is_ended_with_its_process(self, declare, analyst, supervisor, monkeypatch):
        killed = []
        monkeypatch.setattr(os, "kill", lambda pid, number: killed.append((pid, number)))
        declare("tests.long", lambda ctx, parameters: {}, timeout=10)
        job = services.submit("tests.long", {}, owner=analyst)
        busy = worker(pid=4321)
        lifecycle.claim(busy.pk)
        Job.objects.update(claimed_at=timezone.now() - timedelta(seconds=20))
        supervisor.stop_overdue([busy])
        assert killed == []
        Job.objects.update(claimed_at=timezone.now() - timedelta(seconds=26))
        supervisor.stop_overdue([busy])
        assert killed == [(4321, signal.SIGKILL)]
        job.refresh_from_db()
        assert job.state == State.FAILED
        assert "longer than it may" in job.error_message
        assert overdue([busy]) == []

    def test_a_database_that_is_away_stops_nothing(self, supervisor):
        def away():
            raise ConnectionError("away")

        supervisor.guarded(away)


@pytest.fixture
def dead_pid() -> int:
    """The number of a process that is certainly gone."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_a_beat_refreshes_the_workers_row(db, monkeypatch):
    row = worker(last_seen=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(pulse, "_worker", row)
    monkeypatch.setattr(pulse, "_jobs_done", 7)
    pulse.beat()
    row.refresh_from_db()
    assert timezone.now() - row.last_seen < timedelta(seconds=30)
    assert row.jobs_done == 7
    assert row.memory > 1_000_000
