"""What the columns of a table are: dates, tickers, prices of either kind, or none of these."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modeling.importers.prices.dates import DateFinding, looks_like_date, recognise_dates
from modeling.importers.prices.figures import is_missing, looks_like_number
from modeling.importers.prices.refusals import refused, shown

if TYPE_CHECKING:
    from modeling.importers.prices.heads import Heads

DATES = {"date", "dates", "time", "timestamp", "datetime", "day", "tradedate", "tradingdate", "pricedate", "asof"} | {
    "asofdate",
    "datum",
    "fecha",
    "data",
    "period",
    "caldt",
    "datadate",
}
TICKERS = {"ticker", "tickers", "tic", "symbol", "symbols", "ric", "isin", "cusip", "sedol", "figi", "permno"} | {
    "security",
    "securityid",
    "instrument",
    "asset",
    "assetid",
    "tickersymbol",
    "stock",
    "name",
    "code",
    "gvkey",
}
# The preference among columns of prices: what dividends and splits are taken out of comes first.
ADJUSTED = (
    "adjclose",
    "adjustedclose",
    "closeadj",
    "closeadjusted",
    "adjcloseprice",
    "adjustedprice",
    "adjprice",
    "adjustedcloseprice",
)
CLOSES = ("close", "closeprice", "closingprice", "closelast", "last", "lastprice", "pxlast", "price", "prc", "settle")
VALUES = ("nav", "value", "level", "index", "kurs", "schlusskurs", "cierre", "cours")
CURRENCIES = {"currency", "ccy", "cur", "currencycode", "curcd"}
OTHER_FIELDS = {"open", "high", "low", "volume", "vol", "vwap", "dividends", "dividend", "stocksplits", "splits"} | {
    "splitfactor",
    "adjopen",
    "adjhigh",
    "adjlow",
    "adjvolume",
    "change",
    "changepercent",
    "turnover",
    "marketcap",
    "bid",
    "ask",
    "openprice",
    "highprice",
    "lowprice",
    "capitalgains",
    "divcash",
    "dividendamount",
    "splitcoefficient",
}
PREFERRED = (*ADJUSTED, *CLOSES, *VALUES)
# What no ticker is called, as it may be LAST or OPEN.
UNMISTAKABLE = {name for name in (*ADJUSTED, *CLOSES) if "close" in name or "price" in name}
FIELDS = set(PREFERRED) | OTHER_FIELDS | CURRENCIES
HEADER_WITHIN = 40
LOOKED_AT = 50  # columns; a table from pandas has its index last
Rows = Sequence[tuple[int, list[str]]]


def key_of(name: str) -> str:
    """A column's name without case, spaces and marks."""
    return re.sub(r"[\W_]+", "", name).casefold()


@dataclass(frozen=True)
class Sample:
    """The first lines of a table: its columns by name and by what stands in them."""

    names: tuple[str, ...]
    header_line: int
    lines: tuple[int, ...]
    columns: tuple[tuple[str, ...], ...]

    def texts(self, column: int) -> tuple[list[str], list[int]]:
        """What is not missing in a column, and the lines where it stands."""
        found = [
            (text.strip(), line)
            for text, line in zip(self.columns[column], self.lines, strict=True)
            if not is_missing(text)
        ]
        return [text for text, _ in found], [line for _, line in found]

    def is_numeric(self, column: int) -> bool:
        texts, _ = self.texts(column)
        return bool(texts) and sum(looks_like_number(text) for text in texts) >= 0.9 * len(texts)

    def is_text(self, column: int) -> bool:
        texts, _ = self.texts(column)
        return bool(texts) and all(re.search(r"[^\W\d]", text) and not looks_like_number(text) for text in texts)

    def is_empty(self, column: int) -> bool:
        return not self.texts(column)[0]

    def place(self, name: str, field: str) -> int:
        """The position of a column named or numbered by somebody."""
        if name.startswith("#") and name[1:].isdecimal() and 1 <= int(name[1:]) <= len(self.names):
            return int(name[1:]) - 1
        exact = [at for at, known in enumerate(self.names) if known == name]
        alike = exact or [at for at, known in enumerate(self.names) if key_of(known) == key_of(name)]
        if len(alike) == 1:
            return alike[0]
        few = ", ".join(shown(known) or f"#{at + 1}" for at, known in enumerate(self.names[:12]))
        if alike:
            raise refused(
                f"There are {len(alike)} such columns.", "Give its number, such as #2 for the second.", field, name
            )
        raise refused("There is no such column.", f"Use one of: {few}; or its number, such as #2.", field, name)

    def name(self, column: int) -> str:
        """How a layout names a column: by its name where that is there once."""
        name = self.names[column]
        return name if name and self.names.count(name) == 1 and not name.startswith("#") else f"#{column + 1}"


