"""The admin shows shared companies to operators, changes nothing and leaves people's work out."""

from __future__ import annotations

import pytest
from django.contrib import admin

from modeling.models import Company, Fact, Run, Valuation, ValuationVersion
from tests.modeling.conftest import make_company


@pytest.fixture
def page(client, operator):
    client.force_login(operator)
    return client


def test_valuations_and_runs_are_not_there() -> None:
    assert not {Valuation, ValuationVersion, Run} & set(admin.site._registry)


def test_operators_look_at_shared_companies_only(page, company, analyst) -> None:
    mine = make_company(analyst, name="Private Ltd", cik="7")
    listed = page.get("/admin/modeling/company/").content.decode()
    assert "Acme" in listed
    assert "Private Ltd" not in listed
    assert page.get(f"/admin/modeling/company/{mine.pk}/change/").status_code == 302
    facts = page.get("/admin/modeling/fact/")
    assert facts.context["cl"].result_count == Fact.objects.filter(company=company).count()


def test_nothing_can_be_added_or_changed(page, company) -> None:
    assert page.get("/admin/modeling/company/add/").status_code == 403
    assert page.post(f"/admin/modeling/company/{company.pk}/change/", {"name": "X"}).status_code == 403
    assert Company.objects.get(pk=company.pk).name == "Acme"


def test_analysts_have_no_business_there(client, analyst, company) -> None:
    client.force_login(analyst)
    assert client.get("/admin/modeling/company/").status_code == 302
