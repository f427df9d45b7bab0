"""A portfolio's form as a browser would post it."""

from __future__ import annotations

from html import unescape
from typing import Any

from modeling.forms.portfolio.form import texts_of
from modeling.models import Portfolio
from tests.modeling.pages.conftest import HTMX


def url_of(portfolio: Portfolio, path: str = "") -> str:
    return f"/portfolios/{portfolio.pk}/{path}"


def posted(portfolio: Portfolio, **changes: str) -> dict[str, str]:
    """Everything the form holds for the stored document; changes name inputs with ``__`` for the dot."""
    hidden = {"version": str(portfolio.version), "tab": "tab-1", "sequence": "1"}
    return texts_of(portfolio.document) | hidden | {name.replace("__", "."): text for name, text in changes.items()}


def edit(page: Any, portfolio: Portfolio, headers: dict[str, str] = HTMX, **changes: str) -> Any:
    return page.post(url_of(portfolio, "edit/"), posted(portfolio, **changes), headers=headers)


def text_of(answer: Any) -> str:
    """What a reader sees, with plain spaces."""
    return unescape(answer.content.decode()).replace("\u00a0", " ")
