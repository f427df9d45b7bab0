"""Connections in use: per process in either mode, summed over a host."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import timezone

from performance import scope
from performance.database import pool
from performance.database.pool import HostUse, Watch, host_use, seen_from
from performance.differences import Look
from performance.models import ProcessReading, Role
from performance.probes.database import Pool


class Psycopg:
    """psycopg's pool, as far as it is asked."""

    max_size = 25
    stats = {"pool_size": 10, "pool_available": 4, "requests_waiting": 2, "requests_queued": 7, "requests_wait_ms": 91}

    def get_stats(self):
        return self.stats


@pytest.fixture
def native(monkeypatch):
    monkeypatch.setattr(pool, "pool_of", lambda connection: Psycopg())


def row(pk: int, role: str = "web", host: str = "web-1", **readings) -> ProcessReading:
    now = timezone.now()
    return ProcessReading(
        pk=pk, host=host, role=role, pid=pk, started_at=now, updated_at=now, readings={"database": readings}
    )


def test_a_persistent_connection_is_in_use_inside_a_request_or_job():
    watch = Watch()
    entered = scope.enter(scope.Kind.REQUEST, "/")
    watch.look()
    scope.leave(entered)
    watch.look()
    readings = watch.read(Role.WEB)
    assert (readings["in_use"], readings["peak"]) == (0.5, 1)
    assert (readings["mode"], readings["maximum"], readings["waiting"]) == ("persistent", settings.WEB_THREADS, 0)


def test_each_reading_sums_up_the_looks_since_the_last_one():
    watch = Watch()
    watch.seen = [3, 5]
    assert watch.read(Role.WEB)["peak"] == 5
    assert watch.read(Role.WEB)["peak"] == 0


def test_a_worker_has_one_connection_for_its_job():
    assert Watch().read(Role.WORKER)["maximum"] == 1


def test_a_pool_is_asked_for_what_it_lent_and_who_waits(native):
    watch = Watch()
    watch.look()
    readings = watch.read(Role.WEB)
    assert readings == {
        "mode": "pool",
        "in_use": 6,
        "peak": 6,
        "maximum": 25,
        "waiting": 2,
        "waits": 7,
        "wait_ms": 91,
        "timeouts": 0,
    }


def test_a_host_is_the_sum_of_its_web_processes_and_jobs_are_not_in_it():
    rows = [
        row(1, in_use=1.5, peak=3, maximum=8, waiting=1),
        row(2, in_use=6.5, peak=8, maximum=8, waiting=2),
        row(3, "worker", in_use=1, peak=1, maximum=1, waiting=0),
    ]
    use = host_use(rows)
    assert use == HostUse(8.0, 11, 16, 3)
    assert use.percent == 50.0


def test_a_host_without_web_processes_has_no_share():
    assert host_use([row(3, "worker", in_use=1, maximum=1)]).percent is None


def test_a_process_whose_publisher_broke_counts_nothing():
    assert host_use([row(1, failed="ValueError"), row(2, in_use=1, peak=1, maximum=8, waiting=0)]).maximum == 8


@pytest.mark.django_db
def test_waits_count_once_for_new_running_and_ended_processes():
    probe = Pool(Look("web-1"))

    def mean(now: float) -> float | None:
        return probe.read(now).columns["pool_wait_ms"]

    row(1, waits=10, wait_ms=1000).save()
    assert mean(1.0) is None
    row(1, waits=12, wait_ms=1060).save()
    row(2, waits=2, wait_ms=20).save()
    assert mean(31.0) == 20.0
    assert mean(61.0) == 0.0


def test_the_processes_of_a_host_without_a_sampler_count_once_at_the_first_host_that_has_one():
    rows = [row(1, host="web"), row(2, host="sampler-a"), row(3, host="sampler-b")]
    sampled = ["sampler-a", "sampler-b"]
    assert [each.pk for each in seen_from("sampler-a", rows, sampled, "sampler-a")] == [1, 2]
    assert [each.pk for each in seen_from("sampler-b", rows, sampled, "sampler-a")] == [3]
