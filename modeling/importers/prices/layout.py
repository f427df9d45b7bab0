"""How a file of prices is laid out: what was recognised or stated, with its evidence, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from modeling.importers.prices.figures import MISSING
from modeling.importers.prices.refusals import refused

WIDE, LONG, SINGLE = "wide", "long", "single"
SHAPES = {
    WIDE: "a column for each ticker",
    LONG: "a line for each ticker and date",
    SINGLE: "the prices of one ticker",
}


@dataclass(frozen=True)
class Layout:
    """Everything needed to read a file.

    Attributes
    ----------
    kind : text, xlsx or parquet
    shape : wide, long or single
    header_line : the line with the names of the columns, of several the last; 0 where there is none
    field_line : where a wide header has two, the line that names fields; ``price_column`` is the field that counts
    date_column, ticker_column, price_column, currency_column : names; ``#3`` is the third column
    currency : of all prices, where it was stated; may be a minor unit such as GBX
    ticker : of a file of a single ticker
    date_format : a name out of ``dates.FORMATS``
    missing : texts that stand for no price, in small letters
    """

    kind: str
    shape: str
    header_line: int
    date_column: str
    date_format: str
    ticker_column: str = ""
    price_column: str = ""
    currency_column: str = ""
    currency: str = ""
    ticker: str = ""
    encoding: str = ""
    separator: str = ""
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = MISSING
    sheet: str = ""
    field_line: int = 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "missing": list(self.missing)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Layout:
        """What ``as_dict`` made; raises BadPriceFile for anything else."""
        known = {field.name for field in fields(cls)}
        try:
            given = {**data, "missing": tuple(str(mark) for mark in data.get("missing", MISSING))}
            lines = (given["header_line"], given.get("field_line", 0))
            if set(given) - known or not all(isinstance(line, int) for line in lines):
                raise TypeError("unknown or missing parts")
            others = {"header_line", "field_line", "missing"}
            texts = all(isinstance(given[name], str) for name in given if name not in others)
            if not texts or given["shape"] not in SHAPES:
                raise TypeError("parts of another type")
            return cls(**given)
        except (TypeError, KeyError, AttributeError) as error:
            raise refused(f"This is no layout: {error}.", "Take the one that the inspection gave.", "layout") from None


@dataclass(frozen=True)
class Finding:
    """One thing that was recognised.

    Attributes
    ----------
    name : of the part of the layout, and of the option that overrides it
    label : the value in words
    evidence : why
    alternatives : other values that are possible
    certain : False where it must be confirmed
    given : whether somebody stated it
    """

    name: str
    value: str
    label: str
    evidence: str
    alternatives: tuple[str, ...] = ()
    certain: bool = True
    given: bool = False


@dataclass(frozen=True)
class Recognised:
    """A layout and how it was found; ``sign`` is that of its prices where nothing else says which money they are."""

    name: str
    layout: Layout
    findings: tuple[Finding, ...]
    columns: tuple[str, ...]
    sign: str = ""

    @property
    def open_questions(self) -> tuple[Finding, ...]:
        """What must be confirmed before the file is read."""
        return tuple(finding for finding in self.findings if not finding.certain)

    def confirmed(self) -> Layout:
        """The layout; raises BadPriceFile where something in it is no more than a guess."""
        if self.open_questions:
            raise refused_as_unclear(self)
        return self.layout

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; of very many columns the first hundred."""
        return {
            "name": self.name,
            "layout": self.layout.as_dict(),
            "findings": [{**asdict(finding), "alternatives": list(finding.alternatives)} for finding in self.findings],
            "to_confirm": [finding.name for finding in self.open_questions],
            "columns": list(self.columns[:100]),
            "column_count": len(self.columns),
        }


def refused_as_unclear(recognised: Recognised) -> Exception:
    from modeling.importers.prices.refusals import BadPriceFile
    from valor.lib.errors import Problem

    return BadPriceFile(
        f"{recognised.name} can be read in more than one way: say which is meant.",
        problems=[
            Problem(
                finding.name,
                finding.value,
                finding.evidence,
                f"Give {finding.name} as {' or '.join((finding.value, *finding.alternatives))}.",
            )
            for finding in recognised.open_questions
        ],
    )
