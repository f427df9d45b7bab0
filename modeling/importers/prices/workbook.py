"""Excel workbooks as lines of texts, row by row. Formulas are not computed: their cells read as what they are."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from modeling.importers.prices.container import Member
from modeling.importers.prices.refusals import BadPriceFile, refused, shown

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, as Excel has it
LOOKED_AT = 60
# The reader keeps one row at a time, but all of every other part.
LARGEST_ROW = 4 * 1024**2
LARGEST_PART = 32 * 1024**2
CHUNK = 1024**2
ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
DAMAGED = "Open it in Excel, save it again as .xlsx, or export the sheet as CSV."

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
        return value
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
        if hasattr(book[name], "iter_rows") and next(rows_of(member, name), None):
            return name, names
    raise refused(f"No sheet of {member.name} holds anything.", "Send the workbook with the prices in it.")


def opened(member: Member) -> Any:
    """The workbook, once none of its parts can surprise the reader."""
    file = member.open()
    check_parts(file, member.name)
    from openpyxl import load_workbook

    try:
        return load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # as above
        raise broken(member, error) from None


def broken(member: Member, error: Exception) -> BadPriceFile:
    return refused(f"{member.name} is a damaged workbook: {shown(str(error) or type(error).__name__)}.", DAMAGED)


def check_parts(file: IO[bytes], name: str) -> None:
    """Refuses what would need a lot of memory: huge parts, endless rows, and markup that defines its own entities."""
    file.seek(0)
    with zipfile.ZipFile(file) as packed:
        for info in packed.infolist():
            if not info.filename.endswith((".xml", ".rels")):
                continue
            is_sheet = info.filename.startswith("xl/worksheets/")
            if not is_sheet and info.file_size > LARGEST_PART:
                limit = f"{LARGEST_PART // 1024**2} MB"
                raise refused(f"{shown(info.filename)} in {name} is larger than {limit}.", "Export the sheet as CSV.")
            try:
                with packed.open(info) as part:
                    check_part(part, is_sheet, name)
            except (zipfile.BadZipFile, EOFError, OSError, ValueError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
                if isinstance(error, BadPriceFile):
                    raise
                raise refused(f"{name} is a damaged workbook: {shown(str(error))}.", DAMAGED) from None


def check_part(part: IO[bytes], is_sheet: bool, name: str) -> None:
    tail, place, last = b"", 0, 0
    while data := part.read(CHUNK):
        block = tail + data
        if place == 0 and not block.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            raise refused(f"{name} holds a part that is no plain XML.", DAMAGED)
        if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
            raise refused(f"{name} defines entities of its own, as no workbook does.", DAMAGED)
        start = place - len(tail)
        for found in ROW.finditer(block) if is_sheet else ():
            last = check_row(start + found.start(), last, name)
        place += len(data)
        tail = block[-32:]
    if is_sheet:
        check_row(place, last, name)


def check_row(at: int, last: int, name: str) -> int:
    if at - last > LARGEST_ROW:
        raise refused(f"{name} has a row that is larger than {LARGEST_ROW // 1024**2} MB.", "Export the sheet as CSV.")
    return at
