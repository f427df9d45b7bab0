"""/api/performance/monitoring/: works, role, sign-in, bad body, wrong method, rate limit."""

from __future__ import annotations

import pytest

from performance import sampling
from performance.models import SamplerLease, SamplingChange

pytestmark = pytest.mark.django_db
URL = "/api/performance/monitoring/"


def test_it_tells_what_holds_and_how_old_each_hosts_last_sample_is(analyst_api, store, now):
    store(now, interval=10)
    SamplerLease.objects.update(pinned=True)
    data = analyst_api.get(URL).json()["data"]
    assert (data["state"], data["interval"], data["changed_by"], data["changed_at"]) == ("running", 30, "", None)
    (host,) = data["hosts"]
    assert (host["host"], host["interval"], host["own"]) == ("web-1", 10, True)
    assert host["lag"] >= 0
    assert data["changes"] == []


def test_an_operator_stops_and_starts_it_and_everybody_sees_who(operator_api, analyst_api):
    stopped = operator_api.post(URL, {"state": "paused", "interval": 15}, format="json")
    assert stopped.status_code == 200
    data = analyst_api.get(URL).json()["data"]
    assert (data["state"], data["interval"], data["changed_by"]) == ("paused", 15, "otto")
    assert data["changed_at"]
    operator_api.post(URL, {"state": "running"}, format="json")
    data = analyst_api.get(URL).json()["data"]
    assert data["state"] == "running"
    assert [change["state"] for change in data["changes"]] == ["running", "paused"]


def test_with_and_without_the_final_slash(operator_api):
    assert operator_api.get(URL.rstrip("/"), follow=True).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "state"),
        ({"state": "stopped"}, "state"),
        ({"interval": 0}, "interval"),
        ({"interval": 3601}, "interval"),
        ({"interval": "30"}, "interval"),
        ({"interval": 1.5}, "interval"),
        ({"stat": "paused"}, "stat"),
    ],
)
def test_a_bad_body_is_refused_field_by_field_and_changes_nothing(operator_api, body, field):
    response = operator_api.post(URL, body, format="json")
    assert response.status_code == 400
    (detail,) = response.json()["error"]["details"]
    assert detail["field"] == field
    assert detail["message"]
    assert not SamplingChange.objects.exists()


def test_analysts_look_only_and_strangers_do_neither(analyst_api, api):
    assert analyst_api.post(URL, {"state": "paused"}, format="json").status_code == 403
    assert api.get(URL).status_code == 401
    assert api.post(URL, {"state": "paused"}, format="json").status_code == 401
    assert not sampling.state().paused


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_wrong_methods(operator_api, method):
    assert getattr(operator_api, method)(URL).status_code == 405


def test_reading_is_rate_limited(analyst_api, settings):
    settings.API_RATES = {**settings.API_RATES, "read": "2/m"}
    assert [analyst_api.get(URL).status_code for _ in range(3)] == [200, 200, 429]
