"""What the rules are given, from what is stored: in few queries, with and without each part."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from performance.analysis.rules import findings
from performance.facts import POINTS, Past, gather
from performance.models import (
    ApplicationSample,
    CacheSample,
    DatabaseSample,
    RepeatedQuery,
    SamplerLease,
    SlowQuery,
    SystemSample,
    TaskSample,
)
from tasks.choices import State
from tasks.models import Job
from tests.performance.analysis import conftest as calm

pytestmark = pytest.mark.django_db
MODELS = {
    SystemSample: calm.SYSTEM,
    ApplicationSample: calm.APPLICATION,
    DatabaseSample: calm.DATABASE,
    CacheSample: calm.CACHE,
    TaskSample: calm.TASKS,
}


@pytest.fixture
def sampled(now):
    """A calm sample of every category of a host, at a time before now."""

    def one(host: str = "web-1", ago: float = 1.0, **details) -> None:
        at = now - timedelta(seconds=ago)
        lease = {"interval": 30, "renewed_at": at, "expires_at": at}
        SamplerLease.objects.update_or_create(host=host, defaults=lease)
        for model, columns in MODELS.items():
            known = {field.name for field in model._meta.concrete_fields} - {"worst_percent"}
            values = {name: value for name, value in columns.items() if name in known}
            values["detail"] = values["detail"] | details.get(model.__name__, {})
            model.objects.create(host=host, taken_at=at, interval=30, **values)

    return one


def test_an_empty_installation_has_nothing_to_say(now):
    found = gather(now)
    assert found.hosts == ()
    assert findings(found) == []


def test_calm_samples_lead_to_no_advice(sampled, now):
    for step in range(20):
        sampled(ago=30.0 * step + 1)
    found = gather(now)
    assert [host.name for host in found.hosts] == ["web-1"]
    host = found.hosts[0]
    assert (host.cores, host.database.get("worst_percent")) == (2, 12.4)
    assert [route.text("route") for route in host.routes] == ["/companies/"]
    assert [(memory.role, memory.pid, len(memory.rss)) for memory in host.memory] == [("worker", 11, 20)]
    assert len(host.traces["system.disk_used"]) == 20
    assert findings(found) == []


def test_old_samples_are_not_taken_for_news(sampled, now):
    sampled(ago=600.0)
    assert gather(now).hosts == ()


def test_a_category_that_is_missing_is_left_out(sampled, now):
    sampled()
    CacheSample.objects.all().delete()
    TaskSample.objects.update(workers=None, detail={"workers": None, "kinds": 3})
    (host,) = gather(now).hosts
    assert not host.cache
    assert host.system.get("cpu_percent") == 12.0
    assert findings(gather(now)) == []


def test_more_hosts_and_samples_take_no_more_queries(sampled, now):
    sampled()
    with CaptureQueriesContext(connection) as few:
        gather(now)
    for step in range(40):
        sampled("web-2", ago=30.0 * step + 1)
        sampled("web-3", ago=30.0 * step + 1)
    with CaptureQueriesContext(connection) as many:
        found = gather(now)
    assert len(found.hosts) == 3
    assert len(many) == len(few) <= 14
    assert all(len(memory.rss) <= POINTS for host in found.hosts for memory in host.memory)


def test_a_worker_that_grows_is_seen_in_the_samples_of_the_hour(sampled, now):
    for step in range(12):
        rss = 90e6 + 25e6 * (12 - step)
        processes = [{"host": "web-1", "role": "worker", "pid": 11, "rss": rss}]
        sampled(ago=30.0 * step + 1, ApplicationSample={"processes": processes})
    (finding,) = findings(gather(now))
    assert finding.rule == "memory_leak"
    assert finding.case.action is not None and finding.case.action.action == "recycle_workers"


def test_statements_and_jobs_come_from_their_own_tables(sampled, now):
    sampled()
    seen = {"first_seen": now, "last_seen": now, "statement": 'SELECT "a" FROM "t"'}
    SlowQuery.objects.create(fingerprint="a" * 16, alias="default", advice=[calm.ADVICE, "odd"], worst=2.0, **seen)
    RepeatedQuery.objects.create(route="/letters/", kind="request", fingerprint="b" * 16, worst=90, sightings=5, **seen)
    for number in range(8):
        failed = number < 6
        Job.objects.create(
            kind="tasks.selftest",
            fingerprint=str(number),
            state=State.FAILED if failed else State.DONE,
            error_class="tasks.errors.TimedOut" if number < 4 else "builtins.KeyError" if failed else "",
            queued_at=now - timedelta(minutes=9),
            started_at=now - timedelta(minutes=8),
            finished_at=now - timedelta(minutes=7, seconds=40),
        )
    Job.objects.create(kind="gone.kind", fingerprint="x", state=State.FAILED, queued_at=now, finished_at=now)
    found = gather(now)
    (kind,) = found.kinds
    assert (kind.kind, kind.finished, kind.failed, kind.timed_out, kind.error) == (
        "tasks.selftest",
        8,
        6,
        4,
        "KeyError",
    )
    assert {finding.rule for finding in findings(found)} == {"missing_index", "n_plus_one", "timeout_too_low"}


def test_who_takes_the_cpu_is_handed_over(sampled, now):
    sampled()
    SystemSample.objects.update(cpu_percent=97.0)
    hog = {"pid": 99, "name": "stress", "command": "stress", "cpu": 99.0, "rss": 1, "ours": ""}
    assert [finding.rule for finding in findings(gather(now, {"web-1": [hog]}))] == ["cpu_hog"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_who_holds_a_lock_is_asked_while_somebody_waits(sampled, now):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite can't say who holds its lock.")
    sampled()
    DatabaseSample.objects.update(locks_waiting=1)
    holder = connection.copy()
    release, statement = threading.Event(), "UPDATE performance_systemsample SET load_1 = 41.5"

    def wait() -> None:
        waiter = connections["default"].copy()
        with waiter.cursor() as cursor:
            cursor.execute(statement)
        waiter.close()

    thread = threading.Thread(target=wait)
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(statement)
            thread.start()
            found, looks = [], 0
            while not found and looks < 200 and not release.wait(0.05):
                found, looks = list(gather(now).blockers), looks + 1
            cursor.execute("ROLLBACK")
    finally:
        holder.close()
        thread.join(10)
    assert found[0].text("state") == "idle in transaction"
    assert "41.5" not in found[0].text("statement")


def test_who_samples_every_second_reads_the_last_hour_every_tenth(sampled, now):
    sampled(ago=20)
    past = Past()

    def queries(at) -> int:
        with CaptureQueriesContext(connection) as found:
            assert gather(at, past=past).hosts[0].traces
        return len(found)

    whole = queries(now)
    assert [queries(now + timedelta(seconds=seconds)) - whole for seconds in (1, 9, 10, 40)] == [-3, -3, 0, 0]
    assert queries(now - timedelta(seconds=5)) == whole, "the clock was set back"
    sampled("web-2")
    assert queries(now + timedelta(seconds=1)) == whole, "a host that is new"
