"""The campaign of bad files: more than three hundred, by families. Each is made anew from fixed seeds."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from tests.modeling.importers.prices.files import long, packed, sheet_rows, wide, workbook, zipped

# What must become of a file: refused as a whole; BBB left out, the others read; AAA alone read; or anything clear.
WHOLE, ONE, TWO, CLEAR = "refused", "one left out", "two left out", "clear"
Family = Callable[[], Iterator[bytes]]
FAMILIES: dict[str, tuple[str, Family]] = {}
WIDE, LONG = wide().encode(), long().encode()


def family(expected: str) -> Callable[[Family], Family]:
    def declare(made: Family) -> Family:
        FAMILIES[made.__name__.replace("_", " ")] = (expected, made)
        return made

    return declare


def cuts(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(count):
        yield data[: chance.randrange(1, len(data))]


def flips(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 20)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        yield bytes(changed)


def changed_line(text: bytes, number: int, old: bytes, new: bytes) -> bytes:
    lines = text.split(b"\n")
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new, 1)
    return b"\n".join(lines)


def with_cell(value: str) -> bytes:
    """The wide file with another price of BBB in line 11."""
    lines = WIDE.decode().split("\n")
    cells = lines[10].split(",")
    lines[10] = ",".join([cells[0], cells[1], value, cells[3]])
    return "\n".join(lines).encode()


def in_long(value: str) -> bytes:
    """The long file with another closing price of BBB in one line."""
    lines = LONG.decode().split("\n")
    at = next(at for at, line in enumerate(lines) if ",BBB," in line) + 5
    cells = lines[at].split(",")
    lines[at] = ",".join([*cells[:5], value, cells[6]])
    return "\n".join(lines).encode()


@family(CLEAR)
def cut_off_text() -> Iterator[bytes]:
    yield from cuts(WIDE, 25, 1)
    yield from cuts(LONG, 25, 2)


@family(CLEAR)
def flipped_text() -> Iterator[bytes]:
    yield from flips(WIDE, 30, 3)
    yield from flips(LONG, 30, 4)


@family(WHOLE)
def cut_off_gzip() -> Iterator[bytes]:
    yield from cuts(packed(WIDE), 15, 5)


@family(CLEAR)
def flipped_gzip() -> Iterator[bytes]:
    yield from flips(packed(LONG), 15, 6)


@family(WHOLE)
def cut_off_zip() -> Iterator[bytes]:
    yield from cuts(zipped({"a.csv": WIDE}), 15, 7)


@family(CLEAR)
def flipped_zip() -> Iterator[bytes]:
    yield from flips(zipped({"a.csv": WIDE, "b.csv": LONG}), 15, 8)


@family(WHOLE)
def cut_off_workbook() -> Iterator[bytes]:
    yield from cuts(workbook(sheet_rows(20)), 10, 9)


@family(CLEAR)
def flipped_workbook() -> Iterator[bytes]:
    yield from flips(workbook(sheet_rows(20)), 25, 10)


@family(WHOLE)
def binary() -> Iterator[bytes]:
    chance = random.Random(11)
    for size in (1, 2, 16, 100, 1000, 5000, 70_000, 300_000):
        yield chance.randbytes(size)
    for start in (
        b"%PDF-1.7",
        b"\x89PNG\r\n",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a",
        b"BZh91AY",
        b"\xfd7zXZ\x00",
        b"PAR1",
    ):
        yield start + chance.randbytes(500)
    for start in (b"\x7fELF", b"MZ\x90", b"SQLite format 3\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"ARROW1"):
        yield start + chance.randbytes(500)


@family(WHOLE)
def no_table() -> Iterator[bytes]:
    yield b""
    yield b"\n\n\n"
    yield b" "
    yield b"\xef\xbb\xbf"
    yield b"\xff\xfe"
    yield b'{"date": "2024-01-02", "AAA": 12.5}'
    yield b'[["2024-01-02", 12.5]]'
    yield b"<!DOCTYPE html><html><table><tr><td>2024-01-02</td></tr></table></html>"
    yield b"Once upon a time there was a price, and it rose.\nThen it fell.\n"
    yield b"2024-01-02\n2024-01-03\n"
    yield b"Date\n2024-01-02\n2024-01-03\n"
    yield b"ticker,2024-01-02,2024-01-03,2024-01-04\nAAA,1,2,3\nBBB,4,5,6\n"
    yield b"\x1f\x8b"
    yield packed(b"")
    yield zipped({})
    yield zipped({"__MACOSX/a.csv": WIDE, ".hidden": WIDE})
    yield zipped({"empty.csv": b""})


@family(WHOLE)
def only_header() -> Iterator[bytes]:
    yield b"Date,AAA,BBB\n"
    yield b"Date,AAA,BBB"
    yield b"date,ticker,close\n\n\n"
    yield b"Date;AAA;BBB\r\n"
    yield workbook([["Date", "AAA", "BBB"]])


@family(WHOLE)
def no_header() -> Iterator[bytes]:
    yield WIDE.split(b"\n", 1)[1]
    yield wide(separator=";").encode().split(b"\n", 1)[1]
    yield packed(WIDE.split(b"\n", 1)[1])


@family(WHOLE)
def wrong_encoding() -> Iterator[bytes]:
    for text in ("Zürich", "Société", "Ünïcode"):
        head = WIDE.replace(b"AAA", text.encode("latin-1"), 1)
        yield head + "\n€".encode()  # two encodings in one file
    # Plain for longer than anybody looks, and then bytes that are no UTF-8.
    plain = WIDE + WIDE.split(b"\n", 1)[1] * 1_000
    yield plain + b"2024-01-02,1.00,\xff\xfe,3.00\n"
    yield plain + b"2024-01-02,1.00,\xe9,3.00\n"
    yield WIDE.decode().encode("utf-16")[:-1]
    yield WIDE.decode().encode("utf-32")
    yield b"\xef\xbb\xbf" + WIDE.replace(b"BBB", b"B\xe9B", 1)
    yield WIDE.replace(b"BBB", b"\x81\x8d\x9d", 1)


@family(WHOLE)
def null_bytes() -> Iterator[bytes]:
    yield WIDE.replace(b"BBB", b"B\0B", 1)
    yield WIDE.replace(b",", b"\0,", 1)
    yield WIDE + b"\0" * 10
    yield b"\0" * 100_000
    yield LONG.replace(b"AAA", b"\0AA", 3)


@family(WHOLE)
def ragged_lines() -> Iterator[bytes]:
    for number in (1, 5, 30, 58):
        lines = WIDE.split(b"\n")
        lines[number] = lines[number].rsplit(b",", 1)[0]
        yield b"\n".join(lines)
        lines[number] += b",1.5,2.5"
        yield b"\n".join(lines)
    yield WIDE + b"Source: somebody\n"
    yield WIDE.replace(b"Date,AAA", b"Date", 1)


@family(ONE)
def ragged_lines_of_one_ticker() -> Iterator[bytes]:
    lines = LONG.split(b"\n")
    places = [at for at, line in enumerate(lines) if b",BBB," in line]
    for place in places[::20]:
        yield b"\n".join([*lines[:place], lines[place].rsplit(b",", 2)[0], *lines[place + 1 :]])
        yield b"\n".join([*lines[:place], lines[place] + b",7", *lines[place + 1 :]])


@family(WHOLE)
def wrong_quotation() -> Iterator[bytes]:
    yield changed_line(WIDE, 30, b"2023", b'"2023')
    yield changed_line(WIDE, 0, b"BBB", b'"BBB')
    yield changed_line(WIDE, 30, b",", b',"x"y')
    yield changed_line(LONG, 100, b",BBB", b',"BBB')
    yield WIDE.rstrip(b"\n") + b'\n"'


@family(WHOLE)
def huge_pieces() -> Iterator[bytes]:
    yield changed_line(WIDE, 30, b",", b',"' + b"9" * 200_000 + b'",')
    yield b"Date,AAA\n2024-01-02," + b"1" * 6_000_000 + b"\n"
    yield b"x" * 6_000_000
    yield b"Date," + b"A" * 5_000_000 + b"\n2024-01-02,1\n"
    yield b",".join([b"2024-01-02"] * 700_000)


@family(WHOLE)
def packed_too_well() -> Iterator[bytes]:
    yield packed(b"0" * 40_000_000)
    yield packed(WIDE + b"2024-01-02,1,2,3\n" * 1_500_000)
    yield zipped({"a.csv": b"\n" * 30_000_000})
    yield zipped({"a.csv": WIDE, "b.csv": b"0," * 15_000_000})
    yield claiming(1024**3)
    yield claiming(4 * 1024**3 - 2)
    yield claiming(1000)
    yield overlapping()


def claiming(size: int) -> bytes:
    """A zip whose index claims that its file has so many bytes."""
    data = bytearray(zipped({"a.csv": WIDE}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", size)
    return bytes(data)


def overlapping() -> bytes:
    """A zip in which many names share one well packed file."""
    inner = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = inner.compress(b"0" * 20_000_000) + inner.flush()
    crc = zlib.crc32(b"0" * 20_000_000)
    head = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, crc, len(body), 20_000_000, 1, 0) + b"a" + body
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, crc, len(body), 20_000_000, 1, 0, 0, 0, 0, 0, 0
    )
    index = b"".join(entry + bytes([97 + n]) for n in range(26))
    return head + index + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 26, 26, len(index), len(head), 0)


@family(WHOLE)
def packed_twice() -> Iterator[bytes]:
    yield packed(packed(WIDE))
    yield packed(zipped({"a.csv": WIDE}))
    yield zipped({"a.zip": zipped({"a.csv": WIDE})})
    yield zipped({"a.csv.gz": packed(WIDE)})
    yield zipped({"a": zipped({"b": zipped({"c": WIDE})})})
    yield zipped({"a.csv": WIDE}, zipfile.ZIP_BZIP2)
    yield zipped({"a.csv": WIDE}, zipfile.ZIP_LZMA)
    yield zipped({f"{n}.csv": b"x" for n in range(300)})
    yield encrypted()


def encrypted() -> bytes:
    data = bytearray(zipped({"a.csv": WIDE}))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rfind(sign) + place] |= 1
    return bytes(data)


@family(WHOLE)
def garbage_behind() -> Iterator[bytes]:
    yield packed(WIDE) + b"garbage"
    yield packed(LONG) + WIDE
    yield packed(WIDE)[:-4] + b"\1\2\3\4"
    yield packed(WIDE) + packed(b"garbage")


@family(CLEAR)
def mixed_line_ends() -> Iterator[bytes]:
    for end in ("\r\n", "\r", "\n\n", "\r\n\n", "\n\r"):
        yield wide(end=end).encode()
    yield WIDE.replace(b"\n", b"\r\n", 10).replace(b"\r\n", b"\r", 3)


@family(ONE)
def impossible_prices() -> Iterator[bytes]:
    for value in (
        "-1",
        "0",
        "-0.0",
        "0.00",
        "1e13",
        "1e-10",
        "inf",
        "-inf",
        "Infinity",
        "1e999",
        "abc",
        "12x",
        "1_000",
    ):
        yield with_cell(value)
        yield in_long(value)
    for value in ("1.2.3", "--5", "0x10", "true", "12%", "#REF!", "=1+1", "=cmd|' /C calc'!A0", "2023-01-02"):
        yield with_cell(value)
        yield in_long(value)


@family(ONE)
def impossible_dates_of_one_ticker() -> Iterator[bytes]:
    for when in ("2199-01-01", "1799-12-31", "2024-13-01", "2023-02-30", "", "soon", "0000-00-00", "2024-06-31"):
        lines = LONG.split(b"\n")
        place = next(at for at, line in enumerate(lines) if b",BBB," in line) + 3
        lines[place] = when.encode() + lines[place][10:]
        yield b"\n".join(lines)


@family(WHOLE)
def impossible_dates() -> Iterator[bytes]:
    for when in (b"2199-01-01", b"1799-12-31"):
        yield changed_line(WIDE, 7, b"2023-01-10", when)
    for when in (b"2024-13-01", b"2023-02-30", b"soon", b"", b"10/01/2023", b"0000-00-00"):
        yield changed_line(WIDE, 7, b"2023-01-10", when)


@family(ONE)
def names_that_are_formulas() -> Iterator[bytes]:
    for name in ("=1+1", "+BBB", "-BBB", "@SUM(A1)", "=HYPERLINK(1)", "=cmd|x", "+1", "-", "@"):
        yield WIDE.replace(b"BBB", name.encode(), 1)
        yield LONG.replace(b",BBB,", b"," + name.encode() + b",")


@family(ONE)
def names_that_can_not_be() -> Iterator[bytes]:
    for name in ("B" * 33, "B" * 5000, "B<script>B", "B'B", "B;DROP TABLE", "B/B", "BéB", "\u202eBBB", "日本"):
        yield WIDE.replace(b"BBB", name.encode(), 1)
        yield LONG.replace(b",BBB,", b"," + name.encode() + b",")


@family(TWO)
def two_tickers_alike() -> Iterator[bytes]:
    for twin in ("BBB", "bbb", "Bbb", " BBB", "BBB ", "B BB"):
        yield WIDE.replace(b"CCC", twin.encode(), 1)
        yield LONG.replace(b",CCC,", b"," + twin.encode() + b",")


@family(ONE)
def other_prices_of_a_day() -> Iterator[bytes]:
    lines = LONG.rstrip(b"\n").split(b"\n")
    of_one = [line for line in lines if b",BBB," in line]
    for line in of_one[::20]:
        cells = line.split(b",")
        yield b"\n".join([*lines, b",".join([*cells[:5], b"99999.5", cells[6]])]) + b"\n"


@family(WHOLE)
def unreadable_numbers() -> Iterator[bytes]:
    yield wide().replace(".", ":").encode()
    yield b"Date,AAA\n2024-01-02,x\n2024-01-03,y\n"
    yield b"date,ticker,close\n2024-01-02,AAA,\n2024-01-03,AAA,NA\n"
    yield b"Date,AAA,BBB\n2024-01-02,,\n2024-01-03,-,n/a\n"


@family(WHOLE)
def workbooks_that_are_none() -> Iterator[bytes]:
    good = workbook(sheet_rows(5))
    yield repacked(good, "xl/worksheets/sheet1.xml", b"<worksheet")
    yield repacked(good, "xl/worksheets/sheet1.xml", BOMB)
    yield repacked(good, "xl/workbook.xml", b"")
    yield repacked(good, "xl/worksheets/sheet1.xml", b"\xff\xfe<\0")
    yield repacked(good, "xl/worksheets/sheet1.xml", FAR)
    yield zipped({"xl/workbook.xml": b"<x/>"})
    yield zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    yield zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})
    yield workbook([])


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;">]>'
    + SHEET
    + b'<row><c t="str"><v>Date</v></c><c t="str"><v>AAA</v></c></row>'
    + b'<row><c t="str"><v>2024-01-02</v></c><c><v>&b;</v></c></row></sheetData></worksheet>'
)
FAR = SHEET + b'<row r="2000000000"><c r="ZZZZZZ9" t="str"><v>x</v></c></row></sheetData></worksheet>'


def repacked(data: bytes, name: str, other: bytes) -> bytes:
    """A workbook with another part of that name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    return zipped(files | {name: other})


@family(ONE)
def formulas_in_workbooks() -> Iterator[bytes]:
    for value in ("=1+1", '=HYPERLINK("http://x")', "=AAA1"):
        rows = sheet_rows(20)
        rows[5][2] = value
        yield workbook(rows)
