"""Hosts by the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from performance.models import Retirement
from tests.performance.test_hosts import ODD, alert_of, held

pytestmark = pytest.mark.django_db
PATH = "/api/performance/hosts/"


def test_it_tells_of_every_host(operator_api, store, now):
    store(now)
    held("web-1", now)
    store(now - timedelta(days=3), host="web-0")
    alert = alert_of("web-1", now)
    data = operator_api.get(PATH).json()["data"]
    (host,), (gone,) = data["in_service"], data["out_of_service"]
    assert (host["host"], host["status"], host["leads"], host["sampled"]) == ("web-1", "Degraded", True, True)
    assert (host["cpu_percent"], host["interval"], host["process"]) == (12.0, 30, "4711")
    assert host["alerts"] == [alert.pk]
    assert (host["processes"], host["up_since"], host["system"], host["versions"]) == ({}, None, "", [])
    assert (gone["host"], gone["retired_at"], gone["retired_by"]) == ("web-0", None, None)
    assert operator_api.get(PATH.rstrip("/")).status_code == 200


def test_without_hosts_both_lists_are_empty(operator_api):
    assert operator_api.get(PATH).json()["data"] == {"in_service": [], "out_of_service": []}


@pytest.mark.parametrize("host", [name for name in ODD if name.strip()])
def test_a_host_is_retired_and_taken_back(operator_api, store, now, host):
    store(now - timedelta(minutes=20), host=host)
    answer = operator_api.post(f"{PATH}retire/", {"host": host}, format="json")
    assert answer.status_code == 200
    (gone,) = answer.json()["data"]["out_of_service"]
    assert (gone["host"], gone["retired_by"]) == (host, "otto")
    again = operator_api.post(f"{PATH}retire/", {"host": host}, format="json")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    back = operator_api.post(f"{PATH}restore/", {"host": host}, format="json")
    assert [row["host"] for row in back.json()["data"]["in_service"]] == [host]
    assert operator_api.post(f"{PATH}restore/", {"host": host}, format="json").status_code == 409


@pytest.mark.parametrize("step", ["retire", "restore"])
@pytest.mark.parametrize(
    "body", [{}, {"host": "nowhere"}, {"host": ""}, {"host": 7}, {"host": "a\0"}, {"hots": "x"}, []]
)
def test_a_body_that_names_no_host_is_refused_with_the_field(operator_api, store, now, step, body):
    store(now)
    answer = operator_api.post(f"{PATH}{step}/", body, format="json")
    assert answer.status_code in (400, 422)
    assert {"field", "value", "message", "remedy"} <= set(answer.json()["error"]["details"][0])
    assert not Retirement.objects.exists()


def test_a_host_that_is_sampled_is_not_retired(operator_api, store, now):
    store(now)
    held("web-1", now)
    answer = operator_api.post(f"{PATH}retire/", {"host": "web-1"}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert "end its sampler first" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", [PATH, f"{PATH}retire/", f"{PATH}restore/"])
def test_it_is_for_operators_by_the_right_methods(api, analyst_api, operator_api, path):
    method = "get" if path == PATH else "post"
    assert getattr(api, method)(path).status_code == 401
    assert getattr(analyst_api, method)(path).status_code == 403
    assert getattr(operator_api, "post" if method == "get" else "get")(path).status_code == 405


def test_it_takes_few_queries(operator_api, operator, store, now, django_assert_max_num_queries):
    for number in range(12):
        store(now, host=f"web-{number}")
    with django_assert_max_num_queries(22):
        operator_api.get(PATH)
