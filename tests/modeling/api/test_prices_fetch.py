"""POST /api/prices/{id}/fetch/"""

from __future__ import annotations

import pytest

from modeling.services.prices import create_set
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.api.questions import (
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)
from tests.modeling.providers.answers import STOOQ_CSV
from tests.modeling.providers.conftest import providers, server  # noqa: F401 - fixtures
from tests.modeling.providers.server import answers

BODY = {"provider": "stooq", "tickers": ["AAPL"]}


@pytest.fixture
def mine(analyst):
    return create_set(owner=analyst, name="Mine")


@pytest.fixture
def url(mine) -> str:
    return f"/api/prices/{mine.pk}/fetch/"


def test_answers_with_the_job_whose_result_tells_of_each_ticker(analyst_api, url, mine, providers) -> None:  # noqa: F811
    providers.script = [answers(STOOQ_CSV)]
    response = analyst_api.post(url, BODY | {"first": "2024-01-01", "rule": "keep"})
    job = succeeded(response, 202)
    assert response.headers["Location"] == f"/api/jobs/{job['id']}/"
    assert response.headers["Retry-After"] == "1"
    assert (job["state"], job["price_set"]) == ("queued", mine.pk)
    assert providers.requests == []
    run_pending()
    assert succeeded(analyst_api.get(response.headers["Location"]))["state"] == "done"
    result = succeeded(analyst_api.get(f"/api/jobs/{job['id']}/result/"))
    assert "added" in str(result)
    assert mine.series.get().ticker == "AAPL"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"provider": "yahoo"}, "provider"),
        ({"provider": "sec"}, "provider"),
        ({"provider": 3}, "provider"),
        ({"provider": None}, "provider"),
        ({"tickers": []}, "tickers"),
        ({"tickers": "AAPL"}, "tickers"),
        ({"tickers": [3]}, "tickers.0"),
        ({"tickers": ["A B"]}, "tickers"),
        ({"tickers": ["AAPL", "aapl"]}, "tickers"),
        ({"tickers": ["http://169.254.169.254/"]}, "tickers"),
        ({"tickers": ["A" * 33]}, "tickers.0"),
        ({"first": "2999-01-01"}, "first"),
        ({"first": "soon"}, "first"),
        ({"rule": "guess"}, "rule"),
        ({"url": "http://evil.example.com"}, "url"),
    ],
)
def test_what_can_not_be_fetched_names_its_field(analyst_api, url, body, field) -> None:
    failed(analyst_api.post(url, BODY | body), 400, field)
    assert not Job.objects.exists()


def test_switched_off_it_says_so(analyst_api, url, settings) -> None:
    settings.ONLINE_PROVIDERS = False
    assert "ONLINE_PROVIDERS" in failed(analyst_api.post(url, BODY), 503)["message"]
    assert not Job.objects.exists()


def test_shared_sets_are_read_only_and_others_are_not_found(analyst_api, other_analyst) -> None:
    shared = create_set(owner=None, name="World")
    failed(analyst_api.post(f"/api/prices/{shared.pk}/fetch/", BODY), 403)
    theirs = create_set(owner=other_analyst, name="Theirs")
    failed(analyst_api.post(f"/api/prices/{theirs.pk}/fetch/", BODY), 404)
    assert not Job.objects.exists()


def test_operators_may_not(operator_api, url) -> None:
    failed(operator_api.post(url, BODY), 403)


@pytest.mark.parametrize("pk", ["0", "999999", "abc"])
def test_a_bad_id_is_not_found(analyst_api, pk) -> None:
    failed(analyst_api.post(f"/api/prices/{pk}/fetch/", BODY), 404)


def test_bad_bodies_are_refused(analyst_api, url) -> None:
    assert_bad_bodies(analyst_api, url)
    assert not Job.objects.exists()


def test_asks_for_a_sign_in(api, url) -> None:
    assert_sign_in_needed(api, url, "post")


def test_only_posts(analyst_api, url) -> None:
    assert_wrong_methods(analyst_api, url, "get", "put", "patch", "delete")


def test_is_limited_as_heavy_work(analyst_api, settings, url) -> None:
    assert_rate_limited(analyst_api, settings, url, "post", "heavy")
