import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from tasks import lifecycle, services
from tasks.choices import State
from tasks.models import Job, Worker
from tasks.testing import run_pending

LIST = "/jobs/"
RETRY = "/jobs/retry-failed/"
HTMX = {"HX-Request": "true"}


def address(job, action=""):
    return f"/jobs/{job.pk}/{action}"


@pytest.fixture
def mine(client, analyst):
    client.force_login(analyst)
    return client


@pytest.fixture
def watching(client, operator):
    client.force_login(operator)
    return client


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("path", [LIST, "/jobs/5c2a0e5e-6d0f-4c8e-9a3f-0d3b5b1f2a77/"])
def test_jobs_are_private(client, db, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("accounts:sign-in"))
    assert client.get(path, headers=HTMX).status_code == 401


def test_the_list_shows_ones_own_jobs(job, double_kind, other_analyst, mine):
    theirs = services.submit(double_kind, {"amount": 1}, owner=other_analyst)
    page = text(mine.get(LIST))
    assert address(job) in page
    assert address(theirs) not in page
    assert "Doubles an amount" in page
    assert "Owner" not in page


def test_operators_see_whose_it_is(job, watching):
    page = text(watching.get(LIST))
    assert address(job) in page
    assert "<td>ana</td>" in page


def test_the_list_is_filtered_and_keeps_its_filters_when_it_asks_again(job, double_kind, analyst, mine):
    services.cancel(services.submit(double_kind, {"amount": 2}, owner=analyst))
    page = text(mine.get(LIST + "?state=cancelled&kind=tests.double"))
    assert address(job) not in page
    assert page.count('scope="row"') == 1
    assert "/jobs/?state=cancelled&amp;kind=tests.double&amp;page=1" in page
    assert '<option value="cancelled" selected>' in page


def test_operators_filter_by_owner_and_the_filter_is_kept(job, double_kind, other_analyst, watching):
    theirs = services.submit(double_kind, {"amount": 1}, owner=other_analyst)
    page = text(watching.get(LIST + "?owner=bob"))
    assert address(theirs) in page
    assert address(job) not in page
    assert 'value="bob"' in page
    assert "/jobs/?owner=bob&amp;page=1" in page


@pytest.mark.parametrize("query", ["state=asleep", "kind=tests.none", "owner=nobody", "owner=%3Cscript%3E"])
def test_a_filter_that_cannot_be_meant_is_named_and_all_jobs_are_shown(job, watching, query):
    answer = watching.get(f"{LIST}?{query}")
    assert answer.status_code == 400
    name = query.split("=")[0]
    assert re.search(rf"{name} “.+”: There is no such .+ Use ", text(answer))
    assert "<script>" not in text(answer)
    assert address(job) in text(answer)


def test_analysts_have_no_filter_by_owner(job, mine):
    assert 'name="owner"' not in text(mine.get(LIST))
    assert "Leave the owner out." in text(mine.get(LIST + "?owner=bob"))


def test_the_label_and_the_level_are_shown_and_the_label_to_its_owner_only(double_kind, analyst, operator, client):
    job = services.submit(double_kind, {"amount": 5}, owner=analyst, label="A secret deal", priority=350)
    for user, seen in ((analyst, True), (operator, False)):
        client.force_login(user)
        for path in (LIST, address(job)):
            page = text(client.get(path))
            assert ("A secret deal" in page) is seen
            assert "Bulk, 350" in page


def test_a_split_job_shows_its_parts_its_pace_and_the_time_left(job, mine):
    hour = timezone.now() - timedelta(seconds=100)
    split = {"parts_total": 50, "parts_left": 38, "done": 240, "total": 1000, "progress": 0.24}
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, started_at=hour, **split)
    Job.objects.create(parent=job, kind=job.kind, fingerprint="p", queued_at=hour, state=State.RUNNING)
    for page in (text(mine.get(LIST)), text(mine.get(address(job)))):
        assert re.search(r"Running: 12 of 50 parts, 240 of 1,000, 2\.4 a second, 5 min \d+ s left", page)
    assert "12 of 50 parts, 1 at work" in text(mine.get(address(job)))


def test_the_log_is_shown_in_the_viewers_zone_with_utc_on_hover(job, mine):
    run_pending()
    Job.objects.filter(pk=job.pk).update(log="2026-01-15 10:00:00Z Begun by web-1:7\n2026-01-15 10:00:02Z Done\n")
    mine.cookies["timezone"] = "Europe/Berlin"
    page = text(mine.get(address(job)))
    line = 'title="2026-01-15 10:00:00 UTC">2026-01-15 11:00:00 CET</time><span>Begun by web-1:7</span>'
    assert line in page


