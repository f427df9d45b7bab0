"""GET, PUT, PATCH and DELETE /api/valuations/{id}/"""

from __future__ import annotations

from copy import deepcopy

import pytest
from rest_framework.test import APIClient

from modeling.models import Valuation
from tests.modeling.api.questions import (
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)


@pytest.fixture
def url(valuation) -> str:
    return f"/api/valuations/{valuation.pk}/"


@pytest.fixture
def stranger_api(other_analyst) -> APIClient:
    client = APIClient()
    client.force_authenticate(other_analyst)
    return client


def edit(valuation, version: int = 1, **inputs):
    document = deepcopy(valuation.document)
    document["inputs"] |= inputs
    return {"version": version, "document": document}


def test_shows_the_document_and_its_result(analyst_api, url, valuation) -> None:
    data = succeeded(analyst_api.get(url))
    assert data["document"] == valuation.document
    assert data["version"] == 1
    assert data["result"]["currency"] == "USD"
    assert data["created_at"].endswith("Z")


def test_put_saves_a_new_version(analyst_api, url, valuation) -> None:
    data = succeeded(analyst_api.put(url, edit(valuation, growth=0.2)))
    assert data["version"] == 2
    assert data["document"]["inputs"]["growth"] == 0.2


def test_a_stale_put_is_told_the_current_version_and_changes_nothing(analyst_api, url, valuation) -> None:
    analyst_api.put(url, edit(valuation, growth=0.2))
    error = failed(analyst_api.put(url, edit(valuation, growth=0.3)), 409, "version")
    assert error["code"] == "conflict"
    assert error["details"][0]["value"] == 2
    assert Valuation.objects.get().document["inputs"]["growth"] == 0.2


def test_overwrite_is_asked_for_by_name(analyst_api, url, valuation) -> None:
    analyst_api.put(url, edit(valuation, growth=0.2))
    data = succeeded(analyst_api.put(url, edit(valuation, growth=0.3) | {"overwrite": True}))
    assert (data["version"], data["document"]["inputs"]["growth"]) == (3, 0.3)


def test_patch_merges_into_the_document(analyst_api, url, valuation) -> None:
    change = {"version": 1, "document": {"inputs": {"growth": 0.2}, "price": None}, "name": "Renamed"}
    data = succeeded(analyst_api.patch(url, change))
    assert data["name"] == data["document"]["name"] == "Renamed"
    expected = deepcopy(valuation.document) | {"name": "Renamed", "price": None}
    expected["inputs"]["growth"] = 0.2
    assert data["document"] == expected


def test_a_stale_patch_is_refused(analyst_api, url) -> None:
    analyst_api.patch(url, {"version": 1, "name": "Second"})
    failed(analyst_api.patch(url, {"version": 1, "name": "Third"}), 409, "version")
    assert Valuation.objects.get().name == "Second"


def test_an_impossible_edit_names_its_field_and_changes_nothing(analyst_api, url, valuation) -> None:
    failed(analyst_api.put(url, edit(valuation, shares=-1)), 400, "inputs.shares")
    failed(analyst_api.patch(url, {"version": 1, "document": {"inputs": {"growth": "fast"}}}), 400, "inputs.growth")
    assert Valuation.objects.get().version == 1


@pytest.mark.parametrize("version", [None, 0, -1, "1", 1.5, True, [1]])
@pytest.mark.parametrize("method", ["put", "patch"])
def test_the_version_must_be_a_whole_number(analyst_api, url, valuation, method, version) -> None:
    failed(getattr(analyst_api, method)(url, edit(valuation) | {"version": version}), 400, "version")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_the_version_is_needed_and_unknown_fields_are_refused(analyst_api, url, valuation, method) -> None:
    failed(getattr(analyst_api, method)(url, {"document": valuation.document}), 400, "version")
    failed(getattr(analyst_api, method)(url, edit(valuation) | {"verson": 1}), 400, "verson")


def test_delete_removes_it(analyst_api, url) -> None:
    response = analyst_api.delete(url)
    assert (response.status_code, response.content) == (204, b"")
    assert not Valuation.objects.exists()
    failed(analyst_api.delete(url), 404)


def test_for_somebody_else_there_is_none(stranger_api, url, valuation) -> None:
    failed(stranger_api.get(url), 404)
    failed(stranger_api.put(url, edit(valuation)), 404)
    failed(stranger_api.patch(url, {"version": 1, "name": "Mine"}), 404)
    failed(stranger_api.delete(url), 404)
    assert Valuation.objects.get().name == valuation.name


def test_for_operators_there_is_none_and_they_never_write(operator_api, url, valuation) -> None:
    failed(operator_api.get(url), 404)
    failed(operator_api.put(url, edit(valuation)), 403)
    failed(operator_api.patch(url, {"version": 1, "name": "Mine"}), 403)
    failed(operator_api.delete(url), 403)


@pytest.mark.parametrize("pk", ["0", "999999", str(10**30), "abc"])
def test_a_bad_id_is_not_found(analyst_api, pk) -> None:
    failed(analyst_api.get(f"/api/valuations/{pk}/"), 404)


@pytest.mark.parametrize("method", ["put", "patch"])
def test_bad_bodies_are_refused(analyst_api, url, method) -> None:
    assert_bad_bodies(analyst_api, url, method)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_asks_for_a_sign_in(api, url, method) -> None:
    assert_sign_in_needed(api, url, method)


def test_post_is_not_among_its_methods(analyst_api, url) -> None:
    assert_wrong_methods(analyst_api, url, "post")


@pytest.mark.parametrize(("method", "rate"), [("get", "read"), ("put", "write"), ("patch", "write")])
def test_is_rate_limited(analyst_api, settings, url, method, rate) -> None:
    assert_rate_limited(analyst_api, settings, url, method, rate)
