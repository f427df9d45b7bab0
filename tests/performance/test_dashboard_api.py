"""/api/performance/dashboard/: everything that the dashboard shows, at once, never older than what somebody did."""

from __future__ import annotations

import gzip
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from performance import sampling
from performance.actions import services as actions
from performance.alerts import services as alerts
from performance.alerts.models import Alert, Threshold
from performance.alerts.selectors import thresholds
from performance.api.dashboard import KEPT_SECONDS
from performance.boards import OVERVIEW
from performance.foresight import forecasts
from performance.foresight.levels import Forecast
from performance.lease import this_host
from performance.metrics import CATEGORIES
from performance.models import Anomaly, PlatformEvent, Recommendation, SystemSample
from performance.recommendations import services as advice
from performance.revision import revision
from tasks.models import Job
from tests.conftest import make_user

DASHBOARD = "/api/performance/dashboard/"
FOR_OPERATORS = {"recommendations", "actions"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ready(worker):
    """A worker is there unless a test takes it away."""


def shown(client, **query) -> dict:
    response = client.get(DASHBOARD, query)
    assert response.status_code == 200, response.content
    return response.json()["data"]


def recommend(now, **columns) -> Recommendation:
    seen = {"first_seen": now, "last_seen": now, "opened_at": now}
    usual = {"rule": "tables", "subject": "tasks_job", "area": "database", "score": 60.0, "magnitude": 1.0}
    words = {"title": "A table is bloated", "cause": "It was.", "cure": "Tidy it up.", "effect": "Less."}
    return Recommendation.objects.create(**{**usual, **seen, **words, "effort": "minutes"} | columns)


def test_it_shows_all_that_the_page_shows(operator_api, fill, store_all, now):
    fill(now - timedelta(seconds=30), timedelta(hours=2))
    store_all(now)
    data = shown(operator_api)
    assert data["status"] == "Healthy"
    assert data["sentence"].startswith("Healthy: CPU 12 %")
    assert len(data["components"]) == 7
    assert (data["host"], data["hosts"], data["interval"], data["range"]) == ("web-1", ["web-1"], 30, "1h")
    assert data["taken_at"] == now.isoformat().replace("+00:00", "Z")
    cards = [(card["category"], card["name"]) for card in data["figures"]]
    assert cards == [(lead.category.name, lead.name) for lead in OVERVIEW.cards]
    cpu = data["figures"][0]
    assert (cpu["value"], cpu["previous"], cpu["threshold"], cpu["state"]) == (12.0, 12.0, 80.0, "Healthy")
    assert len(cpu["sparkline"]) == 60
    assert [chart["name"] for chart in data["charts"]] == [panel.slug for panel in OVERVIEW.panels]
    series = {one["category"]: one for one in data["series"]}
    assert 120 <= len(series["system"]["times"]) <= 121
    for chart in data["charts"]:
        fields = {field["name"]: field for field in series[chart["category"]]["fields"]}
        assert all(len(fields[name]["values"]) == len(series[chart["category"]]["times"]) for name in chart["lines"])
    assert (data["alerts"], data["alerts_open"], data["anomalies"]) == ([], 0, [])
    assert data["sampling"]["state"] == "running"
    assert data["sampling"]["may_change"] is True


def test_it_shows_alerts_advice_actions_and_anomalies(operator_api, operator, store, judged, now):
    judged(store(now - timedelta(minutes=6), disk_percent=97.0))
    judged(store(now, disk_percent=97.0))
    found = recommend(now, action="optimize_database")
    advice.apply(found, by=operator, confirm=True)
    recommend(now, subject="other")
    worst = {"worst_at": now, "value": 9.0, "expected": 1.0, "score": 9.0}
    Anomaly.objects.create(host="web-1", category="system", metric="load_1", at=now - timedelta(hours=1), **worst)
    data = shown(operator_api)
    (alert,) = data["alerts"]
    assert (alert["state"], alert["severity"], alert["value"], alert["limit"]) == ("firing", "critical", 97.0, 90.0)
    assert alert["sentence"].startswith("Critical for 6 min: ")
    assert alert["culprits"] == Alert.objects.get().culprits
    assert [row["subject"] for row in data["recommendations"]] == ["other"]
    assert [run["action"] for run in data["actions"]] == ["optimize_database"]
    assert data["anomalies"][0]["metric"] == "load_1"
    assert data["alerts_open"] == 1


def test_an_analyst_never_sees_what_is_for_operators(operator_api, analyst_api, store, judged, now):
    judged(store(now, disk_percent=97.0))
    recommend(now)
    everything, less = shown(operator_api), shown(analyst_api)
    assert set(everything) - set(less) == FOR_OPERATORS
    assert "culprits" in everything["alerts"][0]
    assert "culprits" not in less["alerts"][0]
    assert less["sampling"]["may_change"] is False
    assert set(shown(operator_api)) == set(everything)


def test_range_and_host_are_honoured(operator_api, fill, store, now):
    fill(now, timedelta(hours=5))
    store(now, host="web-2", cpu_percent=77.0)
    data = shown(operator_api, host="web-2", range="6h")
    assert (data["host"], data["hosts"], data["range"]) == ("web-2", ["web-1", "web-2"], "6h")
    assert data["figures"][0]["value"] == 77.0
    between = shown(operator_api, host="web-1", **{"from": "now-3h", "to": "now-1h"})
    times = next(one["times"] for one in between["series"] if one["category"] == "system")
    assert between["range"] == ""
    assert 235 <= len(times) <= 241


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"range": "3h"}, "range"),
        ({"compare": "year"}, "compare"),
        ({"host": "nowhere"}, "host"),
        ({"from": "yesterday"}, "from"),
        ({"to": "now"}, "from"),
    ],
)
def test_what_cannot_be_shown_is_named_each_time(operator_api, store, now, query, field):
    store(now)
    for _ in range(2):
        response = operator_api.get(DASHBOARD, query)
        assert response.status_code == 400
        (detail,) = response.json()["error"]["details"]
        assert detail["field"] == field
        assert detail["remedy"]


