"""Files into series: what is kept, what is left out and why, in batches of any size."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest

from modeling.importers.prices.container import members_of
from modeling.importers.prices.figures import NumberReader
from modeling.importers.prices.judgement import Rules, alike
from modeling.importers.prices.recognise import recognise
from modeling.importers.prices.refusals import BadPriceFile
from modeling.importers.prices.report import FileReport, TickerReport, summary_of
from modeling.importers.prices.rows import Reading
from tests.modeling.importers.prices.files import TODAY, long, price, weekdays, wide
from tests.modeling.importers.prices.readings import read, recognised

MANY = [f"T{n:03}" for n in range(40)]


def first_trouble(data: str, ticker: str = "BBB") -> str:
    _, bad = read(data)
    return str(bad[ticker].troubles[0])


@pytest.mark.parametrize("made", [wide, long])
@pytest.mark.parametrize("batch", [1, 50, 130, 1000, 10_000])
def test_every_batch_size_gives_the_same(made, batch):
    data = made(weekdays(30), MANY)
    whole, _ = read(data)
    found, bad = read(data, batch=batch)
    assert not bad
    assert list(found) == list(whole) == MANY
    for ticker in MANY:
        assert found[ticker].days.tolist() == whole[ticker].days.tolist()
        assert found[ticker].prices.tolist() == [price(ticker, day) for day in weekdays(30)]


@pytest.mark.parametrize("batch", [7, 10_000])
def test_a_bad_ticker_is_found_in_whatever_batch_it_comes(batch):
    data = long(weekdays(30), MANY).replace(",T025,", ",T025,x", 1)
    lines = data.split("\n")
    place = next(at for at, line in enumerate(lines) if ",T031," in line)
    lines[place] = lines[place].replace("2023", "2099")
    good, bad = read("\n".join(lines), batch=batch)
    assert list(bad) == ["T031"]
    assert len(good) == 39


def test_long_rows_may_come_in_any_order():
    head, *lines = long(weekdays(40)).strip().split("\n")
    random.Random(1).shuffle(lines)
    good, _ = read("\n".join([head, *lines]) + "\n")
    assert good["CCC"].prices.tolist() == [price("CCC", day) for day in weekdays(40)]


@pytest.mark.parametrize("mark", ["", " ", "NA", "NaN", "nan", "null", "None", "-", "#N/A", "n/a"])
def test_missing_marks_are_no_prices(mark):
    good, bad = read(f"Date,AAA,BBB\n2024-01-02,1.5,2.5\n2024-01-03,{mark},3.5\n2024-01-04,4.5,{mark}\n")
    assert not bad
    assert good["AAA"].prices.tolist() == [1.5, 4.5]
    assert good["BBB"].prices.tolist() == [2.5, 3.5]


SIGNED = "Date,Ticker,Close,Currency\n2024-01-02,VOD,{},GBP\n2024-01-03,VOD,{},GBP\n2024-01-03,AAPL,$7.5,USD\n"


def test_a_sign_has_to_fit_the_currency_that_stands_beside_it():
    good, bad = read(SIGNED.format("£10.5", "£11.5"))
    assert not bad
    assert [(each.currency, each.sign) for each in good.values()] == [("GBP", "£"), ("USD", "$")]
    good, bad = read(SIGNED.format("£10.5", "€11.5"))
    assert list(good) == ["AAPL"]
    assert str(bad["VOD"].troubles[0]).startswith("Its prices carry the signs of several currencies.")
    _, bad = read(SIGNED.format("€10.5", "€11.5"))
    (trouble,) = bad["VOD"].troubles
    assert (trouble.value, trouble.message) == ("€", "Its prices carry €, which is no sign of GBP.")
    assert "EUR" in trouble.remedy


@pytest.mark.parametrize("head", ["Date,AAA,BBB", "Date,Ticker,Close"])
@pytest.mark.parametrize("batch", [500, 1_000_000])
def test_a_sign_far_down_counts_for_its_ticker_alone(head, batch):
    line = "{0},{1}.5,{2}{1}.5" if "AAA" in head else "{0},AAA,{1}.5\n{0},BBB,{2}{1}.5"
    signs = {10: "$", 2_999: "€"}
    days = weekdays(3_000, date(2005, 1, 3))
    lines = [line.format(day, number + 1, signs.get(number, "")) for number, day in enumerate(days)]
    good, bad = read("\n".join([head, *lines]) + "\n", batch=batch)
    assert list(good) == ["AAA"]
    assert good["AAA"].sign == ""
    assert bad["BBB"].troubles[0].value == "$ €"


def test_a_line_that_comes_twice_is_dropped_and_counted():
    good, bad = read(wide() + wide().split("\n", 1)[1])
    assert not bad
    assert good["AAA"].duplicates == 60
    assert len(good["AAA"].days) == 60


def test_two_prices_of_a_day_refuse_the_ticker_unless_it_is_stated_which_counts():
    data = "Date,AAA,BBB\n2024-01-02,1,2\n2024-01-03,3,4\n2024-01-03,3,5\n2024-01-03,3,4\n"
    assert first_trouble(data).startswith("line 4: 2024-01-03 has the price 4 in line 3 already.")
    assert list(read(data)[0]) == ["AAA"]
    first, _ = read(data, duplicates="first")
    last, _ = read(data.replace(",3,4\n2024-01-03,3,5\n2024-01-03,3,4", ",3,4\n2024-01-03,3,5"), duplicates="last")
    assert first["BBB"].prices.tolist() == [2, 4]
    assert (first["BBB"].duplicates, first["BBB"].overruled) == (1, 1)
    assert last["BBB"].prices.tolist() == [2, 5]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-3", "line 3: The price is negative."),
        ("0", "line 3: The price is zero."),
        ("1e15", "line 3: The price is too large."),
        ("abc", "line 3: It is no number."),
        ("=A1", "line 3: It is a formula."),
        ("1_000", "line 3: It is no number."),
        ("inf", "line 3: It is no number."),
    ],
)
def test_an_impossible_price_is_told_with_its_line(value, words):
    data = f"Date,AAA,BBB\n2024-01-02,1,2\n2024-01-03,3,{value}\n2024-01-04,3,5\n"
    assert first_trouble(data).startswith(words)
    assert list(read(data)[0]) == ["AAA"]


def test_dates_in_the_future_and_long_ago_are_told():
    data = long().replace("2023-01-03,BBB", "2024-06-30,BBB").replace("2023-01-03,CCC", "1799-12-31,CCC")
    _, bad = read(data)
    assert "in the future (today is 2024-06-28)" in str(bad["BBB"].troubles[0])
    assert "before 1800" in str(bad["CCC"].troubles[0])
    assert list(read(long().replace("2023-01-03,BBB", "2024-06-29,BBB"))[0]) == ["AAA", "BBB", "CCC"]


def test_of_many_problems_some_are_told_and_all_counted():
    data = "Date,AAA,BBB\n" + "".join(f"{day},1,-1\n" for day in weekdays(50))
    _, bad = read(data)
    assert (bad["BBB"].trouble_count, len(bad["BBB"].troubles)) == (50, 5)


def test_a_currency_is_taken_from_its_column_and_must_be_one():
    head = "date,ticker,close,currency\n"
    good, bad = read(head + "2024-01-02,AAA,1,usd\n2024-01-03,AAA,2,USD\n2024-01-02,BBB,1,EUR\n2024-01-03,BBB,2,GBP\n")
    assert good["AAA"].currency == "USD"
    assert "several currencies" in str(bad["BBB"].troubles[0])


def in_money(*currencies: str, price: str = "110.1") -> str:
    """A ticker whose prices are said to be in these, one after the other."""
    lines = "".join(f"2024-01-0{day},VOD,{price},{one}\n" for day, one in enumerate(currencies, 2))
    return f"date,ticker,close,currency\n{lines}"


@pytest.mark.parametrize(
    ("code", "unit", "price", "currency"),
    [
        ("GBp", "GBp", 1.101, "GBP"),
        ("GBX", "GBX", 1.101, "GBP"),
        ("gbx", "GBX", 1.101, "GBP"),
        ("ZAc", "ZAc", 1.101, "ZAR"),
        ("ILA", "ILA", 1.101, "ILS"),
        ("KWF", "KWF", 0.1101, "KWD"),
        ("gbp", "", 110.1, "GBP"),
    ],
)
def test_pence_become_pounds_to_the_last_digit_and_are_told(code, unit, price, currency):
    good, bad = read(in_money(code, code))
    assert not bad
    found = good["VOD"]
    assert (found.prices.tolist(), found.currency, found.unit) == ([price, price], currency, unit)
    finding = next(each for each in recognised(in_money(code, code)).findings if each.name == "currency_column")
    assert ("prices are divided by" in finding.evidence) == bool(unit)


@pytest.mark.parametrize(
    ("currencies", "told"), [(("GBP", "GBp"), "GBP, GBp"), (("USd", "USd"), "USd"), (("GBp", "ZAc"), "GBp, ZAc")]
)
def test_pence_beside_pounds_and_units_that_nobody_knows_are_refused(currencies, told):
    good, bad = read(in_money(*currencies))
    assert not good
    trouble = bad["VOD"].troubles[0]
    assert trouble.value == told
    assert trouble.remedy


def test_a_pound_sign_is_none_of_pence():
    _, bad = read(in_money("GBp", "GBp", price="£110.1"))
    (trouble,) = bad["VOD"].troubles
    assert (trouble.message, trouble.remedy) == (
        "Its prices carry £, which is no sign of GBp.",
        "Leave the signs out, or write GBP where that is meant.",
    )


@pytest.mark.parametrize("made", [wide, long])
def test_the_currency_of_a_file_that_says_none_can_be_stated(made):
    data = made(weekdays(5), ["AAA"])
    (found,) = read(data, stated={"currency": "gbx"})[0].values()
    (before,) = read(data)[0].values()
    assert (found.currency, found.unit, before.currency) == ("GBP", "GBX", "")
    assert found.prices.tolist() == pytest.approx((before.prices / 100).tolist())
    finding = next(each for each in recognised(data, currency="GBX").findings if each.name == "currency")
    assert finding.evidence == "You stated it. GBX are pence: prices are divided by 100, to GBP."
    (found,) = read(data, stated={"currency": "EUR"})[0].values()
    assert (found.currency, found.unit, found.prices.tolist()) == ("EUR", "", before.prices.tolist())


@pytest.mark.parametrize(
    ("data", "currency", "message"),
    [
        (wide(weekdays(5)), "pence", "This is no currency."),
        (in_money("GBP", "GBP"), "GBX", "Its column currency states the currency of each price."),
        ("Date,VOD\n2024-01-02,£7\n2024-01-03,£8\n", "GBX", "Its prices carry £, which is no sign of GBX."),
        ("Date,VOD\n2024-01-02,£7\n2024-01-03,£8\n", "USD", "Its prices carry £, which is no sign of USD."),
    ],
)
def test_a_currency_that_does_not_fit_the_file_is_refused(data, currency, message):
    with pytest.raises(BadPriceFile) as refused:
        recognised(data, currency=currency)
    (problem,) = refused.value.problems
    assert (problem.field, problem.message) == ("currency", message)


def test_a_column_without_name_and_prices_is_passed_over():
    lines = wide().strip().split("\n")
    assert set(read("\n".join(f"{line}," for line in lines) + "\n")[0]) == {"AAA", "BBB", "CCC"}


def test_the_first_column_may_be_an_index():
    lines = long().strip().split("\n")
    data = "\n".join([f",{lines[0]}", *(f"{n},{line}" for n, line in enumerate(lines[1:]))]) + "\n"
    assert set(read(data)[0]) == {"AAA", "BBB", "CCC"}


def test_a_last_line_without_end_is_noted():
    import io

    for data, notes in ((wide(), 0), (wide().rstrip("\n"), 1)):
        (member,) = members_of(io.BytesIO(data.encode()), "x")
        assert len(Reading(member, recognise(member).confirmed(), Rules(TODAY)).notes) == notes


def test_nothing_is_read_of_a_file_that_turns_bad_at_its_end():
    import io

    (member,) = members_of(io.BytesIO((wide() + "2024-01-02,1\n").encode()), "x")
    layout = recognise(member).confirmed()
    with pytest.raises(BadPriceFile, match="Line 62"):
        Reading(member, layout, Rules(TODAY), batch=1)


def test_a_rule_that_there_is_not_is_refused():
    with pytest.raises(BadPriceFile, match="duplicates"):
        Rules(TODAY, "guess")


def test_tickers_alike_are_grouped():
    assert alike(["A", "a ", "B", "b b", "BB"]) == {
        "A": ["A", "a "],
        "a ": ["A", "a "],
        "b b": ["b b", "BB"],
        "BB": ["b b", "BB"],
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234.5", 1234.5), (" 7 ", 7), ("+3", 3), ("€ 4.5", 4.5), (".5", 0.5), ("2e3", 2000), ("5.", 5)],
)
def test_numbers_as_people_write_them(text, value):
    assert NumberReader(".", ",", frozenset())(text) == value


@pytest.mark.parametrize("text", ["", "1,23", "12,34,567", "1.2.3", "x", "0x1", "1_0", "١٢", "--1", "nan", "inf"])
def test_what_is_no_number(text):
    with pytest.raises(ValueError, match=r".*"):
        NumberReader(".", ",", frozenset())(text)


def test_a_report_survives_json_and_tells_the_worst_first():
    _, bad = read("Date,AAA,BBB\n2024-01-02,1,-2\n")
    left = TickerReport.left_out(bad["BBB"])
    report = FileReport("x.csv", 1, (TickerReport("AAA", "added", added=1), left))
    assert report.state == "imported"
    assert [ticker["ticker"] for ticker in report.as_dict()["tickers"]] == ["BBB", "AAA"]
    assert "BBB: line 2: The price is negative." in str(report)
    from dataclasses import asdict

    assert TickerReport.from_dict(asdict(left)) == left
    assert summary_of([report])["counts"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 1}


def test_prices_are_exact():
    values = [0.1 + 0.2, 1 / 3, 123456.789012345, 1e-5]
    data = "Date,AAA\n" + "".join(f"{day},{value!r}\n" for day, value in zip(weekdays(4), values, strict=True))
    good, _ = read(data)
    assert np.array_equal(good["AAA"].prices, values)
    assert good["AAA"].days[0] == (date(2023, 1, 2) - date(1970, 1, 1)).days