def first_dated(rows: Rows) -> int | None:
    """Where the first row with a date stands."""
    return next((at for at, (_, cells) in enumerate(rows) if any(map(looks_like_date, cells))), None)


def sampled(rows: Rows, heads: Heads | None = None) -> Sample:
    """The table in these rows. Its header is the last line before the first date, in as many cells, or *heads*."""
    first = first_dated(rows)
    if first is None:
        raise refused(
            "No line of it holds a date." if len(rows) > 1 else "It holds nothing but a header.",
            "Give a table with a column of dates and at least one of prices.",
        )
    if first > HEADER_WITHIN:
        raise refused(f"The first {first} lines hold no date.", "Take away what stands before the table.")
    dated = sum(map(looks_like_date, rows[first][1]))
    width = len(rows[first][1])
    if dated > 2 and dated > width / 2 and not any(map(looks_like_date, (cells[0] for _, cells in rows[first + 1 :]))):
        raise refused("Its dates run across, not down.", "Turn the table, so that each date has its own line.")
    line, names = (heads.last_line, heads.tickers) if heads else header_before(rows, first, width)
    body = [(at, cells) for at, cells in rows[first:] if len(cells) == width]
    columns = tuple(zip(*(cells for _, cells in body), strict=True))
    clean = tuple(name.strip() for name in names)
    return Sample(clean, line, tuple(at for at, _ in body), columns)


def header_before(rows: Rows, first: int, width: int) -> tuple[int, Sequence[str]]:
    """The header above the first line of data; without one the columns have no names."""
    if first == 0:
        return 0, [""] * width
    line, names = rows[first - 1]
    if len(names) != width:
        raise refused(
            f"Line {line:,} names {len(names):,} columns, line {rows[first][0]:,} has {width:,}.",
            "Give each line as many cells as the header has.",
            f"line {rows[first][0]}",
        )
    if first > 1 and not any(name.strip() for name in names[1:]) and any(rows[first - 2][1][1:]):
        raise refused(
            f"Its header has several lines (the last is line {line:,}).",
            "Give one line with the tickers, or one above it with the field of each column, such as Close.",
            f"line {line}",
        )
    return line, names


def date_column(sample: Sample) -> tuple[int, DateFinding]:
    """The column of dates: by what stands in it, and where several could be, by its name or by coming first."""
    found: list[tuple[bool, int, DateFinding]] = []
    width = len(sample.names)
    named = [at for at in range(width) if key_of(sample.names[at]) in DATES]
    for column in sorted({*range(min(width, LOOKED_AT)), *named, width - 1}):
        finding = recognise_dates(*sample.texts(column))
        if finding is not None:
            found.append((key_of(sample.names[column]) not in DATES, column, finding))
    if not found:
        raise refused(
            "No column of it holds dates that can be read.",
            "Write dates as 2024-12-31, or state date_column and date_format.",
            "date_column",
        )
    _, column, finding = min(found, key=lambda item: item[:2])
    return column, finding


def column_words(name: str) -> str:
    """Which column a file's prices are from, and whether dividends are in them; empty for columns called by tickers."""
    if not name:
        return ""
    start = f"The prices are those of the column {shown(name)}"
    if key_of(name) in ADJUSTED:
        return f"{start}: adjusted for dividends and splits, so that returns are total ones."
    return f"{start}. The file does not say that they are adjusted: returns hold dividends only where prices do."


def by_name(sample: Sample, names: Sequence[str] | set[str], but: set[int]) -> list[int]:
    """Columns with one of these names; in the order of the names where they have one."""
    keys = [key_of(name) for name in sample.names]
    if isinstance(names, set):
        return [at for at, key in enumerate(keys) if key in names and at not in but]
    return [at for name in names for at, key in enumerate(keys) if key == name and at not in but]
