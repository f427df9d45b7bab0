"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

GZIP, ZIP, WORKBOOK, PARQUET, TEXT = "gzip", "zip", "xlsx", "parquet", "text"
HEAD = 512

SAVE_AS = "Save or export it as CSV, Excel (.xlsx) or Parquet."
UNPACK = "Unpack it, and pack the file with zip or gzip, or send it as it is."
# What people send by mistake: how it begins, what it is called, what to do.
OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old or encrypted Office document",
        "Save it as .xlsx without a password.",
    ),
    (b"%PDF", "a PDF document", SAVE_AS),
    (b"\x89PNG", "a picture", SAVE_AS),
    (b"\xff\xd8\xff", "a picture", SAVE_AS),
    (b"GIF8", "a picture", SAVE_AS),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"\xfd7zXZ", "an xz file", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", UNPACK),
    (b"SQLite format 3", "an SQLite database", SAVE_AS),
    (b"ARROW1", "an Arrow (Feather) file", "Write it as Parquet or CSV."),
    (b"\x89HDF", "an HDF5 file", "Write it as Parquet or CSV."),
    (b"\x7fELF", "a program", SAVE_AS),
    (b"MZ", "a program", SAVE_AS),
)
MARKUP = ((b"{", "JSON"), (b"[", "JSON"), (b"<", "HTML or XML"))


def kind_of(head: bytes) -> str | None:
    """The kind of what begins with *head*; None for what can't be read."""
    if head.startswith(b"\x1f\x8b"):
        return GZIP
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return ZIP
    if head.startswith(b"PAR1"):
        return PARQUET
    return None if other(head) else TEXT


def other(head: bytes) -> tuple[str, str] | None:
    """What else it is and what to do; None where it may be text."""
    known = next(((what, remedy) for start, what, remedy in OTHERS if head.startswith(start)), None)
    if known:
        return known
    if head[257:262] == b"ustar":
        return "a tar archive", UNPACK
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next(((f"{what}, no table", SAVE_AS) for start, what in MARKUP if begin.startswith(start)), None)
