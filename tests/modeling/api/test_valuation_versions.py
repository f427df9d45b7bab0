"""GET /api/valuations/{id}/versions/"""

from __future__ import annotations

import pytest

from modeling.services import create_valuation, save_document
from tests.modeling.api.questions import (
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)


@pytest.fixture
def url(valuation) -> str:
    return f"/api/valuations/{valuation.pk}/versions/"


def test_lists_every_document_the_newest_first(analyst_api, url, valuation) -> None:
    save_document(valuation, valuation.document | {"name": "Second"}, expected_version=1)
    data = succeeded(analyst_api.get(url))
    assert [(item["version"], item["document"]["name"]) for item in data] == [(2, "Second"), (1, "A growing company")]


def test_somebody_elses_are_not_found(analyst_api, operator_api, other_analyst, document) -> None:
    theirs = create_valuation(owner=other_analyst, document=document)
    for client in (analyst_api, operator_api):
        failed(client.get(f"/api/valuations/{theirs.pk}/versions/"), 404)


def test_a_bad_id_is_not_found(analyst_api) -> None:
    for pk in ("0", "abc", 10**30):
        failed(analyst_api.get(f"/api/valuations/{pk}/versions/"), 404)


def test_asks_for_a_sign_in(api, url) -> None:
    assert_sign_in_needed(api, url)


def test_only_reads(analyst_api, url) -> None:
    assert_wrong_methods(analyst_api, url, "post", "put", "patch", "delete")


def test_is_rate_limited(analyst_api, settings, url) -> None:
    assert_rate_limited(analyst_api, settings, url)
