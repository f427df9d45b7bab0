"""What the database itself refuses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from modeling.models import Company, Fact, Run
from modeling.services import start_run


def refused(make) -> bool:
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return True
    return False


def fact(company, **changes) -> Fact:
    return Fact.objects.create(
        company=company,
        **({"concept": "debt", "period_end": date(2020, 12, 31), "value": Decimal(1), "unit": "USD"} | changes),
    )


@pytest.mark.parametrize("start", [None, date(2020, 1, 1)])
def test_a_fact_is_there_once_per_period(company, start) -> None:
    fact(company, period_start=start)
    assert refused(lambda: fact(company, period_start=start))
    assert not refused(lambda: fact(company, period_start=date(2020, 2, 1)))


def test_a_period_starts_before_it_ends(company) -> None:
    assert refused(lambda: fact(company, period_start=date(2021, 1, 1)))


def test_a_company_is_there_once_per_owner_and_once_shared(analyst, other_analyst, company) -> None:
    assert refused(lambda: Company.objects.create(name="Twin", cik="42"))
    assert not refused(lambda: Company.objects.create(name="Mine", cik="42", owner=analyst))
    assert refused(lambda: Company.objects.create(name="Mine too", cik="42", owner=analyst))
    assert not refused(lambda: Company.objects.create(name="Theirs", cik="42", owner=other_analyst))
    assert not refused(lambda: [Company.objects.create(name="No number", owner=analyst) for _ in range(2)])


def test_a_run_number_is_there_once(analyst, valuation) -> None:
    run = start_run(valuation, trials=1000, seed=1, sampler="sobol", owner=analyst)
    run.pk = None
    assert refused(lambda: run.save(force_insert=True))
    assert Run.objects.count() == 1
