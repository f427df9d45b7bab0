"""How background work goes, as others read it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tasks import lifecycle, readings, registry
from tasks.choices import Priority, State
from tasks.models import Job, Schedule, Worker
from tasks.readings import Activity, Spread
from tasks.registry import Share

KIND = "tests.counted"


@pytest.fixture
def now(db):
    return timezone.now()


@pytest.fixture
def ended(now):
    """``ended(State.DONE, wait=2, run=5, ago=10, attempt=1)``: a job that ended so many seconds ago."""

    def make(state, *, wait=0.0, run=0.0, ago=1.0, kind=KIND, **fields):
        finished = now - timedelta(seconds=ago)
        started = None if run is None else finished - timedelta(seconds=run)
        begun = started or finished
        times = {"queued_at": begun - timedelta(seconds=wait), "started_at": started, "finished_at": finished}
        defaults = {"attempt": 1, "fingerprint": uuid4().hex, **times}
        return Job.objects.create(kind=kind, state=state, **defaults | fields)

    return make


@pytest.fixture
def waiting(now):
    def make(priority, *, ago=1.0, **fields):
        queued = now - timedelta(seconds=ago)
        return Job.objects.create(kind=KIND, fingerprint=uuid4().hex, priority=priority, queued_at=queued, **fields)

    return make


def worker(now, **fields):
    return Worker.objects.create(**{"host": "web-1", "pid": 7, "started_at": now, "last_seen": now} | fields)


def by_name(levels):
    return {level.name: (level.waiting, level.oldest_seconds) for level in levels}


def test_the_queue_is_counted_by_level_with_the_age_of_its_oldest(waiting, now):
    waiting(Priority.INTERACTIVE, ago=3)
    waiting(0, ago=9)
    waiting(350, ago=2)
    waiting(Priority.NORMAL, ago=99, state=State.CANCELLED)
    levels = by_name(readings.queue(now))
    assert levels == {"interactive": (2, pytest.approx(9)), "normal": (0, None), "bulk": (1, pytest.approx(2))}


def test_a_queue_seen_by_a_clock_that_is_behind_is_of_no_age(waiting, now):
    waiting(Priority.NORMAL, ago=-5)
    assert by_name(readings.queue(now))["normal"] == (1, 0.0)


def test_parts_wait_by_themselves_and_finish_with_their_whole_job(declare, now):
    declare(
        KIND,
        lambda ctx, parameters: {},
        split=lambda parameters: [Share({"n": n}, 1) for n in range(3)],
        part=lambda ctx, parameters: ctx.checkpoint(b"x"),
        merge=lambda ctx, parameters, pieces: {"pieces": len(list(pieces))},
    )
    from tasks import runner, services

    services.submit(KIND, {}, owner=None)
    runner.run_one()
    assert by_name(readings.queue(timezone.now()))["normal"] == (3, pytest.approx(0, abs=60))
    seen = []
    while runner.run_one():
        seen.append(by_name(readings.queue(timezone.now()))["normal"])
    # Once the run is under way nobody waits for a worker: neither its other parts, nor putting them together.
    assert seen == [(2, None), (1, None), (1, None), (0, None)]
    (kind,) = readings.finished(timezone.now()).kinds
    assert (kind.finished, kind.done) == (1, 1)


def test_what_finished_is_counted_by_kind_within_the_window(ended, now):
    for state in (State.DONE, State.DONE, State.FAILED, State.CANCELLED):
        ended(state, attempt=3)
    ended(State.CANCELLED, run=None, attempt=0)
    ended(State.DONE, kind="tests.other")
    ended(State.DONE, ago=301)
    finished = readings.finished(now)
    first, other = finished.kinds
    assert (first.kind, first.finished, first.done, first.failed, first.cancelled) == (KIND, 5, 2, 1, 2)
    assert first.retried == 8
    assert first.throughput == pytest.approx(5 / 300)
    assert (other.kind, other.finished, other.retried) == ("tests.other", 1, 0)
    assert finished.seconds == 300


def test_waits_and_run_times_have_mean_median_and_95th_percentile(ended, now):
    for seconds in range(1, 22):
        ended(State.DONE, wait=seconds, run=10 * seconds)
    ended(State.CANCELLED, run=None, wait=9999)
    (kind,) = readings.finished(now).kinds
    assert (kind.wait.mean, kind.wait.p50, kind.wait.p95) == pytest.approx((11, 11, 20))
    assert (kind.run.mean, kind.run.p50, kind.run.p95) == pytest.approx((110, 110, 200))


def test_of_nothing_there_is_no_spread():
    assert Spread.of([]) == Spread(None, None, None)
    assert Spread.of([4.0]) == Spread(4.0, 4.0, 4.0)


def test_only_the_newest_are_looked_at_and_the_rate_counts_their_span(ended, now, monkeypatch):
    monkeypatch.setattr(readings, "MOST_FINISHED", 4)
    for ago in (10, 20, 30, 40, 50, 60):
        ended(State.DONE, ago=ago)
    finished = readings.finished(now)
    assert finished.kinds[0].finished == 4
    assert finished.seconds == pytest.approx(40)
    assert finished.kinds[0].throughput == pytest.approx(0.1)


def test_workers_are_busy_idle_or_silent(ended, waiting, now):
    for pid, seen in ((1, 1), (2, 1), (3, 60)):
        worker(now, pid=pid, last_seen=now - timedelta(seconds=seen), jobs_done=pid, memory=10 * pid)
    busy = Worker.objects.get(pid=1)
    job = waiting(Priority.NORMAL)
    lifecycle.claim(busy.pk)
    # A job that has ended remembers its worker; that one is idle all the same.
    ended(State.DONE, worker_id=Worker.objects.get(pid=2).pk)
    first, second, third = readings.workers(now)
    assert [row.state for row in (first, second, third)] == [Activity.BUSY, Activity.IDLE, Activity.SILENT]
    assert (first.job.id, first.job.is_part, first.jobs_done, first.memory) == (job.pk, False, 1, 10)
    assert second.job is None


def test_a_worker_on_a_part_is_on_the_whole_job(waiting, now):
    whole = waiting(Priority.NORMAL, state=State.RUNNING, parts_total=1, parts_left=1)
    waiting(Priority.NORMAL, parent=whole)
    lifecycle.claim(worker(now).pk)
    (row,) = readings.workers(now)
    assert (row.job.id, row.job.is_part) == (whole.pk, True)


def test_every_periodic_job_is_there_with_its_times_once_it_has_some(now):
    before = {row.kind: row for row in readings.schedules()}
    assert set(before) == {spec.kind for spec in registry.periodic()}
    assert before["tasks.prune"].due_at is None
    Schedule.objects.create(kind="tasks.prune", due_at=now, queued_at=now)
    after = {row.kind: row for row in readings.schedules()}["tasks.prune"]
    assert (after.due_at, after.queued_at, after.every_seconds) == (now, now, 3600)


def test_a_reading_costs_five_queries_however_much_there_is(ended, waiting, now, queries):
    for pid in range(5):
        worker(now, pid=pid)
        ended(State.DONE, kind=f"tests.kind{pid}")
        waiting(100 * pid)
    with queries() as captured:
        reading = readings.reading(now)
    assert len(captured) == 5
    assert (reading.waiting, reading.count(Activity.IDLE)) == (5, 5)
    assert "parameters" not in "".join(query["sql"] for query in captured.captured_queries)
