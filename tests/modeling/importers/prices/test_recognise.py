"""What is recognised of a file, why, and what must be asked."""

from __future__ import annotations

import io
import json
import random
from datetime import date
from typing import Any

import pytest

from modeling.importers.prices import tables
from modeling.importers.prices.container import members_of
from modeling.importers.prices.layout import Layout, Recognised
from modeling.importers.prices.refusals import BadPriceFile
from tests.modeling.importers.prices.files import long, packed, price, sheet_rows, weekdays, wide, workbook, zipped
from tests.modeling.importers.prices.readings import read, recognised


def finding(found: Recognised, name: str) -> Any:
    return next(each for each in found.findings if each.name == name)


def refusal(data: bytes | str, **stated: str) -> Any:
    with pytest.raises(BadPriceFile) as refused:
        recognised(data, **stated).confirmed()
    return refused.value.problems[0]


def test_a_wide_file_is_recognised_with_the_evidence_for_each_part():
    found = recognised(wide())
    layout = found.confirmed()
    assert (layout.shape, layout.separator, layout.date_format, layout.decimal) == ("wide", ",", "ymd", ".")
    assert (layout.date_column, layout.header_line, layout.encoding) == ("Date", 1, "utf-8")
    assert all(each.evidence for each in found.findings)
    assert found.columns == ("Date", "AAA", "BBB", "CCC")


def test_a_long_file_takes_the_closing_price_and_lists_the_others():
    found = recognised(long())
    layout = found.confirmed()
    assert (layout.shape, layout.ticker_column, layout.price_column) == ("long", "ticker", "close")
    assert finding(found, "price_column").alternatives == ("open", "high", "low", "volume")


def test_an_adjusted_price_goes_before_a_closing_price():
    found = recognised("Date,Symbol,Close,Adj Close,Volume\n2024-01-02,AAA,10,9.5,100\n2024-01-03,AAA,11,10.5,100\n")
    assert found.confirmed().price_column == "Adj Close"
    assert "Close" in finding(found, "price_column").alternatives


def test_a_file_of_one_ticker_is_called_after_its_file():
    data = "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,1,2,1,2,1.9,100\n2024-01-03,2,3,2,3,2.9,100\n"
    layout = recognised(data, "downloads/MSFT.csv").confirmed()
    assert (layout.shape, layout.ticker, layout.price_column) == ("single", "MSFT", "Adj Close")
    good, _ = read(data, "MSFT.csv")
    assert good["MSFT"].prices.tolist() == [1.9, 2.9]


@pytest.mark.parametrize(
    "columns",
    [
        "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor",
        "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient",
    ],
)
def test_the_columns_of_usual_vendors_are_no_tickers(columns):
    names = columns.split(",")
    lines = [",".join([str(day), *("10.5" for _ in names[1:])]) for day in weekdays(5)]
    layout = recognised("\n".join([columns, *lines]) + "\n", "AAPL.csv").confirmed()
    assert layout.shape == "single"
    assert layout.price_column in {"adjClose", "adjusted_close"}


@pytest.mark.parametrize("columns", ["Open,High,Low,Close,Volume,Spread", "Close,Return", "Adj Close,Signal"])
def test_whether_columns_of_prices_beside_others_are_tickers_is_asked(columns):
    names = ["Date", *columns.split(",")]
    lines = [",".join([str(day), *("10.5" for _ in names[1:])]) for day in weekdays(5)]
    data = "\n".join([",".join(names), *lines]) + "\n"
    assert refusal(data).field == "shape"
    assert recognised(data, shape="single").confirmed().price_column in {"Close", "Adj Close"}
    assert recognised(data, shape="wide").confirmed().shape == "wide"


