"""A small company whose figures are easy to follow by hand, and a valuation of it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from modeling.examples import DOCUMENT
from modeling.figures import CONCEPTS
from modeling.models import Company, Fact, Valuation
from modeling.services import create_valuation

# In millions: revenue, EBIT, pretax income, tax, net income, cash, debt, equity, diluted shares.
YEARS: dict[int, tuple[float, ...]] = {
    2021: (1000, 100, 90, 18, 72, 50, 200, 400, 99),
    2022: (1100, 121, 110, 22, 88, 60, 210, 450, 100),
    2023: (1210, 145.2, 130, 26, 104, 70, 220, 500, 101),
    2024: (1331, 173.03, 160, 32, 128, 80, 230, 550, 102),
}
COLUMNS = (
    "revenue",
    "operating_income",
    "pretax_income",
    "income_tax",
    "net_income",
    "cash_and_short_term_investments",
    "debt",
    "equity",
    "shares_diluted",
)


def make_company(owner: Any = None, **about: Any) -> Company:
    company = Company.objects.create(owner=owner, **({"name": "Acme", "ticker": "ACM", "cik": "42"} | about))
    Fact.objects.bulk_create(
        Fact(
            company=company,
            concept=concept,
            period_start=date(year, 1, 1) if CONCEPTS[concept].kind == "flow" else None,
            period_end=date(year, 12, 31),
            value=Decimal(str(value)) * 1_000_000,
            unit="USD" if CONCEPTS[concept].measure == "money" else "shares",
            form="10-K",
            filed=date(year + 1, 2, 1),
            source="Annual report",
        )
        for year, values in YEARS.items()
        for concept, value in zip(COLUMNS, values, strict=True)
    )
    return company


@pytest.fixture
def company(db) -> Company:
    """Shared with everybody."""
    return make_company()


@pytest.fixture
def document() -> dict[str, Any]:
    return deepcopy(DOCUMENT)


@pytest.fixture
def valuation(analyst, document) -> Valuation:
    return create_valuation(owner=analyst, document=document)
