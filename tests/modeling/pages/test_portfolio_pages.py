"""The portfolio's page: shown, edited while typing, moved along its frontier, deleted."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from modeling.forms.portfolio.form import texts_of
from modeling.models import Portfolio
from tests.modeling.pages.conftest import HTMX
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers
from tests.modeling.portfolios.conftest import portfolio, portfolio_document, price_set  # noqa: F401


def url_of(portfolio: Portfolio, path: str = "") -> str:
    return f"/portfolios/{portfolio.pk}/{path}"


def posted(portfolio: Portfolio, **changes: str) -> dict[str, str]:
    """Everything the form holds for the stored document; changes name inputs with ``__`` for the dot."""
    hidden = {"version": str(portfolio.version), "tab": "tab-1", "sequence": "1"}
    return texts_of(portfolio.document) | hidden | {name.replace("__", "."): text for name, text in changes.items()}


def edit(page, portfolio: Portfolio, headers=HTMX, **changes: str):
    return page.post(url_of(portfolio, "edit/"), posted(portfolio, **changes), headers=headers)


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def test_the_page_shows_inputs_answer_and_frontier(page, portfolio) -> None:
    answer = page.get(url_of(portfolio))
    text = text_of(answer)
    assert answer.status_code == 200
    assert "Efficient frontier of 5 assets" in text
    assert 'type="range"' in text
    assert "proven optimal" in text
