"""Rate limits where the cache that counts is away, and behind a proxy."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from valor.lib.ratelimit import client_address


def test_the_api_answers_while_redis_is_away(analyst_api, redis_away):
    assert analyst_api.get("/api/companies/").status_code == 200


def test_while_redis_is_away_the_process_counts_for_itself(analyst_api, redis_away, settings):
    settings.API_RATES = settings.API_RATES | {"read": "2/d"}
    statuses = [analyst_api.get("/api/companies/").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_people_sign_in_while_redis_is_away(client, analyst, redis_away):
    form = {"username": analyst.username, "password": "correct horse battery"}
    assert client.post("/sign-in/", form).status_code == 302


def test_the_last_second_of_a_window_still_says_when_to_come_back(analyst_api, settings, monkeypatch):
    settings.API_RATES = settings.API_RATES | {"read": "1/d"}
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: 0)
    cache.clear()
    analyst_api.get("/api/companies/")
    refused = analyst_api.get("/api/companies/")
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "198.51.100.7", "203.0.113.9"),
        (True, "192.0.2.66, 198.51.100.7", "198.51.100.7"),
        (True, "", "203.0.113.9"),
    ],
)
def test_only_our_own_proxy_is_believed(settings, behind, forwarded, address):
    settings.BEHIND_PROXY = behind
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == address
