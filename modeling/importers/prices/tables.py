"""Every kind of file as one thing: lines of texts."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from modeling.importers.prices import text
from modeling.importers.prices.container import Member
from modeling.importers.prices.dates import looks_like_date
from modeling.importers.prices.layout import Layout
from modeling.importers.prices.magic import TEXT, WORKBOOK
from modeling.importers.prices.refusals import BadPriceFile
from modeling.importers.prices.text import SAMPLE_LINES, Row

SAMPLE_CELLS, FEWEST_ROWS = 10_000, 12


@dataclass(frozen=True)
class Form:
    """What must be known to part a file into cells."""

    kind: str
    encoding: str = ""
    separator: str = ""
    quote: str = '"'
    sheet: str = ""

    @classmethod
    def of(cls, layout: Layout) -> Form:
        return cls(layout.kind, layout.encoding, layout.separator, layout.quote, layout.sheet)


def rows_of(member: Member, form: Form, notes: list[str] | None = None) -> Iterator[Row]:
    """The lines of a file, each with its number and its cells as texts: numbers with a point, dates as ISO.

    What makes one wonder about the file as a whole is added to *notes* when it is read to its end.
    """
    if form.kind == TEXT:
        return text.cells_of(text.lines_of(member.open(), form.encoding, notes), form.separator, form.quote)
    if form.kind == WORKBOOK:
        from modeling.importers.prices import workbook

        return workbook.rows_of(member, form.sheet)
    from modeling.importers.prices import parquet

    return parquet.rows_of(member)


def sheet_of(member: Member, stated: str) -> tuple[str, tuple[str, ...]]:
    """The sheet to read and the others; Parquet has none."""
    if member.kind != WORKBOOK:
        return "", ()
    from modeling.importers.prices import workbook

    return workbook.sheet_of(member, stated)


def first_rows(member: Member, form: Form) -> list[Row]:
    """The first rows of what is no text: fewer where they are long, since reading a sheet takes its time."""
    found: list[Row] = []
    cells = 0
    for row in islice(rows_of(member, form), SAMPLE_LINES):
        found.append(row)
        cells += len(row[1])
        if len(found) >= FEWEST_ROWS and cells > SAMPLE_CELLS:
            break
    return found


def parsed(lines: Sequence[str], separator: str, quote: str, whole: bool) -> list[Row]:
    """The rows of a sample; where it was cut off, a quotation that is open at its end is left out."""
    rows = text.cells_of(lines, separator, quote)
    if whole:
        return list(rows)
    found: list[Row] = []
    with suppress(BadPriceFile):
        found.extend(rows)
    return found


def score(lines: Sequence[str], separator: str, quote: str) -> tuple[int, int]:
    """How many lines have a date and the most usual number of cells under a separator, and that number."""
    widths: Counter[int] = Counter()
    reader = csv.reader(lines[:SAMPLE_LINES], delimiter=separator, quotechar=quote, skipinitialspace=True)
    with suppress(csv.Error):
        for row in reader:
            if len(row) > 1 and any(map(looks_like_date, row[:50])):
                widths[len(row)] += 1
    if not widths:
        return 0, 0
    width, count = widths.most_common(1)[0]
    return count, width
