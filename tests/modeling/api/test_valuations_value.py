"""POST /api/valuations/value/"""

from __future__ import annotations

import json

import pytest

from modeling.codecs import value_document
from modeling.models import Valuation
from tests.modeling.api.questions import (
    JSON,
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)

URL = "/api/valuations/value/"


def test_values_the_document_and_stores_nothing(analyst_api, document) -> None:
    data = succeeded(analyst_api.post(URL, document))
    assert data == json.loads(json.dumps(value_document(document)))
    assert data["rows"]["revenues"][0] == pytest.approx(1100)
    assert data["bridge"]["value_per_share"] == data["value_per_share"]
    assert not Valuation.objects.exists()


def test_every_problem_is_named_at_once(analyst_api, document) -> None:
    document["inputs"] |= {"terminal_growth": 0.08, "shares": 0}
    del document["inputs"]["growth"]
    response = analyst_api.post(URL, document)
    for field in ("inputs.terminal_growth", "inputs.shares", "inputs.growth"):
        failed(response, 400, field)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e400", "-1e400"])
def test_a_number_that_is_none_is_refused(analyst_api, document, literal) -> None:
    document["inputs"]["growth"] = "HERE"
    failed(analyst_api.post(URL, json.dumps(document).replace('"HERE"', literal), content_type=JSON), 400)


def test_an_impossible_correlation_matrix_offers_the_nearest(analyst_api, document) -> None:
    document["uncertainty"]["tax_rate"] = {"distribution": "uniform", "low": 0.1, "high": 0.3}
    document["correlations"] = [
        {"between": ["growth", "operating_margin"], "value": 0.9},
        {"between": ["growth", "tax_rate"], "value": 0.9},
        {"between": ["operating_margin", "tax_rate"], "value": -0.9},
    ]
    error = failed(analyst_api.post(URL, document), 400)
    assert "nearest" in error["details"][0]["remedy"]


def test_operators_may_not(operator_api, document) -> None:
    failed(operator_api.post(URL, document), 403)


def test_bad_bodies_are_refused(analyst_api) -> None:
    assert_bad_bodies(analyst_api, URL)


def test_asks_for_a_sign_in(api, db) -> None:
    assert_sign_in_needed(api, URL, "post")


def test_only_posts(analyst_api) -> None:
    assert_wrong_methods(analyst_api, URL, "get", "put", "patch", "delete")


def test_is_rate_limited(analyst_api, settings) -> None:
    assert_rate_limited(analyst_api, settings, URL, "post", "write")
