"""/api/performance/slow-queries/: slow and repeated statements, for operators."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from performance.models import RepeatedQuery, SlowQuery

LIST = "/api/performance/slow-queries/"
REPEATED = "/api/performance/slow-queries/repeated/"
DETAIL = f"{LIST}{'a' * 16}/"
EVERY = pytest.mark.parametrize("path", [LIST, REPEATED, DETAIL])
ADVICE = {
    "kind": "missing_index",
    "what": "An index on t is missing",
    "why": "It reads all of t, about 20,000 rows, for want of an index on b.",
    "how": 'CREATE INDEX "t_b_idx" ON "t" ("b");',
    "effect": "It reads about 40 instead of 20,000 rows.",
    "checked": "Tried on a copy of the schema: SQLite takes it.",
}

pytestmark = pytest.mark.django_db


def make_slow(letter: str = "a", **columns) -> SlowQuery:
    now = timezone.now()
    usual = {
        "statement": f'SELECT "{letter}" FROM "t" WHERE "b" = %s',
        "alias": "default",
        "count": 3,
        "worst": 1.5,
        "usual": 0.01,
        "line": "modeling/selectors.py:41 in companies",
        "kind": "request",
        "routes": {"/companies/": 3},
        "first_seen": now,
        "last_seen": now,
        "plan": [{"depth": 0, "operation": "SCAN", "alias": "t"}],
        "plan_taken_at": now,
        "advice": [ADVICE],
    }
    return SlowQuery.objects.create(fingerprint=letter * 16, **usual | columns)


def make_repeated(letter: str = "a", **columns) -> RepeatedQuery:
    now = timezone.now()
    usual = {
        "route": "/companies/",
        "kind": "request",
        "statement": f'SELECT "{letter}" FROM "t" WHERE "b" = %s',
        "sightings": 2,
        "worst": 40,
        "line": "modeling/views.py:12 in companies",
        "first_seen": now,
        "last_seen": now,
    }
    return RepeatedQuery.objects.create(fingerprint=letter * 16, **usual | columns)


@pytest.fixture
def rows():
    make_slow("a")
    make_slow("b", worst=9.0, routes={"/jobs/": 1}, last_seen=timezone.now() - timedelta(days=2))
    make_repeated("a")
    make_repeated("c", route="/jobs/", worst=90)


def fingerprints(response) -> list[str]:
    assert response.status_code == 200
    return [row["fingerprint"][0] for row in response.json()["data"]]


def test_slow_statements_come_slowest_first_with_what_would_help(operator_api, rows):
    response = operator_api.get(LIST)
    assert fingerprints(response) == ["b", "a"]
    row = response.json()["data"][1]
    assert (row["count"], row["worst"], row["usual"]) == (3, 1.5, 0.01)
    assert row["routes"] == {"/companies/": 3}
    assert row["kinds_of_advice"] == ["missing_index"]
    assert row["last_seen"].endswith("Z")
    assert "plan" not in row


def test_repeated_statements_come_worst_first(operator_api, rows):
    response = operator_api.get(REPEATED)
    assert fingerprints(response) == ["c", "a"]
    assert response.json()["data"][0]["route"] == "/jobs/"


def test_one_statement_comes_with_plan_advice_and_where_it_is_repeated(operator_api, rows):
    data = operator_api.get(DETAIL).json()["data"]
    assert data["plan"] == [{"depth": 0, "operation": "SCAN", "alias": "t"}]
    assert data["advice"] == [ADVICE]
    assert [(row["route"], row["worst"]) for row in data["repeated"]] == [("/companies/", 40)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"route": "/jobs/"}, ["b"]),
        ({"route": "/nowhere/"}, []),
        ({"search": '"A"'}, ["a"]),
        ({"seen_after": (timezone.now() - timedelta(days=1)).isoformat()}, ["a"]),
    ],
)
def test_slow_statements_are_filtered(operator_api, rows, query, found):
    assert fingerprints(operator_api.get(LIST, query)) == found


@pytest.mark.parametrize(
    ("query", "found"), [({"route": "/jobs/"}, ["c"]), ({"fingerprint": "a" * 16}, ["a"]), ({"search": '"c"'}, ["c"])]
)
def test_repeated_statements_are_filtered(operator_api, rows, query, found):
    assert fingerprints(operator_api.get(REPEATED, query)) == found


def test_a_bad_filter_is_400_with_the_field(operator_api):
    response = operator_api.get(LIST, {"seen_after": "yesterday"})
    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == "seen_after"


@pytest.mark.parametrize("path", [LIST, REPEATED])
def test_lists_come_in_pages(operator_api, rows, path):
    response = operator_api.get(path, {"page_size": 1, "page": 2})
    assert fingerprints(response) == ["a"]
    assert response.json()["meta"]["page"]["count"] == 2
    assert operator_api.get(path, {"page": 99}).status_code == 404


@EVERY
def test_analysts_may_not(analyst_api, rows, path):
    response = analyst_api.get(path)
    assert (response.status_code, response.json()["success"]) == (403, False)


@EVERY
def test_nobody_else_may_either(api, rows, path):
    assert api.get(path).status_code == 401


@EVERY
def test_only_reading_is_possible(operator_api, rows, path):
    assert operator_api.post(path, {}).status_code == 405
    assert operator_api.delete(path).status_code == 405


def test_an_unknown_statement_is_404_in_the_envelope(operator_api):
    response = operator_api.get(f"{LIST}{'f' * 16}/")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@EVERY
def test_every_address_answers_without_its_final_slash(operator_api, rows, path):
    assert operator_api.get(path.rstrip("/")).status_code == 200


@EVERY
def test_too_many_requests_are_429(operator_api, rows, path, settings):
    settings.API_RATES = settings.API_RATES | {"read": "1/m"}
    assert operator_api.get(path).status_code == 200
    response = operator_api.get(path)
    assert response.status_code == 429
    assert "Retry-After" in response.headers


@pytest.mark.parametrize(("path", "most"), [(LIST, 3), (REPEATED, 3), (DETAIL, 3)])
def test_an_answer_takes_few_queries_however_many_rows_there_are(
    operator_api, rows, path, most, django_assert_max_num_queries
):
    for letter in "defgh":
        make_slow(letter)
        make_repeated(letter, route=f"/{letter}/")
        make_repeated("a", route=f"/{letter}/")
    with django_assert_max_num_queries(most):
        operator_api.get(path)


def test_the_document_of_the_api_describes_them():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    described = paths["/api/performance/slow-queries/"]["get"]
    assert {"route", "search", "seen_after", "page"} <= {item["name"] for item in described["parameters"]}
    assert "/api/performance/slow-queries/{fingerprint}/" in paths
    assert "/api/performance/slow-queries/repeated/" in paths
