"""GET /api/jobs/<id>/result/ and /api/jobs/workers/."""

import pytest
from django.conf import settings
from django.utils import timezone

from tasks import lifecycle, services
from tasks.models import Worker
from tasks.testing import run_pending
from valor.lib.errors import InvalidInput

WORKERS = "/api/jobs/workers/"


def result(client, job):
    return client.get(f"/api/jobs/{job.pk}/result/")


def test_the_owner_gets_the_result(job, analyst_api):
    run_pending()
    answer = result(analyst_api, job)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"doubled": 42}


@pytest.mark.parametrize("claimed", [False, True])
def test_a_job_under_way_is_409_with_when_to_ask_again(job, analyst_api, claimed):
    if claimed:
        lifecycle.claim()
    answer = result(analyst_api, job)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "not_done")
    assert answer.headers["Retry-After"] == "1"
    assert error["details"][0]["value"] == ("running" if claimed else "queued")
    assert error["details"][0]["remedy"] == "Ask again in a moment."


def test_a_cancelled_job_is_409_without_when_to_ask_again(job, analyst_api):
    services.cancel(job)
    answer = result(analyst_api, job)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "no_result")
    assert "cancelled" in error["message"]
    assert "Retry-After" not in answer.headers


def test_a_failed_job_is_409_with_its_sentence_and_problems(declare, analyst, analyst_api):
    def refuse(ctx, parameters):
        raise InvalidInput(
            "The growth is too high.", problems=InvalidInput.at("growth", 9, "Too high.", "Lower").problems
        )

    declare("tests.refused", refuse)
    job = services.submit("tests.refused", {}, owner=analyst)
    run_pending()
    error = result(analyst_api, job).json()["error"]
    assert (error["code"], error["message"]) == ("no_result", "The growth is too high.")
    assert error["details"] == [{"field": "growth", "value": 9, "message": "Too high.", "remedy": "Lower"}]


def test_the_result_is_the_owners_alone(job, double_kind, other_analyst, analyst_api, operator_api):
    theirs = services.submit(double_kind, {"amount": 1}, owner=other_analyst)
    run_pending()
    assert result(operator_api, job).status_code == 404
    assert result(analyst_api, theirs).status_code == 404


def test_an_unknown_id_is_404(analyst_api):
    assert analyst_api.get("/api/jobs/7a5c9d52-6f0b-4a53-9f3e-0d6c3f1b2a10/result/").status_code == 404
    assert analyst_api.get("/api/jobs/17/result/").status_code == 404


def test_a_part_is_not_there_for_anybody(job, analyst, analyst_api):
    from tasks.models import Job

    part = Job.objects.create(parent=job, owner=analyst, kind=job.kind, fingerprint="p", queued_at=timezone.now())
    assert result(analyst_api, part).status_code == 404


def test_the_result_is_only_read_and_only_when_signed_in(job, api, analyst_api):
    assert analyst_api.post(f"/api/jobs/{job.pk}/result/").status_code == 405
    assert result(api, job).status_code == 401


def test_reading_results_is_rate_limited(job, analyst_api, monkeypatch):
    monkeypatch.setitem(settings.API_RATES, "read", "2/m")
    assert [result(analyst_api, job).status_code for _ in range(3)] == [409, 409, 429]


def test_operators_see_the_workers_and_what_each_does(job, operator_api):
    now = timezone.now()
    worker = Worker.objects.create(host="web-1", pid=7, started_at=now, last_seen=now, memory=5, jobs_done=2)
    lifecycle.claim(worker.pk)
    (row,) = operator_api.get(WORKERS).json()["data"]
    assert (row["host"], row["pid"], row["state"], row["memory"], row["jobs_done"]) == ("web-1", 7, "busy", 5, 2)
    assert (row["job"]["id"], row["job"]["kind"], row["job"]["is_part"]) == (str(job.pk), job.kind, False)
    assert row["last_seen"].endswith("Z")


def test_workers_are_for_operators_and_only_to_be_read(api, analyst_api, operator_api):
    assert api.get(WORKERS).status_code == 401
    assert analyst_api.get(WORKERS).status_code == 403
    assert operator_api.delete(WORKERS).status_code == 405


def test_the_workers_cost_two_queries_besides_the_roles(operator_api, queries):
    now = timezone.now()
    for pid in range(9):
        Worker.objects.create(host="web-1", pid=pid, started_at=now, last_seen=now)
    with queries() as captured:
        assert len(operator_api.get(WORKERS).json()["data"]) == 9
    assert len(captured) <= 3
