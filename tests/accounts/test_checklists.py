"""The card of first steps: it ticks itself, and is closed for good by whoever wants to."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from modeling.services import create_valuation, save_document, start_run
from performance.alerts import services as alerts
from performance.alerts.models import Threshold
from performance.alerts.selectors import thresholds
from performance.models import ActionRun
from tests.modeling.conftest import document  # noqa: F401  a fixture
from tests.performance.conftest import store  # noqa: F401  a fixture
from valor.accounts import checklists
from valor.accounts.models import ClosedChecklist

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def close(name: str) -> str:
    return f"/account/checklists/{name}/close/"


def ticked(response) -> list[bool]:
    """Of each step whether it is done."""
    card = re.search(r'<section class="card checklist".*?</section>', response.content.decode(), re.DOTALL)
    assert card
    return ["Done:" in step for step in re.findall(r"<li>.*?</li>", card[0], re.DOTALL)]


class TestAnalysts:
    @pytest.fixture
    def web(self, client, analyst):
        client.force_login(analyst)
        return client

    def test_each_step_is_ticked_once_it_is_done(self, web, analyst, document):  # noqa: F811
        assert ticked(web.get("/companies/")) == [False, False, False]
        valuation = create_valuation(owner=analyst, name="Mine", document=document)
        assert ticked(web.get("/companies/")) == [True, False, False]
        changed = document | {"inputs": document["inputs"] | {"growth": 0.11}}
        save_document(valuation, changed, expected_version=1)
        assert ticked(web.get("/companies/")) == [True, True, False]
        start_run(valuation, trials=2000, seed=1, sampler="sobol", owner=analyst)
        page = web.get("/companies/")
        assert ticked(page) == [True, True, True]
        assert "All done: close this" in text_of(page)

    def test_what_others_do_ticks_nothing(self, web, other_analyst, document):  # noqa: F811
        create_valuation(owner=other_analyst, name="Theirs", document=document)
        assert ticked(web.get("/companies/")) == [False, False, False]

    def test_closed_it_is_gone_for_good_and_for_this_person_only(self, web, other_analyst):
        answer = web.post(close("companies"), follow=True)
        assert answer.redirect_chain == [("/companies/", 302)]
        assert "The first steps are closed" in text_of(answer)
        assert "checklist" not in web.get("/companies/").content.decode()
        web.post(close("companies"))
        assert ClosedChecklist.objects.count() == 1
        theirs = Client()
        theirs.force_login(other_analyst)
        assert ticked(theirs.get("/companies/")) == [False, False, False]


class TestOperators:
    @pytest.fixture
    def web(self, client, operator):
        client.force_login(operator)
        return client

    def test_each_step_is_ticked_once_it_is_done(self, web, operator, store, settings):  # noqa: F811
        from django.utils import timezone

        settings.ALERT_EMAILS, settings.ALERT_WEBHOOK_URL = [], ""
        assert ticked(web.get("/performance/")) == [False, False, False]
        store(timezone.now())
        assert ticked(web.get("/performance/")) == [True, False, False]
        row = next(iter(thresholds().values()))
        alerts.change_threshold(threshold=Threshold.objects.get(pk=row.pk), values={"duration": 77}, by=operator)
        tag = web.get("/performance/data/")["ETag"]
        assert ticked(web.get("/performance/")) == [True, True, False]
        now = timezone.now()
        ActionRun.objects.create(action="prune", requested_by=operator, requested_at=now, finished_at=now)
        moved = web.get("/performance/data/", headers={"If-None-Match": tag})
        assert moved.json()["fragments"]["steps"].count("Done:") == 3
        assert ticked(web.get("/performance/")) == [True, True, True]

    def test_closed_it_is_gone_from_page_and_poll(self, web):
        web.post(close("performance"))
        assert "checklist" not in web.get("/performance/").content.decode()
        assert web.get("/performance/data/").json()["fragments"]["steps"].strip() == ""

    def test_analysts_are_not_shown_the_operators_steps(self, client, analyst):
        client.force_login(analyst)
        assert "checklist" not in client.get("/performance/").content.decode()


def test_what_is_no_checklist_is_not_found(client, analyst):
    client.force_login(analyst)
    assert client.post(close("chores")).status_code == 404
    assert not ClosedChecklist.objects.exists()


def test_it_is_only_posted_by_somebody_with_a_token(client, analyst):
    assert client.post(close("companies")).status_code == 302
    client.force_login(analyst)
    assert client.get(close("companies")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(analyst)
    assert strict.post(close("companies")).status_code == 403


def test_a_checklist_declared_twice_is_refused():
    with pytest.raises(ImproperlyConfigured, match="declared twice"):
        checklists.declare("companies", "modeling:companies")
