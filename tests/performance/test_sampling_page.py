"""The page on which sampling is stopped and started, and the button on the overview."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from performance import sampling
from performance.models import SamplerLease, SamplingChange

pytestmark = pytest.mark.django_db


def url() -> str:
    return reverse("performance:sampling")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def web(client, operator, worker):
    client.force_login(operator)
    return client


def test_an_operator_stops_it_from_the_overview_and_starts_it_again(web, store, now):
    store(now)
    overview = reverse("performance:overview")
    assert "Stop sampling" in text_of(web.get(overview))
    stopped = web.post(url(), {"state": "paused"}, follow=True)
    assert stopped.redirect_chain[-1][0] == overview
    assert "Sampling stopped by otto since " in text_of(stopped)
    assert "Start sampling" in text_of(stopped)
    assert "Unknown: sampling stopped by otto since " in text_of(stopped)
    web.post(url(), {"state": "running"})
    assert not sampling.state().paused


def test_the_interval_is_set_and_every_change_is_told_with_who_made_it(web):
    answer = web.post(url(), {"interval": "15"}, follow=True)
    assert "Sampling every 15 s." in text_of(answer)
    assert re.search(r"otto\s+Running\s+15 s", text_of(answer))


def test_each_host_tells_whence_its_interval_comes(web, store, now):
    store(now, interval=2)
    assert re.search(r"web-1\s+2 s\s+\d+ s ago\s+this page", text_of(web.get(url())))
    SamplerLease.objects.update(pinned=True)
    assert re.search(r"web-1\s+2 s\s+\d+ s ago\s+its command line", text_of(web.get(url())))


@pytest.mark.parametrize("form", [{}, {"state": "stopped"}, {"interval": "0"}, {"interval": "soon"}, {"interval": ""}])
def test_what_can_not_be_understood_is_said_beside_its_field(web, form):
    response = web.post(url(), form)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert not SamplingChange.objects.exists()


def test_analysts_see_who_stopped_it_and_may_not(client, analyst):
    sampling.pause(by="otto")
    client.force_login(analyst)
    page = client.get(url())
    assert "Sampling stopped by otto" in text_of(page)
    assert "<form" not in page.content.decode().partition("<main")[2]
    assert "Stop sampling" not in text_of(client.get(reverse("performance:overview")))
    assert client.post(url(), {"state": "running"}).status_code == 403
    assert sampling.state().paused


def test_signed_out_it_leads_to_sign_in(client):
    assert client.get(url()).status_code == 302
    assert client.post(url(), {"state": "paused"}).status_code == 302
    assert not SamplingChange.objects.exists()


def test_only_get_and_post(web):
    assert web.put(url()).status_code == 405


def test_a_post_needs_its_token(operator):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)
    assert strict.post(url(), {"state": "paused"}).status_code == 403


def test_nothing_on_the_page_is_inline(web):
    html = web.get(url()).content.decode()
    assert not re.search(r'\sstyle="|\son\w+=', html)


def test_the_admin_shows_the_changes_and_lets_nobody_edit_them(web):
    sampling.pause(by="otto")
    listing = web.get(reverse("admin:performance_samplingchange_changelist"))
    assert "otto" in listing.content.decode()
    one = reverse("admin:performance_samplingchange_change", args=[1])
    assert web.post(one, {"state": "running"}).status_code == 403