@pytest.mark.parametrize("ticker", ["LOW", "OPEN", "CODE", "LAST"])
def test_a_ticker_that_is_called_like_a_column_stays_a_ticker(ticker):
    assert recognised(wide(tickers=[ticker, "AAA"])).confirmed().shape == "wide"


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), ("|", ",")]
)
def test_separator_and_decimal_mark_are_told_apart(separator, decimal):
    layout = recognised(wide(separator=separator, decimal=decimal)).confirmed()
    assert (layout.separator, layout.decimal) == (separator, decimal)
    good, bad = read(wide(separator=separator, decimal=decimal))
    assert not bad
    assert good["BBB"].prices.tolist() == [price("BBB", day) for day in weekdays(60)]


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("%Y-%m-%d", "ymd"),
        ("%Y/%m/%d", "ymd"),
        ("%Y-%m-%dT00:00:00Z", "ymd"),
        ("%Y-%m-%d 16:00:00-05:00", "ymd"),
        ("%Y%m%d", "yyyymmdd"),
        ("%d/%m/%Y", "dmy"),
        ("%d.%m.%Y", "dmy"),
        ("%m/%d/%Y", "mdy"),
        ("%m/%d/%y", "mdy"),
        ("%d-%b-%Y", "d_month_y"),
        ("%d %B %Y", "d_month_y"),
        ("%b %d %Y", "month_d_y"),
    ],
)
def test_dates_are_read_as_they_are_written(form, name):
    days = weekdays(60)
    assert recognised(wide(days, form=form)).confirmed().date_format == name
    good, _ = read(wide(days, form=form))
    assert good["AAA"].days.tolist() == [(day - date(1970, 1, 1)).days for day in days]


@pytest.mark.parametrize(("scale", "name"), [(1, "epoch_s"), (1000, "epoch_ms")])
def test_seconds_since_1970_are_dates(scale, name):
    days = [(day - date(1970, 1, 1)).days for day in weekdays(20)]
    data = "timestamp,AAA\n" + "".join(f"{day * 86_400 * scale},{10 + n}.5\n" for n, day in enumerate(days))
    assert recognised(data).confirmed().date_format == name
    assert read(data)[0]["AAA"].days.tolist() == days


def test_the_order_of_day_and_month_is_decided_by_the_first_date_that_tells():
    found = recognised(wide(form="%d/%m/%Y"))
    assert finding(found, "date_format").evidence == "Line 11: 13/01/2023 can't be month/day/year."


def test_dates_that_could_be_either_way_are_asked_and_not_guessed():
    days = [date(2024, month, 1 + month % 12) for month in range(1, 6)]
    data = wide(days, form="%d/%m/%Y")
    found = recognised(data)
    assert [each.name for each in found.open_questions] == ["date_format"]
    problem = refusal(data)
    assert problem.field == "date_format"
    assert "dmy" in problem.remedy
    assert "mdy" in problem.remedy
    stated = recognised(data, date_format="D/M/Y")
    assert stated.confirmed().date_format == "dmy"
    assert finding(stated, "date_format").given


@pytest.mark.parametrize("backwards", [False, True])
def test_a_column_of_which_a_spreadsheet_turned_some_dates_round_is_asked(backwards):
    days = sorted(weekdays(30), reverse=backwards)
    lines = [f"{day.strftime('%d/%m/%Y' if day.day > 12 else '%m/%d/%Y')},1.5" for day in days]
    problem = refusal("\n".join(["Date,AAA", *lines]) + "\n")
    assert problem.field == "date_format"
    assert "both ways" in problem.message


def test_dates_in_any_order_that_tell_are_not_asked():
    lines = [f"{day:%d/%m/%Y},1.5" for day in weekdays(120)]
    random.Random(2).shuffle(lines)
    assert recognised("\n".join(["Date,AAA", *lines]) + "\n").confirmed().date_format == "dmy"


def test_a_year_of_two_digits_that_may_come_first_is_asked():
    data = wide(weekdays(30), form="%y-%m-%d")
    problem = refusal(data)
    assert (problem.field, problem.value) == ("date_format", "yymd")
    assert "dmy" in problem.remedy
    good, _ = read(data, stated={"date_format": "yy-mm-dd"})
    assert good["AAA"].days.tolist() == [(day - date(1970, 1, 1)).days for day in weekdays(30)]


def test_of_two_ways_to_read_dates_the_one_without_weekends_is_proposed():
    days = [date(2024, 1, n) for n in (2, 3, 4, 5, 8, 9, 10, 11, 12)]
    assert finding(recognised(wide(days, form="%m/%d/%Y")), "date_format").value == "mdy"
    assert finding(recognised(wide(days, form="%d/%m/%Y")), "date_format").value == "dmy"


