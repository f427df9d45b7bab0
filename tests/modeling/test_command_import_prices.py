"""`manage.py import_prices`: what it says, what it stores, and how it ends."""

from __future__ import annotations

import io
import json
import sys
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from modeling.models import PriceImport, PriceSeries, PriceSet
from tasks.testing import run_pending
from tests.modeling.importers.prices.files import long, packed, weekdays, wide, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    def made(data: str | bytes, name: str = "prices.csv") -> str:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return str(path)

    return made


def ran(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_prices", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def failed(*arguments: str) -> tuple[CommandError, str]:
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_prices", *arguments, stdout=out, stderr=io.StringIO())
    assert refused.value.returncode == 2
    return refused.value, out.getvalue()


def test_it_shows_what_it_recognised_and_what_became_of_it(file):
    out = ran(file(wide()), "--set", "Mine")
    assert "date format: year-month-day." in out
    assert "prices.csv: imported, 60 lines, 3 tickers" in out
    assert "Tickers: 3 added, 0 changed, 0 unchanged, 0 refused" in out
    price_set = PriceSet.objects.get(name="Mine")
    assert price_set.is_shared
    assert price_set.series.count() == 3


def test_it_says_which_set_the_prices_came_into(file, analyst):
    assert "Into Imported prices, shared with everybody." in ran(file(wide()))
    assert "Into Mine of ana." in ran(file(wide()), "--user", "ana", "--set", "Mine")
    assert "Into" not in ran(file(wide()), "--set", "Other", "--dry-run")
    json.loads(ran(file(wide()), "--json"))


def test_the_same_file_twice_says_unchanged(file):
    name = file(packed(wide().encode()))
    ran(name)
    before = PriceSet.objects.get().revision
    assert "prices.csv: unchanged, 60 lines" in ran(name)
    assert PriceSet.objects.get().revision == before


def test_prices_become_those_of_a_user(file, analyst):
    ran(file(long()), "--user", "ana", "--set", "Mine", "--currency", "EUR")
    price_set = PriceSet.objects.get(owner=analyst, name="Mine")
    assert price_set.currency == "EUR"
    assert "unchanged" in ran(file(long()), "--user", "ana", "--set", str(price_set.pk))
    assert PriceSet.objects.count() == 1


def test_json_tells_the_same_to_machines(file):
    (report,) = json.loads(ran(file(wide()), "--json"))
    assert (report["state"], report["counts"]["added"], report["points"]["added"]) == ("imported", 3, 180)


def test_a_trial_stores_nothing_and_tells_what_would_be(file):
    assert "imported, as a trial that stored nothing" in ran(file(wide()), "--dry-run")
    assert not PriceSet.objects.exists()
    ran(file(wide()))
    longer = wide(weekdays(70))
    assert "Prices: 30 added, 0 changed, 180 unchanged" in ran(file(longer), "--dry-run")
    assert PriceSet.objects.get().series.get(ticker="AAA").count == 60


def test_what_is_unclear_must_be_stated(file):
    name = file(wide([date(2024, month, 2) for month in range(1, 6)], form="%d/%m/%Y"))
    _, out = failed(name)
    assert "Give date_format as dmy or mdy." in out.replace("mdy or dmy", "dmy or mdy")
    assert not PriceSet.objects.exists()
    assert "5 lines, 3 tickers" in ran(name, "--date-format", "dmy")


def test_the_layout_may_be_stated_wholly(file):
    name = file(long().replace(",", ";").replace(".", ","))
    stated = ["--layout", "long", "--date-column", "date", "--ticker-column", "ticker", "--price-column", "open"]
    out = ran(name, *stated, "--date-format", "ymd", "--separator", "semicolon", "--decimal", "comma")
    assert out.count("You stated it.") == 7
    assert "3 added" in out


def test_a_bad_file_ends_with_status_2_and_the_good_ones_are_imported(file, tmp_path):
    _, out = failed(file(wide()), file(b"\x89PNG", "x.csv"), str(tmp_path / "missing"))
    assert "prices.csv: imported" in out
    assert "x.csv is a picture." in out
    assert "No such file" in out
    assert PriceSet.objects.get().series.count() == 3


def test_a_bad_ticker_is_told_and_the_others_are_imported(file):
    out = ran(file(wide().replace("BBB", "=BBB")))
    assert "=BBB: It begins with '=', as a formula does." in out
    assert sorted(PriceSet.objects.get().series.values_list("ticker", flat=True)) == ["AAA", "CCC"]


def test_a_file_of_which_nothing_can_be_used_makes_no_set(file):
    failed(file("Date,AAA\n2024-01-02,-1\n"))
    assert not PriceSet.objects.exists()


def test_every_file_of_an_archive_is_reported(file):
    out = ran(file(zipped({"a.csv": wide(tickers=["AAA"]).encode(), "b.csv": wide(tickers=["BBB"]).encode()}), "x.zip"))
    assert "a.csv: imported" in out
    assert "b.csv: imported" in out


def test_standard_input_is_a_file(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(wide().encode())))
    assert "imported, 60 lines" in ran("-")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--user", "nobody"], "There is no such user."),
        (["--set", "123456"], "There is no such set of prices."),
        (["--background"], "A job needs somebody it works for."),
        (["--currency", "euro"], "This is no code of a currency."),
        (["--currency", "GBX"], "Give GBP, and prices in it; of a file say that its prices are in GBX"),
    ],
)
def test_what_is_stated_wrongly_is_refused(file, arguments, words):
    error, _ = failed(file(wide()), *arguments)
    assert words in str(error)


