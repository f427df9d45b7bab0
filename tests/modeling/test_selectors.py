"""Who sees what: what is not yours does not exist, for operators too."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from modeling.models import Fact
from modeling.selectors import (
    companies_for,
    company_for,
    job_states,
    run_for,
    runs_of,
    statements,
    valuation_for,
    valuations_for,
)
from modeling.services import start_run
from tests.modeling.conftest import make_company
from valor.lib.errors import NotFound


def test_everybody_sees_shared_companies_and_their_own(analyst, other_analyst, operator, company) -> None:
    mine = make_company(analyst, name="Mine", cik="7")
    assert list(companies_for(analyst)) == [company, mine]
    assert list(companies_for(other_analyst)) == [company]
    assert list(companies_for(operator)) == [company]
    assert company_for(analyst, mine.pk) == mine
    for stranger in (other_analyst, operator):
        with pytest.raises(NotFound):
            company_for(stranger, mine.pk)


def test_a_valuation_exists_for_its_owner_only(analyst, other_analyst, operator, valuation) -> None:
    assert valuation_for(analyst, valuation.pk) == valuation
    for stranger in (other_analyst, operator):
        assert not valuations_for(stranger).exists()
        with pytest.raises(NotFound):
            valuation_for(stranger, valuation.pk)


@pytest.mark.parametrize("pk", [0, 10**30, -1])
def test_a_number_that_is_nobodys_is_not_found(analyst, pk) -> None:
    for find in (company_for, valuation_for):
        with pytest.raises(NotFound):
            find(analyst, pk)


def test_runs_are_found_by_their_number(analyst, other_analyst, valuation) -> None:
    run = start_run(valuation, trials=1000, seed=1, sampler="sobol", owner=analyst)
    assert list(runs_of(valuation)) == [run]
    assert run_for(analyst, valuation.pk, 1) == run
    for user, number in ((analyst, 2), (other_analyst, 1), (analyst, 10**30)):
        with pytest.raises(NotFound):
            run_for(user, valuation.pk, number)
    assert job_states([run], analyst) == {run.job_id: "queued"}


def test_statements_come_newest_last_with_levels_of_the_years_end(company, django_assert_num_queries) -> None:
    Fact.objects.create(company=company, concept="equity", period_end=date(2024, 6, 30), value=Decimal(1), unit="USD")
    with django_assert_num_queries(1):
        years = statements(company)
    assert [year.label for year in years] == ["FY2021", "FY2022", "FY2023", "FY2024"]
    assert years[-1].get("equity") == 550
    assert years[-1].get("minority_interest") is None
    assert years[-1].invested_capital == 700
    assert next(iter(years[-1].figures)) == "revenue"


def test_a_year_without_revenue_is_no_statement(company) -> None:
    Fact.objects.filter(concept="revenue", period_end=date(2021, 12, 31)).delete()
    assert [year.label for year in statements(company)] == ["FY2022", "FY2023", "FY2024"]
