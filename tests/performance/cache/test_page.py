"""The operators' page of the cache."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from performance.cache import cached

pytestmark = pytest.mark.django_db
RUNS: list[int] = []


@cached(ttl=60, namespace="paged")
def work(number: int) -> list[int]:
    RUNS.append(number)
    return [number]


@pytest.fixture
def web(client, operator, default):
    client.force_login(operator)
    RUNS.clear()
    work(1)
    work(1)
    return client


def url() -> str:
    return reverse("performance:cache")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_it_shows_namespaces_tiers_and_most_wanted_keys(web, place):
    text = text_of(web.get(url()))
    assert "Results of functions" in text
    assert "paged" in text
    assert "50 %" in text
    assert ":paged:" in text
    assert ("Redis answers" in text) is bool(place)
    assert ("without REDIS_URL there is no shared tier" in text) is not bool(place)


def test_forgetting_is_shown_before_it_is_done(web):
    asked = web.post(url(), {"action": "namespace", "target": "paged"})
    assert asked.status_code == 200
    assert "Would forget every result of the namespace “paged”." in text_of(asked)
    work(1)
    assert len(RUNS) == 1
    done = web.post(url(), {"action": "namespace", "target": "paged", "confirmed": "1"}, follow=True)
    assert "Forgot every result of the namespace “paged”." in text_of(done)
    work(1)
    assert len(RUNS) == 2


def test_a_pattern_is_counted_first(web):
    asked = web.post(url(), {"action": "pattern", "target": "paged:*"})
    assert "Would delete 1 key matching “paged:*”." in text_of(asked)


@pytest.mark.parametrize(
    "form", [{}, {"action": "tag"}, {"action": "everything", "target": "x"}, {"action": "tag", "target": "x" * 201}]
)
def test_what_can_not_be_understood_is_said_beside_its_field(web, form):
    response = web.post(url(), form)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()


def test_what_was_typed_is_escaped(web):
    response = web.post(url(), {"action": "tag", "target": "<script>alert(1)</script>"})
    assert b"<script>alert" not in response.content


def test_analysts_may_not_look_nor_forget(client, analyst, default):
    client.force_login(analyst)
    assert client.get(url()).status_code == 403
    assert client.post(url(), {"action": "tag", "target": "x", "confirmed": "1"}).status_code == 403


def test_signed_out_it_leads_to_sign_in(client, default):
    assert client.get(url()).status_code == 302


def test_only_get_and_post(web):
    assert web.put(url()).status_code == 405


def test_a_post_needs_its_token(operator, default):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)
    assert strict.post(url(), {"action": "tag", "target": "x", "confirmed": "1"}).status_code == 403


def test_while_redis_is_away_the_page_says_so(client, operator, redis_away):
    client.force_login(operator)
    text = text_of(client.get(url()))
    assert "Redis is away" in text
    assert "Open" in text
    refused = client.post(url(), {"action": "pattern", "target": "*"})
    assert refused.status_code == 503
    assert "Redis does not answer" in text_of(refused)


def test_nothing_on_the_page_is_inline(web):
    html = web.get(url()).content.decode()
    assert not re.search(r'\sstyle="|\son\w+=', html)


def test_operators_find_it_from_the_performance_page(web, client, analyst):
    overview = reverse("performance:overview")
    assert f'href="{url()}"' in web.get(overview).content.decode()
    client.force_login(analyst)
    assert f'href="{url()}"' not in client.get(overview).content.decode()