def test_it_queues_a_job_where_that_is_asked_for(file, analyst):
    assert "queued as job" in ran(file(wide()), "--user", "ana", "--background")
    run_pending()
    assert PriceImport.objects.get().report["state"] == "imported"


def test_it_waits_for_its_job_where_that_is_asked_for(file, analyst, monkeypatch):
    def sleep(_: Any) -> None:
        run_pending()

    monkeypatch.setattr("modeling.management.commands.import_prices.time.sleep", sleep)
    assert "prices.csv: imported" in ran(file(wide()), "--user", "ana", "--wait")
    _, out = failed(file("Date,AAA\n2024-01-02,-1\n"), "--user", "ana", "--wait")
    assert "The price is negative." in out


def test_a_terminal_sees_the_progress(file):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    errors = Terminal()
    call_command("import_prices", file(wide()), stdout=io.StringIO(), stderr=errors)
    assert "3 of 3 tickers: CCC" in errors.getvalue()


def test_prices_in_pence_come_as_pounds_and_every_ticker_says_so(file):
    said = ran(file(long()), "--currency", "GBP", "--prices-in", "GBX")
    assert "currency: GBX. You stated it. GBX are pence: prices are divided by 100, to GBP." in said
    assert "GBX are pence: prices are divided by 100, to GBP (3 tickers)." in said
    assert set(PriceSeries.objects.values_list("currency", flat=True)) == {"GBP"}


def test_the_report_names_the_column_of_the_prices_and_whether_it_is_adjusted(file):
    lines = [f"{day},AAA,{place + 10},{place + 11}\n" for place, day in enumerate(weekdays(5))]
    data = "".join(["Date,Ticker,Close,Adj Close\n", *lines])
    assert "The prices are those of the column Adj Close: adjusted for dividends and splits" in ran(file(data))
    said = ran(file(data), "--price-column", "Close")
    assert "The prices are those of the column Close. The file does not say that they are adjusted" in said
    assert "The prices are those" not in ran(file(wide()))


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_prices_with_the_sign_of_another_currency_are_refused_before_a_set_is_made(file, options):
    data = "Date,AAA\n2024-01-02,€10.5\n2024-01-03,€11.5\n"
    _, out = failed(file(data), *options)
    assert "Its prices carry €, which is no sign of USD." in out
    assert not PriceSet.objects.exists()
    assert "1 added" in ran(file(data), "--currency", "EUR", *options)