@pytest.mark.parametrize("columns", ["ticker,close", "AAA,BBB"])
def test_prices_with_signs_of_several_currencies_are_never_made_one(columns):
    cells = ("VOD,{}{}.5" if columns.startswith("t") else "{}{}.5,7").format
    lines = [f"{day},{cells('$€'[n % 2], 10 + n)}" for n, day in enumerate(weekdays(10))]
    problem = refusal("\n".join([f"Date,{columns}", *lines]) + "\n")
    assert problem.value == "$ €"
    one = "\n".join([f"Date,{columns}", *lines]).replace("€", "$") + "\n"
    assert read(one)[0]


def test_thousands_are_grouped_by_the_other_mark():
    data = 'Date;AAA\n2024-01-02;"1.234,50"\n2024-01-03;1.235,75\n2024-01-04;999,5\n'
    layout = recognised(data).confirmed()
    assert (layout.decimal, layout.thousands) == (",", ".")
    assert read(data)[0]["AAA"].prices.tolist() == [1234.5, 1235.75, 999.5]
    american = 'Date,AAA\n2024-01-02,"$1,234.50"\n2024-01-03,"1,235.75"\n'
    assert read(american)[0]["AAA"].prices.tolist() == [1234.5, 1235.75]


def test_a_mark_that_could_be_either_is_asked():
    data = "Date;AAA\n2024-01-02;1,234\n2024-01-03;2,345\n"
    assert refusal(data).field == "decimal"
    assert read(data, stated={"decimal": "comma"})[0]["AAA"].prices.tolist() == [1.234, 2.345]
    assert read(data, stated={"decimal": "point"})[0]["AAA"].prices.tolist() == [1234, 2345]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)
def test_encodings_are_recognised_by_their_marks_and_zeros(encoding, name):
    data = wide().encode(encoding)
    assert recognised(data).confirmed().encoding == name
    assert len(read(data)[0]) == 3


def test_western_text_is_recognised_and_a_wrong_encoding_refused_with_its_line():
    data = long().replace("date,ticker", "date,société,ticker").replace("BBB,", "é,BBB,").replace(",AAA", ",x,AAA")
    data = data.replace(",CCC", ",x,CCC").encode("cp1252")
    assert recognised(data).confirmed().encoding == "cp1252"
    problem = refusal(data, encoding="utf-8")
    assert problem.field == "line 1"
    assert "UTF-8" in problem.message


def test_lines_before_the_header_are_passed_over():
    found = recognised("Prices of my broker\n\n" + wide())
    assert found.confirmed().header_line == 3


def test_a_header_of_other_lines_is_refused_with_what_to_do():
    data = "Market,US,US\nTicker,AAA,BBB\nDate,,\n" + wide(tickers=["AAA", "BBB"]).split("\n", 1)[1]
    problem = refusal(data)
    assert "several lines" in problem.message
    assert "one line with the tickers" in problem.remedy


def test_a_long_file_without_header_is_read_by_its_cells():
    layout = recognised("2024-01-02,AAA,10.5\n2024-01-03,AAA,11.5\n2024-01-02,BBB,20\n").confirmed()
    assert (layout.shape, layout.header_line) == ("long", 0)
    assert (layout.date_column, layout.ticker_column, layout.price_column) == ("#1", "#2", "#3")
    assert set(read("2024-01-02,AAA,10.5\n2024-01-03,AAA,11.5\n2024-01-02,BBB,20\n")[0]) == {"AAA", "BBB"}


