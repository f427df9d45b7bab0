"""Small files of prices, in every form that is read."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

TODAY = date(2024, 6, 28)
START = date(2023, 1, 2)
TICKERS = ("AAA", "BBB", "CCC")


def weekdays(count: int, start: date = START) -> list[date]:
    days = (start + timedelta(days=n) for n in range(3 * count + 7))
    return [day for day in days if day.weekday() < 5][:count]


def price(ticker: str, day: date) -> float:
    """The same for the same ticker and day, with two decimals."""
    return round(10 + random.Random(f"{ticker} {day}").random() * 90, 2)


def wide(
    days: Sequence[date] | None = None,
    tickers: Sequence[str] = TICKERS,
    *,
    separator: str = ",",
    decimal: str = ".",
    form: str = "%Y-%m-%d",
    date_name: str = "Date",
    end: str = "\n",
) -> str:
    lines = [separator.join([date_name, *tickers])]
    for day in days or weekdays(60):
        cells = [f"{price(ticker, day):.2f}".replace(".", decimal) for ticker in tickers]
        lines.append(separator.join([day.strftime(form), *cells]))
    return end.join(lines) + end


def long(days: Sequence[date] | None = None, tickers: Sequence[str] = TICKERS) -> str:
    lines = ["date,ticker,open,high,low,close,volume"]
    for ticker in tickers:
        for day in days or weekdays(60):
            value = price(ticker, day)
            lines.append(f"{day},{ticker},{value - 1:.2f},{value + 1:.2f},{value - 2:.2f},{value:.2f},12345")
    return "\n".join(lines) + "\n"


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def workbook(rows: Iterable[Sequence[Any]], sheet: str = "Prices") -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sheet_rows(count: int = 60) -> list[list[Any]]:
    return [["Date", *TICKERS], *([day, *(price(ticker, day) for ticker in TICKERS)] for day in weekdays(count))]
