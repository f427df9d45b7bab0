"""The parts of a workbook, looked through before its reader loads them."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import IO

from modeling.importers.prices.refusals import BadPriceFile, refused, shown

# The reader keeps one row at a time, but all of every other part.
LARGEST_ROW = 4 * 1024**2
LARGEST_PART = 32 * 1024**2
CHUNK = 1024**2
ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
DAMAGED = "Open it in Excel, save it again as .xlsx, or export the sheet as CSV."


def check(file: IO[bytes], name: str) -> None:
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
            except (zipfile.BadZipFile, EOFError, OSError, ValueError, zlib.error) as error:
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
