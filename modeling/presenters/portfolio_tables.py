"""Inputs that stand in tables, one for each asset: shares of the risk, and limits on exposures to factors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modeling.forms.portfolio import budgets, exposures
from modeling.forms.portfolio.exposures import Column
from modeling.forms.portfolio.form import PortfolioForm, place_of, rules_of
from modeling.presenters.problems import worded
from modeling.presenters.words import typeset
from valor.lib.errors import Problem

ENDS = (("name", "Factor"), ("lower", "At least"), ("upper", "At most"))
NO_LOADINGS = "Type how much of it at least one asset has."


MOST_OFFERED = 500
TABLES = {"factor.": ("exposures", "Exposure to factors"), budgets.PATH: ("budgets", "Shares of the risk")}


def table_of(path: str) -> tuple[str, str]:
    """Key and title of the table that the input of *path* stands in; empty where it stands in none."""
    return next((named for start, named in TABLES.items() if path.startswith(start)), ("", ""))


@dataclass(frozen=True)
class Cell:
    """One input; ``wrong`` is the id of what is wrong with it."""

    name: str
    key: str
    label: str
    text: str
    wrong: str = ""


@dataclass(frozen=True)
class InputTable:
    """Rows of inputs with what is wrong below them; none ``is_asked`` where there would be too many of them.

    ``is_full`` where one more column would be too many.
    """

    is_asked: bool = False
    is_needed: bool = False
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...] = ()
    errors: tuple[tuple[str, str], ...] = ()
    rest: str = ""
    is_full: bool = False


@dataclass(frozen=True)
class Tables:
    """Both, and the assets that may as well be named elsewhere."""

    budgets: InputTable = field(default_factory=InputTable)
    factors: InputTable = field(default_factory=InputTable)
    tickers: tuple[str, ...] = ()


def key_of(*parts: object) -> str:
    """An id of its own for each name: letters and figures stay, everything else becomes its code."""
    return "-".join(re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", str(part)) for part in parts)


def stored_tables(document: Mapping[str, Any], assets: Sequence[str]) -> Tables:
    columns = exposures.columns_of(rules_of(document, "factor"), assets)
    known = document["objective"].get("budgets") or {}
    return tables_of(document, assets, budgets.posted({}, known, assets), columns, ())


def posted_tables(form: PortfolioForm) -> Tables:
    """With what was typed, and what is wrong with it."""
    known = form.stored["objective"].get("budgets") or {}
    texts = budgets.posted(form.data, known, form.assets)
    return tables_of(form.document, form.assets, texts, form.columns, form.problems)


def tables_of(
    document: Mapping[str, Any],
    assets: Sequence[str],
    texts: Mapping[str, str],
    columns: Sequence[Column],
    problems: Iterable[Problem],
) -> Tables:
    wrong = {place_of(problem.field, document): problem for problem in problems}
    return Tables(
        budget_table(document, texts, {path: one for path, one in wrong.items() if path.startswith(budgets.PATH)}),
        factor_table(assets, columns, {path: one for path, one in wrong.items() if path.startswith("factor.")}),
        tuple(assets[:MOST_OFFERED]),
    )


def budget_table(document: Mapping[str, Any], texts: Mapping[str, str], wrong: Mapping[str, Problem]) -> InputTable:
    needed = document["objective"]["method"] == "risk_parity" or bool(wrong)
    if not budgets.is_asked(tuple(texts)):
        return InputTable(is_needed=needed)
    rows = []
    for asset, text in texts.items():
        error = error_id(path) if (path := f"{budgets.PATH}.{asset}") in wrong else ""
        cell = Cell(
            f"{budgets.PREFIX}{asset}", key_of("budget", asset), f"Share of the risk of {asset}, %", text, error
        )
        rows.append((asset, key_of("budgets", asset), (cell,)))
    return InputTable(True, needed, tuple(rows), errors_of(wrong, rate=True), budgets.rest_of(texts))


def factor_table(assets: Sequence[str], columns: Sequence[Column], wrong: Mapping[str, Problem]) -> InputTable:
    """The columns, and an empty one to state another limit in."""
    columns = exposures.shown_of(list(columns), assets)
    if not columns or not exposures.is_asked(len(columns), assets):
        return InputTable(is_needed=bool(assets))
    rows = [
        (
            label,
            key_of("factors", part),
            tuple(
                cell(column.input(part), f"{label}, {column.called}", text_of(column, part), wrong)
                for column in columns
            ),
        )
        for part, label in ENDS
    ]
    rows += [
        (
            asset,
            key_of("loadings", asset),
            tuple(
                cell(
                    column.loading(asset),
                    f"Loading of {asset} on {column.called}",
                    column.loadings.get(asset, ""),
                    wrong,
                )
                for column in columns
            ),
        )
        for asset in assets
    ]
    is_full = not exposures.is_asked(len(columns) + 1, assets)
    return InputTable(True, True, tuple(rows), errors_of(of_columns(wrong, columns)), is_full=is_full)


def of_columns(wrong: Mapping[str, Problem], columns: Sequence[Column]) -> dict[str, Problem]:
    """Each with the name of its factor; those of a document with what to type here."""
    found = {}
    for column in columns:
        for path, problem in wrong.items():
            if re.match(rf"factor\.{column.number}[.:]", path):
                found[path] = of_column(path, problem, column)
    return found


def of_column(path: str, problem: Problem, column: Column) -> Problem:
    start = column.called
    message = problem.message if problem.message.startswith(start) else f"{start}: {problem.message}"
    return replace(problem, message=message, remedy=NO_LOADINGS if path.endswith(".loadings") else problem.remedy)


def cell(name: str, label: str, text: str, wrong: Mapping[str, Problem]) -> Cell:
    return Cell(name, key_of(name), label, text, error_id(name) if name in wrong else "")


def text_of(column: Column, part: str) -> str:
    return column.name if part == "name" else column.ends.get(part, "")


def error_id(path: str) -> str:
    return key_of("wrong", path)


def errors_of(wrong: Mapping[str, Problem], rate: bool = False) -> tuple[tuple[str, str], ...]:
    """Each with the id by which its input names it; in percent where they are."""
    return tuple((error_id(path), said(problem, rate)) for path, problem in wrong.items())


def said(problem: Problem, rate: bool) -> str:
    text = f"{problem.message} {problem.remedy}".strip()
    return text if isinstance(problem.value, str) else typeset(worded(text, rate))
