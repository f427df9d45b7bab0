"""GET and POST /api/valuations/"""

from __future__ import annotations

import json

import pytest

from modeling.models import Valuation
from modeling.services import create_valuation
from tests.modeling.api.questions import (
    JSON,
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)
from tests.modeling.conftest import make_company

URL = "/api/valuations/"


def test_lists_ones_own_the_latest_change_first(analyst_api, analyst, other_analyst, document, company) -> None:
    first = create_valuation(owner=analyst, document=document, name="First")
    second = create_valuation(owner=analyst, document=document, name="Second", company=company)
    create_valuation(owner=other_analyst, document=document, name="Theirs")
    data = succeeded(analyst_api.get(URL))
    assert [item["id"] for item in data] == [second.pk, first.pk]
    assert data[0]["company"] == company.pk
    assert "document" not in data[0]
    assert [item["id"] for item in succeeded(analyst_api.get(f"{URL}?name=irs"))] == [first.pk]
    assert [item["id"] for item in succeeded(analyst_api.get(f"{URL}?company={company.pk}"))] == [second.pk]


def test_operators_see_none_of_it(operator_api, valuation) -> None:
    assert succeeded(operator_api.get(URL)) == []


@pytest.mark.parametrize("query", ["?company=abc", "?company=1.5", "?company=-1", f"?company={10**30}"])
def test_a_filter_that_makes_no_sense_is_refused(analyst_api, query) -> None:
    failed(analyst_api.get(URL + query), 400, "company")


def test_stores_a_document(analyst_api, analyst, document, company) -> None:
    response = analyst_api.post(URL, {"document": document, "name": "Mine", "company": company.pk})
    data = succeeded(response, 201)
    valuation = Valuation.objects.get()
    assert (valuation.owner, valuation.company, valuation.name) == (analyst, company, "Mine")
    assert response.headers["Location"] == f"{URL}{valuation.pk}/"
    assert data["document"]["name"] == "Mine"
    assert data["document"]["inputs"]["failure_probability"] == 0
    assert data["result"]["value_per_share"] > 0


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("inputs.growth", "0.1"),
        ("inputs.growth", True),
        ("inputs.growth", [0.1]),
        ("inputs.shares", -1),
        ("inputs.shares", 10**400),
        ("inputs.terminal_growth", 0.09),
        ("inputs.grwth", 0.1),
        ("inputs", 3),
        ("uncertainty.growth.sd", -1),
        ("correlations", {"a": 1}),
        ("correlations.0.value", 2),
        ("method", "guess"),
    ],
)
def test_an_impossible_document_names_its_field(analyst_api, document, path, value) -> None:
    *parents, last = path.split(".")
    place = document
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[last] = value
    text = json.dumps({"document": document})
    error = failed(analyst_api.post(URL, text, content_type=JSON), 400)
    assert any(detail["field"].startswith(path) or detail["field"] == "document" for detail in error["details"])
    assert all(detail["remedy"] for detail in error["details"])
    assert not Valuation.objects.exists()


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_a_number_that_is_none_is_refused(analyst_api, document, literal) -> None:
    document["inputs"]["growth"] = "HERE"
    text = json.dumps({"document": document}).replace('"HERE"', literal)
    failed(analyst_api.post(URL, text, content_type=JSON), 400)
    assert not Valuation.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"document": None}, "document"),
        ({"document": [1]}, "document"),
        ({"document": "x"}, "document"),
        ({"name": 3}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"company": "1"}, "company"),
        ({"company": 1.5}, "company"),
        ({"company": True}, "company"),
        ({"company": 999999}, "company"),
        ({"company": 10**30}, "company"),
        ({"owner": 1}, "owner"),
    ],
)
def test_a_bad_field_is_named(analyst_api, document, change, field) -> None:
    failed(analyst_api.post(URL, {"document": document} | change), 400, field)
    assert not Valuation.objects.exists()


def test_somebody_elses_company_cannot_be_named(analyst_api, other_analyst, document) -> None:
    theirs = make_company(other_analyst)
    failed(analyst_api.post(URL, {"document": document, "company": theirs.pk}), 400, "company")


def test_operators_may_not_write(operator_api, document) -> None:
    failed(operator_api.post(URL, {"document": document}), 403)


def test_bad_bodies_are_refused(analyst_api) -> None:
    assert_bad_bodies(analyst_api, URL)


@pytest.mark.parametrize("method", ["get", "post"])
def test_asks_for_a_sign_in(api, db, method) -> None:
    assert_sign_in_needed(api, URL, method)


def test_lists_and_stores_only(analyst_api) -> None:
    assert_wrong_methods(analyst_api, URL, "put", "patch", "delete")


@pytest.mark.parametrize(("method", "rate"), [("get", "read"), ("post", "write")])
def test_is_rate_limited(analyst_api, settings, method, rate) -> None:
    assert_rate_limited(analyst_api, settings, URL, method, rate)


def test_a_refused_filter_is_told_with_what_was_sent(analyst_api) -> None:
    (detail,) = analyst_api.get(URL + "?company=abc").json()["error"]["details"]
    assert detail["value"] == "abc"


def test_a_flood_of_unknown_fields_gets_a_short_answer(analyst_api, document) -> None:
    body = {"document": document, **{f"docum{index}": index for index in range(1_000)}}
    assert len(analyst_api.post(URL, body).json()["error"]["details"]) == 20
