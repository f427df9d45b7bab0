"""POST /api/companies/{id}/value/"""

from __future__ import annotations

import pytest

from modeling.models import Company, Valuation
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
    return f"/api/companies/{company.pk}/value/"


def test_starts_a_valuation_of_ones_own(analyst_api, analyst, company, url) -> None:
    response = analyst_api.post(url)
    data = succeeded(response, 201)
    valuation = Valuation.objects.get()
    assert (valuation.owner, valuation.company) == (analyst, company)
    assert response.headers["Location"] == f"/api/valuations/{valuation.pk}/"
    assert data["version"] == 1
    assert data["document"]["inputs"]["base_revenue"] == 1331
    assert data["result"]["value_per_share"] > 0


def test_operators_may_not(operator_api, url) -> None:
    failed(operator_api.post(url), 403)
    assert not Valuation.objects.exists()


def test_somebody_elses_import_is_not_found(analyst_api, other_analyst, db) -> None:
    theirs = make_company(other_analyst)
    failed(analyst_api.post(f"/api/companies/{theirs.pk}/value/"), 404)


def test_a_company_without_statements_says_so(analyst_api, analyst) -> None:
    empty = Company.objects.create(name="Empty", owner=analyst)
    failed(analyst_api.post(f"/api/companies/{empty.pk}/value/"), 400, "company")


@pytest.mark.parametrize("pk", ["0", "999999", str(10**30), "abc"])
def test_a_bad_id_is_not_found(analyst_api, pk) -> None:
    failed(analyst_api.post(f"/api/companies/{pk}/value/"), 404)


def test_asks_for_a_sign_in(api, url) -> None:
    assert_sign_in_needed(api, url, "post")


def test_only_posts(analyst_api, url) -> None:
    assert_wrong_methods(analyst_api, url, "get", "put", "patch", "delete")


def test_is_rate_limited(analyst_api, settings, url) -> None:
    assert_rate_limited(analyst_api, settings, url, "post", "write")
