"""Storing an import: all or nothing, twice the same, later over earlier."""

from __future__ import annotations

import pytest

from modeling.models import Company, Fact
from modeling.selectors import statements
from modeling.services import import_companyfacts
from tests.modeling.importers.documents import acme, companyfacts, flow, level
from valor.lib.errors import Conflict, InvalidInput


def test_makes_a_company_with_its_statements(analyst) -> None:
    report = import_companyfacts(acme(), analyst)
    company = Company.objects.get(pk=report.company_id)
    assert (company.owner, company.cik, company.currency) == (analyst, "42", "USD")
    assert report.created
    assert report.added == Fact.objects.filter(company=company).count() == 10
    years = statements(company)
    assert [year.label for year in years] == ["FY2022", "FY2023"]
    assert years[-1].get("revenue") == 1200
    assert years[-1].figures["revenue"].tag == "Revenues"
    assert years[-1].source("revenue") == "FY2023, 10-K filed 2024-02-01, SEC EDGAR companyfacts, CIK 42"


def test_importing_twice_changes_nothing(analyst) -> None:
    import_companyfacts(acme(), analyst)
    before = list(Fact.objects.order_by("pk").values())
    report = import_companyfacts(acme(), analyst)
    assert (report.created, report.added, report.changed, report.unchanged) == (False, 0, 0, 10)
    assert list(Fact.objects.order_by("pk").values()) == before


def test_a_newer_document_adds_years_and_tells_what_it_replaced(analyst) -> None:
    import_companyfacts(acme(), analyst)
    newer = acme(Revenues=[flow(2023, 1_250_000_000, "2025-02-01"), flow(2024, 1_500_000_000)])
    report = import_companyfacts(newer, analyst)
    (replaced,) = report.replaced
    assert (replaced.concept, replaced.old, replaced.new) == ("revenue", 1_200_000_000, 1_250_000_000)
    company = Company.objects.get(pk=report.company_id)
    assert [year.get("revenue") for year in statements(company)] == [1000, 1250, 1500]


def test_an_older_document_never_replaces_a_later_filing(analyst) -> None:
    import_companyfacts(acme(Revenues=[flow(2023, 7_000_000, "2025-02-01")]), analyst)
    report = import_companyfacts(acme(Revenues=[flow(2023, 5_000_000, "2024-02-01")]), analyst)
    assert report.changed == 0
    assert statements(Company.objects.get(pk=report.company_id))[-1].get("revenue") == 7


def test_nothing_is_half_written(analyst, monkeypatch) -> None:
    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Fact.objects, "bulk_update", broken)
    with pytest.raises(RuntimeError):
        import_companyfacts(acme(), analyst)
    assert not Company.objects.exists()
    assert not Fact.objects.exists()


def test_a_refused_document_leaves_what_was_there(analyst) -> None:
    import_companyfacts(acme(), analyst)
    with pytest.raises(InvalidInput):
        import_companyfacts(acme(StockholdersEquity=[level(2023, "lots")]), analyst)
    assert Fact.objects.count() == 10


def test_each_owner_has_a_company_of_their_own_and_the_shared_one_stays(analyst, other_analyst) -> None:
    companies = {import_companyfacts(acme(), owner).company_id for owner in (analyst, other_analyst, None)}
    assert len(companies) == 3


def test_another_currency_is_a_conflict_and_changes_nothing(analyst) -> None:
    import_companyfacts(acme(), analyst)
    with pytest.raises(Conflict) as caught:
        import_companyfacts(companyfacts(unit="EUR", Revenues=[flow(2023, 5)]), analyst)
    assert caught.value.problems[0].field == "currency"
    assert Company.objects.get().currency == "USD"


def test_the_report_says_in_words_and_in_json_what_was_read(analyst) -> None:
    rows = [flow(2022, 100, "2023-02-01"), flow(2022, 90, "2024-02-01"), flow(2023, 120)]
    report = import_companyfacts(acme(Revenues=rows), analyst)
    words = str(report)
    assert "ACME INC. (CIK 42): imported, 2 years from FY2022 to FY2023, in USD" in words
    assert "Revenue: Revenues" in words
    assert "Restated: Revenue FY2022: 100" in words
    assert "Missing: Debt: FY2022, FY2023" in words
    data = report.as_dict()
    assert data["restated"][0]["new"] == 90
    assert data["restated"][0]["new_filed"] == "2024-02-01"
    assert data["tags"]["revenue"]["FY2022"] == "Revenues"
