"""/api/performance/recommendations/, actions/ and optimize/: for operators."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from performance.actions import services as actions
from performance.models import ActionRun, Recommendation
from performance.recommendations import services
from tasks.models import Job
from tasks.testing import run_pending

pytestmark = pytest.mark.django_db
LIST = "/api/performance/recommendations/"
ACTIONS = "/api/performance/actions/"
RUNS = "/api/performance/actions/runs/"
OPTIMIZE = "/api/performance/optimize/"


def make(rule: str = "disk_filling", **columns) -> Recommendation:
    now = timezone.now()
    usual = {
        "subject": "web-1",
        "area": "system",
        "host": "web-1",
        "score": 100.0,
        "magnitude": 93.0,
        "title": "The disk of web-1 is full",
        "cause": "93 % of it are used.",
        "cure": "Prune.",
        "evidence": [["Share", "93 %"]],
        "effect": "At most 9 MB.",
        "effort": "hours",
        "explains": ["system.disk_percent"],
        "action": "prune",
        "first_seen": now - timedelta(hours=1),
        "last_seen": now,
        "opened_at": now - timedelta(hours=1),
    }
    return Recommendation.objects.create(rule=rule, **usual | columns)


@pytest.fixture
def row() -> Recommendation:
    return make()


def path(row: Recommendation, step: str = "") -> str:
    return f"{LIST}{row.pk}/{step}"


def test_the_best_comes_first_and_can_be_filtered(operator_api, row):
    make("n_plus_one", area="database", score=60.0, action="")
    make("cpu_steal", score=99.0, state="past")
    answer = operator_api.get(LIST).json()
    assert [entry["rule"] for entry in answer["data"]] == ["disk_filling", "cpu_steal", "n_plus_one"]
    assert answer["data"][0]["evidence"] == [{"label": "Share", "figure": "93 %"}]
    assert [e["rule"] for e in operator_api.get(f"{LIST}?state=open&area=database").json()["data"]] == ["n_plus_one"]


@pytest.mark.parametrize("query", ["state=better", "area=kitchen"])
def test_a_filter_that_names_nothing_is_refused(operator_api, query):
    response = operator_api.get(f"{LIST}?{query}")
    assert response.status_code == 400
    assert query.partition("=")[0] in response.content.decode()


def test_one_tells_everything(operator_api, row):
    data = operator_api.get(path(row)).json()["data"]
    assert (data["title"], data["needs_confirmation"], data["state"]) == (row.title, False, "open")


def test_it_is_dismissed_and_opened_again(operator_api, operator, row):
    dismissed = operator_api.post(path(row, "dismiss/"))
    assert dismissed.status_code == 200
    assert dismissed.json()["data"]["dismissed_by"] == operator.username
    assert operator_api.post(path(row, "dismiss/")).status_code == 409
    assert operator_api.post(path(row, "restore/")).json()["data"]["state"] == "open"
    assert operator_api.post(path(row, "restore/")).status_code == 409


def test_it_is_applied_as_a_job(operator_api, row):
    response = operator_api.post(path(row, "apply/"), {})
    assert response.status_code == 202
    (run,) = response.json()["data"]["runs"]
    assert response["Location"] == f"/api/jobs/{run['job_id']}/"
    assert response["Retry-After"] == "1"
    assert run["verdict"] == ""
    assert run_pending() == 1
    (done,) = operator_api.get(ACTIONS).json()["data"]["runs"]
    assert (done["verdict"], done["before"]["value"], done["recommendation"]) == ("no_effect", 0.0, row.pk)
    assert operator_api.get(response["Location"]).json()["data"]["state"] == "done"


def test_a_second_application_is_a_conflict(operator_api, row):
    assert operator_api.post(path(row, "apply/")).status_code == 202
    again = operator_api.post(path(row, "apply/"))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "nothing_to_apply")
    services.moved(row, ["applied"], "", state="open")
    again = operator_api.post(path(row, "apply/"))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_runs")
    assert Job.objects.count() == 1
    row.refresh_from_db()
    assert row.state == "open"


def test_without_an_action_there_is_nothing_to_apply(operator_api):
    response = operator_api.post(path(make(action=""), "apply/"))
    assert (response.status_code, response.json()["error"]["code"]) == (409, "nothing_to_apply")


def test_what_needs_to_be_confirmed_names_the_field(operator_api):
    row = make("failing_jobs", action="retry_failed_jobs", parameters={"kind": "tasks.selftest"})
    refused = operator_api.post(path(row, "apply/"))
    assert refused.status_code == 422
    assert refused.json()["error"]["details"][0]["field"] == "confirm"
    assert not ActionRun.objects.exists()
    assert operator_api.post(path(row, "apply/"), {"confirm": True}).status_code == 202


@pytest.mark.parametrize("body", [{"confrim": True}, {"confirm": "perhaps"}, [1]])
def test_a_body_that_can_not_be_understood_is_refused(operator_api, row, body):
    assert operator_api.post(path(row, "apply/"), body, format="json").status_code == 400
    assert not ActionRun.objects.exists()


@pytest.mark.parametrize("pk", [0, 99999999, 10**30])
@pytest.mark.parametrize("step", ["", "dismiss/", "restore/", "apply/"])
def test_what_is_not_there_is_not_found(operator_api, pk, step):
    ask = operator_api.post if step else operator_api.get
    assert ask(f"{LIST}{pk}/{step}").status_code == 404


def test_what_can_be_done_is_told_with_its_parameters_and_measure(operator_api):
    found = {entry["name"]: entry for entry in operator_api.get(ACTIONS).json()["data"]["actions"]}
    assert found["create_index"]["safe"] is False
    assert list(found["create_index"]["parameters"]) == ["fingerprint"]
    assert found["optimize_database"]["optional"] == ["table"]
    assert found["warm_cache"]["measure"]["absolute_noise"] == 3.0


def test_past_runs_come_in_pages(operator_api):
    for _ in range(3):
        actions.request("prune", {}, by=None)
        run_pending()
    answer = operator_api.get(f"{RUNS}?page_size=2").json()
    assert [len(answer["data"]), answer["meta"]["page"]["count"]] == [2, 3]


def test_a_plan_says_what_would_be_done_and_does_nothing(operator_api):
    response = operator_api.post(OPTIMIZE, {"dry_run": True})
    assert response.status_code == 200
    plans = {plan["action"]: plan for plan in response.json()["data"]}
    assert {"optimize_database", "prune", "recycle_workers"} <= set(plans)
    assert "create_index" not in plans
    assert all(plan["safe"] and plan["expected_effect"] for plan in plans.values())
    assert plans["prune"]["steps"][0].startswith("Delete samples and rollups")
    assert not Job.objects.exists()


def test_named_actions_are_done(operator_api):
    asked = ["prune", {"action": "optimize_database", "parameters": {"table": "tasks_job"}}]
    response = operator_api.post(OPTIMIZE, {"actions": asked})
    assert response.status_code == 202
    assert [run["action"] for run in response.json()["data"]["runs"]] == ["prune", "optimize_database"]
    assert Job.objects.count() == 2


def test_of_all_safe_ones_those_that_are_being_measured_still_are_left_out_and_told(operator_api):
    actions.request("prune", {}, by=None)
    answer = operator_api.post(OPTIMIZE, {})
    assert answer.status_code == 202
    told = answer.json()["data"]
    assert [(entry["action"], entry["reason"][:28]) for entry in told["left_out"]] == [
        ("prune", "The same action runs already")
    ]
    assert {"optimize_database", "recycle_workers"} <= {run["action"] for run in told["runs"]}
    assert answer["Location"] == f"/api/jobs/{told['runs'][0]['job_id']}/"
    begun = ActionRun.objects.count()
    again = operator_api.post(OPTIMIZE, {})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "nothing_to_do")
    assert ActionRun.objects.count() == begun == Job.objects.count()


def test_all_or_none(operator_api):
    actions.request("recycle_workers", {}, by=None)
    response = operator_api.post(OPTIMIZE, {"actions": ["prune", "recycle_workers"]})
    assert response.status_code == 409
    assert ActionRun.objects.count() == Job.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"actions": ["dance"]}, 400),
        ({"actions": []}, 400),
        ({"actions": "prune"}, 400),
        ({"actions": [{"action": "prune", "parameters": {"x": "y"}}]}, 400),
        ({"actions": [{"action": "prune", "speed": 3}]}, 400),
        ({"actions": [7]}, 400),
        ({"actions": ["prune"] * 21}, 400),
        ({"dryrun": True}, 400),
        ({"actions": [{"action": "retry_failed_jobs", "parameters": {"kind": "tasks.selftest"}}]}, 422),
    ],
)
def test_optimize_refuses_what_it_does_not_understand(operator_api, body, status):
    response = operator_api.post(OPTIMIZE, body, format="json")
    assert response.status_code == status, response.content
    assert response.json()["error"]["details"]
    assert not ActionRun.objects.exists()


@pytest.mark.parametrize("address", [LIST, ACTIONS, RUNS])
def test_analysts_and_strangers_may_not_look(api, analyst_api, address):
    assert analyst_api.get(address).status_code == 403
    assert api.get(address).status_code == 401


@pytest.mark.parametrize("step", ["dismiss/", "restore/", "apply/"])
def test_nor_do_anything(api, analyst_api, row, step):
    assert analyst_api.post(path(row, step)).status_code == 403
    assert api.post(path(row, step)).status_code == 401
    assert analyst_api.post(OPTIMIZE).status_code == 403


@pytest.mark.parametrize("step", ["dismiss/", "restore/", "apply/"])
def test_only_a_post_changes_anything(operator_api, row, step):
    assert operator_api.get(path(row, step)).status_code == 405
    assert operator_api.put(LIST).status_code == 405
    assert operator_api.get(OPTIMIZE).status_code == 405


def test_with_and_without_the_final_slash(operator_api, row):
    assert operator_api.get(LIST.rstrip("/")).status_code == 200
    assert operator_api.post(path(row, "dismiss")).status_code == 200


def test_applying_counts_as_heavy(operator_api, row, settings):
    settings.API_RATES = settings.API_RATES | {"heavy": "1/m"}
    operator_api.post(path(row, "apply/"))
    assert operator_api.post(path(row, "apply/")).status_code == 429


def test_the_list_takes_few_queries(operator_api, operator, django_assert_max_num_queries):
    for number in range(10):
        services.dismiss(make(subject=str(number)), by=operator)
    with django_assert_max_num_queries(4):
        operator_api.get(LIST)


def test_every_endpoint_is_described():
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    for address in (LIST, f"{LIST}{{id}}/apply/", ACTIONS, RUNS, OPTIMIZE):
        assert any(found.replace("{pk}", "{id}") == address for found in paths), address
