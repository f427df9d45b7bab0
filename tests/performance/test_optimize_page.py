"""The page that shows what all safe actions would do, and does those that are chosen."""

from __future__ import annotations

import re

import pytest

from performance.actions.registry import safe_actions
from performance.models import ActionRun

pytestmark = pytest.mark.django_db
PAGE = "/performance/optimize/"


@pytest.fixture
def web(client, operator):
    client.force_login(operator)
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_it_shows_the_plan_and_does_nothing_yet(web):
    response = web.get(PAGE)
    assert response.status_code == 200
    assert all(action.title in text_of(response) for action in safe_actions())
    assert "Nothing was done yet" in text_of(response)
    assert not ActionRun.objects.exists()


def test_what_is_ticked_is_begun_as_a_job(web, operator):
    (name, *_) = [action.name for action in safe_actions()]
    response = web.post(PAGE, {"action": [name, name]}, follow=True)
    assert "begun; what it achieved is told below" in text_of(response)
    run = ActionRun.objects.get()
    assert (run.action, run.requested_by) == (name, operator)
    assert run.job_id is not None


def test_what_runs_already_is_told_and_does_not_hold_up_the_others(web):
    first, second, *_ = [action.name for action in safe_actions()]
    web.post(PAGE, {"action": first})
    text = text_of(web.post(PAGE, {"action": [first, second]}, follow=True))
    assert "The same action runs already" in text
    assert set(ActionRun.objects.values_list("action", flat=True)) == {first, second}


@pytest.mark.parametrize(("chosen", "words"), [([], "Nothing was chosen"), (["drop_everything"], "“drop_everything”")])
def test_what_can_not_be_done_is_refused_with_what_can(web, chosen, words):
    response = web.post(PAGE, {"action": chosen})
    assert response.status_code == 422
    assert words in text_of(response)
    assert not ActionRun.objects.exists()


def test_it_is_for_operators_only(client, analyst):
    assert client.get(PAGE).status_code == 302
    client.force_login(analyst)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"action": "prune"}).status_code == 403


def test_other_methods_are_refused(web):
    assert web.put(PAGE).status_code == 405
