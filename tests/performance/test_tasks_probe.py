"""The samples of background work."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from performance.models import TaskSample
from performance.probes import probes_of
from performance.probes import tasks as probed
from performance.probes.tasks import Jobs, Queue, Workers
from tasks import readings
from tasks.models import Job, Worker

pytestmark = pytest.mark.django_db
MEASURED = {field.name for field in TaskSample._meta.concrete_fields} - {"id", "host", "taken_at", "interval", "detail"}


@pytest.fixture
def clock(now, monkeypatch):
    """The time as the probes see it; ``clock(30)`` lets so many seconds pass."""
    moment = [now]

    class Clock:
        @staticmethod
        def now():
            return moment[0]

    monkeypatch.setattr(probed, "timezone", Clock)

    def passes(seconds: float):
        moment[0] += timedelta(seconds=seconds)
        return moment[0]

    return passes


@pytest.fixture
def job():
    def make(state, at, *, wait=0.0, run=1.0, kind="tests.kind", **fields):
        """A job that ended, or else was queued, at that moment."""
        ended = state not in ("queued", "running")
        begun = at - timedelta(seconds=run) if ended else at if state == "running" else None
        times = {"queued_at": (begun or at) - timedelta(seconds=wait), "started_at": begun, "claimed_at": begun}
        times["finished_at"] = at if ended else None
        return Job.objects.create(kind=kind, state=state, fingerprint=uuid4().hex, **{"attempt": 1} | times | fields)

    return make


def test_together_the_probes_fill_every_column(clock, worker, job):
    probes = probes_of("tasks")
    columns = {}
    for _ in range(2):
        clock(30)
        for probe in probes:
            columns |= probe.read(1.0).columns
    assert set(columns) == MEASURED


def test_the_queue_is_told_by_level_with_the_wait_of_what_is_urgent(clock, job, worker):
    now = clock(0)
    job("queued", now, wait=50, priority=100)
    job("queued", now, wait=5, priority=200)
    job("queued", now, wait=9000, priority=300)
    job("done", now - timedelta(seconds=10), run=4.0)
    columns = Queue().read(1.0).columns
    assert (columns["waiting"], columns["waiting_interactive"], columns["waiting_bulk"]) == (3, 1, 1)
    assert columns["oldest_seconds"] == pytest.approx(50)
    assert columns["drain_seconds"] == pytest.approx(12.0)
    Worker.objects.all().delete()
    assert Queue().read(1.0).columns["drain_seconds"] is None


def test_what_finished_since_the_sample_before_is_counted_once(clock, job):
    probe = Jobs()
    first = probe.read(1.0).columns
    assert "finished_count" not in first
    now = clock(30)
    job("done", now - timedelta(seconds=20), wait=2.0)
    job("failed", now - timedelta(seconds=10), attempt=3)
    job("done", now)
    columns = probe.read(2.0).columns
    assert (columns["finished_count"], columns["failed_count"], columns["retried_count"]) == (2, 1, 2)
    assert columns["failed_percent"] == 50.0
    assert columns["finished_rate"] == pytest.approx(2 / 30, abs=0.001)
    clock(30)
    columns = probe.read(3.0).columns
    assert (columns["finished_count"], columns["failed_count"]) == (1, 0), "the one that ended right then"
    clock(30)
    columns = probe.read(4.0).columns
    assert (columns["finished_count"], columns["failed_percent"]) == (0, None)


def test_the_rate_is_right_where_more_finished_than_is_looked_at(clock, job, monkeypatch):
    monkeypatch.setattr(readings, "MOST_FINISHED", 4)
    probe = Jobs()
    probe.read(1.0)
    start = clock(0)
    for second in range(20):
        job("done", start + timedelta(seconds=second))
    clock(20)
    columns = probe.read(2.0).columns
    assert columns["finished_rate"] == pytest.approx(1, rel=0.5)


def test_percentiles_tell_of_a_minute_at_least_and_of_nothing_are_null(clock, job):
    probe = Jobs()
    assert probe.read(1.0).columns["run_p95_seconds"] is None
    job("done", clock(5), wait=2.0, run=7.0)
    for _ in range(4):
        clock(5)
        columns = probe.read(1.0).columns
    assert columns["finished_count"] == 0
    assert (columns["wait_p50_seconds"], columns["run_p95_seconds"]) == (pytest.approx(2.0), pytest.approx(7.0))


def test_kinds_are_told_those_with_most_at_hand_first(clock, job):
    probe = Jobs()
    probe.read(1.0)
    now = clock(30)
    for _ in range(3):
        job("queued", now, kind="tests.flood")
    job("running", now, kind="tests.flood")
    job("failed", now - timedelta(seconds=3), kind="tests.broken", run=2.0, attempt=2)
    flood, broken = probe.read(2.0).detail["kinds"]
    assert (flood["kind"], flood["waiting"], flood["running"], flood["run_p95"]) == ("tests.flood", 3, 1, None)
    assert (broken["finished"], broken["failed"], broken["retried"], broken["run_p95"]) == (1, 1, 1, pytest.approx(2.0))


def test_workers_are_counted_and_described_the_silent_first(clock, job):
    now = clock(0)
    common = {"host": "web-1", "started_at": now - timedelta(hours=1)}
    Worker.objects.create(pid=1, last_seen=now, **common)
    busy = Worker.objects.create(pid=2, last_seen=now, memory=5_000_000, **common)
    Worker.objects.create(pid=3, last_seen=now - timedelta(seconds=50), **common)
    held = job("running", now - timedelta(seconds=9), worker_id=busy.pk)
    answer = Workers().read(1.0)
    columns = answer.columns
    assert (columns["workers"], columns["workers_busy"], columns["workers_silent"]) == (2, 1, 1)
    assert (columns["busy_percent"], columns["heartbeat_age"]) == (50.0, 50.0)
    silent, working, idle = answer.detail["workers"]
    assert (silent["pid"], silent["state"], idle["pid"]) == (3, "silent", 1)
    assert working == {
        "host": "web-1", "pid": 2, "state": "busy", "kind": "tests.kind", "job": str(held.pk),
        "job_seconds": pytest.approx(9.0), "memory": 5_000_000, "heartbeat_age": 0.0,
    }  # fmt: skip


def test_without_workers_there_is_no_heartbeat(clock):
    columns = Workers().read(1.0).columns
    assert (columns["workers"], columns["heartbeat_age"], columns["busy_percent"]) == (0, None, None)
