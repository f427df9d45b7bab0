"""Headers of two lines, the fields and the tickers of the columns, as yfinance and pandas write them; and nothing else.

``Price,Close,Close`` over ``Ticker,AAPL,MSFT``, in either order, and below them the name of the dates or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modeling.importers.prices.columns import (
    DATES,
    FIELDS,
    HEADER_WITHIN,
    PREFERRED,
    TICKERS,
    Rows,
    first_dated,
    key_of,
)
from modeling.importers.prices.dates import looks_like_date
from modeling.importers.prices.refusals import refused, shown
from modeling.importers.prices.search import Search

# What may stand over the dates.
CORNERS = {"", "price", "prices", "attribute", "attributes", "field", "fields", "variable"} | TICKERS | DATES


@dataclass(frozen=True)
class Heads:
    """The field and the ticker of each column; over the dates no field, and their own name.

    ``field_line`` and ``ticker_line`` name them, ``last_line`` is the last one of the header.
    """

    fields: tuple[str, ...]
    tickers: tuple[str, ...]
    field_line: int
    ticker_line: int
    last_line: int

    @property
    def evidence(self) -> str:
        return (
            f"Line {self.field_line:,} names the field and line {self.ticker_line:,} the ticker of each column, "
            "as yfinance writes them."
        )

    def kinds(self) -> list[str]:
        """The fields there are, the one to be preferred as a price first; of those that are no prices none."""
        there = {key_of(field): field for field in reversed(self.fields[1:])}
        return [there[key] for key in PREFERRED if key in there]

    def places(self, field: str) -> list[int]:
        """The columns of a field."""
        return [at for at, name in enumerate(self.fields) if at and key_of(name) == key_of(field)]

    def lacking(self, field: str) -> list[str]:
        """The tickers without such a column."""
        there = {self.tickers[at] for at in self.places(field)}
        return [ticker for ticker in dict.fromkeys(self.tickers[1:]) if ticker not in there]


def heads_of(rows: Rows) -> Heads | None:
    """The header of a table of which these are the first rows; None where it is none of this kind."""
    first = first_dated(rows)
    return None if first is None or first > HEADER_WITHIN else heads_in(rows[: first + 1])


def heads_in(rows: Rows) -> Heads | None:
    """The header above the last of these rows, which is one of data; None where it is none of this kind.

    Raises BadPriceFile where it could be taken for either order, or says the same of two columns.
    """
    *above, (_, data) = rows
    width = len(data)
    if width < 2 or len(above) < 2 or not looks_like_date(data[0]):
        return None
    *above, last = [(line, padded(cells, width)) for line, cells in above]
    dated = last[1][0] if not any(last[1][1:]) and last[1][0] else ""
    if dated or not any(last[1]):
        *above, bottom = above
    else:
        bottom = last
    if not above or any(len(cells) != width for _, cells in (above[-1], bottom)):
        return None
    return read_as(spread(above[-1]), bottom, last[0], dated or "Date")


def read_as(top: tuple[int, list[str]], bottom: tuple[int, list[str]], last_line: int, dated: str) -> Heads | None:
    if not all(key_of(cells[0]) in CORNERS and all(cells[1:]) for _, cells in (top, bottom)):
        return None
    of_fields = [names_fields(cells[1:]) for _, cells in (top, bottom)]
    if not any(of_fields):
        return None
    if all(of_fields):
        raise refused(
            f"Lines {top[0]:,} and {bottom[0]:,} of its header could both be fields of prices.",
            "Give one line with the tickers.",
            f"line {top[0]}",
        )
    (field_line, fields), (ticker_line, tickers) = (top, bottom) if of_fields[0] else (bottom, top)
    pairs = list(zip(map(key_of, fields[1:]), tickers[1:], strict=True))
    twice = next((pair for pair in pairs if pairs.count(pair) > 1), None) if len(set(pairs)) < len(pairs) else None
    if twice:
        remedy = "Keep one of the columns."
        raise refused(f"Two columns are {twice[0]} of {shown(twice[1])}.", remedy, f"line {ticker_line}")
    return Heads(("", *fields[1:]), (dated, *tickers[1:]), field_line, ticker_line, last_line)


def padded(cells: Sequence[str], width: int) -> list[str]:
    return [cell.strip() for cell in cells] + [""] * (width - len(cells))


def spread(row: tuple[int, list[str]]) -> tuple[int, list[str]]:
    """With each name over all columns up to the next, as spreadsheets merge the cells of an upper line."""
    line, (corner, *cells) = row
    found: list[str] = []
    for cell in cells:
        found.append(cell or (found[-1] if found else ""))
    return line, [corner, *found]


def names_fields(cells: Iterable[str]) -> bool:
    """Whether all of them are what fields are called, a price among them."""
    keys = [key_of(cell) for cell in cells]
    return all(key in FIELDS for key in keys) and any(key in PREFERRED for key in keys)


def field_of(search: Search, heads: Heads) -> str:
    """The field whose columns are read: adjusted before close, as among the columns of other files."""
    kinds = heads.kinds()
    stated = search.stated.get("price_column", "")
    if stated and not heads.places(stated):
        known = ", ".join(dict.fromkeys(heads.fields[1:]))
        raise refused("No column is of this field.", f"Use one of: {known}.", "price_column", stated)
    field = heads.fields[heads.places(stated)[0]] if stated else kinds[0]
    evidence = "No other field of its columns is a price."
    if len(kinds) > 1:
        evidence = "Prices adjusted for dividends and splits go before closing prices, these before all others."
    rest = [kind for kind in dict.fromkeys((*kinds, *heads.fields[1:])) if kind != field]
    return search.settle("price_column", field, field, evidence, others=rest)
