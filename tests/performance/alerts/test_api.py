"""/api/performance/{alerts,silences,thresholds}/, for operators."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from performance.alerts.models import Alert, AlertEvent, Silence, Threshold, ThresholdChange

ALERTS, SILENCES, THRESHOLDS = (f"/api/performance/{name}/" for name in ("alerts", "silences", "thresholds"))
pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Threshold:
    return Threshold.objects.get(category="system", metric="cpu_percent")


def data(response, status: int = 200):
    assert response.status_code == status, response.content
    return response.json()["data"]


def detail(response, status: int = 400) -> dict:
    assert response.status_code == status, response.content
    body = response.json()
    assert body["success"] is False
    found = body["error"]["details"][0]
    assert found["message"]
    assert found["remedy"]
    return found


def soon(**span) -> str:
    return (timezone.now() + timedelta(**span)).isoformat()


def test_alerts_are_listed_with_sentence_figures_and_culprits(operator_api, firing):
    response = operator_api.get(ALERTS)
    (alert,) = data(response)
    assert response.json()["meta"]["page"]["count"] == 1
    assert (alert["metric"], alert["state"], alert["severity"], alert["unit"]) == (
        *("cpu_percent", "firing", "warning", "percent"),
    )
    assert alert["sentence"].endswith("CPU on web-1 at 93 % (limit 80 %).")
    assert (alert["value"], alert["worst"], alert["limit"], alert["culprits"]) == (93.0, 93.0, 80.0, [])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        *(({"severity": "warning"}, 1), ({"severity": "critical"}, 0), ({"state": "firing"}, 1)),
        *(({"state": "resolved"}, 0), ({"host": "web-1"}, 1), ({"host": "web-2"}, 0)),
        *(({"metric": "cpu_percent"}, 1), ({"metric": "system.cpu_percent"}, 1), ({"metric": "disk_percent"}, 0)),
    ],
)
def test_alerts_are_filtered(operator_api, firing, query, count):
    assert len(data(operator_api.get(ALERTS, query))) == count


@pytest.mark.parametrize("query", [{"severity": "awful"}, {"state": "x"}, {"page": "0"}, {"page_size": "9999"}])
def test_a_filter_that_cannot_be_meant_is_refused_by_name(operator_api, firing, query):
    ((name, value),) = query.items()
    found = detail(operator_api.get(ALERTS, query))
    assert (found["field"], found["value"]) == (name, value)


def test_one_alert_tells_its_history_and_who_was_told(operator_api, firing):
    alert = data(operator_api.get(f"{ALERTS}{firing.pk}/"))
    assert [event["kind"] for event in alert["events"]] == ["fired", "pending"]
    assert alert["events"][0]["notifications"][0]["channel"] == "log"


def test_an_alert_is_acknowledged_with_a_note(operator_api, firing):
    alert = data(operator_api.post(f"{ALERTS}{firing.pk}/acknowledge/", {"note": "on it"}))
    assert (alert["acknowledged_by"], alert["note"]) == ("otto", "on it")
    assert alert["events"][0]["kind"] == "acknowledged"
    assert data(operator_api.post(f"{ALERTS}{firing.pk}/acknowledge"))["note"] == ""


def test_what_is_over_is_not_acknowledged(operator_api, firing):
    Alert.objects.update(state="resolved", resolved_at=timezone.now())
    assert operator_api.post(f"{ALERTS}{firing.pk}/acknowledge/", {}).status_code == 409


def test_an_acknowledgement_is_withdrawn_and_the_history_keeps_both(operator_api, firing):
    path = f"{ALERTS}{firing.pk}/acknowledge/"
    operator_api.post(path, {"note": "on it"})
    alert = data(operator_api.delete(path))
    assert (alert["acknowledged_at"], alert["acknowledged_by"], alert["note"]) == (None, None, "")
    kinds = [(event["kind"], event["by"], event["note"]) for event in alert["events"][:2]]
    assert kinds == [("withdrawn", "otto", ""), ("acknowledged", "otto", "on it")]
    assert operator_api.delete(path.rstrip("/")).status_code == 409


def test_what_is_over_stays_acknowledged(operator_api, firing):
    operator_api.post(f"{ALERTS}{firing.pk}/acknowledge/", {})
    Alert.objects.update(state="resolved", resolved_at=timezone.now())
    assert operator_api.delete(f"{ALERTS}{firing.pk}/acknowledge/").status_code == 409
    assert Alert.objects.get().acknowledged_at is not None
    assert not AlertEvent.objects.filter(kind="withdrawn").exists()


@pytest.mark.parametrize(
    ("body", "field"), [({"note": 7}, "note"), ({"not": "x"}, "not"), ({"note": "x" * 501}, "note"), ([1], "body")]
)
def test_a_note_that_is_none_is_refused(operator_api, firing, body, field):
    assert detail(operator_api.post(f"{ALERTS}{firing.pk}/acknowledge/", body))["field"] == field


def test_an_alert_is_silenced_for_a_time(operator_api, firing):
    made = data(operator_api.post(f"{ALERTS}{firing.pk}/silence/", {"until": soon(hours=2), "reason": "tests"}), 201)
    assert (made["category"], made["metric"], made["host"], made["created_by"]) == (
        *("system", "cpu_percent", "web-1", "otto"),
    )
    assert data(operator_api.get(f"{ALERTS}{firing.pk}/"))["silenced"] is True


def test_silences_are_made_listed_and_lifted(operator_api):
    body = {"until": soon(hours=1), "reason": "move", "category": "system", "metric": "disk_percent"}
    made = data(operator_api.post(SILENCES, body), 201)
    assert [each["id"] for each in data(operator_api.get(SILENCES))] == [made["id"]]
    one = f"{SILENCES}{made['id']}/"
    assert data(operator_api.get(one))["reason"] == "move"
    assert operator_api.delete(one).status_code == 204
    assert data(operator_api.get(SILENCES)) == []
    assert operator_api.delete(one).status_code == 404
    assert Silence.objects.get().lifted_by.username == "otto"


def test_a_silence_of_a_category_leaves_the_others(operator_api, clock):
    body = {"until": soon(hours=1), "reason": "move", "category": "system"}
    made = data(operator_api.post(SILENCES, body), 201)
    assert (made["category"], made["metric"]) == ("system", "")
    assert str(Silence.objects.get()) == "everything of system"
    clock.tick(system={"disk_percent": 93.0}, database={"worst_percent": 90.0, "pool_percent": 90.0})
    muted = dict(Alert.objects.values_list("metric", "muted_by"))
    assert muted == {"disk_percent": "silence", "worst_percent": ""}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"until": "tomorrow"}, "until"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": "2999-01-01T00:00:00Z"}, "until"),
        ({"reason": ""}, "reason"),
        ({"reason": None}, "reason"),
        ({"metric": "luck"}, "metric"),
        ({"category": "luck"}, "category"),
        ({"hots": "web-1"}, "hots"),
    ],
)
def test_a_silence_that_cannot_be_is_refused(operator_api, changes, field):
    body = {"until": soon(hours=1), "reason": "move"} | changes
    assert detail(operator_api.post(SILENCES, body))["field"] == field
    assert not Silence.objects.exists()


def test_thresholds_are_listed_with_label_and_unit(operator_api):
    rows = data(operator_api.get(THRESHOLDS, {"page_size": "200"}))
    assert len(rows) == Threshold.objects.count()
    found = next(row for row in rows if row["metric"] == "cpu_percent" and row["category"] == "system")
    assert (found["label"], found["unit"], found["warning"], found["changed_by"]) == ("CPU", "percent", 80.0, None)


def test_a_threshold_is_changed_and_says_who_did_it(operator_api, row):
    changed = data(operator_api.patch(f"{THRESHOLDS}{row.pk}/", {"warning": 70, "clear": 60}))
    assert (changed["warning"], changed["critical"], changed["changed_by"]) == (70.0, 95.0, "otto")
    assert changed["changes"][0]["fields"] == {"warning": [80.0, 70.0], "clear": [75.0, 60.0]}
    assert data(operator_api.post(f"{THRESHOLDS}{row.pk}/reset/"))["warning"] == 80.0


def test_a_metric_is_given_a_threshold_or_a_new_one(operator_api, row):
    body = {"category": "system", "metric": "cpu_percent", "warning": 70, "clear": 60}
    assert data(operator_api.put(THRESHOLDS, body))["id"] == row.pk
    new = {"category": "system", "metric": "load_1", "warning": 8, "clear": 6}
    assert data(operator_api.put(THRESHOLDS, new))["critical"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"warning": "80"}, "warning"),
        ({"warning": True}, "warning"),
        ({"warning": 120}, "warning"),
        ({"warning": 1e400}, "warning"),
        ({"critical": 10}, "critical"),
        ({"clear": 90}, "clear"),
        ({"duration": 1.5}, "duration"),
        ({"duration": -1}, "duration"),
        ({"missing": "guess"}, "missing"),
        ({"direction": 7}, "direction"),
        ({"enabled": "perhaps"}, "enabled"),
        ({"warming": 80}, "warming"),
    ],
)
def test_levels_that_cannot_be_are_refused_by_field_value_and_remedy(operator_api, row, body, field):
    if body == {"warning": 1e400}:
        response = operator_api.generic("PATCH", f"{THRESHOLDS}{row.pk}/", '{"warning": 1e400}', "application/json")
    else:
        response = operator_api.patch(f"{THRESHOLDS}{row.pk}/", body)
    assert response.status_code == 400
    if body != {"warning": 1e400}:
        assert detail(response)["field"] == field
    row.refresh_from_db()
    assert row.warning == 80.0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"metric": "cpu_percent", "warning": 1}, "category"),
        ({"category": "system", "metric": "luck", "warning": 1, "clear": 1}, "metric"),
        ({"category": "system", "metric": "load_1", "clear": 1}, "warning"),
    ],
)
def test_a_threshold_of_nothing_is_refused(operator_api, body, field):
    assert detail(operator_api.put(THRESHOLDS, body))["field"] == field


PATHS = [ALERTS, f"{ALERTS}1/", SILENCES, THRESHOLDS, f"{THRESHOLDS}1/"]


@pytest.mark.parametrize("path", PATHS)
def test_analysts_get_403_and_strangers_401(api, analyst_api, path):
    assert analyst_api.get(path).status_code == 403
    assert api.get(path).status_code == 401


@pytest.mark.parametrize("path", [f"{ALERTS}1/acknowledge/", f"{ALERTS}1/silence/", SILENCES])
def test_analysts_change_nothing(api, analyst_api, path):
    for method in ("post", "delete"):
        assert getattr(analyst_api, method)(path).status_code == 403
        assert getattr(api, method)(path).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("get", f"{ALERTS}999/"), ("post", f"{ALERTS}999/acknowledge/"), ("get", f"{SILENCES}999/")),
        ("delete", f"{ALERTS}999/acknowledge/"),
        *(("delete", f"{SILENCES}999/"), ("patch", f"{THRESHOLDS}999/"), ("post", f"{THRESHOLDS}999/reset/")),
        ("get", f"{ALERTS}seven/"),
    ],
)
def test_what_does_not_exist_is_404(operator_api, method, path):
    assert getattr(operator_api, method)(path, {} if method in ("post", "patch") else None).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", ALERTS),
        ("delete", f"{ALERTS}1/"),
        ("get", f"{ALERTS}1/silence/"),
        ("post", THRESHOLDS),
        ("put", SILENCES),
    ],
)
def test_the_wrong_method_is_405(operator_api, method, path):
    assert getattr(operator_api, method)(path).status_code == 405


def test_reading_and_writing_are_rate_limited(operator_api, settings):
    settings.API_RATES = {**settings.API_RATES, "read": "2/m", "write": "1/m"}
    assert [operator_api.get(ALERTS).status_code for _ in range(3)] == [200, 200, 429]
    assert [operator_api.post(SILENCES, {}).status_code for _ in range(2)] == [400, 429]


@pytest.mark.parametrize(("path", "most"), [(ALERTS, 3), (THRESHOLDS, 3)])
def test_lists_stay_within_their_queries(operator_api, clock, django_assert_max_num_queries, path, most):
    for index in range(20):
        clock.tick(f"web-{index}", step=1, system={"disk_percent": 93.0})
    with django_assert_max_num_queries(most):
        operator_api.get(path)


def test_the_schema_documents_every_endpoint():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for path in (ALERTS, SILENCES, THRESHOLDS):
        assert path in paths
    assert {"get", "patch"} <= set(paths["/api/performance/thresholds/{id}/"])
    assert {"get", "delete"} <= set(paths["/api/performance/silences/{id}/"])


def test_thresholds_are_filtered(operator_api, db):
    rows = operator_api.get("/api/performance/thresholds/", {"category": "system", "metric": "cpu_percent"}).json()
    assert [(row["category"], row["metric"]) for row in rows["data"]] == [("system", "cpu_percent")]
    every = operator_api.get("/api/performance/thresholds/").json()["meta"]["page"]["count"]
    for enabled in ("true", "false"):
        found = operator_api.get("/api/performance/thresholds/", {"enabled": enabled}).json()
        assert all(row["enabled"] is (enabled == "true") for row in found["data"])
        every -= found["meta"]["page"]["count"]
    assert every == 0


def body_of(metric: str, **levels) -> dict[str, object]:
    return {"category": "system", "metric": metric, **levels}


def test_many_thresholds_are_set_at_once_and_each_says_who_did_it(operator_api):
    wanted = [body_of("cpu_percent", warning=70.0, clear=60.0), body_of("memory_percent", enabled=False)]
    first, second = data(operator_api.put(THRESHOLDS, wanted))
    assert (first["metric"], first["warning"], first["changed_by"]) == ("cpu_percent", 70.0, "otto")
    assert first["changes"][0]["fields"]["warning"] == [80.0, 70.0]
    assert (second["metric"], second["enabled"]) == ("memory_percent", False)


def test_when_one_of_many_cannot_be_none_is_changed_and_each_fault_is_named(operator_api):
    wanted = [
        body_of("cpu_percent", warning=70.0, clear=60.0),
        body_of("memory_percent", warning=101.0),
        body_of("disk_percent", clear=99.0),
        body_of("nobody_measures_this", warning=1.0, clear=1.0),
    ]
    answer = operator_api.put(THRESHOLDS, wanted)
    assert answer.status_code == 400
    details = answer.json()["error"]["details"]
    assert [item["field"] for item in details] == ["1.warning", "2.clear", "3.metric"]
    assert [item["value"] for item in details] == [101.0, 99.0, "system.nobody_measures_this"]
    assert all(item["remedy"] for item in details)
    assert Threshold.objects.exclude(changed_at=None).count() == 0
    assert ThresholdChange.objects.count() == 0


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        ([], ["body"]),
        ([body_of("cpu_percent", duration=60), body_of("cpu_percent", duration=90)], ["1.metric"]),
        ([body_of("cpu_percent"), {"metric": "cpu_percent"}], ["1.category"]),
        ([body_of("cpu_percent", warnin=1)], ["0.warnin"]),
        (["cpu_percent"], ["0"]),
        ([body_of("cpu_percent")] * 201, ["body"]),
    ],
)
def test_a_list_of_thresholds_that_cannot_be_is_refused_by_its_place(operator_api, wanted, fields):
    answer = operator_api.put(THRESHOLDS, wanted)
    assert answer.status_code == 400
    assert [item["field"] for item in answer.json()["error"]["details"]] == fields


def test_a_silence_that_was_lifted_says_by_whom(operator_api, operator):
    made = data(operator_api.post(SILENCES, {"until": soon(hours=2), "reason": "Moving house"}), 201)
    operator_api.delete(f"{SILENCES}{made['id']}/")
    assert data(operator_api.get(SILENCES)) == []
    (past,) = data(operator_api.get(f"{SILENCES}?state=past"))
    assert (past["id"], past["created_by"], past["lifted_by"]) == (made["id"], "otto", "otto")
    assert past["created_at"] <= past["until"] < made["until"]
    data(operator_api.post(SILENCES, {"until": soon(hours=2), "reason": "Again"}), 201)
    assert [row["reason"] for row in data(operator_api.get(f"{SILENCES}?state=all"))] == ["Again", "Moving house"]
    assert [row["reason"] for row in data(operator_api.get(SILENCES))] == ["Again"]


def test_another_state_of_silences_is_refused(operator_api):
    answer = operator_api.get(f"{SILENCES}?state=loud")
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, "state")
