import json
import re

import pytest
from django.urls import reverse

from tasks import lifecycle, services
from tasks.choices import State
from tasks.models import Job
from tasks.testing import run_pending

LIST = "/jobs/"
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