def test_a_queued_job_shows_its_deadline_and_a_begun_one_does_not(double_kind, analyst, mine):
    job = services.submit(double_kind, {"amount": 5}, owner=analyst, start_within=60)
    assert "Must begin by" in text(mine.get(address(job)))
    lifecycle.claim()
    assert "Must begin by" not in text(mine.get(address(job)))


def test_a_job_that_waited_long_says_that_it_goes_ahead(job, mine):
    Job.objects.filter(pk=job.pk).update(rank=99)
    assert "Normal, goes ahead now" in text(mine.get(address(job)))


def test_operators_see_the_worker_and_owners_do_not(job, analyst, operator, client):
    now = timezone.now()
    worker = Worker.objects.create(host="web-1", pid=7, started_at=now, last_seen=now)
    lifecycle.claim(worker.pk)
    client.force_login(operator)
    assert ">web-1:7</a>" in text(client.get(address(job)))
    client.force_login(analyst)
    assert "<dt>Worker</dt>" not in text(client.get(address(job)))


def test_a_worker_that_is_gone_is_told_so(job, watching):
    lifecycle.claim(uuid4())
    assert "<dt>Worker</dt><dd>gone since</dd>" in text(watching.get(address(job)))


@pytest.fixture
def dead(declare, double_kind, analyst):
    """Two failed jobs of one kind, one of another."""
    kinds = ["tests.broken", "tests.broken", "tests.lost"]
    for kind in set(kinds):
        declare(kind, lambda ctx, parameters: 1 / 0)
    jobs = [services.submit(kind, {"n": n}, owner=analyst) for n, kind in enumerate(kinds)]
    run_pending()
    return jobs


def states() -> list[str]:
    return sorted(Job.objects.values_list("state", flat=True))


def test_operators_are_offered_to_try_all_failed_again_and_told_how_many(dead, watching):
    assert "Queue 3 jobs again" in text(watching.get(LIST + "?state=failed"))
    page = text(watching.get(LIST + "?state=failed&kind=tests.lost"))
    assert "1 failed job of the kind tests.lost will start over" in page
    assert '<input type="hidden" name="kind" value="tests.lost">' in page
    for query in ("", "?state=done", "?state=failed&owner=ana"):
        assert "Try all failed again" not in text(watching.get(LIST + query))


def test_analysts_are_not(dead, mine):
    assert "Try all failed again" not in text(mine.get(LIST + "?state=failed"))
    assert mine.post(RETRY).status_code == 403
    assert states() == ["failed"] * 3


def test_all_failed_jobs_are_queued_again_or_those_of_one_kind(dead, watching):
    answer = watching.post(RETRY, {"kind": "tests.broken"}, follow=True)
    assert answer.redirect_chain == [("/jobs/?state=failed&kind=tests.broken", 302)]
    assert "2 jobs were queued again." in text(answer)
    assert states() == ["failed", "queued", "queued"]
    assert "1 job was queued again." in text(watching.post(RETRY, follow=True))
    assert "none has failed" in text(watching.post(RETRY, follow=True))


def test_a_failed_job_with_an_equal_one_under_way_stays_and_is_told(dead, analyst, watching):
    services.submit("tests.lost", {"n": 2}, owner=analyst)
    assert "2 jobs were queued again, 1 not, since an equal one is under way." in text(
        watching.post(RETRY, follow=True)
    )


def test_of_a_kind_that_is_not_there_nothing_is_queued_again(dead, watching):
    assert "There is no such kind of job" in text(watching.post(RETRY, {"kind": "tests.none"}, follow=True))
    assert states() == ["failed"] * 3


def test_trying_all_again_takes_a_post(dead, watching):
    assert watching.get(RETRY).status_code == 405


def test_htmx_gets_the_moving_part_alone(job, mine):
    answer = mine.get(LIST, headers=HTMX)
    assert "<html" not in text(answer)
    assert address(job) in text(answer)
    assert answer.headers["Vary"].count("HX-Request") == 1
    assert answer.headers["Cache-Control"] == "no-store"


def asked_again(answer) -> int:
    return int(re.search(r'data-ask-again="(\d+)"', text(answer))[1])


