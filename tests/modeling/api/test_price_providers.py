"""GET /api/prices/providers/"""

from __future__ import annotations

import pytest

from modeling.providers.breaker import Breaker
from modeling.providers.registry import Gives, provider_of
from modeling.providers.timing import Timing
from tests.modeling.api.questions import assert_rate_limited, assert_sign_in_needed, assert_wrong_methods, succeeded

URL = "/api/prices/providers/"


def test_tells_who_gives_what_on_which_terms(analyst_api) -> None:
    found = succeeded(analyst_api.get(URL))
    assert found["enabled"] is True
    providers = {each["name"]: each for each in found["providers"]}
    assert {name: each["gives"] for name, each in providers.items()} == {
        "ecb": "prices",
        "sec": "statements",
        "stooq": "prices",
    }
    assert all(each["terms"] and each["base_url"].startswith("https://") for each in providers.values())
    assert providers["sec"]["needs_contact"] is True
    assert providers["sec"]["rate"]["count"] / providers["sec"]["rate"]["seconds"] <= 5
    assert [each["paused_until"] for each in providers.values()] == [None] * 3


def test_tells_of_a_pause(analyst_api) -> None:
    Breaker(provider_of("stooq", Gives.PRICES), Timing()).asked_to_wait(600, "It said so.")
    providers = {each["name"]: each for each in succeeded(analyst_api.get(URL))["providers"]}
    assert providers["stooq"]["paused_until"].endswith("Z")
    assert providers["ecb"]["paused_until"] is None


def test_tells_that_they_are_switched_off(analyst_api, settings) -> None:
    settings.ONLINE_PROVIDERS = False
    assert succeeded(analyst_api.get(URL))["enabled"] is False


def test_operators_see_them_too(operator_api) -> None:
    succeeded(operator_api.get(URL))


@pytest.mark.django_db
def test_asks_for_a_sign_in(api) -> None:
    assert_sign_in_needed(api, URL)


def test_only_reads(analyst_api) -> None:
    assert_wrong_methods(analyst_api, URL, "post", "put", "patch", "delete")


def test_is_limited(analyst_api, settings) -> None:
    assert_rate_limited(analyst_api, settings, URL)
