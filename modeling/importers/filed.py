"""Reading the document: annual facts by tag and period, the latest filing first. Pure."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from modeling.importers.tags import Stated
from valor.lib.errors import InvalidInput

MAX_BYTES = 64 * 1024 * 1024
LARGEST = Decimal(10) ** 20
ANNUAL_FORMS = ("10-K", "10-KT", "20-F", "40-F")
SHORTEST_YEAR, LONGEST_YEAR = 350, 380

Period = tuple[date | None, date]


@dataclass(frozen=True)
class Filing:
    """One value of one period in one filing."""

    period: Period
    value: Decimal
    form: str
    filed: date
    number: str


def load(data: bytes | Mapping[str, Any]) -> dict[str, Any]:
    """The document as a dict; gzip is unpacked. Raises InvalidInput where it is too large, or not JSON."""
    if isinstance(data, Mapping):
        return dict(data)
    if data[:2] == b"\x1f\x8b":
        data = unpack(data)
    if len(data) > MAX_BYTES:
        raise refused(f"It is larger than {MAX_BYTES // 2**20} MB.", "Give one company's companyfacts document.")
    try:
        document = json.loads(data, parse_float=Decimal, parse_constant=refuse_constant)
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise refused(f"It is not JSON: {error}.", "Download the document again and give the whole file.") from None
    if not isinstance(document, dict):
        raise refused("It is JSON, but not an object.", "Give one company's companyfacts document.")
    return document


def unpack(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            return packed.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise refused(f"It can't be unpacked: {error}.", "Download the file again.") from None


def refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def refused(message: str, remedy: str, field: str = "document", value: Any = None) -> InvalidInput:
    return InvalidInput.at(field, value, message, remedy)


def us_gaap(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tags of the document; raises InvalidInput where this is not a companyfacts document."""
    remedy = "Give a document of https://data.sec.gov/api/xbrl/companyfacts/."
    if not isinstance(document.get("facts"), Mapping) or not document.get("entityName"):
        raise refused("This is not a companyfacts document: it has no entityName and facts.", remedy)
    tags = document["facts"].get("us-gaap")
    if not isinstance(tags, Mapping) or not tags:
        others = ", ".join(sorted(str(name) for name in document["facts"])) or "none"
        raise refused(f"It holds no US-GAAP facts (found: {others}).", "Only US-GAAP statements can be read so far.")
    return tags


def units_of(tags: Mapping[str, Any], tag: str) -> dict[str, list[Any]]:
    """The filed values of a tag by unit."""
    if tag not in tags:
        return {}
    units = tags[tag].get("units") if isinstance(tags[tag], Mapping) else None
    if not isinstance(units, Mapping) or not all(isinstance(rows, list) for rows in units.values()):
        raise refused("Its units are not lists of values.", "Download the document again.", f"facts.us-gaap.{tag}")
    return dict(units)


def annual_filings(tags: Mapping[str, Any], tag: str, unit: str) -> list[Filing]:
    """The values of a tag that annual reports state for whole years, or for a date."""
    rows = units_of(tags, tag).get(unit, [])
    filings = []
    for index, row in enumerate(rows):
        filing = read_row(row, f"facts.us-gaap.{tag}.units.{unit}.{index}")
        if filing is not None:
            filings.append(filing)
    return filings


def read_row(row: Any, field: str) -> Filing | None:
    """One filed value; None where it is not from an annual report or not for a whole year."""
    try:
        form = str(row["form"])
        if form.removesuffix("/A") not in ANNUAL_FORMS:
            return None
        start = date.fromisoformat(row["start"]) if row.get("start") else None
        end, filed = date.fromisoformat(row["end"]), date.fromisoformat(row["filed"])
        value = row["val"]
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            raise TypeError("val is not a number")
        number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        if not number.is_finite() or abs(number) >= LARGEST:
            raise ValueError("val is out of range")
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise refused(f"This value can't be read: {error!s}.", "Download the document again.", field, None) from None
    if start and not SHORTEST_YEAR <= (end - start).days + 1 <= LONGEST_YEAR:
        return None
    return Filing((start, end), number, form, filed, str(row.get("accn", "")))


def latest(filings: Iterable[Filing]) -> Filing:
    return max(filings, key=lambda filing: (filing.filed, filing.number))


def stated(tag: str, filing: Filing) -> Stated:
    return Stated(filing.value, (tag,), filing.form, filing.filed)