def test_it_is_compared_with_the_day_or_week_before(operator_api, fill, now):
    for at in (now - timedelta(days=1), now):
        fill(at, timedelta(hours=1))
    SystemSample.objects.filter(taken_at__lt=now - timedelta(hours=12)).update(cpu_percent=44.0)
    assert (shown(operator_api)["compare"], shown(operator_api)["earlier"]) == ("", [])
    data = shown(operator_api, compare="day")
    system, earlier = ({one["category"]: one for one in data[name]}["system"] for name in ("series", "earlier"))
    assert data["compare"] == "day"
    assert (earlier["from"], earlier["to"]) == (system["from"], system["to"])
    assert earlier["from"] <= min(earlier["times"]) <= max(earlier["times"]) <= earlier["to"]
    cpu = next(field["values"] for field in earlier["fields"] if field["name"] == "cpu_percent")
    assert {value for value in cpu if value is not None} == {44.0}
    week = {one["category"]: one for one in shown(operator_api, compare="week")["earlier"]}["system"]
    assert {value for field in week["fields"] for value in field["values"]} <= {None}


def test_what_happened_is_told_to_each_as_the_page_tells_it(operator_api, analyst_api, analyst, operator, now):
    common = {"state": "failed", "queued_at": now, "started_at": now, "finished_at": now, "error_message": "No."}
    for owner, key in ((analyst, "a"), (operator, "b")):
        Job.objects.create(kind="tests.none", owner=owner, fingerprint=key, **common)
    PlatformEvent.objects.create(at=now, host=this_host(), kind="started", part="web", version="0.1.0", key="a")
    actions.request("optimize_database", {}, by=operator, confirm=True)
    everything, less = shown(operator_api)["marks"], shown(analyst_api)["marks"]
    assert sorted(mark["kind"] for mark in everything) == ["action", "job", "job", "start"]
    assert sorted(mark["kind"] for mark in less) == ["job", "start"]
    job = next(mark for mark in less if mark["kind"] == "job")
    assert (job["tone"], job["url"]) == ("warning", f"/jobs/{Job.objects.get(owner=analyst).pk}/")
    assert job["at"] == now.isoformat().replace("+00:00", "Z")


