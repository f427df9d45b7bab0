"""/api/performance/health/: whether the monitor is well, in short for anybody; and system-status, for both roles."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from performance import sampling
from performance.components import NAMES
from performance.models import SamplerLease
from performance.monitor import examine
from tasks.models import Worker

HEALTH = "/api/performance/health/"
STATUS = "/api/performance/system-status/"
BOTH = pytest.mark.parametrize("path", [HEALTH, STATUS])

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ready(worker):
    """A worker is there unless a test takes it away."""


@pytest.fixture
def database_gone():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        yield


def components(client) -> dict[str, dict]:
    found = client.get(STATUS).json()["data"]["components"]
    assert [component["name"] for component in found] == list(NAMES)
    return {component["name"]: component for component in found}


def test_anybody_gets_the_short_health(api, store, now):
    store(now)
    response = api.get(HEALTH)
    assert response.status_code == 200
    data = response.json()["data"]
    assert set(data) == {"status", "sentence"}
    assert data["status"] == "Healthy"
    assert data["sentence"].startswith("Healthy: 1 host is sampled, last ")


def test_analysts_get_the_short_health_too(analyst_api, store, now):
    store(now)
    assert set(analyst_api.get(HEALTH).json()["data"]) == {"status", "sentence"}


def test_operators_get_lag_last_samples_failing_probes_and_storage(operator_api, store_all, now):
    store_all(now - timedelta(seconds=40))
    data = operator_api.get(HEALTH).json()["data"]
    (host,) = data["hosts"]
    assert (host["host"], host["interval"], host["failing_probes"]) == ("web-1", 30, {})
    assert 40 <= host["lag"] < 60
    assert [seen["category"] for seen in host["categories"]] == ["system", "application", "database", "cache", "tasks"]
    assert all(seen["last_sample"].endswith("Z") and 40 <= seen["lag"] < 60 for seen in host["categories"])
    assert data["sampling"] == {"state": "running", "interval": 30, "changed_by": "", "changed_at": None}
    storage = data["storage"]
    assert storage["disks"] == [{"host": "web-1", "free": 37_000_000_000, "total": 100_000_000_000}]
    assert storage["kept_days"]["raw"] == 14
    assert {"performance_systemsample", "performance_rollup"} <= {table["name"] for table in storage["tables"]}


def test_the_room_that_tables_take_is_told_as_it_was_sampled_or_is(operator_api, store, store_database, now):
    store(now)
    detail = {"tables": [{"name": "performance_systemsample", "bytes": 98_304, "indexes": 0}]}
    store_database(now, detail=detail)
    tables = {row["name"]: row for row in operator_api.get(HEALTH).json()["data"]["storage"]["tables"]}
    if connection.vendor == "sqlite":
        assert tables["performance_systemsample"] == {"name": "performance_systemsample", "rows": 1, "bytes": 98_304}
        assert tables["performance_rollup"] == {"name": "performance_rollup", "rows": 0, "bytes": None}
    else:
        assert tables["performance_systemsample"]["bytes"] > 0


def test_probes_that_fail_degrade_the_monitor_and_are_named(operator_api, api, store, store_database, now):
    store(now, detail={"failed": {"disk traffic": "OSError: no"}}, disk_read_rate=None)
    store_database(now, detail={"failed": {"tables": "Timeout"}})
    short = api.get(HEALTH)
    assert (short.status_code, short.json()["data"]["status"]) == (200, "Degraded")
    assert short.json()["data"]["sentence"] == "Degraded: 2 probes fail."
    long = operator_api.get(HEALTH).json()["data"]
    assert long["sentence"] == "Degraded: 2 probes fail: disk traffic, tables."
    (host,) = long["hosts"]
    assert host["failing_probes"] == {"disk traffic": "OSError: no", "tables": "Timeout"}


def test_where_the_only_sampler_is_silent_it_is_503_and_says_since_when(api, store, now):
    last = now - timedelta(minutes=12)
    store(last)
    response = api.get(HEALTH)
    assert response.status_code == 503
    assert response["Retry-After"]
    error = response.json()["error"]
    assert error["message"].startswith("Unknown: sampler silent since ")
    (detail,) = error["details"]
    assert (detail["field"], detail["value"]) == ("sampler", last.isoformat().replace("+00:00", "Z"))
    assert "sample_metrics" in detail["remedy"]


def test_one_silent_host_of_two_is_told_but_the_monitor_serves(operator_api, store, now):
    store(now, host="web-1")
    store(now - timedelta(minutes=5), host="web-2")
    response = operator_api.get(HEALTH)
    assert (response.status_code, response.json()["data"]["status"]) == (200, "Unknown")
    assert "sampler silent on web-2 since " in response.json()["data"]["sentence"]


def test_where_nobody_ever_sampled_it_is_503(api):
    response = api.get(HEALTH)
    assert response.status_code == 503
    assert response.json()["error"]["message"] == "Unknown: no samples yet, start manage.py sample_metrics."


def test_while_the_sampler_starts_it_is_200(api):
    now = timezone.now()
    SamplerLease.objects.create(
        host="web-1", holder=f"here:1:{now.timestamp():.2f}", interval=30, renewed_at=now, expires_at=now
    )
    response = api.get(HEALTH)
    assert (response.status_code, response.json()["data"]["sentence"]) == (200, "Unknown: the sampler is starting.")


def test_a_sampling_that_was_stopped_on_purpose_is_no_failure(api, store, now):
    store(now - timedelta(hours=1))
    sampling.pause(by="otto")
    response = api.get(HEALTH)
    assert (response.status_code, response.json()["data"]["status"]) == (200, "Unknown")
    assert response.json()["data"]["sentence"].startswith("Unknown: sampling stopped since ")


def test_only_operators_are_told_names_of_people_hosts_and_probes(api, operator_api, store, now):
    sampling.pause(by="otto")
    assert "otto" not in api.get(HEALTH).content.decode()
    assert "by otto" in operator_api.get(HEALTH).json()["data"]["sentence"]
    sampling.resume(by="otto")
    store(now, host="web-1", detail={"failed": {"disk traffic": "OSError: no"}})
    store(now - timedelta(hours=1), host="web-2")
    told = api.get(HEALTH).json()["data"]["sentence"]
    assert "sampler silent since" in told and "1 probe fails" in told
    assert not any(name in told for name in ("web-1", "web-2", "disk traffic"))
    named = operator_api.get(HEALTH).json()["data"]["sentence"]
    assert all(name in named for name in ("web-1", "web-2", "disk traffic"))


def test_a_degraded_platform_is_no_matter_of_the_monitors_health(api, store, judged, now):
    judged(store(now, disk_percent=99.0))
    assert api.get(HEALTH).json()["data"]["status"] == "Healthy"


def test_with_the_database_away_it_is_503_in_the_envelope_and_says_since_when(api, store, now, database_gone):
    response = api.get(HEALTH)
    assert response.status_code == 503
    error = response.json()["error"]
    assert error["code"] == "unavailable"
    said = r": the database does not answer\. The database has been out of reach since [\d-]+T[\d:]+Z, as .+ sees it\."
    assert re.search(r"Down for \d+ (s|min)" + said, error["message"])
    (detail,) = error["details"]
    assert detail["field"] == "database"
    assert detail["value"].endswith("Z")
    assert detail["remedy"]


def test_with_the_database_away_a_session_does_not_break_health(client, operator, request):
    client.force_login(operator)
    request.getfixturevalue("database_gone")
    assert client.get(HEALTH).status_code == 503


def test_with_the_database_away_a_token_does_not_break_health(operator, request):
    token = str(AccessToken.for_user(operator))
    request.getfixturevalue("database_gone")
    assert APIClient(headers={"Authorization": f"Bearer {token}"}).get(HEALTH).status_code == 503


def test_without_redis_health_is_200_and_the_status_says_so(api, operator_api, store, now, redis_away):
    store(now)
    assert api.get(HEALTH).status_code == 200
    found = components(operator_api)
    assert {found["cache"]["state"], found["broker"]["state"]} == {"Degraded"}
    assert found["cache"]["since"] is not None
    assert found["database"]["state"] == found["web"]["state"] == "Healthy"


def test_all_components_are_healthy_on_a_good_day(analyst_api, store_all, now):
    store_all(now)
    data = analyst_api.get(STATUS).json()["data"]
    assert data["status"] == "Healthy"
    assert data["sentence"].startswith("Healthy: ")
    found = components(analyst_api)
    assert {component["state"] for component in found.values()} == {"Healthy"}
    assert {component["since"] for component in found.values()} == {None}
    assert found["disk"]["why"] == "disk 63 %"


def test_a_trouble_is_its_components_with_since_when_and_why(analyst_api, store, judged, now):
    began = now - timedelta(minutes=6)
    judged(store(began, disk_percent=97.0))
    judged(store(now, disk_percent=97.0))
    found = components(analyst_api)
    assert found["disk"]["state"] == "Degraded"
    assert found["disk"]["since"] == began.isoformat().replace("+00:00", "Z")
    assert found["disk"]["why"] == "disk at 97 % (limit 90 %)"
    assert {name for name, component in found.items() if component["state"] != "Healthy"} == {"disk"}


def test_a_busy_machine_is_a_matter_of_what_serves(analyst_api, store, judged, now):
    for age in (60, 30, 0):
        judged(store(now - timedelta(seconds=age), cpu_percent=97.0))
    assert components(analyst_api)["web"]["state"] == "Degraded"


def test_of_a_silent_host_nothing_is_healthy_that_was_sampled(analyst_api, store, now):
    store(now - timedelta(minutes=12))
    found = components(analyst_api)
    assert (found["sampler"]["state"], found["disk"]["state"]) == ("Unknown", "Unknown")
    assert found["disk"]["why"].startswith("not known: sampler silent since ")


def test_without_workers_they_are_named(analyst_api, store, now):
    store(now)
    Worker.objects.all().delete()
    found = components(analyst_api)["workers"]
    assert (found["state"], found["why"]) == ("Degraded", "no worker runs, start manage.py run_worker")


def test_status_needs_a_token_and_a_role(api):
    response = api.get(STATUS)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    api.force_authenticate(User.objects.create_user("nobody"))
    assert api.get(STATUS).status_code == 403


@BOTH
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_they_only_answer_questions(operator_api, path, method):
    assert getattr(operator_api, method)(path).status_code == 405


@BOTH
def test_they_answer_without_their_final_slash(operator_api, store, now, path):
    store(now)
    assert operator_api.get(path.rstrip("/")).status_code == 200


def test_anybody_costs_two_queries(api, store, now, django_assert_num_queries):
    store(now)
    with django_assert_num_queries(2):
        api.get(HEALTH)


def test_a_host_out_of_service_is_not_missed(store, now):
    store(now - timedelta(days=3), host="old")
    store(now, host="new")
    found = examine(now)
    assert set(found.hosts) == {"new"}
    assert found.serves


def test_the_schema_documents_both():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    assert {"200", "503"} <= set(paths[HEALTH]["get"]["responses"])
    assert paths[STATUS]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
