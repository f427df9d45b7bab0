"""The cache by the API: works, role, sign-in, bad body, wrong method, rate limit."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from performance.cache import cached

pytestmark = pytest.mark.django_db
URL, INVALIDATE = "/api/performance/cache/", "/api/performance/cache/invalidate/"
RUNS: list[int] = []


@cached(ttl=60, namespace="asked")
def work() -> list[int]:
    RUNS.append(1)
    return RUNS


@pytest.fixture
def kept(default):
    RUNS.clear()
    work()
    work()


def test_it_answers_with_readings(operator_api, kept, place):
    data = operator_api.get(URL).json()["data"]
    assert data["status"] == "Healthy"
    row = next(row for row in data["functions"] if row["namespace"] == "asked")
    assert (row["hits"], row["misses"], row["hit_ratio"]) == (1, 1, 0.5)
    assert {row["tier"] for row in data["tiers"]} == ({"local", "shared"} if place else {"local"})
    assert data["entries_limit"] == 1000
    assert (data["shared"] is None) is not bool(place)
    if place:
        assert data["shared"]["breaker"] == "closed"
        assert data["shared"]["memory"]["used"] > 0


def test_it_forgets_and_says_what(operator_api, kept):
    dry = operator_api.post(INVALIDATE, {"action": "namespace", "target": "asked", "dry_run": True})
    assert dry.json()["data"]["dry_run"] is True
    work()
    assert len(RUNS) == 1
    done = operator_api.post(INVALIDATE, {"action": "namespace", "target": "asked"})
    assert done.status_code == 200
    assert done.json()["data"]["sentence"] == "Forgot every result of the namespace “asked”."
    work()
    assert len(RUNS) == 2


def test_a_pattern_tells_its_count(operator_api, kept):
    data = operator_api.post(INVALIDATE, {"action": "pattern", "target": "asked:*", "dry_run": True}).json()["data"]
    assert (data["keys"], data["complete"]) == (1, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "everything", "target": "x"}, "action"),
        ({"action": "tag"}, "target"),
        ({"action": "tag", "target": "x" * 201}, "target"),
        ({"action": "tag", "target": "x", "dry_run": "perhaps"}, "dry_run"),
    ],
)
def test_a_bad_body_is_refused_field_by_field(operator_api, default, body, field):
    response = operator_api.post(INVALIDATE, body)
    assert response.status_code == 400
    assert field in {detail["field"] for detail in response.json()["error"]["details"]}


def test_only_operators(analyst_api, api, default):
    for client, status in ((analyst_api, 403), (api, 401)):
        assert client.get(URL).status_code == status
        assert client.post(INVALIDATE, {"action": "tag", "target": "x"}).status_code == status


def test_wrong_methods(operator_api, default):
    assert operator_api.post(URL).status_code == 405
    assert operator_api.get(INVALIDATE).status_code == 405


def test_both_paths_answer_without_the_final_slash(operator_api, default):
    assert operator_api.get(URL.rstrip("/")).status_code == 200
    assert operator_api.post(INVALIDATE.rstrip("/"), {"action": "tag", "target": "x"}).status_code == 200


def test_writes_are_rate_limited(operator_api, default, settings):
    settings.API_RATES = settings.API_RATES | {"write": "2/d"}
    cache.clear()
    body = {"action": "tag", "target": "x"}
    statuses = [operator_api.post(INVALIDATE, body).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_while_redis_is_away_it_answers(operator_api, redis_away):
    data = operator_api.get(URL).json()["data"]
    assert data["status"] == "Degraded"
    assert data["shared"]["breaker"] in ("open", "half-open")
    assert operator_api.post(INVALIDATE, {"action": "pattern", "target": "*"}).status_code == 503
    assert operator_api.post(INVALIDATE, {"action": "tag", "target": "x"}).status_code == 200


def test_a_misspelt_dry_run_forgets_nothing(operator_api, kept):
    refused = operator_api.post(INVALIDATE, {"action": "namespace", "target": "asked", "dryrun": True})
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == "dryrun"
    work()
    assert len(RUNS) == 1
