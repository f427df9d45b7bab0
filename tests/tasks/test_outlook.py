"""What lies ahead of the workers."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tasks import outlook, pulse, readings
from tasks.choices import State
from tasks.models import Job, Worker
from tasks.outlook import Load, drain_seconds
from tasks.readings import Activity


@pytest.fixture
def now(db):
    return timezone.now()


@pytest.fixture
def job(now):
    def make(state, kind="tests.short", run=None, ago=1.0, **fields):
        ended = now - timedelta(seconds=ago) if run is not None else None
        times = {"queued_at": now - timedelta(hours=2), "finished_at": ended}
        times["claimed_at"] = ended - timedelta(seconds=run) if ended else None
        return Job.objects.create(kind=kind, state=state, fingerprint=uuid4().hex, **times | fields)

    return make


def test_what_waits_and_runs_is_counted_by_kind(job):
    job(State.QUEUED)
    job(State.QUEUED)
    job(State.RUNNING, kind="tests.long")
    whole = job(State.RUNNING, kind="tests.split", parts_total=3, parts_left=2)
    job(State.QUEUED, kind="tests.split", parent=whole)
    job(State.DONE, run=1)
    assert outlook.loads() == {
        "tests.short": Load(waiting=2),
        "tests.long": Load(running=1),
        "tests.split": Load(waiting=1),
    }


def test_the_usual_time_is_the_mean_of_what_was_done_lately(job, now):
    for run in (1.0, 3.0):
        job(State.DONE, run=run)
    job(State.DONE, run=100.0, ago=4000)
    job(State.FAILED, run=100.0)
    job(State.DONE, kind="tests.split", run=50.0, parts_total=4)
    assert outlook.usual_seconds(now) == {"tests.short": pytest.approx(2.0)}


def test_the_queue_is_worked_off_by_all_workers_at_the_usual_times():
    waiting = {"short": Load(waiting=10), "long": Load(waiting=2, running=5)}
    assert drain_seconds(waiting, {"short": 1.0, "long": 30.0}, workers=2) == pytest.approx(35.0)


def test_a_kind_that_was_never_done_takes_as_long_as_the_others():
    assert drain_seconds({"new": Load(waiting=4)}, {"short": 1.0, "long": 3.0}, workers=1) == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("waiting", "usual", "workers", "expected"),
    [
        ({"short": Load(waiting=1)}, {"short": 1.0}, 0, None),
        ({"short": Load(waiting=1)}, {}, 2, None),
        ({}, {}, 2, 0.0),
        ({"short": Load(running=3)}, {}, 2, 0.0),
    ],
)
def test_without_workers_or_times_nothing_is_known_and_without_work_there_is_no_wait(waiting, usual, workers, expected):
    assert drain_seconds(waiting, usual, workers) == expected


def make_worker(now, **fields):
    started = now - timedelta(hours=1)
    return Worker.objects.create(**{"host": "web-1", "pid": 1, "started_at": started, "last_seen": now} | fields)


def test_workers_that_were_killed_and_replaced_do_not_count_as_silent(now):
    gone = now - timedelta(seconds=60)
    make_worker(now, pid=1, cluster="old", last_seen=gone)
    make_worker(now, pid=2, cluster="new", started_at=now - timedelta(seconds=30))
    assert [row.pid for row in readings.workers(now)] == [2]


@pytest.mark.parametrize(
    "other",
    [
        {"cluster": "old", "started_at": timedelta(seconds=30)},  # its own cluster would have told of its end
        {"cluster": "new", "started_at": timedelta(seconds=90)},  # was there beside it
        {"cluster": "new", "host": "web-2", "started_at": timedelta(seconds=30)},
    ],
)
def test_a_silent_worker_beside_others_is_told(now, other):
    make_worker(now, pid=1, cluster="old", last_seen=now - timedelta(seconds=60))
    make_worker(now, pid=2, **other | {"started_at": now - other["started_at"]})
    assert Activity.SILENT in {row.state for row in readings.workers(now)}


def test_a_worker_silent_for_long_is_gone_even_where_nobody_deletes_its_row(now):
    make_worker(now, last_seen=now - timedelta(minutes=3))
    assert readings.workers(now) == ()


def test_a_worker_that_was_stopped_for_so_long_that_its_row_is_gone_tells_of_itself_again(now, monkeypatch):
    row = make_worker(now, last_seen=now - timedelta(minutes=3))
    monkeypatch.setattr(pulse, "_worker", row)
    Worker.objects.all().delete()
    pulse.beat()
    again = Worker.objects.get()
    assert again.pk == row.pk
    assert again.last_seen >= now
    pulse.beat()
    assert Worker.objects.count() == 1
