"""The admin shows shared companies to operators, changes nothing and keeps people's work to themselves."""

from __future__ import annotations

import pytest

from modeling.models import (
    Company,
    Fact,
    Portfolio,
    PortfolioResult,
    PortfolioVersion,
    PriceBundle,
    PriceImport,
    PriceSeries,
    PriceSet,
    PriceUpload,
    Run,
    Valuation,
    ValuationVersion,
)
from modeling.services.prices import create_set, merge_series
from tests.modeling.conftest import make_company
from tests.valor.rows import row_of

WORK = [
    Valuation,
    ValuationVersion,
    Run,
    Portfolio,
    PortfolioVersion,
    PortfolioResult,
    PriceImport,
    PriceUpload,
]


@pytest.fixture
def page(client, operator):
    client.force_login(operator)
    return client


@pytest.mark.parametrize("model", WORK)
def test_of_peoples_work_only_that_it_is_there_is_shown(page, model):
    row = row_of(model)
    Valuation.objects.update(name="A secret deal", document={"secret": "deal"})
    Company.objects.update(name="Secret Ltd")
    for named in (Portfolio, PortfolioResult, PriceImport, PriceSet):
        named.objects.update(name="A secret deal")
    name = model._meta.model_name
    listed = page.get(f"/admin/modeling/{name}/").content.decode()
    assert f"1 {model._meta.verbose_name}" in listed
    assert "ecret" not in listed
    chosen = {"action": "export_csv", "_selected_action": [str(row.pk)]}
    assert not page.post(f"/admin/modeling/{name}/", chosen).streaming
    for where in ("change", "history", "delete"):
        assert page.get(f"/admin/modeling/{name}/{row.pk}/{where}/").status_code == 403


def test_operators_look_at_shared_companies_only(page, company, analyst) -> None:
    mine = make_company(analyst, name="Private Ltd", cik="7")
    listed = page.get("/admin/modeling/company/").content.decode()
    assert "Acme" in listed
    assert "Private Ltd" not in listed
    assert page.get(f"/admin/modeling/company/{mine.pk}/change/").status_code == 302
    facts = page.get("/admin/modeling/fact/")
    assert facts.context["cl"].result_count == Fact.objects.filter(company=company).count()
    assert "Acme" in facts.content.decode()
    assert "Private Ltd" not in facts.content.decode()


@pytest.mark.parametrize("model", [PriceSet, PriceSeries, PriceBundle])
def test_of_prices_operators_see_the_shared_ones_only(page, analyst, model) -> None:
    for owner in (None, analyst):
        price_set = create_set(owner=owner, name="Private" if owner else "Public")
        merge_series(price_set=price_set, ticker="SECRET" if owner else "SEEN", days=[20_000], prices=[1.5])
    name = model._meta.model_name
    listed = page.get(f"/admin/modeling/{name}/")
    assert listed.context["cl"].result_count == 1
    assert "SECRET" not in listed.content.decode()
    assert "Private" not in listed.content.decode()
    theirs = model.objects.order_by("pk").last()
    assert page.get(f"/admin/modeling/{name}/{theirs.pk}/change/").status_code == 302
    public = model.objects.order_by("pk").first()
    assert page.get(f"/admin/modeling/{name}/{public.pk}/change/").status_code == 200
    assert page.post(f"/admin/modeling/{name}/{public.pk}/delete/", {"post": "yes"}).status_code == 403


def test_nothing_can_be_added_or_changed(page, company) -> None:
    assert page.get("/admin/modeling/company/add/").status_code == 403
    assert page.post(f"/admin/modeling/company/{company.pk}/change/", {"name": "X"}).status_code == 403
    assert Company.objects.get(pk=company.pk).name == "Acme"


def test_analysts_have_no_business_there(client, analyst, company) -> None:
    client.force_login(analyst)
    assert client.get("/admin/modeling/company/").status_code == 302