def test_an_analyst_is_never_given_what_was_kept_for_another(analyst_api, analyst, now):
    common = {"state": "failed", "queued_at": now, "started_at": now, "finished_at": now, "error_message": "No."}
    Job.objects.create(kind="tests.none", owner=analyst, fingerprint="a", **common)
    assert len(shown(analyst_api)["marks"]) == 1
    other = APIClient()
    other.force_authenticate(make_user("other", "analyst"))
    assert shown(other)["marks"] == []


def test_what_is_foreseen_goes_on_where_the_range_is_long(operator_api, fill, monkeypatch, now):
    fill(now, timedelta(hours=2))
    path = tuple((now.timestamp() + 3600 * hour, 50.0 + hour, 49.0, 60.0) for hour in range(1, 4))
    about = {"category": "system", "metric": CATEGORIES["system"].by_name["disk_used"], "host": "web-1"}
    ends = {"now": 50.0, "expected": 53.0, "expected_low": 49.0, "expected_high": 60.0, "limit": None}
    reached = {"days": None, "low": None, "high": None, "reached_at": None, "share": 0.8, "skill": 0.5}
    told = Forecast(
        sentence="disk full in 12 days", until=now + timedelta(hours=3), path=path, **about, **ends, **reached
    )
    monkeypatch.setattr("performance.panels.ahead.forecasts", lambda now: [told])
    assert all(chart["ahead"] == [] for chart in shown(operator_api)["charts"])
    charts = {chart["name"]: chart for chart in shown(operator_api, range="24h")["charts"]}
    (ahead,) = charts["disk-space"]["ahead"]
    assert (ahead["line"], ahead["sentence"]) == ("disk_percent", "disk full in 12 days")
    assert len(ahead["times"]) == len(ahead["values"]) == len(ahead["low"]) == len(ahead["high"])
    assert ahead["values"][0] is not None
    assert ahead["values"][-1] is None
    assert charts["cpu"]["ahead"] == []


def test_before_the_first_sample_it_is_unknown(operator_api):
    data = shown(operator_api)
    assert (data["status"], data["taken_at"], data["interval"], data["hosts"]) == ("Unknown", None, None, [])
    assert {card["state"] for card in data["figures"]} == {"Unknown"}
    assert all(one["times"] == [] for one in data["series"])


