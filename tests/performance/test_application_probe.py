"""What the processes of a host say of themselves and of their requests, summed up since the sample before."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from performance import counted, instruments, vitals, work
from performance.cache.publishing import as_json
from performance.cache.statistics import LOCAL, CacheReading, TierRow
from performance.histogram import RELATIVE_ERROR
from performance.instruments import measure
from performance.lease import this_host
from performance.models import ApplicationSample, DatabaseSample, ProcessReading, Role, SamplerLease
from performance.pending import Work
from performance.probes import OfProcesses, declared, made, probes_of
from performance.probes.application import Application
from performance.probes.statements import COLUMNS, Statements
from performance.totals import Task, Totals

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def from_zero():
    instruments.forget()
    work.forget()
    yield
    instruments.forget()
    work.forget()


@pytest.fixture
def process(now):
    """Writes the row of a process, again and again."""

    def write(
        pid: int = 1, role: Role = Role.WEB, host: str = "", at: float = 0.0, began: float = -100.0, **readings
    ) -> ProcessReading:
        who = {"host": host or this_host(), "pid": pid, "started_at": now + timedelta(seconds=began)}
        row, _ = ProcessReading.objects.update_or_create(
            **who, defaults={"role": role, "updated_at": now + timedelta(seconds=at), "readings": readings}
        )
        return row

    return write


def told(requests: dict[tuple[str, str, str], list[tuple[float, ...]]], kind: str = "request") -> dict:
    totals = Totals()
    for (name, method, status), items in requests.items():
        done = Work()
        for item in items:
            done.put(item)
        totals.work[Task(kind, name, method, status)] = done.read()
    return totals.as_json() | {"in_flight": 2}


def request(seconds: float, *, cpu=0.0, database=0.0, cache=0.0, outside=0.0, size=1000) -> tuple[float, ...]:
    return seconds, size, cpu, database, cache, outside, 2, 0


def test_its_columns_are_those_of_the_sample():
    columns = {field.name for field in ApplicationSample._meta.concrete_fields}
    probe = Application()
    for now in (1.0, 31.0):
        (reading,) = [one.read(now) for one in [probe]]
    assert set(reading.columns) == columns - {"id", "host", "taken_at", "interval", "detail"}
    assert [type(one) for one in probes_of("application")] == [Application]


def test_the_first_look_knows_no_rates(process):
    process(instruments=told({("/", "GET", "200"): [request(0.1)]}))
    reading = Application().read(1.0)
    assert (reading.columns["request_count"], reading.columns["request_rate"]) == (None, None)
    assert "routes" not in reading.detail
    assert reading.columns["processes"] == 1
    assert reading.columns["in_flight"] == 2


def test_a_look_right_after_another_is_none_and_loses_nothing(process):
    probe = Application()
    process(1, instruments=told({("/", "GET", "200"): [request(0.1)]}))
    probe.read(1.0)
    process(1, instruments=told({("/", "GET", "200"): [request(0.1)] * 4}))
    assert probe.read(1.5).columns["request_rate"] is None
    columns = probe.read(31.0).columns
    assert (columns["request_count"], columns["request_rate"]) == (3, 0.1)


def test_requests_are_counted_between_two_looks_over_all_processes(process):
    probe = Application()
    first = [request(0.1, database=0.05)] * 10
    process(1, instruments=told({("/", "GET", "200"): first}))
    probe.read(1.0)
    then = [*first, *[request(0.4, cpu=0.1, cache=0.05, outside=0.2)] * 6, request(2.0)]
    process(1, instruments=told({("/", "GET", "200"): then}))
    process(
        2, began=0, instruments=told({("/", "GET", "500"): [request(0.4)] * 2, ("/x/", "POST", "404"): [request(0.4)]})
    )
    reading = probe.read(31.0)
    columns = reading.columns
    assert (columns["request_count"], columns["request_rate"]) == (10, round(10 / 30, 3))
    assert columns["latency_p50"] == pytest.approx(400, rel=RELATIVE_ERROR)
    assert columns["latency_p99"] == pytest.approx(400, rel=RELATIVE_ERROR)
    assert (columns["error_percent"], columns["client_error_percent"]) == (20.0, 10.0)
    assert columns["outside_ms"] == pytest.approx(120)
    assert columns["response_bytes_p95"] == pytest.approx(1000, rel=RELATIVE_ERROR)
    home, other = reading.detail["routes"]
    assert (home["route"], home["method"], home["count"], home["errors"]) == ("/", "GET", 9, 2)
    assert [home[part] for part in ("cpu", "database", "cache", "outside")] == pytest.approx([0.6, 0, 0.3, 1.2])
    assert home["seconds"] == pytest.approx(6 * 0.4 + 2.0 + 2 * 0.4)
    assert home["statements"] == 18
    assert (other["route"], other["count"], other["errors"]) == ("/x/", 1, 0)
    assert probe.read(61.0).columns["request_count"] == 0


def test_without_requests_their_shares_and_latencies_are_null(process):
    probe = Application()
    process()
    probe.read(1.0)
    columns = probe.read(31.0).columns
    assert (columns["request_count"], columns["request_rate"]) == (0, 0.0)
    names = ("latency_p50", "latency_p95", "error_percent", "client_error_percent", "response_bytes_p95", "outside_ms")
    assert [columns[name] for name in names] == [None] * 6


def test_jobs_and_the_servers_of_others_are_told_by_kind_and_target(process):
    probe = Application()
    process(role=Role.WORKER)
    probe.read(1.0)
    with measure("outside", target="data.example"):
        pass
    with pytest.raises(OSError), measure("outside", target="data.example"):
        raise OSError
    jobs = told({("simulate", "", "done"): [request(3.0)] * 2, ("simulate", "", "failed"): [request(1.0)]}, "job")
    process(role=Role.WORKER, instruments={**jobs, "values": instruments.collect().as_json()["values"]})
    reading = probe.read(31.0)
    (kind,) = reading.detail["kinds"]
    assert (kind["kind"], kind["count"], kind["errors"], kind["seconds"]) == ("simulate", 3, 1, 7.0)
    (target,) = reading.detail["outside"]
    assert (target["target"], target["count"], target["errors"]) == ("data.example", 2, 1)
    assert reading.columns["request_count"] == 0
    assert reading.columns["worker_processes"] == 1


def test_processes_tell_of_themselves(process, now):
    probe = Application()
    vital = {"cpu": 10.0, "rss": 80_000_000, "threads": 5, "files": 20, "files_limit": 100}
    process(1, process=vital)
    process(2, role=Role.WORKER, process=vital | {"rss": 50_000_000, "files": 10})
    probe.read(1.0)
    process(1, at=10, process=vital | {"cpu": 15.0})
    process(3, role=Role.COMMAND, at=-50, process=vital | {"cpu": 5.0})
    reading = probe.read(31.0)
    columns = reading.columns
    assert (columns["rss"], columns["rss_worst"], columns["threads"]) == (210_000_000, 80_000_000, 15)
    assert (columns["open_files"], columns["open_files_percent"]) == (50, 20.0)
    assert columns["uptime_least"] == pytest.approx(100, abs=20)
    # The first since it last wrote, the second did not write anew a moment later, the third since its start.
    assert [(one["pid"], one["cpu"]) for one in reading.detail["processes"]] == [(3, 10.0), (1, 50.0), (2, None)]
    assert columns["cpu_percent"] == 60.0
    assert columns["monitor_percent"] >= 0


def test_this_process_reads_itself():
    readings = vitals.read()
    assert readings["cpu"] > 0
    assert readings["rss"] > 10_000_000
    assert readings["threads"] >= 1
    assert readings["files"] >= 3


def test_processes_of_a_host_with_its_own_sampler_are_not_counted_here(process, store, now):
    store(now + timedelta(minutes=1), host="elsewhere")
    process(1)
    process(2, host="elsewhere")
    assert Application().read(1.0).columns["processes"] == 1


def statement(fingerprint: str, *times: float, errors: int = 0, since: float | None = None) -> dict:
    done = instruments.Values()
    for seconds in times:
        done.put(seconds)
    read = done.read().values
    return {
        "fingerprint": fingerprint,
        "statement": f"SELECT {fingerprint}",
        "since": time.time() if since is None else since,
        "errors": errors,
        "times": read.as_json(),
    }


def published(*statements: dict, slow: int = 0) -> dict:
    totals = Totals()
    everything = instruments.Values().read()
    for one in statements:
        everything.values.merge(everything.values.from_json(one["times"]))
        everything.errors += one["errors"]
    totals.values[instruments.Kind.SECONDS, counted.STATEMENTS, ()] = everything
    totals.counts["slow_statements", ()] = slow
    return {"instruments": totals.as_json(), "statements": {"statements": list(statements)}}


def test_statements_are_told_between_two_looks(process):
    probe = Statements()
    process(1, **published(statement("a", *[0.01] * 100)))
    assert probe.read(1.0).columns == dict.fromkeys(COLUMNS)
    process(1, **published(statement("a", *[0.01] * 130), statement("b", 2.0, 2.0, 2.0, errors=1), slow=1))
    process(2, began=0, **published(statement("b", 3.0)))
    reading = probe.read(31.0)
    assert reading.columns == {
        "query_rate": round(34 / 30, 3),
        "query_p50_ms": pytest.approx(10, rel=RELATIVE_ERROR),
        "query_p95_ms": pytest.approx(2000, rel=RELATIVE_ERROR),
        "slow_rate": 2.0,
        "query_error_rate": round(1 / 30, 3),
    }
    assert [(one["fingerprint"], one["count"], one["errors"]) for one in reading.detail["statements"]] == [
        ("b", 4, 1),
        ("a", 30, 0),
    ]
    assert reading.detail["statements"][0]["seconds"] == pytest.approx(9.0)
    assert set(COLUMNS) <= {field.name for field in DatabaseSample._meta.concrete_fields}


def test_a_statement_that_was_not_told_before_counts_from_now_on(process):
    probe = Statements()
    process(1, **published(statement("b", 1.0)))
    probe.read(1.0)
    long_ago = time.time() - 3600
    process(1, **published(statement("a", *[0.01] * 1860, since=long_ago), statement("b", 1.0)))
    assert probe.read(31.0).detail["statements"] == []
    process(1, **published(statement("a", *[0.01] * 1920, since=long_ago), statement("b", 1.0)))
    (only,) = probe.read(61.0).detail["statements"]
    assert (only["fingerprint"], only["count"]) == ("a", 60)


def test_the_probes_of_a_sampler_read_the_processes_once_in_a_tick(process, django_assert_num_queries):
    process(1, **published(statement("a", 0.01)))
    probes = [probe for probe in made(declared()) if isinstance(probe, OfProcesses)]
    assert len(probes) == 5
    for now in (1.0, 31.0):
        with django_assert_num_queries(2):
            for probe in probes:
                probe.read(now)
    others = made([Application])
    assert others[0].look is not probes[0].look


def test_processes_taken_over_from_another_host_do_not_bring_their_history(process, now):
    lease = SamplerLease.objects.create(
        host="elsewhere", interval=30, renewed_at=now, expires_at=now + timedelta(hours=1)
    )
    SamplerLease.objects.create(host=this_host(), interval=30, renewed_at=now, expires_at=now + timedelta(hours=1))
    probes = [probe for probe in made(declared()) if isinstance(probe, OfProcesses)]

    def write(times: int, host: str = "elsewhere") -> None:
        requests = told({("/", "GET", "200"): [request(0.1)] * times})
        waits = {"waits": times, "wait_ms": times * 10, "in_use": 0, "peak": 0, "maximum": 8, "waiting": 0}
        readings = published(statement("a", *[0.01] * times, since=0.0)) | {"database": waits}
        readings["instruments"] |= {"work": requests["work"]}
        readings["cache"] = as_json(
            CacheReading((TierRow("n", LOCAL, times, 0, 0, 0, 0, 0),), (), (), 0, 0, 1, 1, None)
        )
        process(1, host=host, **readings)

    def figures(at: float) -> list[float | None]:
        columns: dict[str, float] = {}
        for probe in probes:
            columns |= probe.read(at).columns
        return [columns.get(name) for name in ("request_count", "query_rate", "lookup_count", "pool_wait_ms")]

    process(9)
    write(1000)
    figures(1.0)
    lease.delete()
    assert figures(31.0) == [0, 0.0, 0, 0.0], "its sampler is gone, and we see it for the first time"
    write(1060)
    assert figures(61.0) == [60, 2.0, 60, 10.0]


def test_a_process_that_was_taken_for_dead_does_not_bring_its_history_back(process, now):
    probe = Application()
    row = process(1, instruments=told({("/", "GET", "200"): [request(0.1)] * 1000}))
    probe.read(1.0)
    ProcessReading.objects.filter(pk=row.pk).update(folded_at=now)
    assert probe.read(31.0).columns["request_count"] == 0
    ProcessReading.objects.filter(pk=row.pk).update(folded_at=None)
    assert probe.read(61.0).columns["request_count"] == 0


def test_each_tick_sees_what_was_published_since(process):
    probes = made([Application, Statements])
    process(1)
    assert [probe.look.at(1.0) for probe in probes] == [probes[0].look.at(1.0)] * 2
    process(2)
    assert len(probes[0].look.at(1.0).rows) == 1
    assert len(probes[1].look.at(31.0).rows) == len(probes[0].look.at(31.0).rows) == 2
