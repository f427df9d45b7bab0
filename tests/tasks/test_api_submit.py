"""POST /api/jobs/: who may submit what, and what is refused."""

import pytest
from django.conf import settings

from tasks.choices import State
from tasks.models import Job
from tasks.testing import run_pending
from valor.accounts.roles import is_analyst

LIST = "/api/jobs/"
KINDS = "/api/jobs/kinds/"


@pytest.fixture
def open_kind(declare) -> str:
    """A kind that analysts may submit."""
    declare("tests.open", lambda ctx, parameters: {"seen": parameters}, may_submit=is_analyst, title="Open to analysts")
    return "tests.open"


def submit(client, **body):
    return client.post(LIST, body)


def detail(answer, status=400) -> dict:
    assert answer.status_code == status, answer.json()
    assert answer.json()["success"] is False
    assert not Job.objects.exists()
    return answer.json()["error"]["details"][0]


def test_a_job_is_accepted_with_where_and_when_to_ask(open_kind, analyst, analyst_api):
    body = {"parameters": {"a": 1}, "priority": "bulk", "start_within": 60, "label": "For Friday"}
    answer = submit(analyst_api, kind=open_kind, **body)
    job = Job.objects.get()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/jobs/{job.pk}/"
    assert answer.headers["Retry-After"] == "1"
    data = answer.json()["data"]
    assert (data["state"], data["level"], data["priority"], data["label"]) == ("queued", "bulk", 300, "For Friday")
    assert data["start_by"].endswith("Z")
    assert (job.owner, job.parameters) == (analyst, {"a": 1})
    run_pending()
    assert analyst_api.get(answer.headers["Location"]).json()["data"]["result"] == {"seen": {"a": 1}}


def test_everything_but_the_kind_has_a_default(open_kind, analyst_api):
    data = submit(analyst_api, kind=open_kind).json()["data"]
    assert (data["priority"], data["start_by"], data["label"], data["parameters"]) == (200, None, "", {})


def test_a_priority_may_be_a_number(open_kind, analyst_api):
    data = submit(analyst_api, kind=open_kind, priority=150).json()["data"]
    assert (data["priority"], data["level"]) == (150, "interactive")


def test_an_equal_request_under_way_is_that_job(open_kind, analyst_api):
    first, second = (submit(analyst_api, kind=open_kind, parameters={"a": 1}) for _ in range(2))
    assert second.status_code == 202
    assert first.json()["data"]["id"] == second.json()["data"]["id"]


def test_an_equal_request_that_was_done_is_answered_at_once(open_kind, analyst_api):
    first = submit(analyst_api, kind=open_kind, parameters={"a": 1})
    run_pending()
    again = submit(analyst_api, kind=open_kind, parameters={"a": 1})
    assert again.status_code == 200
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    assert again.json()["data"]["result"] == {"seen": {"a": 1}}
    assert again.headers["Location"] == first.headers["Location"]
    assert "Retry-After" not in again.headers


def test_operators_submit_the_selftest(operator_api):
    assert submit(operator_api, kind="tasks.selftest", parameters={"seconds": 0}).status_code == 202


@pytest.mark.parametrize("kind", ["tasks.selftest", "tasks.prune"])
def test_a_kind_that_is_not_for_you_is_403(analyst_api, kind):
    answer = submit(analyst_api, kind=kind)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "forbidden"
    assert "/api/jobs/kinds/" in answer.json()["error"]["message"]
    assert not Job.objects.exists()


def test_what_only_code_submits_is_403_for_operators_too(operator_api):
    assert submit(operator_api, kind="tasks.prune").status_code == 403


def test_an_unknown_kind_is_named(operator_api):
    problem = detail(submit(operator_api, kind="tests.nothing"))
    assert (problem["field"], problem["value"]) == ("kind", "tests.nothing")
    assert "tasks.selftest" in problem["remedy"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("priority", "urgent"),
        ("priority", 1000),
        ("priority", -1),
        ("priority", 1.5),
        ("priority", True),
        ("priority", [1]),
        ("start_within", 0),
        ("start_within", "60"),
        ("start_within", True),
        ("start_within", 1e300),
        ("label", "x" * 201),
        ("label", 5),
        ("parameters", [1]),
        ("parameters", "{}"),
        ("parameters", {"deep": [{"text": "a\u0000b"}]}),
        ("kind", 5),
        ("kind", ""),
        ("kind", None),
        ("prioritty", "bulk"),
    ],
)
def test_a_bad_field_is_named_with_a_remedy_and_queues_nothing(operator_api, field, value):
    problem = detail(submit(operator_api, **{"kind": "tasks.selftest", field: value}))
    assert problem["field"].startswith(field)
    assert problem["message"]
    assert problem["remedy"]


def test_what_the_kind_refuses_is_named_as_the_kind_names_it(operator_api):
    problem = detail(submit(operator_api, kind="tasks.selftest", parameters={"seconds": -1}))
    assert (problem["field"], problem["value"]) == ("seconds", -1)


@pytest.mark.parametrize("body", ["[]", "5", "not json", '{"kind": "a", "kind": "b"}'])
def test_a_body_that_is_no_object_is_refused(operator_api, body):
    answer = operator_api.post(LIST, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert not Job.objects.exists()


def test_without_a_token_nothing_is_submitted(api, db):
    assert submit(api, kind="tasks.selftest").status_code == 401
    assert not Job.objects.exists()


def test_submitting_is_limited_as_heavy_work_and_looking_is_not(operator_api, monkeypatch):
    monkeypatch.setitem(settings.API_RATES, "heavy", "2/m")
    answers = [submit(operator_api, kind="tasks.selftest", parameters={"mark": str(n)}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert operator_api.get(LIST).status_code == 200


def test_submitting_costs_few_queries(open_kind, analyst_api, queries):
    with queries() as captured:
        submit(analyst_api, kind=open_kind)
    # The roles, an equal job, a savepoint around the insert, and what the answer shows of the owner.
    assert len(captured) <= 6


def kinds_of(client) -> list[str]:
    return [row["kind"] for row in client.get(KINDS).json()["data"]]


def test_the_kinds_are_those_that_you_may_submit(open_kind, analyst_api, operator_api):
    assert open_kind in kinds_of(analyst_api)
    assert "tasks.selftest" not in kinds_of(analyst_api)
    assert kinds_of(operator_api) == ["tasks.selftest"]
    (row,) = operator_api.get(KINDS).json()["data"]
    assert (row["title"], row["priority"], row["timeout"]) == ("Self-test", 100, 660)


def test_the_kinds_are_only_read_and_only_by_whom_one_knows(api, analyst_api, db):
    assert analyst_api.post(KINDS).status_code == 405
    assert api.get(KINDS).status_code == 401


def test_a_job_submitted_for_later_fails_once_it_is_too_late(open_kind, analyst_api):
    from tasks import lifecycle

    submit(analyst_api, kind=open_kind, start_within=0.000001)
    lifecycle.expire_unstarted()
    assert Job.objects.get().state == State.FAILED
