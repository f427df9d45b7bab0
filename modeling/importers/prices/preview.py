"""The first lines of a file as a layout reads them, for somebody to say whether that is what is meant."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

from modeling.importers.prices.cells import NO_DAY
from modeling.importers.prices.container import Member
from modeling.importers.prices.figures import is_missing
from modeling.importers.prices.judgement import Rules
from modeling.importers.prices.layout import SINGLE, Layout
from modeling.importers.prices.long import LongReader
from modeling.importers.prices.money import code_of
from modeling.importers.prices.refusals import shown
from modeling.importers.prices.rows import reader_of
from modeling.importers.prices.text import Row
from modeling.importers.prices.wide import WideReader
from modeling.prices.units import MINOR

LINES, TICKERS = 8, 6


def preview(member: Member, layout: Layout, rules: Rules) -> list[dict[str, Any]]:
    """Line, date, ticker and price as read, and each as written; null where it can't be read or is missing.

    Prices in a minor unit are told in its currency, as they will be stored.
    """
    reader = reader_of(member, layout, rules)
    rows = list(islice(reader.data_rows([]), LINES))
    if isinstance(reader, WideReader):
        return [as_read(reader, row, at, reader.header[at]) for row in rows for at in reader.places[:TICKERS]]
    return [as_read(reader, row, reader.price_at, ticker_in(reader, row)) for row in rows if whole(reader, row)]


def whole(reader: LongReader, row: Row) -> bool:
    return len(row[1]) > reader.needed


def ticker_in(reader: LongReader, row: Row) -> str:
    return reader.layout.ticker if reader.layout.shape == SINGLE else row[1][reader.ticker_at].strip()


def currency_in(reader: WideReader | LongReader, cells: list[str]) -> str:
    if isinstance(reader, WideReader) or not 0 <= reader.currency_at < len(cells):
        return reader.layout.currency
    return cells[reader.currency_at]


def as_read(reader: WideReader | LongReader, row: Row, at: int, ticker: str) -> dict[str, Any]:
    line, cells = row
    day = reader.days[cells[reader.date_at]]
    read = reader.prices.read([cells[at]], lambda *_: None)
    minor = MINOR.get(code_of(currency_in(reader, cells)))
    price = float((minor.whole(read) if minor else read)[0])
    return {
        "line": line,
        "ticker": shown(ticker),
        "date": None if day == NO_DAY else str(np.datetime64(day, "D")),
        "date_as_written": shown(cells[reader.date_at]),
        "price": None if np.isnan(price) else price,
        "price_as_written": shown(cells[at]),
        "missing": is_missing(cells[at]),
    }
