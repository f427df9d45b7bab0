import pytest
from django.conf import settings
from django.urls import reverse

from tasks import lifecycle, services
from tasks.choices import State
from tasks.models import Job
from tasks.testing import run_pending

UNKNOWN = "7a5c9d52-6f0b-4a53-9f3e-0d6c3f1b2a10"
LIST = "/api/jobs/"


def address(job, action=""):
    return f"/api/jobs/{job.pk}/{action}"


@pytest.fixture
def theirs(double_kind, other_analyst) -> Job:
    return services.submit(double_kind, {"amount": 99}, owner=other_analyst)


def test_the_list_holds_ones_own_jobs_the_newest_first(job, theirs, double_kind, analyst, analyst_api):
    newer = services.submit(double_kind, {"amount": 22}, owner=analyst)
    answer = analyst_api.get(LIST)
    assert answer.status_code == 200
    body = answer.json()
    assert [row["id"] for row in body["data"]] == [str(newer.pk), str(job.pk)]
    assert body["meta"]["page"]["count"] == 2
    assert body["data"][0]["queued_at"].endswith("Z")
    assert not {"parameters", "result", "fault"} & body["data"][0].keys()


def test_operators_list_everybodys(job, theirs, operator_api):
    rows = operator_api.get(LIST).json()["data"]
    assert {row["owner"] for row in rows} == {"ana", "bob"}


def test_the_list_is_filtered_by_state_and_kind(job, double_kind, analyst, analyst_api):
    services.cancel(services.submit(double_kind, {"amount": 22}, owner=analyst))

    def count(query):
        return len(analyst_api.get(LIST + query).json()["data"])

    assert [count(query) for query in ("?state=queued", "?state=cancelled", "?state=done")] == [1, 1, 0]
    assert [count(query) for query in ("?kind=tests.double", "?kind=tasks.selftest")] == [2, 0]


def test_operators_filter_by_owner(job, theirs, operator_api):
    rows = operator_api.get(LIST + "?owner=bob").json()["data"]
    assert [row["id"] for row in rows] == [str(theirs.pk)]


@pytest.mark.parametrize(("name", "value"), [("state", "asleep"), ("kind", "tests.none"), ("owner", "nobody")])
@pytest.mark.parametrize("extra", ["", "%00"])
def test_a_filter_that_cannot_be_meant_is_named_with_the_remedy(operator_api, name, value, extra):
    answer = operator_api.get(f"{LIST}?{name}={value}{extra}")
    (problem,) = answer.json()["error"]["details"]
    assert answer.status_code == 400
    assert problem["field"] == name
    assert problem["value"].startswith(value)
    assert problem["remedy"].startswith("Use")


def test_analysts_do_not_filter_by_owner(theirs, analyst_api):
    answer = analyst_api.get(LIST + "?owner=bob")
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["remedy"] == "Leave the owner out."


def test_a_kind_of_an_older_release_is_found_as_long_as_it_left_jobs(job, analyst_api):
    Job.objects.filter(pk=job.pk).update(kind="tests.gone")
    assert len(analyst_api.get(LIST + "?kind=tests.gone").json()["data"]) == 1


def test_parts_are_in_no_list_and_have_no_address(job, analyst, analyst_api):
    part = Job.objects.create(parent=job, owner=analyst, kind=job.kind, fingerprint="p", queued_at=job.queued_at)
    assert [row["id"] for row in analyst_api.get(LIST).json()["data"]] == [str(job.pk)]
    assert analyst_api.get(address(part)).status_code == 404


def test_the_label_is_for_the_owner_only(double_kind, analyst, analyst_api, operator_api):
    job = services.submit(double_kind, {"amount": 5}, owner=analyst, label="A secret deal")
    for path in (LIST, address(job)):
        assert "A secret deal" in analyst_api.get(path).content.decode()
        assert "A secret deal" not in operator_api.get(path).content.decode()


def test_a_split_job_tells_its_parts(job, analyst_api):
    Job.objects.filter(pk=job.pk).update(parts_total=50, parts_left=38, state=State.RUNNING)
    assert analyst_api.get(address(job)).json()["data"]["parts"] == {"total": 50, "left": 38}


def test_the_log_tells_what_happened_and_when(job, analyst_api):
    run_pending()
    log = analyst_api.get(address(job)).json()["data"]["log"]
    assert [line["text"].split()[0] for line in log] == ["Begun", "Done"]
    assert all(line["at"].endswith("Z") for line in log)


def test_the_list_comes_in_pages(double_kind, analyst, analyst_api):
    for amount in range(5):
        services.submit(double_kind, {"amount": amount}, owner=analyst)
    answer = analyst_api.get(LIST + "?page=2&page_size=2").json()
    assert len(answer["data"]) == 2
    assert answer["meta"]["page"]["number"] == 2


