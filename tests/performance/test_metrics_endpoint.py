"""/metrics for Prometheus: the fleet's figures, for those who may read them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as families

from performance import counted, fleet, instruments, work
from performance.exposition import ANY, LONG, SECONDS, SIZES, cumulative
from performance.histogram import Histogram
from performance.instruments import count, measure, observe
from performance.models import ProcessReading, Role
from performance.pending import Work
from performance.totals import Task
from valor.lib import env

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
AWAY = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture(autouse=True)
def from_zero():
    instruments.forget()
    work.forget()
    yield
    instruments.forget()
    work.forget()


@pytest.fixture
def process(now):
    """A process that has counted what this one has."""

    def write(pid: int = 1, *, seconds_ago: float = 0, ended: bool = False) -> ProcessReading:
        totals = counted.collect()
        for status, times in (("200", (0.02, 0.2)), ("500", (2.0,))):
            done = Work()
            for seconds in times:
                done.put((seconds, 5000, 0.01, 0.02, 0.0, 0.0, 4, 0))
            totals.work[Task("request", "/jobs/<uuid:job_id>/", "GET", status)] = done.read()
        done = Work()
        done.put((42.0, -1, 40.0, 1.0, 0.0, 0.5, 9, 0))
        totals.work[Task("job", "modeling.simulate", "", "done")] = done.read()
        at = now - timedelta(seconds=seconds_ago)
        return ProcessReading.objects.create(
            host="web-1",
            role=Role.WEB,
            pid=pid,
            started_at=at,
            updated_at=at,
            ended_at=at if ended else None,
            readings={fleet.NAME: totals.as_json() | {"in_flight": 3}},
        )

    return write


def samples(client, **headers) -> dict[tuple[str, tuple], float]:
    response = client.get("/metrics", **headers)
    assert response.status_code == 200, response.content
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families(response.content.decode())
        for sample in family.samples
    }


def total_of(found: dict, name: str) -> float:
    return sum(value for (told, _), value in found.items() if told == name)


def test_it_tells_requests_jobs_and_where_their_time_went(client, process):
    process(1)
    process(2)
    found = samples(client)
    route = ("route", "/jobs/<uuid:job_id>/")
    ok = (("method", "GET"), route, ("status", "200"))
    assert found["valor_request_seconds_count", ok] == 4
    assert found["valor_request_seconds_sum", ok] == pytest.approx(0.44)
    bucket = {le: found["valor_request_seconds_bucket", (("le", le), *ok)] for le in ("0.01", "0.05", "0.1", "0.25")}
    assert bucket == {"0.01": 0, "0.05": 2, "0.1": 2, "0.25": 4}
    assert found["valor_request_seconds_bucket", (("le", "+Inf"), *ok)] == 4
    database = (("method", "GET"), ("part", "database"), route)
    assert found["valor_request_part_seconds_total", database] == pytest.approx(6 * 0.02)
    assert found["valor_response_bytes_sum", (route,)] == 30_000
    assert found["valor_request_statements_total", (("method", "GET"), route)] == 24
    job = (("kind", "modeling.simulate"), ("outcome", "done"))
    assert found["valor_job_seconds_sum", job] == 84
    outside = (("kind", "modeling.simulate"), ("part", "outside"))
    assert found["valor_job_part_seconds_total", outside] == 1


def test_instruments_are_told_by_their_names_and_labels(client, process):
    count("imports", 2, source='a "quoted"\nname')
    observe("import_rows", 70)
    with pytest.raises(KeyError), measure("outside", target="data.example"):
        raise KeyError
    process()
    found = samples(client)
    assert found["valor_imports_total", (("source", 'a "quoted"\nname'),)] == 2
    assert found["valor_import_rows_bucket", (("le", "100.0"),)] == 1
    assert found["valor_import_rows_bucket", (("le", "10.0"),)] == 0
    assert found["valor_outside_errors_total", (("target", "data.example"),)] == 1
    assert found["valor_slow_statements_total", ()] == 0


@pytest.mark.parametrize("bounds", [SECONDS, LONG, SIZES, ANY])
def test_what_is_off_a_bound_by_more_than_the_stated_error_counts_on_its_side(bounds):
    for bound in bounds:
        for value, below in ((0.949 * bound, 1), (bound / 0.949, 0)):
            told, _ = cumulative(Histogram().add(value), bounds)
            assert dict(told)[repr(bound)] == below, (value, bound)


def test_processes_at_work_are_told_by_host(client, process):
    process(1)
    process(2)
    process(3, ended=True)
    process(4, seconds_ago=200)
    found = samples(client)
    who = (("host", "web-1"), ("role", "web"))
    assert (found["valor_processes", who], found["valor_in_flight", who]) == (2, 6)


def test_counters_stay_when_processes_are_gone(client, process, now):
    process(1, seconds_ago=3600, ended=True)
    process(2, seconds_ago=3600)
    before = samples(client)
    assert ("valor_processes", (("host", "web-1"), ("role", "web"))) not in before
    fleet.fold(now)
    after = samples(client)
    assert before == after
    assert total_of(after, "valor_request_seconds_count") == 6


def test_the_last_samples_of_every_host_are_told_while_they_stand(client, store, store_database, now):
    store(now, host="web-1", cpu_percent=55.5)
    store(now - timedelta(minutes=10), host="web-2")
    store_database(now, host="web-1", pool_percent=7.0)
    found = samples(client)
    assert found["valor_system_cpu_percent", (("host", "web-1"),)] == 55.5
    assert found["valor_database_pool_percent", (("host", "web-1"),)] == 7.0
    assert ("valor_system_cpu_percent", (("host", "web-2"),)) not in found
    assert ("valor_system_temperature", (("host", "web-1"),)) not in found


def test_an_empty_fleet_is_told_too(client):
    assert total_of(samples(client), "valor_statements_seconds_count") == 0


def test_openmetrics_is_spoken_on_request(client, process):
    process()
    response = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert "valor_request_seconds" in {family.name for family in openmetrics(response.content.decode())}


def test_it_takes_few_queries_however_many_processes_there_are(client, process, django_assert_max_num_queries):
    for pid in range(8):
        process(pid)
    with django_assert_max_num_queries(6):
        client.get("/metrics")


def test_an_address_from_elsewhere_is_refused_with_the_way_in(client):
    response = client.get("/metrics", **AWAY)
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "METRICS_ALLOW" in response.content.decode()


def test_an_allowed_network_may_read_it(client, settings):
    settings.METRICS_ALLOW = [ip_network("192.0.2.0/24")]
    assert client.get("/metrics", **AWAY).status_code == 200
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer right", 200),
        ("bearer right", 200),
        ("Bearer wrong", 401),
        ("Bearer ", 401),
        ("Basic right", 401),
        ("Bearer rïght", 401),
        (None, 401),
    ],
)
def test_whoever_shows_the_token_may_read_it_from_anywhere(client, settings, header, status):
    settings.METRICS_TOKEN = "right"
    response = client.get("/metrics", **AWAY, **({"HTTP_AUTHORIZATION": header} if header else {}))
    assert response.status_code == status
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_without_a_token_none_is_right(client):
    assert client.get("/metrics", **AWAY, HTTP_AUTHORIZATION="Bearer ").status_code == 403


def test_a_proxy_that_nobody_told_us_of_opens_nothing(client, settings):
    forwarded = {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}
    assert client.get("/metrics", **forwarded).status_code == 403
    settings.BEHIND_PROXY = True
    assert client.get("/metrics", **forwarded).status_code == 200
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1, 192.0.2.7").status_code == 403


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({}, ["127.0.0.0/8", "::1/128"]),
        ({"METRICS_TOKEN": "right"}, []),
        ({"METRICS_TOKEN": "right", "METRICS_ALLOW": "10.0.0.0/8"}, ["10.0.0.0/8"]),
    ],
)
def test_with_a_token_no_address_is_allowed_unless_it_is_named(tmp_path, given, allowed):
    others = {name: value for name, value in os.environ.items() if not name.startswith("METRICS_")}
    program = "from valor import settings; print(*settings.METRICS_ALLOW)"
    command = [sys.executable, "-c", program]
    environment = others | {"VALOR_HOME": str(tmp_path)} | given
    told = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert told.stdout.split() == allowed


def test_who_collects_behind_the_proxy_that_speaks_tls_is_not_sent_away(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/metrics").status_code == 200
    assert client.get("/sign-in/").status_code == 301


def test_only_reading_is_possible(client):
    assert client.post("/metrics").status_code == 405
    assert client.head("/metrics").status_code == 200


@pytest.mark.parametrize("value", ["nowhere", "10.0.0.1/8", "1.2.3"])
def test_an_address_that_is_none_is_refused_at_the_start(monkeypatch, value):
    monkeypatch.setenv("METRICS_ALLOW", value)
    with pytest.raises(ImproperlyConfigured, match="METRICS_ALLOW: "):
        env.networks("METRICS_ALLOW")


def test_the_dashboard_asks_for_nothing_that_is_not_told(client, process):
    with measure("outside", target="data.example"):
        pass
    observe("shared_cache_seconds", 0.001)
    process()
    told = set(re.findall(r"^# TYPE (\S+)", client.get("/metrics").content.decode(), re.MULTILINE))
    dashboard = json.loads((ROOT / "docs" / "grafana" / "valor.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    names = {name for expression in asked for name in re.findall(r"valor_[a-z0-9_]+", expression)}
    assert len(names) > 15
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in names} <= told