def test_what_is_known_is_304_and_what_is_new_is_not(operator_api, store, now):
    store(now - timedelta(seconds=30))
    first = operator_api.get(DASHBOARD)
    assert first["ETag"].startswith('W/"')
    assert first["Cache-Control"] == "private, no-cache"
    assert int(first["X-Ask-Again"]) > 0
    for sent in (first["ETag"], first["ETag"].removeprefix("W/"), f'"other", {first["ETag"]}', "*"):
        again = operator_api.get(DASHBOARD, headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert operator_api.get(DASHBOARD, headers={"If-None-Match": 'W/"other"'}).status_code == 200
    store(now)
    new = operator_api.get(DASHBOARD, headers={"If-None-Match": first["ETag"]})
    assert new.status_code == 200
    assert new["ETag"] != first["ETag"]


def test_it_is_compressed_for_who_can_read_that(operator_api, store, now):
    store(now)
    plain = operator_api.get(DASHBOARD)
    packed = operator_api.get(DASHBOARD, headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 2


def acknowledged(operator) -> None:
    alerts.acknowledge(alert=Alert.objects.get(), by=operator, note="mine")


def silenced(operator) -> None:
    until = timezone.now() + timedelta(hours=1)
    alerts.silence(by=operator, until=until, reason="known", category="system", metric="disk_percent")


def stopped(operator) -> None:
    sampling.pause(by="otto")


def limited(operator) -> None:
    row = Threshold.objects.get(category="system", metric="memory_percent")
    alerts.change_threshold(threshold=row, values={"warning": 60.0, "clear": 50.0}, by=operator)


def dismissed(operator) -> None:
    advice.dismiss(Recommendation.objects.get(), by=operator)


def applied(operator) -> None:
    actions.request("optimize_database", {}, by=operator, confirm=True)


CHANGES = {
    acknowledged: lambda data: data["alerts"][0]["acknowledged_by"],
    silenced: lambda data: data["alerts"][0]["silenced"],
    stopped: lambda data: data["sampling"]["state"],
    limited: lambda data: data["figures"][1]["threshold"],
    dismissed: lambda data: data["recommendations"],
    applied: lambda data: data["actions"],
}


@pytest.fixture
def trouble(store, judged, now) -> None:
    """A disk that fills, and advice."""
    judged(store(now - timedelta(minutes=6), disk_percent=97.0))
    judged(store(now, disk_percent=97.0))
    recommend(now)


@pytest.mark.usefixtures("trouble")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_somebody_does_shows_in_the_very_next_answer(operator_api, operator, change):
    look = CHANGES[change]
    before = operator_api.get(DASHBOARD)
    held = revision()
    change(operator)
    assert revision() != held
    after = operator_api.get(DASHBOARD, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert look(after.json()["data"]) != look(before.json()["data"])


def test_a_sample_that_grows_old_is_told_within_two_seconds(operator_api, store, monkeypatch):
    begun, clock = timezone.now(), time.time
    store(begun - timedelta(seconds=89))
    assert shown(operator_api)["status"] == "Healthy"
    passed = 2.0
    assert passed > KEPT_SECONDS
    monkeypatch.setattr("django.utils.timezone.now", lambda: begun + timedelta(seconds=passed))
    monkeypatch.setattr(time, "time", lambda: clock() + passed)
    data = shown(operator_api)
    assert data["status"] == "Unknown"
    assert {card["state"] for card in data["figures"]} == {"Unknown"}


def test_a_time_zone_is_not_anothers(client, operator, store, now):
    store(now - timedelta(minutes=12))
    client.force_login(operator)
    said = client.get(DASHBOARD).json()["data"]["sentence"]
    client.cookies["timezone"] = "Asia/Tokyo"
    assert client.get(DASHBOARD).json()["data"]["sentence"] != said
    assert "JST" in client.get(DASHBOARD).json()["data"]["sentence"]


@pytest.fixture
def everything(trouble, fill, store_all, operator, now) -> None:
    """Something of all that is shown."""
    fill(now - timedelta(minutes=7), timedelta(hours=2))
    store_all(now)
    actions.request("optimize_database", {}, by=operator, confirm=True)
    sampling.set_interval(20, by="otto")
    worst = {"worst_at": now, "value": 9.0, "expected": 1.0, "score": 9.0}
    Anomaly.objects.create(host="web-1", category="system", metric="load_1", at=now, **worst)
    thresholds()


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("span", ["1h", "24h"])
def test_a_cold_answer_stays_within_its_queries_and_a_warm_one_costs_two(
    operator_api, span, now, django_assert_max_num_queries
):
    forecasts(now)  # worked out once in ten minutes, for all
    revision()
    thresholds()  # each process keeps them for three seconds, and forgets them at its first revision
    # With one more for the caller, whom a test's client knows without asking.
    with django_assert_max_num_queries(11):
        shown(operator_api, range=span)
    # What he may, and whether anything was written.
    with django_assert_max_num_queries(2):
        shown(operator_api, range=span)


def test_it_needs_a_token_and_a_role(api):
    response = api.get(DASHBOARD)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    api.force_authenticate(User.objects.create_user("nobody"))
    assert api.get(DASHBOARD).status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_only_answers_questions(operator_api, method):
    assert getattr(operator_api, method)(DASHBOARD).status_code == 405


def test_it_answers_without_its_final_slash(operator_api, store, now):
    store(now)
    assert operator_api.get(DASHBOARD.rstrip("/")).status_code == 200


def test_it_is_rate_limited(analyst_api, settings):
    settings.API_RATES = {**settings.API_RATES, "read": "2/m"}
    assert [analyst_api.get(DASHBOARD).status_code for _ in range(3)] == [200, 200, 429]


def test_what_it_answers_is_what_it_documents(operator_api, store_all, now):
    store_all(now)
    document = SchemaGenerator().get_schema(request=None, public=True)
    operation = document["paths"][DASHBOARD]["get"]
    assert {"200", "304"} <= set(operation["responses"])
    assert set(document["components"]["schemas"]["Dashboard"]["properties"]) == set(shown(operator_api))
