"""Importing prices: the upload, what was recognised to be confirmed, the import's progress and its report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from modeling.forms import prices as price_forms
from modeling.models import PriceImport, PriceSeries, PriceSet, PriceUpload
from modeling.services.price_drafts import MOST_DRAFTS
from modeling.services.price_imports import prune_imports
from modeling.services.prices import create_set
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.importers.prices.files import long, price, weekdays, wide, zipped
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers

URL = "/prices/import/"
DOUBTFUL = "Date;Ticker;Close\n" + "".join(
    f"{day:02}/{month:02}/2024;AAA;{day},{month}5\n" for month in range(1, 13) for day in (1, 5, 9)
)


def sent(page, data: str | bytes, name: str = "prices.csv", **form: Any):
    content = data.encode() if isinstance(data, str) else data
    about = {"into": "new", "set_name": "Mine", "currency": "USD", "rule": "replace", "duplicates": "refuse"} | form
    return page.post(URL, about | {"file": SimpleUploadedFile(name, content)})


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def draft(page) -> PriceImport:
    sent(page, wide())
    return PriceImport.objects.get()


def test_is_for_analysts_and_for_whoever_sent_the_file(page, operator_page, other_page, draft) -> None:
    url = draft.get_absolute_url()
    refuses_strangers("get", URL, operator_page)
    refuses_strangers("get", url, operator_page)
    for address in (url, f"{url}progress/"):
        assert other_page.get(address).status_code == 404
    for action in ("cancel", "retry", "drop"):
        assert other_page.post(f"{url}{action}/").status_code == 404
        refuses_other_methods("post", f"{url}{action}/", page)
    assert page.post(f"{url}cancel/").status_code == 404


def test_the_upload_is_kept_and_shown_as_it_would_be_read(page, draft, django_assert_max_num_queries) -> None:
    assert (draft.job_id, draft.price_set, draft.draft["set_name"]) == (None, None, "Mine")
    assert not PriceSet.objects.exists()
    with django_assert_max_num_queries(12):
        text = text_of(page.get(draft.get_absolute_url()))
    assert "a column for each ticker" in text
    assert "year-month-day" in text
    assert "It can be read in more than one way" not in text
    assert '<td class="nowrap">2023-01-02</td>' in text


def test_confirmed_it_is_imported_and_reported_ticker_by_ticker(page, draft, analyst) -> None:
    url = draft.get_absolute_url()
    assert page.post(url, {"frequency": "weekly"})["Location"] == url
    draft.refresh_from_db()
    assert (draft.draft, draft.price_set.name, draft.price_set.frequency) == (None, "Mine", "weekly")
    assert draft.price_set.owner == analyst
    waiting = text_of(page.get(url))
    assert "It waits for a worker." in waiting
    assert 'hx-trigger="every 300ms"' in waiting
    assert "<html" not in text_of(page.get(f"{url}progress/"))
    run_pending()
    text = text_of(page.get(url))
    assert "3 tickers imported" in text
    assert "Prices: 180 added, 0 changed, 0 unchanged." in text
    assert text.count("<td>Added</td>") == 3
    assert "There is none." in text_of(page.get(f"{url}?state=refused"))
    draft.price_set.refresh_from_db()
    assert draft.price_set.quality == "Good"
    assert not PriceUpload.objects.exists()


def test_the_second_time_goes_into_a_set_that_is_there_and_changes_nothing(page, draft) -> None:
    page.post(draft.get_absolute_url(), {"frequency": "daily"})
    run_pending()
    own = PriceSet.objects.get()
    again = sent(page, wide(), into=str(own.pk), set_name="")
    page.post(again["Location"], {})
    run_pending()
    assert "Everything was here already: 3 tickers, nothing changed" in text_of(page.get(again["Location"]))
    assert PriceSet.objects.count() == 1


def test_what_is_doubtful_must_be_chosen_before_it_is_imported(page) -> None:
    url = sent(page, DOUBTFUL)["Location"]
    text = text_of(page.get(url))
    assert "It can be read in more than one way" in text
    assert '<option value="">Choose…</option>' in text
    refused = page.post(url, {"frequency": "daily"})
    assert refused.status_code == 422
    assert "Choose which is meant." in text_of(refused)
    assert not Job.objects.exists()
    page.post(url, {"date_format": "mdy", "again": "1"})
    again = text_of(page.get(url))
    assert "2024-05-01" in again
    assert "You stated it." in again
    page.post(url, {"date_format": "dmy", "frequency": "daily"})
    run_pending()
    series = PriceSeries.objects.get()
    assert (str(series.first), str(series.last), series.count) == ("2024-01-01", "2024-12-09", 36)


def test_how_often_prices_come_is_told_by_the_dates_as_they_were_meant(page) -> None:
    """Read as month/day/year, these days of one month are a month apart."""
    lines = "".join(f"{day:02}/02/2024,{day + 10}\n" for day in range(1, 12))
    url = sent(page, f"Date,FFF\n{lines}")["Location"]
    assert '<option value="" selected>as the dates say</option>' in text_of(page.get(url))
    page.post(url, {"date_format": "dmy", "frequency": ""})
    run_pending()
    assert PriceSet.objects.get().frequency == "daily"


def test_each_choice_can_be_overridden_and_nonsense_is_refused(page, draft) -> None:
    url = draft.get_absolute_url()
    answer = page.post(url, {"date_format": "dmy", "again": "1"})
    assert answer.status_code in (302, 422)
    for field, value in (("separator", "~"), ("date_format", "%Y"), ("shape", "round"), ("date_column", "No such")):
        refused = page.post(url, {field: value})
        assert refused.status_code == 422, field
        assert 'role="alert"' in text_of(refused)
    assert page.post(url, {"frequency": "hourly"}).status_code == 422
    assert not Job.objects.exists()


def test_what_nothing_in_the_file_spoke_of_can_be_stated_all_the_same(page) -> None:
    lines = ["Date,Ticker,Close,Quoted", *(f"2024-01-{day:02},AAA,{day},GBP" for day in range(1, 15))]
    url = sent(page, "\n".join(lines))["Location"]
    assert 'name="more_currency_column"' in text_of(page.get(url))
    page.post(url, {"more_currency_column": "Quoted", "again": "1"})
    text = text_of(page.get(url))
    assert 'name="currency_column"' in text
    assert 'name="more_currency_column"' not in text
    page.post(url, {"frequency": "daily"})
    run_pending()
    assert PriceSeries.objects.get().currency == "GBP"


def test_prices_in_pence_are_said_to_be_so_on_the_page_and_told_in_the_report(page) -> None:
    url = sent(page, wide(weekdays(20), ["VOD"]), currency="GBP")["Location"]
    assert 'name="more_currency"' in text_of(page.get(url))
    page.post(url, {"more_currency": "gbx", "again": "1"})
    text = text_of(page.get(url))
    assert "You stated it. GBX are pence: prices are divided by 100, to GBP." in text
    assert 'name="more_currency"' not in text
    page.post(url, {"currency": "GBX", "frequency": "daily"})
    run_pending()
    stored = PriceSeries.objects.get()
    assert (stored.currency, stored.last_price) == ("GBP", price("VOD", weekdays(20)[-1]) / 100)
    assert "GBX are pence: prices are divided by 100, to GBP (1 ticker)." in text_of(page.get(url))


def test_a_file_of_yfinance_is_read_by_its_adjusted_closes_and_the_report_says_so(page) -> None:
    lines = ["Price,Close,Close,Adj Close,Adj Close", "Ticker,AAA,BBB,AAA,BBB", "Date,,,,"]
    lines += [f"{day},{place + 10},{place + 20},{place + 5},{place + 15}" for place, day in enumerate(weekdays(10))]
    url = sent(page, "\n".join(lines))["Location"]
    text = text_of(page.get(url))
    assert "Line 1 names the field and line 2 the ticker of each column, as yfinance writes them." in text
    assert "can be read in more than one way" not in text
    page.post(url, {"frequency": "daily"})
    run_pending()
    assert dict(PriceSeries.objects.values_list("ticker", "last_price")) == {"AAA": 14.0, "BBB": 24.0}
    assert "The prices are those of the column Adj Close: adjusted for dividends" in text_of(page.get(url))


def test_a_set_in_pence_is_refused_with_what_to_do(page) -> None:
    answer = sent(page, wide(), currency="GBX")
    assert answer.status_code == 422
    assert "GBX are pence, of which 100 are one GBP. Give GBP here;" in text_of(answer)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x00\x01\x02", "prices.csv"),
        (b"hello", "hello.txt"),
        (b"PK\x03\x04broken", "prices.zip"),
        (b"\x1f\x8bbroken", "prices.csv.gz"),
        (b"%PDF-1.7", "prices.xlsx"),
        (b"<html><body>Sign in</body></html>", "prices.csv"),
    ],
)
def test_a_bad_file_is_refused_in_words_and_nothing_is_kept(page, data, name) -> None:
    answer = sent(page, data, name)
    assert answer.status_code == 422
    text = text_of(answer)
    assert "Nothing was imported." in text
    assert 'role="alert"' in text
    assert 'value="Mine"' in text
    assert not PriceImport.objects.exists()


def test_what_is_missing_or_impossible_in_the_form_is_named(page, analyst, other_analyst, monkeypatch) -> None:
    create_set(owner=analyst, name="Taken")
    theirs = create_set(owner=other_analyst, name="Theirs")
    for form, words in (
        ({"set_name": ""}, "Give the new set a name."),
        ({"set_name": "Taken"}, "You have a set of this name"),
        ({"currency": "dollars"}, "Give three capital letters"),
        ({"into": str(theirs.pk)}, "Select a valid choice"),
        ({"rule": "maybe"}, "Select a valid choice"),
    ):
        answer = sent(page, wide(), **form)
        assert answer.status_code == 422, form
        assert words in text_of(answer), form
    assert "Choose the file to import." in text_of(page.post(URL, {"into": "new", "set_name": "A"}))
    assert "The file is empty" in text_of(sent(page, b""))
    monkeypatch.setattr(price_forms, "MOST_BYTES", 10)
    assert "the limit is" in text_of(sent(page, wide()))
    assert not PriceImport.objects.exists()


def test_prices_with_the_sign_of_another_currency_are_refused_when_they_are_sent(page, analyst) -> None:
    dollars = create_set(owner=analyst, name="Dollars")
    data = "Date,AAA\n2024-01-02,€10.5\n2024-01-03,€11.5\n"
    for form in ({}, {"into": str(dollars.pk)}):
        answer = sent(page, data, **form)
        assert answer.status_code == 422
        assert "Its prices carry €, which is no sign of USD. Put them into a set in EUR" in text_of(answer)
    assert not PriceImport.objects.exists()
    assert sent(page, data, currency="EUR").status_code == 302
    draft = PriceImport.objects.get()
    create_set(owner=analyst, name="Mine")
    answer = page.post(draft.get_absolute_url())
    assert answer.status_code == 422
    assert "which is no sign of USD" in text_of(answer)


def test_several_files_in_a_zip_are_shown_one_by_one(page) -> None:
    url = sent(page, zipped({"a.csv": wide(), "b.csv": long()}), "both.zip")["Location"]
    text = text_of(page.get(url))
    assert "The first prices of a.csv" in text
    assert "The first prices of b.csv" in text


def test_uploads_that_nobody_confirms_make_room_and_are_cleared_away(page, draft) -> None:
    for _ in range(MOST_DRAFTS):
        sent(page, wide())
    assert PriceImport.objects.count() == MOST_DRAFTS
    assert not PriceImport.objects.filter(pk=draft.pk).exists()
    newest = PriceImport.objects.latest("pk")
    assert page.post(f"{newest.get_absolute_url()}drop/")["Location"] == URL
    assert PriceImport.objects.count() == MOST_DRAFTS - 1
    PriceImport.objects.update(created_at=timezone.now() - timedelta(days=2))
    prune_imports()
    assert not PriceImport.objects.exists()
    assert not PriceUpload.objects.exists()


def test_an_upload_that_is_gone_is_told(page, draft) -> None:
    PriceUpload.objects.all().delete()
    for answer in (page.get(draft.get_absolute_url()), page.post(draft.get_absolute_url(), {})):
        assert answer.status_code == 422
        assert "it is kept for a day" in text_of(answer)


def test_a_set_that_was_deleted_meanwhile_is_told(page, analyst) -> None:
    own = create_set(owner=analyst, name="Own")
    url = sent(page, wide(), into=str(own.pk))["Location"]
    own.delete()
    assert "a set that was deleted" in text_of(page.get(url))
    answer = page.post(url, {})
    assert answer.status_code == 422
    assert "You have no such set of prices" in text_of(answer)


def test_a_cancelled_import_says_so_and_can_be_tried_again(page, draft) -> None:
    url = draft.get_absolute_url()
    page.post(url, {"frequency": "daily"})
    page.post(f"{url}cancel/")
    assert "Cancelled" in text_of(page.get(url))
    page.post(f"{url}retry/")
    run_pending()
    assert "3 tickers imported" in text_of(page.get(url))
    assert "nothing to cancel" in text_of(page.post(f"{url}cancel/", follow=True))


def test_tickers_left_out_say_why(page) -> None:
    lines = wide().split("\n")
    cells = lines[3].split(",")
    lines[3] = ",".join([cells[0], "-5", *cells[2:]])
    url = sent(page, "\n".join(lines))["Location"]
    page.post(url, {"frequency": "daily"})
    run_pending()
    text = text_of(page.get(f"{url}?state=refused"))
    assert "3 tickers read, 1 left out" in text
    assert "Line 4: " in text


def test_drafts_are_no_imports_yet(page, draft, analyst_api) -> None:
    assert analyst_api.get("/api/prices/imports/").json()["data"] == []
    assert analyst_api.get(f"/api/prices/imports/{draft.pk}/").status_code == 404
