"""GET /api/companies/"""

from __future__ import annotations

import pytest

from tests.modeling.api.questions import assert_rate_limited, assert_sign_in_needed, assert_wrong_methods, succeeded
from tests.modeling.conftest import make_company

URL = "/api/companies/"


@pytest.fixture
def companies(company, analyst, other_analyst):
    make_company(analyst, name="Mine", ticker="MNE", cik="7")
    make_company(other_analyst, name="Theirs", cik="8")


def names(client, query: str = "") -> list[str]:
    return [item["name"] for item in succeeded(client.get(URL + query))]


def test_lists_shared_companies_and_ones_own(analyst_api, companies) -> None:
    data = succeeded(analyst_api.get(URL))
    assert [(item["name"], item["shared"]) for item in data] == [("Acme", True), ("Mine", False)]
    assert data[0]["currency"] == "USD"
    assert "owner" not in data[0]


def test_operators_see_what_is_shared(operator_api, companies) -> None:
    assert names(operator_api) == ["Acme"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?search=cm", ["Acme"]),
        ("?search=mne", ["Mine"]),
        ("?search=0000042", ["Acme"]),
        ("?ticker=acm", ["Acme"]),
        ("?shared=false", ["Mine"]),
        ("?search=nothing", []),
    ],
)
def test_can_be_searched(analyst_api, companies, query, found) -> None:
    assert names(analyst_api, query) == found


def test_comes_in_pages(analyst_api, companies) -> None:
    body = analyst_api.get(URL + "?page_size=1&page=2").json()
    assert [item["name"] for item in body["data"]] == ["Mine"]
    assert body["meta"]["page"]["count"] == 2
    assert analyst_api.get(URL + "?page=9").status_code == 404


def test_asks_the_database_twice(analyst_api, companies, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(2):
        analyst_api.get(URL)


def test_answers_without_the_final_slash(analyst_api, companies) -> None:
    assert names(analyst_api) == [item["name"] for item in analyst_api.get("/api/companies").json()["data"]]


def test_asks_for_a_sign_in(api, db) -> None:
    assert_sign_in_needed(api, URL)


def test_only_reads(analyst_api) -> None:
    assert_wrong_methods(analyst_api, URL, "post", "put", "patch", "delete")


def test_is_rate_limited(analyst_api, settings) -> None:
    assert_rate_limited(analyst_api, settings, URL)