def test_the_owner_reads_the_whole_job(job, analyst_api):
    run_pending()
    data = analyst_api.get(address(job)).json()["data"]
    assert data["state"] == "done"
    assert data["progress"] == 1.0
    assert data["parameters"] == {"amount": 21}
    assert data["result"] == {"doubled": 42}
    assert data["error"] is None
    assert data["started_at"].endswith("Z")


def test_an_operator_reads_it_without_what_belongs_to_the_owner(job, operator_api):
    data = operator_api.get(address(job)).json()["data"]
    assert data["kind"] == "tests.double"
    assert not {"parameters", "result"} & data.keys()


@pytest.mark.parametrize("action", ["", "cancel/", "retry/"])
def test_another_analysts_job_does_not_exist(theirs, analyst_api, action):
    answer = analyst_api.post(address(theirs, action)) if action else analyst_api.get(address(theirs))
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    theirs.refresh_from_db()
    assert theirs.state == State.QUEUED


@pytest.mark.parametrize("path", [f"/api/jobs/{UNKNOWN}/", "/api/jobs/17/", "/api/jobs/not-a-uuid/"])
def test_a_bad_id_is_not_found_in_the_envelope(analyst_api, path):
    answer = analyst_api.get(path)
    assert answer.status_code == 404
    assert answer.json()["success"] is False


def test_cancel_is_accepted_with_where_to_ask(job, analyst_api):
    answer = analyst_api.post(address(job, "cancel/"))
    assert answer.status_code == 202
    assert answer.json()["data"]["state"] == "cancelled"
    assert answer.headers["Location"] == reverse("api-job", args=[job.pk])
    assert answer.headers["Retry-After"] == "1"


def test_retry_queues_a_cancelled_job_again(job, analyst_api):
    services.cancel(job)
    answer = analyst_api.post(address(job, "retry/"))
    assert answer.status_code == 202
    assert answer.json()["data"]["state"] == "queued"
    assert run_pending() == 1


def test_what_has_ended_is_not_cancelled_and_what_has_not_is_not_retried(job, analyst_api):
    assert analyst_api.post(address(job, "retry/")).status_code == 409
    lifecycle.finish(lifecycle.claim(), {})
    answer = analyst_api.post(address(job, "cancel/"))
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "conflict"


def test_an_operator_may_cancel_and_retry_for_others(job, operator_api):
    assert operator_api.post(address(job, "cancel/")).status_code == 202
    answer = operator_api.post(address(job, "retry/"))
    assert answer.status_code == 202
    assert "parameters" not in answer.json()["data"]


@pytest.mark.parametrize(
    ("method", "action"), [("post", ""), ("delete", ""), ("put", ""), ("get", "cancel/"), ("get", "retry/")]
)
def test_wrong_methods_are_refused_in_the_envelope(job, analyst_api, method, action):
    answer = getattr(analyst_api, method)(address(job, action))
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", [LIST, f"/api/jobs/{UNKNOWN}/"])
def test_without_a_token_it_is_401_with_the_way_to_sign_in(api, db, path):
    answer = api.get(path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_paths_answer_without_their_final_slash(job, analyst_api):
    assert analyst_api.get("/api/jobs").status_code == 200
    assert analyst_api.get(f"/api/jobs/{job.pk}").status_code == 200
    assert analyst_api.post(f"/api/jobs/{job.pk}/cancel").status_code == 202


def test_too_many_requests_are_429_with_when_to_come_back(analyst_api, monkeypatch):
    monkeypatch.setitem(settings.API_RATES, "read", "2/m")
    answers = [analyst_api.get(LIST) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_the_schema_documents_every_job_endpoint(api, db):
    paths = api.get("/api/schema/?format=json").json()["paths"]
    assert {path for path in paths if path.startswith("/api/jobs/")} == {
        "/api/jobs/",
        "/api/jobs/{job_id}/",
        "/api/jobs/{job_id}/cancel/",
        "/api/jobs/{job_id}/retry/",
        "/api/jobs/{job_id}/result/",
        "/api/jobs/kinds/",
        "/api/jobs/workers/",
    }
    assert {"200", "202"} <= set(paths["/api/jobs/"]["post"]["responses"])
    assert {one["name"] for one in paths["/api/jobs/"]["get"]["parameters"]} >= {"state", "kind", "owner"}
    assert "202" in paths["/api/jobs/{job_id}/cancel/"]["post"]["responses"]


def test_the_list_costs_the_same_few_queries_however_long_it_is(double_kind, analyst, operator_api, queries):
    counts = []
    for upto in (1, 20):
        for amount in range(upto):
            services.submit(double_kind, {"amount": amount}, owner=analyst)
        with queries() as captured:
            assert len(operator_api.get(LIST).json()["data"]) == upto
        counts.append(len(captured))
    assert counts[1] <= counts[0] <= 3  # The roles (once), the count, the page.


def test_one_job_costs_one_query_besides_the_roles(job, analyst_api, queries):
    with queries() as captured:
        analyst_api.get(address(job))
    assert len(captured) <= 2
