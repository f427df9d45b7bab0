"""The start, the list of companies and one company."""

from __future__ import annotations

import pytest

from modeling.models import Company, Valuation
from modeling.services import create_valuation, start_run
from tasks.testing import run_pending
from tests.modeling.conftest import make_company
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers


def simulated(valuation: Valuation) -> None:
    start_run(valuation, trials=2000, seed=1, sampler="sobol", owner=valuation.owner)
    run_pending()


def test_analysts_start_at_their_companies(page) -> None:
    assert page.get("/")["Location"] == "/companies/"


def test_people_who_only_operate_start_at_the_platform(operator_page) -> None:
    assert operator_page.get("/")["Location"] == "/performance/"


def test_an_operator_who_is_an_analyst_too_starts_at_companies(operator_page, operator, analyst) -> None:
    operator.groups.add(*analyst.groups.all())
    assert operator_page.get("/")["Location"] == "/companies/"


def test_the_list_is_for_analysts(page, operator_page) -> None:
    refuses_strangers("get", "/companies/", operator_page)
    refuses_other_methods("get", "/companies/", page)


def test_an_empty_list_names_the_next_step(page) -> None:
    answer = page.get("/companies/").content.decode()
    assert "There are no companies yet" in answer
    assert 'href="/companies/import/"' in answer


def test_the_list_shows_the_latest_figures(page, company) -> None:
    answer = page.get("/companies/").content.decode()
    assert "Acme" in answer
    assert "USD 1.3bn" in answer
    assert "USD 173.0m" in answer


def test_a_company_not_valued_yet_is_valued_from_the_list(page, company) -> None:
    assert f'action="/companies/{company.pk}/value/"' in page.get("/companies/").content.decode()
    answer = page.post(f"/companies/{company.pk}/value/", follow=True)
    assert answer.redirect_chain[0][0].startswith("/valuations/")
    assert f'action="/companies/{company.pk}/value/"' not in page.get("/companies/").content.decode()


def test_a_company_without_statements_offers_no_valuation(page, company) -> None:
    company.facts.all().delete()
    answer = page.get("/companies/").content.decode()
    assert "no statements yet" in answer
    assert "/value/" not in answer


def test_the_list_shows_the_latest_run_as_a_range_and_a_chance(page, acme) -> None:
    assert "not simulated yet" in page.get("/companies/").content.decode()
    simulated(acme)
    answer = page.get("/companies/").content.decode()
    result = acme.runs.get().result
    assert f"{result['percentiles']['p10']:.2f} to {result['percentiles']['p90']:.2f}" in answer
    assert f"{result['probability_above_price'] * 100:.0f} %" in answer
    assert 'class="range"' in answer


def test_somebody_else_s_valuation_is_not_in_the_list(other_page, acme) -> None:
    simulated(acme)
    answer = other_page.get("/companies/").content.decode()
    assert "Value it" in answer
    assert 'class="range"' not in answer


def test_an_import_is_seen_by_its_owner_only(page, other_page, analyst) -> None:
    company = make_company(owner=analyst, name="Secret works", cik="7")
    assert "Secret works" in page.get("/companies/").content.decode()
    assert "Secret works" not in other_page.get("/companies/").content.decode()
    assert page.get(company.get_absolute_url()).status_code == 200
    assert other_page.get(company.get_absolute_url()).status_code == 404
    assert other_page.post(f"/companies/{company.pk}/value/").status_code == 404


def test_the_list_asks_as_much_for_five_as_for_one(page, analyst, document, django_assert_num_queries) -> None:
    for number in range(5):
        company = make_company(name=f"Acme {number}", cik=str(number))
        simulated(create_valuation(owner=analyst, document=document, company=company))
    with django_assert_num_queries(9):
        page.get("/companies/")


def test_a_company_shows_its_statements_with_their_sources(page, company) -> None:
    answer = page.get(company.get_absolute_url()).content.decode()
    assert answer.index("FY2021") < answer.index("FY2024")
    assert "1,331" in answer
    assert "173.0" in answer
    assert "10-K filed 2025-02-01" in answer
    assert "Annual report" in answer
    assert "Diluted shares, millions" in answer


def test_a_company_without_statements_says_so_and_offers_no_valuation(page) -> None:
    company = Company.objects.create(name="Empty")
    answer = page.get(company.get_absolute_url()).content.decode()
    assert "No statements are stored" in answer
    assert "Value it" not in answer


@pytest.mark.parametrize("method, path", [("get", ""), ("post", "value/")])
def test_a_company_is_for_analysts(page, operator_page, company, method, path) -> None:
    url = f"{company.get_absolute_url()}{path}"
    refuses_strangers(method, url, operator_page)
    refuses_other_methods(method, url, page)


def test_an_unknown_company_is_404(page) -> None:
    assert page.get("/companies/999/").status_code == 404
    assert page.get("/companies/99999999999999999999999999/").status_code == 404
    assert page.post("/companies/999/value/").status_code == 404


def test_value_it_makes_a_valuation_of_one_s_own(page, analyst, company) -> None:
    answer = page.post(f"/companies/{company.pk}/value/")
    valuation = Valuation.objects.get()
    assert answer["Location"] == f"/valuations/{valuation.pk}/"
    assert valuation.owner == analyst
    assert valuation.document["inputs"]["base_revenue"] == 1331
    listed = page.get(company.get_absolute_url()).content.decode()
    assert valuation.get_absolute_url() in listed


def test_value_it_without_statements_says_why(page) -> None:
    company = Company.objects.create(name="Empty")
    answer = page.post(f"/companies/{company.pk}/value/")
    assert answer.status_code == 422
    assert "Import its statements" in answer.content.decode()
    assert not Valuation.objects.exists()


def test_a_company_page_stays_within_its_queries(page, acme, django_assert_num_queries) -> None:
    with django_assert_num_queries(6):
        page.get(acme.company.get_absolute_url())
