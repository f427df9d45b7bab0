"""POST /api/valuations/{id}/sensitivity/"""

from __future__ import annotations

import pytest

from modeling.codecs import value_document
from modeling.services import create_valuation
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
    return f"/api/valuations/{valuation.pk}/sensitivity/"


def test_the_middle_of_the_grid_is_the_base_case(analyst_api, url, valuation) -> None:
    grid = succeeded(analyst_api.post(url, {}))
    assert grid["rows"]["driver"] == "cost_of_capital"
    assert grid["columns"]["driver"] == "terminal_growth"
    assert grid["values"][2][2] == pytest.approx(value_document(valuation.document)["value_per_share"])
    assert grid["values"][0][2] > grid["values"][4][2]


def test_the_axes_can_be_chosen(analyst_api, url) -> None:
    chosen = {"rows": "growth", "columns": "tax_rate", "row_values": [0.0, 0.1], "column_values": [0.2]}
    grid = succeeded(analyst_api.post(url, chosen))
    assert grid["rows"] == {"driver": "growth", "values": [0.0, 0.1]}
    assert [len(line) for line in grid["values"]] == [1, 1]


@pytest.mark.parametrize(
    ("settings_", "field"),
    [
        ({"rows": "luck"}, "rows"),
        ({"rows": 3}, "rows"),
        ({"rows": "terminal_growth"}, "columns"),
        ({"row_values": "0.1"}, "row_values"),
        ({"row_values": ["a"]}, "rows.values.0"),
        ({"row_values": []}, "rows.values"),
        ({"size": 4}, "size"),
        ({"size": 10**9}, "size"),
        ({"size": "5"}, "size"),
        ({"row": "growth"}, "row"),
    ],
)
def test_impossible_axes_are_named(analyst_api, url, settings_, field) -> None:
    failed(analyst_api.post(url, settings_), 400, field)


def test_somebody_elses_valuation_is_not_found(analyst_api, other_analyst, document) -> None:
    theirs = create_valuation(owner=other_analyst, document=document)
    failed(analyst_api.post(f"/api/valuations/{theirs.pk}/sensitivity/", {}), 404)


def test_operators_may_not(operator_api, url) -> None:
    failed(operator_api.post(url, {}), 403)


@pytest.mark.parametrize("pk", ["0", str(10**30), "abc"])
def test_a_bad_id_is_not_found(analyst_api, pk) -> None:
    failed(analyst_api.post(f"/api/valuations/{pk}/sensitivity/", {}), 404)


def test_bad_bodies_are_refused(analyst_api, url) -> None:
    assert_bad_bodies(analyst_api, url, empty_allowed=True)


def test_asks_for_a_sign_in(api, url) -> None:
    assert_sign_in_needed(api, url, "post")


def test_only_posts(analyst_api, url) -> None:
    assert_wrong_methods(analyst_api, url, "get", "put", "patch", "delete")


def test_is_rate_limited(analyst_api, settings, url) -> None:
    assert_rate_limited(analyst_api, settings, url, "post", "write")
