"""Bytes into lines into cells, as a stream: bounded memory, and every fault told with its line."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

from modeling.importers.prices.refusals import at_line, refused

CHUNK = 256 * 1024
# Five thousand tickers of twenty characters are 100,000.
LONGEST_LINE = 4 * 1024**2
# So many lines, and so many bytes, are looked at to recognise a layout.
SAMPLE_LINES, SAMPLE_BYTES, MOST_SAMPLE_BYTES = 400, 1024**2, 8 * 1024**2
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
MARKS = (
    (b"\xef\xbb\xbf", "utf-8", "It begins with the mark of UTF-8."),
    (b"\xff\xfe", "utf-16-le", "It begins with the mark of UTF-16."),
    (b"\xfe\xff", "utf-16-be", "It begins with the mark of UTF-16."),
)
OTHER_ENCODING = "Save it as UTF-8, or state the encoding that it has."

Row = tuple[int, list[str]]


def encoding_of(head: bytes) -> tuple[str, str, bool]:
    """The encoding of a file that begins so, why, and whether that is certain."""
    for mark, name, evidence in MARKS:
        if head.startswith(mark):
            return name, evidence, True
    if b"\0" in head:
        return wide_encoding(head)
    try:
        # A character may be cut off where the head ends.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        line = head.count(b"\n", 0, error.start) + 1
        if any(byte in head for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)):
            raise at_line(
                line, "This is text in no encoding that is read, or no text at all.", OTHER_ENCODING
            ) from None
        return "cp1252", f"Line {line:,} is not UTF-8, and every byte is one of Windows-1252 (as of Latin-1).", True
    return "utf-8", "Every byte looked at is UTF-8.", True


def wide_encoding(head: bytes) -> tuple[str, str, bool]:
    """UTF-16 without a mark: every other byte of plain text is zero then."""
    even, odd = head[0::2], head[1::2]
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(zeros) > 1 and zeros.count(0) > 0.7 * len(zeros) and others.count(0) < 0.05 * len(others):
            return name, "Every other byte is zero, as in UTF-16.", True
    line = head.count(b"\n", 0, head.index(b"\0")) + 1
    raise at_line(line, "It holds the character U+0000: this is no text.", "Save the table as CSV, UTF-8.")


def lines_of(stream: IO[bytes], encoding: str, notes: list[str] | None = None) -> Iterator[str]:
    """The lines of a text, whatever ends them, with a line feed each; the last one only where it has an end."""
    plain = codecs.getincrementaldecoder(encoding)()
    decoder = io.IncrementalNewlineDecoder(plain, translate=True)
    pending, line = "", 1
    while True:
        data = stream.read(CHUNK)
        text = decoded(decoder, data, encoding, line)
        if line == 1 and not pending:
            text = text.removeprefix("\ufeff")
        if "\0" in text:
            where = line + text.count("\n", 0, text.index("\0"))
            raise at_line(where, "It holds the character U+0000: this is no text.", "Save the table as CSV, UTF-8.")
        parts = (pending + text).split("\n")
        pending = parts.pop()
        line += len(parts)
        if len(pending) > LONGEST_LINE or any(len(part) > LONGEST_LINE for part in parts if len(parts) < 3):
            raise at_line(
                line, f"It has more than {LONGEST_LINE:,} characters.", "Check that each date has its own line."
            )
        for part in parts:
            yield part + "\n"
        if not data:
            break
    if pending:
        if notes is not None:
            notes.append(f"Line {line:,}, the last, has no line end: make sure that the file was not cut off.")
        yield pending


def decoded(decoder: io.IncrementalNewlineDecoder, data: bytes, encoding: str, line: int) -> str:
    try:
        return decoder.decode(data, final=not data)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, "ignore")
        where = line + before.count("\n") + before.count("\r") - before.count("\r\n")
        wrong = error.object[error.start : error.start + 4].hex(" ")
        name = ENCODINGS.get(encoding, encoding)
        raise at_line(where, f"The bytes {wrong} are not {name}.", OTHER_ENCODING) from None


def cells_of(lines: Iterable[str], separator: str, quote: str) -> Iterator[Row]:
    """Each row with the number of the line at which it ends; empty lines are left out."""
    reader = csv.reader(lines, delimiter=separator, quotechar=quote, skipinitialspace=True, strict=True)
    while True:
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
            return
        except csv.Error as error:
            raise at_line(reader.line_num, csv_fault(str(error)), csv_remedy(str(error), quote)) from None


def csv_fault(error: str) -> str:
    if "field larger" in error:
        return f"A cell has more than {csv.field_size_limit():,} characters."
    if "end of data" in error:
        return "A quotation mark that was opened is never closed."
    return f"The quotation marks are wrong ({error})."


def csv_remedy(error: str, quote: str) -> str:
    return f"Check the quotation marks ({quote}) in this line and before it."


def sample_of(stream: IO[bytes]) -> tuple[bytes, bool]:
    """What a file begins with, in whole lines where it has any, and whether that is all of it."""
    data = b""
    while len(data) < SAMPLE_BYTES or (data.count(b"\n") < SAMPLE_LINES and len(data) < MOST_SAMPLE_BYTES):
        more = stream.read(CHUNK)
        if not more:
            return data, True
        data += more
    return data, False


def sample_lines(head: bytes, encoding: str, whole: bool) -> list[str]:
    """The whole lines of a sample."""
    lines = list(islice(lines_of(io.BytesIO(even(head, encoding, whole)), encoding), 4 * SAMPLE_LINES))
    if not whole and len(lines) > 1 and not lines[-1].endswith("\n"):
        lines.pop()
    if not any(line.strip() for line in lines):
        raise refused("There is nothing in it but empty lines.", "Export it again, and send the whole file.")
    return lines


def even(head: bytes, encoding: str, whole: bool) -> bytes:
    """The sample without the character that was cut off at its end."""
    if whole:
        return head
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        decoder.decode(head)
    except UnicodeDecodeError:
        return head
    cut = len(decoder.getstate()[0])
    return head[: len(head) - cut]