def test_the_page_asks_often_while_something_moves_and_seldom_otherwise(job, mine):
    assert asked_again(mine.get(LIST)) == asked_again(mine.get(address(job))) == 500
    run_pending()
    assert asked_again(mine.get(LIST)) == asked_again(mine.get(address(job))) == 5000


def test_an_empty_list_names_the_next_step(mine):
    assert "press <em>Simulate</em>" in text(mine.get(LIST))
    assert "Show all jobs" in text(mine.get(LIST + "?state=failed"))


def test_a_page_number_beyond_the_end_shows_the_last_page(job, mine):
    assert address(job) in text(mine.get(LIST + "?page=99"))
    assert address(job) in text(mine.get(LIST + "?page=x"))


def test_a_running_job_shows_how_far_it_got(job, mine):
    lifecycle.advance(lifecycle.claim(), done=420_000, total=1_000_000, progress=0.42, stage="Simulating")
    for page in (text(mine.get(LIST)), text(mine.get(address(job)))):
        assert 'value="0.4200"' in page
        assert "Simulating: 420,000 of 1,000,000" in page
        assert "Running" in page


def test_the_owner_sees_parameters_and_result(job, mine):
    run_pending()
    page = text(mine.get(address(job)))
    assert "&quot;amount&quot;: 21" in page
    assert "&quot;doubled&quot;: 42" in page


def test_an_operator_sees_neither(job, watching):
    run_pending()
    page = text(watching.get(address(job)))
    assert "amount" not in page.replace("Doubles an amount", "")
    assert "&quot;doubled&quot;" not in page


def test_a_fault_is_a_sentence_for_the_owner_and_a_traceback_for_operators(declare, analyst, operator, client):
    declare("tests.broken", lambda ctx, parameters: 1 / 0)
    job = services.submit("tests.broken", {}, owner=analyst)
    run_pending()
    client.force_login(analyst)
    page = text(client.get(address(job)))
    assert "Something broke" in page
    assert "ZeroDivisionError" not in page
    client.force_login(operator)
    assert "ZeroDivisionError" in text(client.get(address(job)))


def test_the_subject_is_linked(declare, analyst, mine):
    declare("tests.linked", lambda ctx, parameters: {}, subject_url=lambda job: "/things/7/")
    job = services.submit("tests.linked", {}, owner=analyst)
    assert 'href="/things/7/"' in text(mine.get(address(job)))


def test_another_analysts_job_is_404_for_every_address(double_kind, other_analyst, mine):
    theirs = services.submit(double_kind, {"amount": 1}, owner=other_analyst)
    assert mine.get(address(theirs)).status_code == 404
    assert mine.post(address(theirs, "cancel/")).status_code == 404
    assert mine.post(address(theirs, "retry/")).status_code == 404
    assert Job.objects.get(pk=theirs.pk).state == State.QUEUED


def test_cancel_and_retry_lead_back_to_the_job(job, mine):
    answer = mine.post(address(job, "cancel/"))
    assert (answer.status_code, answer.headers["Location"]) == (302, address(job))
    assert Job.objects.get(pk=job.pk).state == State.CANCELLED
    assert mine.post(address(job, "retry/")).status_code == 302
    assert Job.objects.get(pk=job.pk).state == State.QUEUED


def test_htmx_gets_the_job_as_it_stands_after_the_move(job, mine):
    answer = mine.post(address(job, "cancel/"), headers=HTMX)
    assert answer.status_code == 200
    assert "Cancelled" in text(answer)
    assert "Try again" in text(answer)
    assert "<html" not in text(answer)


def test_cancelling_what_has_ended_says_so_on_the_page(job, mine):
    run_pending()
    answer = mine.post(address(job, "cancel/"), headers=HTMX)
    assert answer.status_code == 409
    assert "has ended already" in text(answer)


@pytest.mark.parametrize("action", ["cancel/", "retry/"])
def test_looking_changes_nothing(job, mine, action):
    assert mine.get(address(job, action)).status_code == 405


def test_pages_hold_no_inline_script_or_style(job, mine):
    for page in (text(mine.get(LIST)), text(mine.get(address(job)))):
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)
        assert "style=" not in page


def test_pages_cost_few_queries(job, double_kind, analyst, mine, queries):
    for amount in range(20):
        services.submit(double_kind, {"amount": amount}, owner=analyst)
    budgets = {LIST: 5, address(job): 4}  # Session, user, roles, then the jobs and their count.
    for path, budget in budgets.items():
        with queries() as captured:
            mine.get(path, headers=HTMX)
        assert len(captured) <= budget, json.dumps(captured.captured_queries, indent=1)