def test_what_is_stated_overrides_what_is_recognised():
    layout = recognised(long(), price_column="open").confirmed()
    assert layout.price_column == "open"
    assert read(long(), stated={"price_column": "#3"})[0]["AAA"].prices[0] == price("AAA", weekdays(1)[0]) - 1


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"price_column": "nope"}, "price_column"),
        ({"price_column": "#99"}, "price_column"),
        ({"date_column": "ticker"}, "date_format"),
        ({"date_format": "whenever"}, "date_format"),
        ({"separator": "x"}, "separator"),
        ({"shape": "round"}, "shape"),
        ({"decimal": "x"}, "decimal"),
        ({"thousands": "."}, "thousands"),
        ({"encoding": "klingon"}, "encoding"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_stated_wrongly_is_refused_by_its_name(stated, field):
    assert refusal(long(), **stated).field == field


def test_a_layout_survives_json():
    layout = recognised(long()).confirmed()
    assert Layout.from_dict(json.loads(json.dumps(layout.as_dict()))) == layout
    json.dumps(recognised(wide()).as_dict())


@pytest.mark.parametrize("broken", [{}, {"shape": "wide"}, {"kind": 1}, {"colour": "red"}])
def test_what_is_no_layout_is_refused(broken):
    whole = recognised(wide()).layout.as_dict()
    with pytest.raises(BadPriceFile):
        Layout.from_dict({**whole, **broken} if "kind" in broken or "colour" in broken else broken)


def test_an_excel_sheet_is_read_as_its_cells_are():
    data = workbook(sheet_rows())
    layout = recognised(data, "prices.bin").confirmed()
    assert (layout.kind, layout.sheet, layout.shape) == ("xlsx", "Prices", "wide")
    assert read(data)[0]["BBB"].prices.tolist() == [price("BBB", day) for day in weekdays(60)]
    assert refusal(data, sheet="Nope").field == "sheet"


@pytest.mark.parametrize(
    "pack", [packed, lambda data: zipped({"a/prices.csv": data}), lambda data: zipped({"x": data})]
)
def test_packed_files_give_what_is_in_them(pack):
    for data in (wide().encode(), workbook(sheet_rows())):
        plain, _ = read(data)
        found, _ = read(pack(data), "whatever.dat")
        assert {ticker: series.prices.tolist() for ticker, series in found.items()} == {
            ticker: series.prices.tolist() for ticker, series in plain.items()
        }


def test_floats_of_32_bits_are_read_as_they_were_written(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    written = [1.1, 0.07, 187.15, 16777216.0, 1e-7, None, 3.4e38]
    days = weekdays(len(written))
    columns = {"AAA": pyarrow.array(written, pyarrow.float32()), "BBB": pyarrow.array([1 / 3] * len(written))}
    parquet.write_table(pyarrow.table({"date": days, **columns}), tmp_path / "prices")
    (member,) = members_of(io.BytesIO((tmp_path / "prices").read_bytes()), "prices")
    rows = [cells for _, cells in tables.rows_of(member, tables.Form(member.kind))][1:]
    assert [float(cells[1]) if cells[1] else None for cells in rows] == written
    assert {float(cells[2]) for cells in rows} == {1 / 3}


def test_parquet_is_read_where_its_reader_is_installed(tmp_path, monkeypatch):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    days = weekdays(60)
    table = pyarrow.table({"date": days} | {ticker: [price(ticker, day) for day in days] for ticker in ("AAA", "BBB")})
    parquet.write_table(table, tmp_path / "prices")
    data = (tmp_path / "prices").read_bytes()
    assert recognised(data).confirmed().kind == "parquet"
    assert read(data)[0]["BBB"].prices.tolist() == [price("BBB", day) for day in days]
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    assert "pip install pyarrow" in refusal(data).remedy


def test_a_table_whose_dates_come_last_is_read(tmp_path):
    pytest.importorskip("pyarrow")
    import pandas

    days = weekdays(20)
    names = [f"T{n:03}" for n in range(80)]
    frame = pandas.DataFrame({name: [price(name, day) for day in days] for name in names})
    frame.index = pandas.to_datetime(days)
    frame.to_parquet(tmp_path / "prices")
    good, bad = read((tmp_path / "prices").read_bytes())
    assert not bad
    assert good["T079"].prices.tolist() == [price("T079", day) for day in days]


def test_characters_that_no_database_holds_never_leave_a_sheet():
    rows = sheet_rows(5)
    rows[0][1:3] = ["A_x0000_A", "B_xD800_B"]
    found = recognised(workbook(rows))
    json.dumps(found.as_dict(), ensure_ascii=False).encode()
    assert not any("\0" in name for name in found.columns)


def test_a_sheet_of_which_the_first_are_empty_is_found():
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "About"
    page = book.create_sheet("Prices")
    for row in sheet_rows(10):
        page.append(row)
    book.create_chartsheet("Chart")
    target = BytesIO()
    book.save(target)
    found = recognised(target.getvalue())
    assert found.confirmed().sheet == "Prices"
    assert finding(found, "sheet").alternatives == ("About",)
