"""Excel workbooks as lines of texts, row by row. Formulas are not computed: their cells read as what they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from modeling.importers.prices.container import Member
from modeling.importers.prices.parts import DAMAGED
from modeling.importers.prices.refusals import BadPriceFile, refused, shown
from valor.lib.text import storable

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, as Excel has it
LOOKED_AT = 20  # rows, to see how wide the table is

Row = tuple[int, list[str]]


def rows_of(member: Member, sheet: str) -> Iterator[Row]:
    """The rows of a sheet that hold anything, as wide as its first rows and one cell more where there is more."""
    try:
        yield from rows_in(opened(member)[sheet])
    except BadPriceFile:
        raise
    except Exception as error:  # the reader lets through whatever a damaged part makes it stumble over
        raise broken(member, error) from None


def rows_in(sheet: ReadOnlyWorksheet) -> Iterator[Row]:
    first = islice(sheet.iter_rows(max_row=LOOKED_AT, max_col=MOST_COLUMNS, values_only=True), LOOKED_AT)
    width = max((filled(row) for row in first), default=0)
    rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=min(width + 1, MOST_COLUMNS), values_only=True)
    for line, row in enumerate(rows, 1):
        used = filled(row)
        if used:
            yield line, [text_of(value) for value in row[: max(width, used)]]


def filled(row: tuple[Any, ...]) -> int:
    """How many cells a row has up to the last that holds something."""
    return next((at for at in range(len(row), 0, -1) if row[at - 1] not in (None, "")), 0)


def text_of(value: Any) -> str:
    """A cell as a text that a CSV file would hold."""
    if value is None:
        return ""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, datetime):
        midnight = value.hour == value.minute == value.second == value.microsecond == 0
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, (bool, date)) or not isinstance(value, (int, float)):
        return value.isoformat() if isinstance(value, date) else str(getattr(value, "text", value))
    return repr(value)


def sheet_of(member: Member, stated: str) -> tuple[str, tuple[str, ...]]:
    """The sheet to read and all there are; raises BadPriceFile where none holds anything or there is no such sheet."""
    book = opened(member)
    names = tuple(book.sheetnames)
    if stated:
        if stated not in names:
            few = ", ".join(shown(name) for name in names[:12])
            raise refused("There is no such sheet.", f"Use one of: {few}.", "sheet", stated)
        return stated, names
    for name in names:
        if next(rows_of(member, name), None):
            return name, names
    raise refused(f"No sheet of {member.name} holds anything.", "Send the workbook with the prices in it.")


def opened(member: Member) -> Any:
    """The workbook; that none of its parts can surprise the reader was made sure when it was found."""
    from modeling.importers.prices.sheets import workbook_in

    try:
        return workbook_in(member.open())
    except Exception as error:  # as above
        raise broken(member, error) from None


def broken(member: Member, error: Exception) -> BadPriceFile:
    return refused(f"{member.name} is a damaged workbook: {shown(str(error) or type(error).__name__)}.", DAMAGED)
