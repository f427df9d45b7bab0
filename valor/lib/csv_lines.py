"""Tables as CSV, line by line, that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

# What a spreadsheet calculates, or what hides such a sign from whoever looks.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The head and each row as a line; nothing is kept, however many there are."""
    writer = csv.writer(Line())
    yield writer.writerow([harmless(name) for name in head])
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def cell(value: Any) -> Any:
    """Numbers as they are, times as ISO 8601 with Z, what is nested as JSON, texts made harmless."""
    if value is None or isinstance(value, (bool, int, float)):
        return "" if value is None else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return harmless(json.dumps(value, default=str) if isinstance(value, (dict, list)) else str(value))


def harmless(text: str) -> str:
    """A text that a spreadsheet would calculate begins with an apostrophe, which it shows as text."""
    clean = text.replace("\0", "")
    return f"'{clean}" if clean.lstrip(" ").startswith(DANGEROUS) else clean
