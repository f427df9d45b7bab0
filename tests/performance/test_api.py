"""/api/performance/: figures and history for analysts and operators."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from drf_spectacular.generators import SchemaGenerator

from performance.alerts.selectors import thresholds
from performance.metrics import CATEGORIES
from tasks.models import Job

SUMMARY = "/api/performance/summary/"
METRICS = "/api/performance/metrics/system/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ready(worker):
    """A worker is there unless a test takes it away."""


def problem(response) -> dict:
    assert response.status_code == 400
    body = response.json()
    assert body["success"] is False
    (detail,) = body["error"]["details"]
    assert detail["message"]
    assert detail["remedy"]
    return detail


@pytest.mark.parametrize("path", [SUMMARY, METRICS])
def test_without_a_token_figures_are_401_with_the_scheme(api, path):
    response = api.get(path)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", [SUMMARY, METRICS])
def test_a_user_without_a_role_may_not_read_figures(api, path):
    api.force_authenticate(User.objects.create_user("nobody"))
    assert api.get(path).status_code == 403


@pytest.mark.parametrize("path", [SUMMARY, METRICS])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_api_only_answers_questions(operator_api, path, method):
    response = getattr(operator_api, method)(path)
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", [SUMMARY, METRICS])
def test_every_path_answers_without_its_final_slash(operator_api, path):
    assert operator_api.get(path.rstrip("/")).status_code == 200


def test_the_summary_has_value_change_threshold_and_state(analyst_api, fill, store, judged, now):
    fill(now - timedelta(seconds=60), timedelta(hours=2))
    judged(store(now - timedelta(seconds=30), memory_percent=92.5))
    judged(store(now, memory_percent=92.5, network_out_rate=None))
    data = analyst_api.get(SUMMARY).json()["data"]
    assert (data["status"], data["host"], data["hosts"]) == ("Degraded", "web-1", ["web-1"])
    figures = {figure["name"]: figure for figure in data["figures"]}
    assert figures["memory_percent"] == {
        "category": "system",
        "name": "memory_percent",
        "label": "Memory",
        "unit": "percent",
        "value": 92.5,
        "previous": 41.0,
        "change": 51.5,
        "compared_with": "the hour before",
        "threshold": 85.0,
        "state": "Degraded",
    }
    assert figures["network_rate"]["value"] is None
    assert figures["network_rate"]["state"] == "Unknown"
    assert figures["disk_percent"]["state"] == "Healthy"


def test_the_summary_tells_how_background_work_goes(analyst_api, store, now):
    store(now)
    work = {"kind": "tasks.selftest", "queued_at": now - timedelta(seconds=4)}
    Job.objects.create(**work, fingerprint="a", priority=300)
    Job.objects.create(
        **work, fingerprint="b", state="failed", attempt=2, started_at=now - timedelta(seconds=3), finished_at=now
    )
    data = analyst_api.get(SUMMARY).json()["data"]["tasks"]
    levels = {level["level"]: (level["waiting"], level["oldest_seconds"]) for level in data["queue"]}
    assert levels == {"interactive": (0, None), "normal": (0, None), "bulk": (1, pytest.approx(4, abs=2))}
    (kind,) = data["kinds"]
    assert (kind["kind"], kind["finished"], kind["done"], kind["failed"]) == ("tasks.selftest", 1, 0, 1)
    assert (kind["retried"], kind["throughput"]) == (1, pytest.approx(1 / 300))
    assert (kind["wait"]["p95"], kind["run"]["mean"]) == pytest.approx((1, 3))
    assert data["workers"] == {"busy": 0, "idle": 1, "silent": 0}
    assert data["seconds"] == 300
    assert {"tasks.prune", "modeling.prune_imports"} <= {each["kind"] for each in data["schedules"]}
    assert data["since"].endswith("Z")


def test_within_the_first_hour_the_change_is_against_the_first_sample(operator_api, store, now):
    store(now - timedelta(minutes=10), cpu_percent=5.0)
    store(now - timedelta(minutes=9, seconds=30), cpu_percent=50.0)
    store(now, cpu_percent=7.5)
    cpu = operator_api.get(SUMMARY).json()["data"]["figures"][0]
    assert (cpu["previous"], cpu["change"]) == (5.0, 2.5)
    assert cpu["compared_with"].startswith("the first sample at ")


def test_a_single_sample_has_nothing_to_compare_with(operator_api, store, now):
    store(now)
    cpu = operator_api.get(SUMMARY).json()["data"]["figures"][0]
    assert (cpu["value"], cpu["previous"], cpu["change"]) == (12.0, None, None)


def test_without_samples_the_summary_is_unknown_and_null(operator_api):
    data = operator_api.get(SUMMARY).json()["data"]
    assert (data["status"], data["taken_at"]) == ("Unknown", None)
    assert {figure["state"] for figure in data["figures"]} == {"Unknown"}
    assert {figure["value"] for figure in data["figures"]} == {None}


def test_old_figures_keep_their_time_and_are_unknown(operator_api, store, now):
    store(now - timedelta(days=2))
    data = operator_api.get(SUMMARY).json()["data"]
    assert data["taken_at"] == (now - timedelta(days=2)).isoformat().replace("+00:00", "Z")
    assert {figure["state"] for figure in data["figures"]} == {"Unknown"}


def test_the_history_has_aligned_arrays_with_units_and_its_resolution(analyst_api, fill, now):
    fill(now, timedelta(minutes=10), skip={5})
    data = analyst_api.get(METRICS, {"range": "1h", "fields": "cpu_percent,disk_read_rate"}).json()["data"]
    assert (data["category"], data["host"], data["range"]) == ("system", "web-1", "1h")
    assert (data["resolution"], data["step"], data["gaps"]) == ("raw", 0, 1)
    assert [(field["name"], field["unit"]) for field in data["fields"]] == [
        ("cpu_percent", "percent"),
        ("disk_read_rate", "bytes/s"),
    ]
    assert len(data["times"]) == 21
    assert all(time.endswith("Z") for time in (*data["times"], data["from"], data["to"]))
    assert all(len(field["values"]) == 21 and field["values"][5] is None for field in data["fields"])


def test_the_history_takes_from_and_to(analyst_api, fill, now):
    fill(now, timedelta(hours=5))
    data = analyst_api.get(METRICS, {"from": "now-3h", "to": "now-1h", "fields": "load_1"}).json()["data"]
    assert data["range"] == ""
    assert data["from"] <= data["times"][0]
    assert data["times"][-1] <= data["to"]
    assert 235 <= len(data["times"]) <= 241


def test_a_longer_history_says_over_how_much_it_was_merged(analyst_api, fill, now):
    fill(now, timedelta(hours=24))
    data = analyst_api.get(METRICS, {"range": "24h"}).json()["data"]
    assert (data["resolution"], data["step"]) == ("mean of 180 s", 180)
    assert len(data["times"]) <= 500


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"range": "11y"}, "range"),
        ({"range": "0h"}, "range"),
        ({"from": "yesterday"}, "from"),
        ({"to": "1e400"}, "to"),
        ({"from": "now", "to": "now-1h"}, "from"),
        ({"fields": "cpu_percent,nonsense"}, "fields"),
        ({"host": "nowhere"}, "host"),
    ],
)
def test_what_cannot_be_answered_is_named_with_value_and_remedy(operator_api, store, now, query, field):
    store(now)
    detail = problem(operator_api.get(METRICS, query))
    assert detail["field"] == field
    assert detail["value"] in ",".join(query.values())


def test_the_summary_has_the_figures_of_every_category_or_of_one(analyst_api, store_all, now):
    store_all(now)
    every = analyst_api.get(SUMMARY).json()["data"]["figures"]
    assert [(f["category"], f["name"]) for f in every] == [
        (c.name, m.name) for c in CATEGORIES.values() for m in c.metrics
    ]
    assert next(f["value"] for f in every if f["name"] == "latency_p95") == 45.0
    one = analyst_api.get(SUMMARY, {"category": "cache"}).json()["data"]["figures"]
    assert one == [figure for figure in every if figure["category"] == "cache"]


def test_a_category_that_does_not_exist_is_named(analyst_api):
    response = analyst_api.get(SUMMARY, {"category": "weather"})
    assert response.status_code == 404
    (detail,) = response.json()["error"]["details"]
    assert (detail["field"], detail["value"]) == ("category", "weather")


def test_an_unknown_host_in_the_summary_is_named(operator_api, store, now):
    store(now)
    assert problem(operator_api.get(SUMMARY, {"host": "nowhere"}))["value"] == "nowhere"


@pytest.mark.parametrize("budget", [(SUMMARY, 11), (METRICS, 4)])
def test_answers_stay_within_their_queries(operator_api, fill, now, budget, django_assert_num_queries):
    fill(now, timedelta(hours=3))
    path, most = budget
    thresholds()
    with django_assert_num_queries(most):
        assert operator_api.get(path).status_code == 200


def test_reading_is_rate_limited(analyst_api, settings):
    settings.API_RATES = {**settings.API_RATES, "read": "2/m"}
    answers = [analyst_api.get(SUMMARY).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_the_schema_documents_every_answer():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    history = "/api/performance/metrics/{category}/"
    assert {SUMMARY, history, "/api/performance/metrics/"} <= set(paths)
    names = {parameter["name"] for parameter in paths[history]["get"]["parameters"]}
    assert names == {"category", "range", "from", "to", "step", "host", "fields", "format"}
