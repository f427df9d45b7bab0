"""Headers of two lines, as yfinance writes them: recognised with their evidence, read by field, else refused."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest

from modeling.importers.prices.layout import Layout
from modeling.importers.prices.refusals import BadPriceFile
from tests.modeling.importers.prices.files import price, weekdays, workbook
from tests.modeling.importers.prices.readings import notes_of, read, recognised

FIELDS = ("Adj Close", "Close", "Open", "Volume")
NAMES = ("AAA", "BBB")
DAYS = weekdays(30)


def figure(field: str, ticker: str, day: date) -> float:
    """Told apart by the field."""
    return price(ticker, day) + 1000 * FIELDS.index(field)


def table(
    fields: tuple[str, ...] = FIELDS,
    tickers: tuple[str, ...] = NAMES,
    *,
    by_ticker: bool = False,
    corners: tuple[str, str] = ("Price", "Ticker"),
    dated: str = "Date",
    merged: bool = False,
) -> list[list[Any]]:
    """What ``yfinance.download(...)`` writes; *by_ticker* as with ``group_by="ticker"``."""
    pairs = [(field, name) for name in tickers for field in fields]
    pairs = pairs if by_ticker else [(field, name) for field in fields for name in tickers]
    names = dict(zip(("Price", "Ticker"), corners, strict=True))
    lines = [[names["Price"], *(field for field, _ in pairs)], [names["Ticker"], *(name for _, name in pairs)]]
    if by_ticker:
        lines.reverse()
    if merged:
        top = lines[0]
        lines[0] = [cell if at < 2 or cell != top[at - 1] else "" for at, cell in enumerate(top)]
    if dated:
        lines.append([dated, *("" for _ in pairs)])
    return lines + [[day, *(figure(field, name, day) for field, name in pairs)] for day in DAYS]


def written(rows: list[list[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def prices_of(field: str, ticker: str) -> list[float]:
    return [figure(field, ticker, day) for day in DAYS]


@pytest.mark.parametrize("by_ticker", [False, True])
@pytest.mark.parametrize("dated", ["Date", "Datetime", ""])
@pytest.mark.parametrize("corners", [("Price", "Ticker"), ("", ""), ("Attributes", "Symbols")])
@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("batch", [40, 1_000_000])
def test_the_header_of_yfinance_is_read_by_the_adjusted_close(by_ticker, dated, corners, merged, batch):
    data = written(table(by_ticker=by_ticker, corners=corners, dated=dated, merged=merged))
    good, bad = read(data, batch=batch)
    assert not bad
    assert {ticker: series.prices.tolist() for ticker, series in good.items()} == {
        ticker: prices_of("Adj Close", ticker) for ticker in NAMES
    }
    assert good["AAA"].days.astype("datetime64[D]").astype(object).tolist() == DAYS


def test_its_parts_are_told_with_their_evidence():
    found = recognised(written(table()))
    layout = found.confirmed()
    assert (layout.shape, layout.header_line, layout.field_line, layout.price_column) == ("wide", 3, 1, "Adj Close")
    told = {each.name: each for each in found.findings}
    assert told["shape"].evidence == (
        "Line 1 names the field and line 2 the ticker of each column, as yfinance writes them."
    )
    assert told["price_column"].evidence.startswith("Prices adjusted for dividends and splits go before closing prices")
    assert told["price_column"].alternatives == ("Close", "Open", "Volume")
    assert Layout.from_dict(layout.as_dict()) == layout


@pytest.mark.parametrize("field", ["Close", "close", "Open"])
def test_another_field_can_be_stated(field):
    (first, _) = read(written(table()), stated={"price_column": field})[0].values()
    assert first.prices.tolist() == prices_of(field.capitalize(), "AAA")


def test_close_is_taken_where_nothing_is_adjusted_and_a_single_ticker_is_one():
    good, _ = read(written(table(("Open", "Close", "Volume"), ("AAA",))))
    assert good["AAA"].prices.tolist() == prices_of("Close", "AAA")


def test_a_workbook_with_merged_cells_is_read_alike():
    good, bad = read(workbook(table(merged=True)), "prices.xlsx")
    assert not bad
    assert good["BBB"].prices.tolist() == prices_of("Adj Close", "BBB")


def test_a_ticker_without_such_a_column_is_told():
    rows = [["Price", "Close", "Volume"], ["Ticker", "AAA", "BBB"], ["Date", "", ""]]
    rows += [[day, price("AAA", day), 5] for day in DAYS]
    found = recognised(written(rows)).confirmed()
    assert found.price_column == "Close"
    assert notes_of(written(rows)) == ("Left out, since no column of theirs is Close: BBB.",)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (["Price,Close,Close", "Ticker,AAA,AAA", "Date,,"], "Two columns are close of AAA."),
        (["Price,Close,Open", "Ticker,LAST,OPEN", "Date,,"], "could both be fields of prices"),
        (["Price,Close,Close", "Ticker,AAA,BBB", "Market,US,US", "Date,,"], "several lines"),
        (["Price,Close,Strike", "Ticker,AAA,BBB", "Date,,"], "several lines"),
        (["Price,Close,Close", "Ticker,AAA,", "Date,,"], "several lines"),
        (["Country,Close,Close", "Ticker,AAA,BBB", "Date,,"], "several lines"),
    ],
)
def test_a_header_that_is_not_quite_this_is_refused(head, words):
    lines = [f"{day},{price('AAA', day)},{price('BBB', day)}" for day in DAYS]
    with pytest.raises(BadPriceFile) as refused:
        recognised("\n".join([*head, *lines]) + "\n")
    (problem,) = refused.value.problems
    assert words in problem.message
    assert problem.remedy


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"shape": "long"}, "shape"),
        ({"ticker_column": "#2"}, "ticker_column"),
        ({"price_column": "Strike"}, "price_column"),
    ],
)
def test_what_does_not_fit_such_a_header_is_refused(stated, field):
    with pytest.raises(BadPriceFile) as refused:
        recognised(written(table()), **stated)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_the_dates_of_such_a_header_come_first():
    rows = [["Price", "Close", "Volume"], ["Ticker", "AAA", "AAA"], ["Date", "", ""]]
    rows += [[day, f"{day:%Y%m%d}", 5] for day in DAYS]
    assert recognised(written(rows)).confirmed().date_column == "Date"
    with pytest.raises(BadPriceFile) as refused:
        recognised(written(rows), date_column="#2")
    assert [problem.field for problem in refused.value.problems] == ["date_column"]


def test_pandas_writes_exactly_this():
    pandas = pytest.importorskip("pandas")
    columns = pandas.MultiIndex.from_product([FIELDS, NAMES], names=["Price", "Ticker"])
    figures = [[figure(field, name, day) for field in FIELDS for name in NAMES] for day in DAYS]
    frame = pandas.DataFrame(figures, index=pandas.DatetimeIndex(DAYS, name="Date"), columns=columns)
    for made in (frame, frame.tz_localize("UTC"), frame.rename_axis(index=None), frame.swaplevel(axis=1)):
        good, bad = read(made.to_csv())
        assert not bad
        assert good["BBB"].prices.tolist() == prices_of("Adj Close", "BBB")
