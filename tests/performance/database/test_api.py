"""GET /api/performance/database and its history."""

from __future__ import annotations

from datetime import timedelta

import pytest

from performance.alerts.selectors import thresholds

REPORT, METRICS = "/api/performance/database/", "/api/performance/metrics/database/"


def data(response):
    assert response.status_code == 200, response.content
    return response.json()["data"]


def test_the_report_holds_figures_tables_connections_and_processes(operator_api, store_database, now):
    store_database(now)
    report = data(operator_api.get(REPORT))
    assert (report["host"], report["vendor"], report["version"]) == ("web-1", "PostgreSQL", "18.4")
    assert report["tables"] == [{"name": "tasks_job", "bytes": 98_304, "indexes": 90_112, "rows": 7, "dead": 2}]
    assert report["connections_by_state"] == {"active": 1, "idle": 11}
    assert report["connections_limit"] == 97
    assert report["long_transactions"][0]["statement"] == "SELECT ?"
    assert report["processes"][0]["maximum"] == 16
    figures = {figure["name"]: figure for figure in report["figures"]}
    assert figures["worst_percent"]["value"] == 12.4
    assert figures["worst_percent"]["threshold"] == 80.0
    assert figures["dead_rows"]["value"] is None
    assert report["pooled"] is False


def test_above_its_limit_the_use_of_connections_is_degraded(operator_api, store, store_database, judged, now):
    store(now)
    judged(store_database(now, pool_percent=93.0))
    figures = {figure["name"]: figure for figure in data(operator_api.get(REPORT))["figures"]}
    assert figures["worst_percent"]["state"] == "Degraded"


def test_before_the_first_sample_all_is_null_or_empty(operator_api, db):
    report = data(operator_api.get(REPORT))
    assert report["taken_at"] is None
    assert report["tables"] == []
    assert {figure["value"] for figure in report["figures"]} == {None}


def test_why_a_reading_failed_is_told(operator_api, store_database, now):
    store_database(now, detail={"failed": {"write": "ReadOnlySqlTransaction: cannot execute INSERT"}})
    assert data(operator_api.get(REPORT))["failed"] == {"write": "ReadOnlySqlTransaction: cannot execute INSERT"}


def test_the_history_is_a_category_like_any_other(analyst_api, store_database, now):
    store_database(now - timedelta(seconds=30), read_ms=0.5)
    store_database(now)
    series = data(analyst_api.get(METRICS, {"fields": "read_ms,worst_percent"}))
    assert series["category"] == "database"
    assert [field["values"] for field in series["fields"]] == [[0.5, 0.4], [12.4, 12.4]]


@pytest.mark.parametrize("query", [{"host": "nowhere"}])
def test_an_unknown_host_is_named(operator_api, store_database, now, query):
    store_database(now)
    response = operator_api.get(REPORT, query)
    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["value"] == "nowhere"


def test_an_unknown_field_is_named(analyst_api, db):
    assert analyst_api.get(METRICS, {"fields": "cpu_percent"}).status_code == 400


def test_analysts_get_403_and_strangers_401(api, analyst_api):
    assert analyst_api.get(REPORT).status_code == 403
    assert api.get(REPORT).status_code == 401
    assert api.get(METRICS).status_code == 401


def test_nothing_is_written_here(operator_api):
    assert operator_api.post(REPORT, {}).status_code == 405


def test_reading_is_rate_limited(operator_api, settings):
    settings.API_RATES = {**settings.API_RATES, "read": "2/m"}
    assert [operator_api.get(REPORT).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("budget", [(REPORT, 4), (METRICS, 4)])
def test_answers_stay_within_their_queries(operator_api, store_database, now, budget, django_assert_num_queries):
    path, most = budget
    thresholds()
    for age in range(0, 600, 30):
        store_database(now - timedelta(seconds=age))
    with django_assert_num_queries(most):
        assert operator_api.get(path).status_code == 200
