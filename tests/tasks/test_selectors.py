from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from tasks import lifecycle, services
from tasks.choices import Priority, State
from tasks.models import Job
from tasks.selectors import depth, job_for, log_of, status_of, subject_url, visible_to
from tasks.testing import run_pending
from valor.lib.errors import NotFound

OWNER_ONLY = {"parameters", "result"}


def test_everybody_sees_their_own_and_operators_all(job, analyst, other_analyst, operator):
    assert list(visible_to(analyst)) == [job]
    assert list(visible_to(operator)) == [job]
    assert not visible_to(other_analyst).exists()
    assert not visible_to(AnonymousUser()).exists()


def test_an_ownerless_job_is_seen_by_operators_only(double_kind, analyst, operator):
    services.submit(double_kind, {"amount": 1}, owner=None)
    assert visible_to(operator).count() == 1
    assert not visible_to(analyst).exists()
    assert not visible_to(AnonymousUser()).exists()


def test_a_job_that_is_not_yours_or_not_there_is_not_found(job, other_analyst, analyst):
    assert job_for(analyst, job.pk) == job
    with pytest.raises(NotFound):
        job_for(other_analyst, job.pk)
    with pytest.raises(NotFound):
        job_for(analyst, uuid4())


def test_parameters_and_result_are_the_owners_and_the_fault_the_operators(job, analyst, operator):
    run_pending()
    owned = status_of(job_for(analyst, job.pk), analyst)
    watched = status_of(job_for(operator, job.pk), operator)
    assert (owned["parameters"], owned["result"]) == ({"amount": 21}, {"doubled": 42})
    assert "fault" not in owned
    assert not OWNER_ONLY & watched.keys()
    assert watched["fault"] is None
    assert watched["state"] == "done"


def test_an_operator_sees_class_and_traceback_of_a_fault(declare, analyst, operator):
    declare("tests.broken", lambda ctx, parameters: 1 / 0)
    job = services.submit("tests.broken", {}, owner=analyst)
    run_pending()
    fault = status_of(job_for(operator, job.pk), operator)["fault"]
    assert fault["class"] == "builtins.ZeroDivisionError"
    assert "1 / 0" in fault["traceback"]


def test_rate_and_time_left_follow_the_progress(job, analyst):
    claimed = lifecycle.claim()
    lifecycle.advance(claimed, done=250, total=1000, progress=0.25, rate=25.0)
    status = status_of(job_for(analyst, job.pk), analyst)
    assert status["rate"] == pytest.approx(25, rel=0.05)
    assert status["seconds_left"] == pytest.approx(30, rel=0.05)


def test_there_is_no_rate_before_anything_is_done(job, analyst):
    assert status_of(job, analyst)["rate"] is None
    claimed = lifecycle.claim()
    assert status_of(claimed, analyst)["seconds_left"] is None


def test_a_message_of_several_lines_stays_one_line_of_the_log(job):
    job.log = "2026-11-25 10:00:00Z Begun\n2026-11-25 10:00:01Z Failed It broke:\n  twice\nover\n"
    assert log_of(job) == [
        {"at": "2026-11-25T10:00:00Z", "text": "Begun"},
        {"at": "2026-11-25T10:00:01Z", "text": "Failed It broke: twice over"},
    ]


def test_a_jobs_kind_says_where_its_subject_is(declare, analyst):
    declare("tests.linked", lambda ctx, parameters: {}, subject_url=lambda job: f"/things/{job.parameters['thing']}/")
    job = services.submit("tests.linked", {"thing": 7}, owner=analyst)
    assert subject_url(job) == "/things/7/"


def test_the_depth_of_the_queue_is_counted_by_priority(double_kind, analyst):
    for amount, priority in enumerate((Priority.BULK, Priority.BULK, Priority.INTERACTIVE)):
        services.submit(double_kind, {"amount": amount}, owner=analyst, priority=priority)
    Job.objects.filter(parameters__amount=0).update(state=State.CANCELLED)
    assert depth() == {Priority.INTERACTIVE: 1, Priority.BULK: 1}


def test_a_list_of_jobs_loads_none_of_their_large_columns(job, analyst, queries):
    with queries() as captured:
        list(visible_to(analyst))
    assert len(captured) <= 2
    assert '"result"' not in captured.captured_queries[-1]["sql"]
    assert '"parameters"' not in captured.captured_queries[-1]["sql"]


def test_the_page_of_the_subject_is_for_the_owner_only(declare, analyst, operator):
    declare("tests.linked", lambda ctx, parameters: {}, subject_url=lambda job: "/things/7/")
    job = services.submit("tests.linked", {}, owner=analyst)
    assert status_of(job_for(analyst, job.pk), analyst)["subject_url"] == "/things/7/"
    assert status_of(job_for(operator, job.pk), operator)["subject_url"] is None
