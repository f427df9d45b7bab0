"""Pages seen by an analyst, and the form as a browser would post it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from modeling.forms.uncertainty import ordered
from modeling.forms.workbench import texts_of
from modeling.models import Valuation
from modeling.portfolios.line import forget_lines
from modeling.services import create_valuation
from tests.modeling.portfolios.conftest import portfolio, portfolio_document, price_set

__all__ = ["portfolio", "portfolio_document", "price_set"]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def no_frontier_is_known() -> None:
    """Every test's portfolio is the first of a new database: what was kept of the one before is another's."""
    forget_lines()


@pytest.fixture
def page(client, analyst) -> Client:
    client.force_login(analyst)
    return client


@pytest.fixture
def other_page(other_analyst) -> Client:
    client = Client()
    client.force_login(other_analyst)
    return client


@pytest.fixture
def operator_page(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def acme(analyst, document, company) -> Valuation:
    """A valuation with a company, so with suggestions."""
    return create_valuation(owner=analyst, document=document, company=company)


def form_of(valuation: Valuation, **changes: Any) -> dict[str, str]:
    """Everything the workbench's form holds for the stored document; changes name inputs with ``__`` for the dot."""
    texts = texts_of(valuation.document)
    uncertain = valuation.document["uncertainty"]
    for name, entry in uncertain.items():
        texts[f"uncertainty.{name}.shown"] = entry["distribution"]
        texts[f"uncertainty.{name}.base"] = texts[f"inputs.{name}"]
    texts["correlations.shown"] = ",".join(ordered(uncertain))
    hidden = {"version": str(valuation.version), "tab": "tab-1", "sequence": "1"}
    return texts | hidden | {name.replace("__", "."): str(value) for name, value in changes.items()}
