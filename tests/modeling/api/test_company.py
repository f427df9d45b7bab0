"""GET /api/companies/{id}/"""

from __future__ import annotations

import pytest

from modeling.models import Company
from tests.modeling.api.questions import (
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)
from tests.modeling.conftest import make_company


@pytest.fixture
def url(company) -> str:
    return f"/api/companies/{company.pk}/"


def test_shows_statements_and_what_a_valuation_starts_from(analyst_api, url) -> None:
    data = succeeded(analyst_api.get(url))
    assert [year["label"] for year in data["statements"]] == ["FY2021", "FY2022", "FY2023", "FY2024"]
    revenue = data["statements"][-1]["figures"]["revenue"]
    assert (revenue["value"], revenue["form"], revenue["filed"]) == (1331, "10-K", "2025-02-01")
    growth = data["suggestions"]["growth"]
    assert growth["value"] == 0.1
    assert growth["kind"] == "history"
    assert growth["history"][-1] == ["FY2024", pytest.approx(0.1)]
    assert data["suggestions"]["price"]["value"] is None


def test_a_company_without_statements_has_no_suggestions(analyst_api, analyst) -> None:
    empty = Company.objects.create(name="Empty", owner=analyst)
    data = succeeded(analyst_api.get(f"/api/companies/{empty.pk}/"))
    assert data["statements"] == []
    assert data["suggestions"] == {}


def test_somebody_elses_import_is_not_found_for_operators_too(analyst_api, operator_api, other_analyst, db) -> None:
    theirs = make_company(other_analyst)
    for client in (analyst_api, operator_api):
        failed(client.get(f"/api/companies/{theirs.pk}/"), 404)


@pytest.mark.parametrize("pk", ["0", "999999", str(10**30), "abc", "1.5", "-1"])
def test_a_bad_id_is_not_found(analyst_api, pk) -> None:
    failed(analyst_api.get(f"/api/companies/{pk}/"), 404)


def test_operators_may_read(operator_api, url) -> None:
    succeeded(operator_api.get(url))


def test_asks_the_database_little(analyst_api, url, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(2):
        analyst_api.get(url)


def test_asks_for_a_sign_in(api, url) -> None:
    assert_sign_in_needed(api, url)


def test_only_reads(analyst_api, url) -> None:
    assert_wrong_methods(analyst_api, url, "post", "put", "patch", "delete")


def test_is_rate_limited(analyst_api, settings, url) -> None:
    assert_rate_limited(analyst_api, settings, url)
