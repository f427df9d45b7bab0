"""The sections of a report: each is a declared function of the span that gives sentences and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from performance.timerange import Window
from performance.units import PERCENT, clock, shown
from valor.lib.numbers import MISSING

# What to act on comes first, then what changes, then where time goes.
ORDER = (
    "alerts",
    "recommendations",
    "trends",
    "forecasts",
    "anomalies",
    "routes",
    "statements",
    "slow_statements",
    "cache",
    "jobs",
)
TEXT, TIME = "text", "time"


@dataclass(frozen=True)
class Column:
    """*name* is the key in each row; *unit* one of ``performance.units``, TEXT or TIME; *form* shows it another way."""

    name: str
    label: str
    unit: str = TEXT
    form: Callable[[float], str] | None = None

    @property
    def numeric(self) -> bool:
        return self.unit not in (TEXT, TIME)

    def cell(self, row: Mapping[str, Any], now: datetime) -> str:
        value = row.get(self.name)
        if value is None:
            return MISSING
        if self.unit == TEXT:
            return " ".join(str(value).split()) or MISSING
        if self.form is not None:
            return self.form(value)
        return clock(value, now) if self.unit == TIME else str(shown(value, self.unit, digits=self.digits))

    @property
    def digits(self) -> int | None:
        return 1 if self.unit == PERCENT else None


@dataclass(frozen=True)
class Table:
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Content:
    """What a section says; *empty* instead, where it has neither sentence nor row. *notes* say what to heed in it."""

    sentences: Sequence[str] = ()
    tables: Sequence[Table] = ()
    empty: str = ""
    notes: Sequence[str] = ()

    @property
    def filled_tables(self) -> list[Table]:
        return [table for table in self.tables if table.rows]

    @property
    def paragraphs(self) -> list[str]:
        return [*(self.sentences or ([] if self.filled_tables else [self.empty])), *self.notes]


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    make: Callable[[Window], Content] = field(repr=False)


_declared: dict[str, Section] = {}
Make = Callable[[Window], Content]


def section(name: str, title: str) -> Callable[[Make], Make]:
    """Declares a section of the report; its place is that in ORDER. The same name twice is a mistake."""

    def declare(make: Make) -> Make:
        if name in _declared:
            raise ValueError(f"The section {name!r} is declared twice.")
        if name not in ORDER:
            raise ValueError(f"The section {name!r} has no place in the order of the report.")
        _declared[name] = Section(name, title, make)
        return make

    return declare


def declared() -> list[Section]:
    """Every section, in the order of the report."""
    from performance.report import advice, foresight, requests, work  # noqa: F401  declare their sections

    return sorted(_declared.values(), key=lambda section: ORDER.index(section.name))
