"""/api/performance/processes/: the product's processes on a host, for operators."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from drf_spectacular.generators import SchemaGenerator

PROCESSES = "/api/performance/processes/"

pytestmark = pytest.mark.django_db


def test_the_busiest_come_first(operator_api, store_all, now):
    store_all(now)
    answer = operator_api.get(PROCESSES).json()
    assert [row["pid"] for row in answer["data"]] == [12, 11]
    assert answer["data"][0] == {
        "host": "web-1",
        "role": "worker",
        "pid": 12,
        "cpu": 110.0,
        "rss": 90_000_000,
        "threads": 4,
        "files": 12,
        "uptime": 100.0,
    }
    assert answer["meta"]["page"]["count"] == 2


def test_they_are_filtered_and_paged(operator_api, store_all, now):
    store_all(now)
    assert [row["pid"] for row in operator_api.get(PROCESSES, {"role": "web"}).json()["data"]] == [11]
    second = operator_api.get(PROCESSES, {"page_size": 1, "page": 2}).json()
    assert [row["pid"] for row in second["data"]] == [11]
    assert (second["meta"]["page"]["count"], second["meta"]["page"]["next"]) == (2, None)


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [("role", "king", 400), ("host", "nowhere", 400), ("page", "9", 404), ("page_size", "0", 400)],
)
def test_what_cannot_be_is_named(operator_api, field, value, status):
    response = operator_api.get(PROCESSES, {field: value})
    assert response.status_code == status
    (detail,) = response.json()["error"]["details"]
    assert (detail["field"], bool(detail["remedy"])) == (field, True)


def test_before_the_first_sample_there_are_none(operator_api):
    assert operator_api.get(PROCESSES).json()["data"] == []


def test_they_are_for_operators(api, analyst_api):
    assert api.get(PROCESSES).status_code == 401
    assert analyst_api.get(PROCESSES).status_code == 403
    api.force_authenticate(User.objects.create_user("nobody"))
    assert api.get(PROCESSES).status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_they_only_answer_questions(operator_api, method):
    assert getattr(operator_api, method)(PROCESSES).status_code == 405


def test_the_schema_documents_them():
    operation = SchemaGenerator().get_schema(request=None, public=True)["paths"][PROCESSES]["get"]
    assert {one["name"] for one in operation["parameters"]} == {"host", "role", "page", "page_size"}
    assert operation["responses"]["200"]["content"]["application/json"]["examples"]
