"""The page of recommendations, and advice inside other pages."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from performance.models import ActionRun, Recommendation
from performance.recommendations.selectors import for_alert
from tasks.testing import run_pending
from tests.performance.test_advice_api import make

pytestmark = pytest.mark.django_db
PAGE = "/performance/recommendations/"
IN_PLACE = {"Accept": "application/json"}


@pytest.fixture
def web(client, operator):
    client.force_login(operator)
    return client


def text_of(response) -> str:
    html = response if isinstance(response, str) else response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def step(row: Recommendation, name: str) -> str:
    return reverse(f"performance:recommendation-{name}", args=[row.pk])


def test_it_ranks_what_is_open_with_evidence_and_cure(web):
    make()
    make("n_plus_one", score=60.0, action="", title="/letters/ asks for each row by itself (N+1)")
    make("cpu_steal", state="past", title="Other guests take the CPU")
    text = text_of(web.get(PAGE))
    assert text.index("The disk of web-1 is full") < text.index("/letters/ asks for each row")
    assert "Cure: Prune." in text.replace(" :", ":")
    assert "93 %" in text
    assert "Other guests" not in text
    assert "Other guests" in text_of(web.get(f"{PAGE}?state=past"))


def test_an_empty_page_says_that_somebody_looked(web):
    text = text_of(web.get(PAGE))
    assert "Nothing to recommend: after each sample 39 rules look for causes" in text
    assert "No action was taken yet" in text
    assert "None is dismissed" in text_of(web.get(f"{PAGE}?state=dismissed"))


def test_a_state_that_is_none_shows_what_is_open(web):
    make()
    assert "The disk of web-1 is full" in text_of(web.get(f"{PAGE}?state=%27&page=x&undo=²"))


def test_dismissing_can_be_undone(web):
    row = make()
    text = text_of(web.post(step(row, "dismiss"), follow=True))
    assert "Dismissed: The disk of web-1 is full." in text
    assert "Undo" in text
    assert "Undo" not in text_of(web.get(PAGE))
    text = text_of(web.post(step(row, "restore"), follow=True))
    assert "Open again: The disk of web-1 is full." in text
    assert Recommendation.objects.get().is_open


def test_dismissing_twice_is_told(web):
    row = make(state="dismissed")
    response = web.post(step(row, "dismiss"))
    assert response.status_code == 409
    assert "Only an open recommendation can be dismissed." in text_of(response)


def test_a_safe_action_is_applied_at_once_and_its_figures_are_shown(web):
    row = make()
    text = text_of(web.post(step(row, "apply"), follow=True))
    assert "Prune what is past its keeping: begun" in text
    assert "Queued" in text
    run_pending()
    text = text_of(web.get(PAGE))
    assert "No effect" in text
    assert "0 (samples, jobs and statements)" in text
    assert "by otto" in text


def test_what_needs_to_be_confirmed_is_shown_with_its_plan_first(web):
    row = make("failing_jobs", action="retry_failed_jobs", parameters={"kind": "tasks.selftest"})
    asked = web.post(step(row, "apply"))
    assert asked.status_code == 200
    assert "Queue 0 failed jobs of tasks.selftest again" in text_of(asked)
    assert not ActionRun.objects.exists()
    web.post(step(row, "apply"), {"confirm": "1"})
    assert ActionRun.objects.count() == 1


def test_a_refusal_is_told_on_the_page(web):
    row = make(action="warm_cache") if not ActionRun.objects.exists() else None
    web.post(step(make("prune_me"), "apply"))
    response = web.post(step(make("prune_too"), "apply"))
    assert response.status_code == 409
    assert "The same action runs already" in text_of(response)
    assert row is not None


@pytest.mark.parametrize("name", ["dismiss", "restore", "apply"])
def test_what_is_not_there_is_not_found_and_only_posted(web, name):
    address = reverse(f"performance:recommendation-{name}", args=[4711])
    assert web.post(address).status_code == 404
    assert web.get(address).status_code == 405


def test_analysts_and_strangers_are_kept_out(client, analyst):
    row = make()
    assert client.get(PAGE).status_code == 302
    client.force_login(analyst)
    assert client.get(PAGE).status_code == 403
    for name in ("dismiss", "restore", "apply"):
        assert client.post(step(row, name)).status_code == 403
    assert "The disk of web-1" not in client.get("/performance/").content.decode()


def test_a_post_needs_its_token(operator):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)
    assert strict.post(step(make(), "dismiss")).status_code == 403


def test_what_was_measured_is_escaped(web):
    make(title="<script>alert(1)</script>", evidence=[["<b>", "<i>"]])
    html = web.get(PAGE).content.decode()
    assert "<script>alert(1)" not in html
    assert "<b>" not in html


def test_an_alert_is_explained_by_what_tells_of_its_figure(db):
    make()
    make("n_plus_one", explains=["application.latency_p95"], title="Another thing")
    alert = SimpleNamespace(category="system", metric="disk_percent", host="web-1", culprits={})
    assert [row.title for row in for_alert(alert)] == ["The disk of web-1 is full"]
    alert.metric = "cpu_percent"
    assert for_alert(alert) == []


def test_the_overview_leads_to_the_three_best_with_their_evidence(web):
    for number, title in enumerate(("First", "Second", "Third", "Fourth")):
        make(subject=title, title=title, score=90.0 - number)
    html = web.get("/performance/").content.decode()
    assert PAGE in html
    text = text_of(html)
    assert all(title in text for title in ("First", "Second", "Third"))
    assert "Fourth" not in text
    assert "Share 93 %" in text


def test_what_was_dismissed_on_the_overview_can_be_taken_back_there(web):
    row = make()
    said = web.post(step(row, "dismiss"), headers=IN_PLACE)
    assert said.json() == {"said": f"Dismissed: {row.title}."}
    text = text_of(web.get("/performance/"))
    assert f"Dismissed: {row.title} Undo" in text
    assert web.post(step(row, "dismiss"), headers=IN_PLACE).status_code == 409
    assert "Open again" in web.post(step(row, "restore"), headers=IN_PLACE).json()["said"]
    Recommendation.objects.update(state="dismissed", dismissed_at=timezone.now() - timedelta(minutes=6))
    assert row.title not in text_of(web.get("/performance/"))


def test_the_poll_hurries_while_an_action_runs_and_brings_its_verdict(web):
    row = make()
    data = reverse("performance:recommendations-data")
    before = web.get(data)
    assert before["X-Ask-Again"] == "10"
    assert web.post(step(row, "apply"), headers=IN_PLACE).status_code == 200
    running = web.get(data, headers={"If-None-Match": before["ETag"]})
    assert running.status_code == 200
    assert running["X-Ask-Again"] == "1"
    assert web.get("/performance/data/")["X-Ask-Again"] == "1"
    ActionRun.objects.update(done_at=timezone.now(), finished_at=timezone.now(), verdict="helped")
    done = web.get(data, headers={"If-None-Match": running["ETag"]})
    assert "Helped" in done.json()["fragments"]["runs"]
    assert done["X-Ask-Again"] == "10"


def test_the_page_takes_few_queries(web, operator, django_assert_max_num_queries):
    for number in range(10):
        make(subject=str(number))
    with django_assert_max_num_queries(12):
        web.get(PAGE)


def test_the_admin_shows_and_changes_nothing(client, admin_user):
    row = make()
    client.force_login(admin_user)
    assert client.get("/admin/performance/recommendation/").status_code == 200
    assert client.get("/admin/performance/actionrun/").status_code == 200
    assert client.get("/admin/performance/recommendation/add/").status_code == 403
    assert client.post(f"/admin/performance/recommendation/{row.pk}/delete/", {"post": "yes"}).status_code == 403
