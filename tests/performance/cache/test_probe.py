"""The samples of the cache."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from performance.cache import cached
from performance.cache.breaker import State
from performance.cache.publishing import as_json
from performance.cache.statistics import CacheReading, CallRow, Shared, TierRow, reading
from performance.differences import Look
from performance.histogram import RELATIVE_ERROR, Histogram
from performance.models import CacheSample, ProcessReading, SamplerLease
from performance.probes import probes_of
from performance.probes.cache import Processes, SharedTier
from performance.totals import Counted, Kind, Totals

pytestmark = pytest.mark.django_db
MEASURED = {field.name for field in CacheSample._meta.concrete_fields} - {
    "id",
    "host",
    "taken_at",
    "interval",
    "detail",
}


@cached(ttl=60, namespace="probed")
def work(number: int) -> int:
    return number


@pytest.fixture
def here() -> Processes:
    return Processes(Look("web-1"))


def told(found: int = 0, missed: int = 0, shared: tuple[int, int] = (0, 0), breaker: str = "", **calls) -> dict:
    """What a process of one namespace publishes."""
    tiers = [TierRow("statements", "local", found, missed, writes=missed, evictions=2, bytes=600, entries=3)]
    away = None
    if breaker:
        tiers.append(TierRow("statements", "shared", *shared, writes=0, evictions=0, bytes=0))
        away = Shared(State(breaker), "refused", None, 1, False, 0, 0, None)
    row = {"hits": 0, "misses": 0, "early": 0, "stale": 0, "joined": 0, "compute_seconds": 0.0, "saved_seconds": 0.0}
    held = CacheReading(tuple(tiers), (CallRow("statements", **row | calls),), (), 3, 600, 10, 1000, away)
    return as_json(held)


@pytest.fixture
def process():
    """Lets a process publish: ``process(1, told(...))``; again with the same number it renews its row."""

    def publish(pid: int, readings: dict, host: str = "web-1", **fields) -> None:
        now = timezone.now()
        readings = readings if "instruments" in readings else {"cache": readings}
        values = {"updated_at": now, "readings": readings, "role": "web"} | fields
        row = ProcessReading.objects.filter(host=host, pid=pid)
        if not row.update(**values):
            ProcessReading.objects.create(host=host, pid=pid, started_at=now, **values)

    return publish


def test_the_probes_know_every_column(default, place, here, process):
    process(1, told(1, 1))
    here.read(1.0)
    columns = set(here.read(2.0).columns) | set(SharedTier().read(1.0).columns)
    shared = {"shared_bytes", "shared_percent", "shared_p50_ms", "shared_p95_ms"}
    assert columns == (MEASURED if place else MEASURED - shared)
    assert {probe.name for probe in probes_of("cache")} == {"processes", "shared tier"}


def test_what_grew_between_two_looks_is_told_over_all_processes(here, process):
    process(1, told(100, 100))
    process(2, told(50, 0))
    assert "hit_percent" not in here.read(10.0).columns, "the first look knows no growth"
    process(1, told(130, 110))
    process(2, told(60, 0))
    process(3, told(10, 0, misses=4, compute_seconds=2.0, joined=20, stale=5))
    columns = here.read(20.0).columns
    assert columns["lookup_count"] == 60
    assert columns["hit_percent"] == pytest.approx(83.3)
    assert columns["lookup_rate"] == 6.0
    assert columns["write_rate"] == 1.0
    assert (columns["compute_rate"], columns["compute_ms"]) == (0.4, 500.0)
    assert (columns["joined_rate"], columns["stale_rate"]) == (2.0, 0.5)
    assert (columns["local_entries"], columns["local_bytes"], columns["local_percent"]) == (9, 1800, 60.0)


def test_nothing_counts_twice_and_what_ended_counts_to_its_last_figures(here, process):
    process(1, told(100, 0))
    here.read(10.0)
    process(1, told(130, 0), ended_at=timezone.now())
    assert here.read(20.0).columns["lookup_count"] == 30
    assert here.read(30.0).columns["lookup_count"] == 0
    ProcessReading.objects.all().delete()
    assert here.read(40.0).columns["lookup_count"] == 0


def test_without_lookups_there_is_no_ratio(here, process):
    process(1, told(100, 0))
    here.read(10.0)
    columns = here.read(20.0).columns
    assert (columns["hit_percent"], columns["compute_ms"], columns["lookup_count"]) == (None, None, 0)


def test_what_the_local_tier_missed_may_be_a_hit_of_the_shared_one(here, process):
    process(1, told(0, 0, breaker="closed"))
    here.read(10.0)
    process(1, told(50, 50, shared=(40, 10), breaker="closed"))
    columns = here.read(20.0).columns
    assert (columns["hit_percent"], columns["local_hit_percent"], columns["shared_hit_percent"]) == (90.0, 50.0, 80.0)
    assert columns["breakers_open"] == 0


def test_processes_that_go_on_without_redis_are_counted_and_named(here, process):
    process(1, told(1, 0, breaker="open"))
    process(2, told(1, 0, breaker="closed"))
    process(3, told(1, 0, breaker="open"), updated_at=timezone.now() - timedelta(hours=1))
    answer = here.read(10.0)
    assert answer.columns["breakers_open"] == 1
    assert answer.detail["breakers"] == [{"host": "web-1", "pid": 1, "state": "open", "reason": "refused"}]


def test_namespaces_are_told_since_the_last_sample_the_busiest_first(here, process):
    process(1, told(0, 0))
    here.read(10.0)
    process(1, told(7, 3, misses=3, compute_seconds=1.5, saved_seconds=0.25))
    (row,) = here.read(20.0).detail["namespaces"]
    assert row == {
        "name": "statements", "hits": 7, "misses": 3, "bytes": 600, "entries": 3, "writes": 3, "evictions": 0,
        "computed": 3, "stale": 0, "joined": 0, "compute_seconds": 1.5, "saved_seconds": 0.25,
    }  # fmt: skip


def test_processes_of_a_sampled_host_are_left_to_its_own_sampler(here, process, now):
    for host in ("web-1", "web-2"):
        SamplerLease.objects.create(host=host, interval=30, renewed_at=now, expires_at=now + timedelta(minutes=1))
    process(1, told(1, 0))
    process(2, told(1, 0), host="web-2")
    process(3, told(1, 0), host="container")
    assert here.read(10.0).columns["local_entries"] == 6


def test_who_has_not_published_costs_nothing(here, process):
    process(1, {})
    process(2, {"failed": "ValueError: no"})
    assert here.read(10.0).columns == {}


def test_this_very_process_is_read_as_it_published(default, here, process):
    work(1)
    process(1, as_json(reading(memory=False)))
    here.read(10.0)
    work(1)
    cache.get("nothing:here")
    process(1, as_json(reading(memory=False)))
    assert here.read(20.0).columns["lookup_count"] >= 2


def calls(*seconds: float, failures: int = 0) -> dict:
    """What a process publishes of its calls of the shared tier."""
    totals = Totals()
    totals.values[Kind.VALUES, "shared_cache_seconds", ()] = Counted(Histogram().add(*seconds))
    totals.counts["shared_cache_failures", ()] = failures
    return {"instruments": totals.as_json()}


def test_the_shared_tier_takes_as_long_as_the_processes_waited_for_it(process):
    probe = SharedTier(Look("web-1"))
    process(1, calls(*[3.0] * 50))
    probe.read(10.0)
    process(1, calls(*[3.0] * 50, *[0.002] * 60, failures=1))
    process(2, calls(*[0.002] * 20, *[0.4] * 20, failures=2))
    answer = probe.read(20.0)
    assert answer.columns["shared_p50_ms"] == pytest.approx(2, rel=RELATIVE_ERROR)
    assert answer.columns["shared_p95_ms"] == pytest.approx(400, rel=RELATIVE_ERROR)
    told = answer.detail["shared"]
    assert (told["calls"], told["failures"], told["seconds"]) == (100, 3, pytest.approx(8.16))


def test_without_a_call_of_theirs_the_samplers_own_round_trip_stands_in(process, default, place):
    probe = SharedTier(Look("web-1"))
    process(1, calls(3.0))
    process(2, calls(3.0), role="sampler")
    probe.read(10.0)
    process(2, calls(3.0, 3.0, failures=1), role="sampler")
    answer = probe.read(20.0)
    assert "shared" not in answer.detail
    if place:
        assert 0 < answer.columns["shared_p50_ms"] <= answer.columns["shared_p95_ms"] < 3000
    else:
        assert answer.columns == {}


def test_what_the_processes_saw_is_told_also_when_redis_is_away_now(process, redis_away):
    probe = SharedTier(Look("web-1"))
    process(1, calls(0.1))
    probe.read(10.0)
    process(1, calls(0.1, 0.5, failures=1))
    answer = probe.read(20.0)
    assert answer.columns["shared_p95_ms"] == pytest.approx(500, rel=RELATIVE_ERROR)
    assert answer.detail["shared"]["failures"] == 1
    assert list(answer.failed) == ["shared tier"]


def test_redis_is_timed_and_its_memory_told(make, server, default, place):
    columns = SharedTier().read(1.0).columns
    if not place:
        assert columns == {}
        return
    assert 0 < columns["shared_p50_ms"] <= columns["shared_p95_ms"]
    assert columns["shared_bytes"] > 0
    assert 0 <= columns["shared_percent"] < 100


def test_redis_away_is_null_and_told(redis_away):
    from performance.probes.patience import attempt

    answer = attempt(SharedTier(), 1.0)
    assert answer.columns == {}
    assert answer.failed == {"shared tier": "Redis does not answer"}


def test_redis_that_hangs_costs_no_more_than_its_own_time_limit(own_server, settings, make):
    from performance.probes.patience import attempt

    options = {"SPACE": "hung", "SOCKET_TIMEOUT": 0.2}
    backend = {"BACKEND": "performance.cache.backend.TieredCache", "LOCATION": own_server.url, "OPTIONS": options}
    settings.CACHES = {"default": backend}
    cached_here = make(own_server.url, **options)
    assert SharedTier().read(1.0).columns["shared_bytes"] > 0
    own_server.process.send_signal(signal.SIGSTOP)
    try:
        assert list(attempt(SharedTier(), 2.0).failed) == ["shared tier"]
        assert cached_here.store.breaker.state != "closed"
    finally:
        own_server.process.send_signal(signal.SIGCONT)
