"""Rate limits: every answer tells of them, whoever is answered, and several web processes count together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.db import OperationalError
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import AccessToken

from tests.api.server import Server, Visitor
from tests.services import home, valkey

LIMIT = 40
TOLD = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


@pytest.fixture
def two_reads(settings):
    settings.API_RATES = settings.API_RATES | {"read": "2/d", "write": "2/d"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/account/", 401),
        ("get", "/api/nothing/", 404),
        ("get", "/api/performance/health/", 503),
        ("delete", "/api/performance/health/", 405),
        ("post", "/api/valuations/", 401),
        ("get", "/api/schema/", 200),
        ("get", "/api/docs/", 200),
        ("options", "/api/schema/", 200),
        ("post", "/api/token/", 400),
    ],
)
def test_strangers_are_told_and_limited_by_address(api, settings, method, path, status):
    settings.API_RATES = dict.fromkeys(settings.API_RATES, "2/d")
    for left in ("1", "0"):
        answer = getattr(api, method)(path)
        assert (answer.status_code, answer["X-RateLimit-Remaining"]) == (status, left)
        assert set(answer.headers) >= TOLD
    refused = getattr(api, method)(path)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limited"
    assert int(refused["Retry-After"]) > 0
    assert set(refused.headers) >= TOLD
    assert getattr(api, method)(path, REMOTE_ADDR="203.0.113.9").status_code == status


def test_an_outage_is_told_however_often_it_is_met_and_costs_nobody_his_budget(api, operator, two_reads, monkeypatch):
    def gone(self, token):
        raise OperationalError("gone")

    token = {"HTTP_AUTHORIZATION": f"Bearer {AccessToken.for_user(operator)}"}
    api.raise_request_exception = False
    with monkeypatch.context() as away:
        away.setattr(JWTAuthentication, "get_user", gone)
        answers = [api.get("/api/account/", **token) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503] * 4
    assert set(answers[0].headers) >= TOLD
    assert api.get("/api/nothing/").status_code == 404


HEAVY = {"price_panel", "price_statistics", "price_quality", "price_correlation"}
BY_WHAT_IS_ASKED = {
    "performance_metrics_history": "/api/performance/metrics/system/",
    "performance_dashboard": "/api/performance/dashboard/",
}


@pytest.fixture(scope="module")
def operations():
    from performance.api.schema import public_document

    return [
        (method, operation)
        for methods in public_document.function()["paths"].values()
        for method, operation in methods.items()
        if "operationId" in operation
    ]


def test_the_document_names_the_class_of_every_operation(operations):
    assert {operation["x-rate-class"] for _, operation in operations} == {"read", "write", "heavy"}
    reads = {o["operationId"]: o for method, o in operations if method == "get"}
    assert {name for name, o in reads.items() if o["x-rate-class"] == "heavy"} == HEAVY
    assert {name for name, o in reads.items() if "counts as heavy work" in o.get("description", "")} == {
        *HEAVY,
        *BY_WHAT_IS_ASKED,
    }


def test_what_begins_or_does_much_says_so(operations):
    writes = {o["operationId"]: o for method, o in operations if method != "get"}
    assert writes["portfolios_optimize"]["x-rate-class"] == "heavy"
    assert writes["portfolios_optimize"]["description"].endswith("It counts as heavy work.")
    assert writes["performance_alert_acknowledge"]["x-rate-class"] == "write"


@pytest.mark.parametrize("report", ["panel", "statistics", "quality", "correlation"])
def test_what_computes_much_has_the_budget_of_heavy_work(analyst_api, settings, report):
    settings.API_RATES = settings.API_RATES | {"heavy": "1/d"}
    statuses = [analyst_api.get(f"/api/prices/1/{report}/").status_code for _ in range(2)]
    assert statuses == [404, 429]
    assert analyst_api.options(f"/api/prices/1/{report}/").status_code == 200
    assert analyst_api.get("/api/prices/").status_code == 200


@pytest.mark.parametrize("path", BY_WHAT_IS_ASKED.values())
@pytest.mark.parametrize(
    ("query", "heavy"),
    [
        ({}, False),
        ({"range": "6h"}, False),
        ({"range": "24h"}, True),
        ({"range": "1y"}, True),
        ({"from": "now-2h"}, False),
        ({"from": "now-9d", "to": "now-2d"}, True),
        ({"range": "never", "from": "yesterday"}, False),
    ],
)
def test_a_series_of_a_day_or_more_is_heavy(operator_api, settings, path, query, heavy):
    settings.API_RATES = settings.API_RATES | {"heavy": "7/d", "read": "9/d"}
    assert operator_api.get(path, query)["X-RateLimit-Limit"] == ("7" if heavy else "9")


def test_a_table_and_a_comparison_are_heavy(operator_api, settings):
    settings.API_RATES = settings.API_RATES | {"heavy": "7/d", "read": "9/d"}
    for asked in ("metrics/system/?format=csv", "dashboard/?compare=week"):
        assert operator_api.get(f"/api/performance/{asked}")["X-RateLimit-Limit"] == "7"
    assert operator_api.get("/api/performance/metrics/?format=json")["X-RateLimit-Limit"] == "9"


def test_who_may_not_is_counted_too(analyst_api, two_reads):
    statuses = [analyst_api.get("/api/performance/alerts/").status_code for _ in range(3)]
    assert statuses == [403, 403, 429]


def test_users_at_one_address_do_not_share(analyst_api, operator_api, two_reads):
    assert [analyst_api.get("/api/account/").status_code for _ in range(3)] == [200, 200, 429]
    assert operator_api.get("/api/account/").status_code == 200


@pytest.mark.parametrize("address", ["", "unix:", "not an address", "203.0.113.9:4711"])
def test_who_comes_without_an_address_is_answered(api, db, address):
    assert api.get("/api/performance/health/", REMOTE_ADDR=address).json()["error"]["code"] == "unavailable"


def test_a_proxy_that_lies_about_an_address_is_survived(api, db, settings):
    settings.BEHIND_PROXY = True
    answer = api.get("/api/performance/health/", headers={"X-Forwarded-For": "1.2.3.4, <script>"})
    assert answer.json()["error"]["code"] == "unavailable"


@pytest.mark.launch
def test_several_web_processes_count_together(tmp_path):
    """Two servers over one Valkey: what both let through is the limit, to the last request."""
    with home() as place, valkey(place) as redis, ExitStack() as stack:
        place_of_servers = tmp_path / "home"
        place_of_servers.mkdir()
        environment = {"REDIS_URL": redis.url, "API_RATE_READ": f"{LIMIT}/d", "VALOR_WEB_PROCESSES": "2"}
        servers = [Server(place_of_servers, **environment).prepare(people=False) for _ in range(2)]
        visitors = [Visitor(stack.enter_context(server)) for server in servers]
        asked = [
            (visitor, path) for _ in range(LIMIT) for visitor in visitors for path in ("/api/nothing/", "/api/schema/")
        ]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda one: one[0].get(one[1]), asked))
    allowed = [answer for answer in answers if answer.status in (200, 404)]
    refused = [answer for answer in answers if answer.status == 429]
    assert (len(allowed), len(refused)) == (LIMIT, len(asked) - LIMIT)
    assert sorted(int(answer.headers["X-RateLimit-Remaining"]) for answer in allowed) == list(range(LIMIT))
