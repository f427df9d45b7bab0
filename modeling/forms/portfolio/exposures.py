"""Limits on the exposure to factors as columns of inputs: name, bounds, and the loading of each asset."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from modeling.forms.texts import EXAMPLES, Unreadable, read, shown
from valor.lib.errors import Problem

NAME = re.compile(r"factor\.(\d{1,3})(?:\.(?:name|lower|upper)|:.+)", re.DOTALL)
NAMED = re.compile(r"factor\.(lower|upper):(.+)", re.DOTALL)
ENDS = ("lower", "upper")
MOST_INPUTS = 600
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One factor as texts; ``number`` is its place on the page, which it keeps while others are emptied."""

    number: int
    name: str
    ends: Mapping[str, str]
    loadings: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        return not any(text.strip() for text in (self.name, *self.ends.values(), *self.loadings.values()))

    @property
    def called(self) -> str:
        return self.name.strip() or f"factor {self.number + 1}"

    def input(self, part: str) -> str:
        """The name of the input of ``name``, ``lower`` or ``upper``."""
        return f"factor.{self.number}.{part}"

    def loading(self, asset: str) -> str:
        return f"factor.{self.number}:{asset}"


def is_asked(columns: int, assets: Sequence[str]) -> bool:
    """Whether there is a table of so many columns; what would be too large for a page is stated by the API."""
    return 0 < max(columns, 1) * len(assets) <= MOST_INPUTS


def columns_of(rules: Sequence[Rule], assets: Sequence[str]) -> list[Column]:
    """The stored limits as texts."""
    return [
        Column(
            number,
            rule["name"],
            {end: shown(rule.get(end), "number") for end in ENDS},
            {asset: shown(rule["loadings"].get(asset), "number") for asset in assets},
        )
        for number, rule in enumerate(rules)
    ]


def place_of(rules: Sequence[Rule], place: int) -> str:
    """The input of the limit that stands at *place* among all constraints of a stored document."""
    return f"factor.{sum(rule['kind'] == 'factor' for rule in rules[:place])}.name"


def named(end: str, factor: str) -> str:
    """An end of a factor's limit, whatever its column: a page keeps the places of emptied ones, a document does not."""
    return f"factor.{end}:{factor}"


def relaxed(columns: list[Column], texts: Mapping[str, str], problems: list[Problem]) -> list[Column]:
    """The columns with each end that *texts* name by its factor; one that is not there goes to *problems*."""
    for path, text in texts.items():
        if (end_of := NAMED.fullmatch(path)) is None:
            continue
        end, factor = end_of.groups()
        if factor not in {column.name.strip() for column in columns}:
            message = f"No factor is called “{factor[:80]}” any more."
            problems.append(Problem("document", text, message, "Type its limit in the column that is meant."))
        columns = [
            replace(column, ends={**column.ends, end: text}) if column.name.strip() == factor else column
            for column in columns
        ]
    return columns


def shown_of(columns: list[Column], assets: Sequence[str]) -> list[Column]:
    """The columns of a table, at their end an empty one for another limit while there is room."""
    if (columns and columns[-1].is_empty) or (len(columns) + 1) * len(assets) > MOST_INPUTS:
        return columns
    number = columns[-1].number + 1 if columns else 0
    return [*columns, Column(number, "", {}, {})]


def columns_in(data: Mapping[str, str], rules: Sequence[Rule], assets: Sequence[str]) -> list[Column]:
    """The columns that were posted, the emptied ones among them; those that are stored where none were."""
    numbers = sorted({int(found[1]) for name in data if (found := NAME.fullmatch(name))})
    if not numbers or not is_asked(len(numbers), assets):
        return columns_of(rules, assets)
    made = [Column(number, "", {}, {}) for number in numbers]
    return [
        Column(
            column.number,
            data.get(column.input("name"), ""),
            {end: data.get(column.input(end), "") for end in ENDS},
            {asset: data.get(column.loading(asset), "") for asset in assets},
        )
        for column in made
    ]


def read_rules(
    columns: Sequence[Column], stored: Sequence[Rule], problems: list[Problem]
) -> list[tuple[int, dict[str, Any]]]:
    """The limit of each column that is not empty, with the column's number; what can't be read goes to *problems*."""
    known = {rule["name"]: rule for rule in stored}
    return [
        (column.number, read_rule(column, known.get(column.name.strip(), {}), problems))
        for column in columns
        if not column.is_empty
    ]


def read_rule(column: Column, known: Rule, problems: list[Problem]) -> dict[str, Any]:
    def number(path: str, text: str, before: Any, what: str) -> Any:
        try:
            return read(text, "number", before)
        except Unreadable:
            message = f"{what}: “{text.strip()[:80]}” can't be read."
            problems.append(Problem(path, text, message, EXAMPLES["number"]))
            return before

    name = column.name.strip()
    ends = {end: number(column.input(end), text, known.get(end), column.called) for end, text in column.ends.items()}
    before = known.get("loadings", {})
    loadings = {
        asset: number(column.loading(asset), text, before.get(asset), f"{column.called}, {asset}")
        for asset, text in column.loadings.items()
    }
    stated = {asset: loading for asset, loading in loadings.items() if loading is not None}
    return {"kind": "factor", "name": name, **ends, "loadings": stated}
