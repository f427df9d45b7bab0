"""Reading companyfacts documents: which facts count, and what is refused."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

import pytest

from modeling.importers import filed
from modeling.importers.companyfacts import extract
from tests.modeling.importers.documents import acme, companyfacts, flow, level
from valor.lib.errors import InvalidInput


def values(extraction, concept):
    return {fact.end.year: fact.stated.value for fact in extraction.facts if fact.concept == concept}


def refusal(document):
    with pytest.raises(InvalidInput) as caught:
        extract(document)
    (problem,) = caught.value.problems
    assert problem.message
    assert problem.remedy
    return problem


def test_reads_the_years_of_annual_reports() -> None:
    read = extract(acme())
    assert (read.name, read.cik, read.currency) == ("ACME INC.", "42", "USD")
    assert [year.label for year in read.years] == ["FY2022", "FY2023"]
    assert values(read, "revenue") == {2022: 1_000_000_000, 2023: 1_200_000_000}
    assert values(read, "shares_diluted")[2023] == 10_500_000
    assert read.tags["revenue"] == {"FY2022": "Revenues", "FY2023": "Revenues"}


def test_the_filing_year_is_never_taken_for_the_fact_year() -> None:
    rows = [flow(2022, 10, "2024-02-01", fy=2023), flow(2023, 20, "2024-02-01", fy=2023)]
    assert values(extract(acme(Revenues=rows)), "revenue") == {2022: 10, 2023: 20}


@pytest.mark.parametrize(
    "row",
    [
        flow(2021, 5, form="10-Q"),
        flow(2021, 5, form="8-K"),
        flow(2021, 5, start="2021-07-01"),
        flow(2021, 5, start="2020-01-01"),
    ],
    ids=["quarterly report", "current report", "half a year", "two years"],
)
def test_what_is_not_a_whole_year_of_an_annual_report_does_not_count(row) -> None:
    read = extract(acme(Revenues=[row, flow(2023, 20)]))
    assert values(read, "revenue") == {2023: 20}


@pytest.mark.parametrize("form", ["10-K", "10-K/A", "20-F", "40-F", "10-KT", "20-F/A"])
def test_annual_forms_and_their_amendments_count(form) -> None:
    assert values(extract(acme(Revenues=[flow(2023, 20, form=form)])), "revenue") == {2023: 20}


def test_a_52_week_year_counts() -> None:
    row = flow(2023, 20, start="2023-01-01", end="2023-12-30")
    read = extract(acme(Revenues=[row]))
    assert [year.end.isoformat() for year in read.years] == ["2023-12-30"]


def test_the_latest_filing_wins_and_a_changed_value_is_told() -> None:
    # The number of the later filing sorts before the earlier one: another agent filed it.
    rows = [flow(2022, 90, "2024-02-01", accn="0-00-1"), flow(2022, 100, "2023-02-01", accn="0-99-1"), flow(2023, 120)]
    read = extract(acme(Revenues=rows))
    assert values(read, "revenue")[2022] == 90
    (restated,) = read.restated
    assert (restated.year, restated.old, restated.new) == ("FY2022", 100, 90)
    assert "FY2022: 100 (filed 2023-02-01) is now 90 (filed 2024-02-01)" in str(restated)


def test_an_amendment_of_the_same_day_counts_by_its_number() -> None:
    rows = [flow(2023, 2, accn="0-24-000002"), flow(2023, 1, accn="0-24-000001")]
    assert values(extract(acme(Revenues=rows)), "revenue") == {2023: 2}


def test_repeated_and_merely_rounded_values_are_duplicates_not_restatements() -> None:
    rows = [flow(2022, 141_613_196, "2023-02-01"), flow(2022, 141_613_000, "2024-02-01"), flow(2023, 5)]
    read = extract(acme(Revenues=rows))
    assert read.restated == ()
    assert read.duplicates == 1


def test_overlapping_years_keep_the_one_filed_later() -> None:
    rows = [flow(2023, 10, "2024-02-01"), flow(2023, 11, "2024-09-01", start="2023-07-01", end="2024-06-30")]
    assert [year.end.isoformat() for year in extract(acme(Revenues=rows)).years] == ["2024-06-30"]


def test_levels_count_at_the_year_end_only() -> None:
    read = extract(acme(StockholdersEquity=[level(2023, 7), level(2023, 9, end="2023-11-30")]))
    assert values(read, "equity") == {2023: 7}


def test_missing_concepts_are_named_by_year() -> None:
    read = extract(acme(StockholdersEquity=[level(2023, 7)]))
    assert read.missing["equity"] == ("FY2022",)
    assert read.missing["research_and_development"] == ("FY2022", "FY2023")
    assert "revenue" not in read.missing


def test_total_revenue_goes_before_contract_revenue() -> None:
    read = extract(acme(RevenueFromContractWithCustomerExcludingAssessedTax=[flow(2023, 1), flow(2021, 3)]))
    assert values(read, "revenue") == {2021: 3, 2022: 1_000_000_000, 2023: 1_200_000_000}


@pytest.mark.parametrize(
    ("tags", "expected", "used"),
    [
        ({"LongTermDebtNoncurrent": 50, "LongTermDebtCurrent": 5}, 55, "LongTermDebtNoncurrent + LongTermDebtCurrent"),
        (
            {"LongTermDebt": 55, "LongTermDebtNoncurrent": 50, "LongTermDebtCurrent": 5},
            55,
            "LongTermDebt",
        ),
        (
            {"LongTermDebtNoncurrent": 50, "DebtCurrent": 8, "LongTermDebtCurrent": 5, "CommercialPaper": 3},
            58,
            "LongTermDebtNoncurrent + DebtCurrent",
        ),
        (
            {"OperatingLeaseLiability": 9, "OperatingLeaseLiabilityCurrent": 2, "OperatingLeaseLiabilityNoncurrent": 7},
            9,
            "OperatingLeaseLiability",
        ),
        (
            {"ConvertibleDebtNoncurrent": 40, "OperatingLeaseLiabilityCurrent": 2, "FinanceLeaseLiability": 3},
            45,
            "ConvertibleDebtNoncurrent + FinanceLeaseLiability + OperatingLeaseLiabilityCurrent",
        ),
        (
            {"LongTermDebtAndCapitalLeaseObligations": 30, "FinanceLeaseLiability": 3, "OperatingLeaseLiability": 4},
            34,
            "LongTermDebtAndCapitalLeaseObligations + OperatingLeaseLiability",
        ),
        ({"ShortTermBorrowings": 6}, 6, "ShortTermBorrowings"),
    ],
)
def test_debt_adds_what_belongs_together_and_counts_nothing_twice(tags, expected, used) -> None:
    read = extract(acme(**{tag: [level(2023, value)] for tag, value in tags.items()}))
    assert values(read, "debt") == {2023: expected}
    assert read.tags["debt"] == {"FY2023": used}


def test_cash_includes_short_term_investments() -> None:
    read = extract(acme(AvailableForSaleSecuritiesDebtSecuritiesCurrent=[level(2023, 30_000_000)]))
    assert values(read, "cash_and_short_term_investments") == {2022: 40_000_000, 2023: 80_000_000}


def test_another_currency_than_dollars_is_kept() -> None:
    read = extract(companyfacts(unit="EUR", Revenues=[flow(2023, 5)]))
    assert read.currency == "EUR"


def test_bytes_gzip_and_dict_read_the_same() -> None:
    text = json.dumps(acme()).encode()
    assert extract(text) == extract(gzip.compress(text)) == extract(acme())


def test_fractions_stay_exact() -> None:
    text = json.dumps(acme(Revenues=[flow(2023, "X")])).replace('"X"', "0.1")
    assert values(extract(text.encode()), "revenue") == {2023: Decimal("0.1")}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"[1]", "not an object"),
        (b'{"val": NaN}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\x1f\x8bnonsense", "can't be unpacked"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:-9], "can't be unpacked"),
        (b"{}", "not a companyfacts document"),
        ({"entityName": "X", "facts": []}, "not a companyfacts document"),
        ({"entityName": "X", "facts": {"ifrs-full": {"Revenue": {}}}}, "no US-GAAP facts (found: ifrs-full)"),
        (acme(Revenues=[]), "states a revenue"),
        (acme(Revenues=[flow(2023, 5, form="10-Q")]), "states a revenue"),
        (acme() | {"cik": "x"}, "no SEC number"),
        (acme() | {"cik": None}, "no SEC number"),
    ],
)
def test_a_wrong_document_is_refused_with_the_reason(document, words) -> None:
    assert words in refusal(document).message


@pytest.mark.parametrize(
    "change",
    [
        {"val": "12"},
        {"val": True},
        {"val": None},
        {"val": 10**25},
        {"end": "2023-13-01"},
        {"filed": 20240201},
        {"form": None, "filed": None, "val": {}},
    ],
)
def test_a_value_that_cannot_be_read_is_named_with_its_place(change) -> None:
    row = flow(2023, 5) | change
    if change.get("form", "") is None:
        del row["form"]
    assert refusal(acme(Revenues=[flow(2022, 1), row])).field == "facts.us-gaap.Revenues.units.USD.1"


def test_an_overflowing_number_is_refused() -> None:
    text = json.dumps(acme(Revenues=[flow(2023, "X")])).replace('"X"', "1e400")
    assert "out of range" in refusal(text.encode()).message


@pytest.mark.parametrize(
    ("name", "read"), [("A\x00\ud800B ", "AB"), ("x" * 300, "x" * 200), (7, "7"), (" ", "Unnamed company")]
)
def test_the_name_is_made_fit_to_store(name, read) -> None:
    assert extract(acme() | {"entityName": name}).name == read


def test_units_that_are_no_lists_are_refused() -> None:
    document = acme()
    document["facts"]["us-gaap"]["Revenues"]["units"] = {"USD": {}}
    assert refusal(document).field == "facts.us-gaap.Revenues"


def test_revenue_in_two_currencies_is_refused() -> None:
    document = acme()
    document["facts"]["us-gaap"]["Revenues"]["units"]["CNY"] = [flow(2023, 7)]
    assert "CNY, USD" in refusal(document).message


def test_a_concept_in_another_currency_than_revenue_is_refused() -> None:
    document = acme()
    document["facts"]["us-gaap"]["StockholdersEquity"]["units"] = {"CNY": [level(2023, 7)]}
    assert refusal(document).field == "facts.us-gaap.StockholdersEquity"


def test_a_document_beyond_the_limit_is_refused_packed_or_not(monkeypatch) -> None:
    monkeypatch.setattr(filed, "MAX_BYTES", 1000)
    text = json.dumps(acme()).encode()
    assert "larger than" in refusal(text).message
    assert "larger than" in refusal(gzip.compress(text)).message
