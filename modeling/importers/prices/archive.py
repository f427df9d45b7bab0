"""Zip archives: opened only where their own index is small and honest enough to be read."""

from __future__ import annotations

import struct
import zipfile
from typing import IO

from modeling.importers.prices.refusals import refused, shown

MOST_MEMBERS = 200
# Python reads the whole index into objects: this much makes some 50,000 of them at most.
MOST_INDEX = 4 * 1024**2
LONGEST_END = 22 + 65_535
DAMAGED = "Make or download the archive again."


def opened(file: IO[bytes], name: str) -> zipfile.ZipFile:
    """The archive; raises BadPriceFile where it is damaged, encrypted, or packed in a way that is not read."""
    check_index(file, name)
    try:
        packed = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError, struct.error) as error:
        raise refused(f"{name} is a damaged zip archive: {shown(str(error))}.", DAMAGED) from None
    for info in packed.infolist():
        if info.flag_bits & 1:
            raise refused(f"{shown(info.filename)} in {name} is encrypted.", "Pack it without a password.")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise refused(
                f"{shown(info.filename)} in {name} is packed by a method that is not read.",
                "Pack it as an ordinary zip (deflate).",
            )
    return packed


def check_index(file: IO[bytes], name: str) -> None:
    """Refuses an archive whose index is too large to be read at all."""
    size = file.seek(0, 2)
    file.seek(max(0, size - LONGEST_END - 20))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        raise refused(f"{name} is a zip archive that was cut off: its index is missing.", DAMAGED)
    length = struct.unpack("<L", tail[place + 12 : place + 16])[0]
    if length > MOST_INDEX or tail[max(0, place - 20) :].startswith(b"PK\x06\x07"):
        raise refused(
            f"{name} is a zip archive of too many files.", f"Pack at most {MOST_MEMBERS} files.", value=length
        )


def is_workbook(packed: zipfile.ZipFile) -> bool:
    """Whether it is an Excel workbook; other office documents are refused."""
    names = set(packed.namelist())
    if "xl/workbook.xml" in names:
        return True
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise refused("This is an office document, but no Excel workbook.", "Save the table as .xlsx or CSV.")
    if "xl/workbook.bin" in names:
        raise refused("This is a binary workbook (.xlsb).", "Save it as .xlsx or CSV.")
    return False


def files_in(packed: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The files that somebody meant to send: no folders, no droppings of a system."""
    files = [info for info in packed.infolist() if not info.is_dir() and not is_dropping(info.filename)]
    if not files:
        raise refused(f"{name} is a zip archive without files.", "Pack the files with prices, and send it again.")
    if len(files) > MOST_MEMBERS:
        raise refused(f"{name} holds {len(files):,} files.", f"Pack at most {MOST_MEMBERS} files.", value=len(files))
    return files


def is_dropping(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "__MACOSX" or parts[-1].startswith(".") or parts[-1].lower() == "thumbs.db"
