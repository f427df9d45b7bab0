"""/api/performance/metrics/: what is measured, and the history of every category."""

from __future__ import annotations

import csv
from datetime import timedelta
from math import inf

import pytest
from django.contrib.auth.models import User

from performance.alerts.selectors import thresholds
from performance.metrics import CATEGORIES
from performance.models import SamplerLease
from performance.rollups.services import catch_up

CATALOGUE = "/api/performance/metrics/"
SYSTEM = "/api/performance/metrics/system/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_every_category(now):
    SamplerLease.objects.create(host="web-1", interval=30, renewed_at=now, expires_at=now)
    for category in CATEGORIES.values():
        category.model.objects.create(host="web-1", taken_at=now - timedelta(minutes=1), interval=30)


def data(response):
    assert response.status_code == 200, response.content
    return response.json()["data"]


def refused(response, status: int = 400) -> dict:
    assert response.status_code == status
    (detail,) = response.json()["error"]["details"]
    assert detail["message"]
    assert detail["remedy"]
    return detail


def test_the_catalogue_names_every_category_with_fields_and_units(analyst_api):
    catalogue = {category["name"]: category["fields"] for category in data(analyst_api.get(CATALOGUE))}
    assert list(catalogue) == ["system", "application", "database", "cache", "tasks"]
    assert catalogue["system"][0] == {"name": "cpu_percent", "label": "CPU", "unit": "percent", "threshold": 80.0}
    assert {field["name"] for field in catalogue["tasks"]} == set(CATEGORIES["tasks"].by_name)


@pytest.mark.parametrize("name", list(CATEGORIES))
def test_every_category_has_a_history(analyst_api, of_every_category, name):
    history = data(analyst_api.get(f"{CATALOGUE}{name}/"))
    assert (history["category"], history["host"], history["origin"]) == (name, "web-1", "raw")
    assert [field["name"] for field in history["fields"]] == list(CATEGORIES[name].by_name)
    assert all(len(field["values"]) == len(history["times"]) == 1 for field in history["fields"])


@pytest.mark.parametrize("name", ["nothing", "System", "0", "a%20b"])
def test_an_unknown_category_is_404_with_those_there_are(analyst_api, name):
    detail = refused(analyst_api.get(f"{CATALOGUE}{name}/"), 404)
    assert (detail["field"], detail["value"]) == ("category", name.replace("%20", " "))
    assert "system, application, database, cache, tasks" in detail["remedy"]


@pytest.mark.parametrize("path", [CATALOGUE, SYSTEM])
def test_they_are_for_analysts_and_operators(api, operator_api, path):
    assert operator_api.get(path).status_code == 200
    assert operator_api.get(path.rstrip("/")).status_code == 200
    assert operator_api.post(path, {}).status_code == 405
    api.force_authenticate(User.objects.create_user("nobody"))
    assert api.get(path).status_code == 403
    api.force_authenticate(None)
    assert api.get(path).status_code == 401


def test_a_long_range_is_read_from_rollups_with_least_and_greatest(analyst_api, fill, store, now):
    fill(now - timedelta(minutes=1), timedelta(hours=30))
    store(now - timedelta(hours=7), cpu_percent=90.0)
    catch_up([], now, inf)
    history = data(analyst_api.get(SYSTEM, {"range": "7d", "fields": "cpu_percent,network_rate"}))
    assert (history["origin"], history["resolution"], history["step"]) == ("5 min", "mean of 5 min", 300)
    cpu, network = history["fields"]
    assert max(cpu["max"]) == 90.0
    assert 12.0 < max(cpu["values"]) < 90.0
    assert set(cpu["min"]) == {12.0}
    assert set(network["values"]) == {7000.0}


def test_raw_samples_have_no_least_and_greatest(analyst_api, fill, now):
    fill(now, timedelta(minutes=5))
    (field,) = data(analyst_api.get(SYSTEM, {"fields": "load_1"}))["fields"]
    assert (field["min"], field["max"]) == (None, None)


@pytest.mark.parametrize(("step", "told"), [("90s", 120), ("10m", 600), ("1h", 3600)])
def test_a_step_makes_the_answer_at_least_as_coarse(analyst_api, fill, now, step, told):
    fill(now, timedelta(hours=3))
    history = data(analyst_api.get(SYSTEM, {"range": "3h", "step": step, "fields": "load_1"}))
    assert history["step"] == told
    assert len(history["times"]) <= 3 * 3600 / told + 2
    assert history["fields"][0]["max"] == [0.5] * len(history["times"])


def test_the_history_comes_as_a_table_too(analyst_api, fill, now):
    fill(now, timedelta(minutes=3), skip={2})
    response = analyst_api.get(SYSTEM, {"format": "csv", "fields": "cpu_percent,load_1"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(response.content.decode().splitlines())
    assert head == ["time", "cpu_percent", "load_1"]
    assert [row[1:] for row in rows] == [["12.0", "0.5"]] * 2 + [["", ""]] + [["12.0", "0.5"]] * 4
    assert all(row[0].endswith("Z") for row in rows)
    merged = analyst_api.get(SYSTEM, {"format": "csv", "fields": "load_1", "step": "1m"}).content.decode()
    assert merged.splitlines()[0] == "time,load_1,load_1_min,load_1_max"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"step": "often"}, "step"),
        ({"step": "2h", "range": "1h"}, "step"),
        ({"range": "11y"}, "range"),
        ({"fields": "nonsense"}, "fields"),
        ({"host": "nowhere"}, "host"),
        ({"format": "csv", "host": "nowhere"}, "host"),
    ],
)
def test_what_cannot_be_answered_is_named(analyst_api, fill, now, query, field):
    fill(now, timedelta(minutes=5))
    response = analyst_api.get(SYSTEM, query)
    assert response["Content-Type"] == "application/json"
    detail = refused(response)
    assert (detail["field"], detail["value"]) == (field, query[field])


def test_the_history_stays_within_its_queries(operator_api, fill, now, django_assert_num_queries):
    fill(now, timedelta(hours=2))
    catch_up([], now, inf)
    thresholds()
    # The groups of the user are known at the second question, which reads rollups and what is newer.
    for name in ("1h", "30d"):
        with django_assert_num_queries(4):
            assert operator_api.get(SYSTEM, {"range": name}).status_code == 200


def test_asking_is_rate_limited(analyst_api, settings):
    settings.API_RATES = {**settings.API_RATES, "read": "2/m"}
    assert [analyst_api.get(CATALOGUE).status_code for _ in range(3)] == [200, 200, 429]
