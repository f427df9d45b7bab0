"""A provider's table of days and prices. All of it must be as expected: a half-understood answer is no answer."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import NamedTuple

MOST_ROWS = 40_000
HIGHEST_PRICE = 1e12
NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?").fullmatch
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
NO_PRICE = frozenset({"", "nan", "n/d", "null"})


class Dated(NamedTuple):
    """Days (rising), their prices, and how many days had none."""

    days: tuple[date, ...]
    prices: tuple[float, ...]
    without: int


class NoTable(Exception):
    """The text is not the table that was expected; says why."""


def dated_prices(body: bytes, day_column: str, price_column: str) -> Dated:
    """The days and prices in a CSV with these columns; raises NoTable."""
    rows = csv.reader(io.StringIO(text_of(body), newline=""), strict=True)
    found: dict[date, float] = {}
    without = 0
    try:
        day_place, price_place, width = places(next(rows, []), day_column, price_column)
        for number, row in enumerate(rows, start=2):
            if not row:
                continue
            if len(row) != width:
                raise NoTable(f"Line {number} has {len(row)} columns instead of {width}.")
            day = day_in(row[day_place], number)
            if day in found:
                raise NoTable(f"Line {number} tells of {day} again.")
            if row[price_place].strip().lower() in NO_PRICE:
                without += 1
                continue
            found[day] = price_in(row[price_place], number)
            if len(found) > MOST_ROWS:
                raise NoTable(f"It has more than {MOST_ROWS:,} days.")
    except csv.Error as error:
        raise NoTable(f"It is no CSV: {error}.") from error
    days = tuple(sorted(found))
    return Dated(days, tuple(found[day] for day in days), without)


def text_of(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoTable("It is no text in UTF-8.") from error


def places(header: list[str], day_column: str, price_column: str) -> tuple[int, int, int]:
    names = [name.strip() for name in header]
    for wanted in (day_column, price_column):
        if names.count(wanted) != 1:
            raise NoTable(f"Its first line names no column {wanted}: {shown(','.join(header))}")
    return names.index(day_column), names.index(price_column), len(names)


def day_in(text: str, line: int) -> date:
    try:
        if DAY(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NoTable(f"Line {line} has no date: {shown(text)}")


def price_in(text: str, line: int) -> float:
    price = float(text) if NUMBER(text.strip()) else -1.0
    if not 0 < price <= HIGHEST_PRICE:
        raise NoTable(f"Line {line} has no price that can be: {shown(text)}")
    return price


def shown(text: str) -> str:
    """What came from outside, short and in one line."""
    plain = "".join(character if character.isprintable() else " " for character in text[:60])
    return f"{plain}{'...' if len(text) > 60 else ''}"
