"""Sets of prices and their tickers: who sees them, what they say, and what they cost."""

from __future__ import annotations

import re

import numpy as np
import pytest

from modeling import selectors_reports
from modeling.models import PriceSeries, PriceSet
from modeling.prices import report_request
from modeling.prices.report_request import ReportRequest
from modeling.services.prices import create_set, merge_series
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.pages.charts import figures_in
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers

LIST = "/prices/"
DAYS = np.arange(19_000, 19_400)


def walk(seed: int, start: float = 50.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return start * np.cumprod(1 + rng.normal(0.0005, 0.01, len(DAYS)))


def filled(owner, name: str = "Mine", tickers: int = 3) -> PriceSet:
    made = create_set(owner=owner, name=name)
    for number in range(tickers):
        merge_series(price_set=made, ticker=f"T{number:02}", days=DAYS, prices=walk(number), sector="Energy")
    return made


@pytest.fixture
def mine(analyst) -> PriceSet:
    return filled(analyst)


@pytest.fixture
def shared(db) -> PriceSet:
    return filled(None, "World", 2)


def text_of(answer) -> str:
    return answer.content.decode()


def test_pages_are_for_analysts_and_for_what_they_may_see(page, operator_page, other_page, mine, shared) -> None:
    for url in (LIST, mine.get_absolute_url(), f"{mine.get_absolute_url()}T00/", f"{mine.get_absolute_url()}clean/"):
        refuses_strangers("get", url, operator_page)
        assert page.get(url).status_code == 200
    for url in (mine.get_absolute_url(), f"{mine.get_absolute_url()}T00/", f"{mine.get_absolute_url()}delete/"):
        assert other_page.get(url).status_code == 404
    assert other_page.get(shared.get_absolute_url()).status_code == 200
    assert page.get("/prices/999/").status_code == 404
    assert page.get(f"{mine.get_absolute_url()}NONE/").status_code == 404
    refuses_other_methods("get", LIST, page)
    refuses_other_methods("post", f"{mine.get_absolute_url()}T00/price/", page)


def test_without_prices_there_is_one_sentence_and_one_button(page) -> None:
    text = text_of(page.get(LIST))
    assert "There are no prices yet" in text
    assert text.count('href="/prices/import/"') == 2


def test_the_list_says_what_is_known_of_each_set(page, mine, shared, other_analyst) -> None:
    create_set(owner=other_analyst, name="Theirs")
    page.get(LIST)
    text = text_of(page.get(LIST))
    assert "Theirs" not in text
    rows = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", text, re.DOTALL)
    assert [("Mine" in row, "yours" in row, "Good" in row) for row in rows] == [
        (True, True, True),
        (False, False, True),
    ]
    assert "2022-01-08 to 2023-02-11" in rows[0]


def test_the_list_asks_little_however_many_sets_there_are(page, analyst, django_assert_max_num_queries) -> None:
    for number in range(12):
        filled(analyst, f"Set {number}", 1)
    with django_assert_max_num_queries(12):
        page.get(LIST)
    for _ in range(11):
        page.get(LIST)
    with django_assert_max_num_queries(5):
        text = text_of(page.get(LIST))
    assert text.count("Good") == 12


@pytest.mark.parametrize("view", ["tickers", "quality", "statistics", "correlation"])
def test_a_set_asks_little_and_weighs_little(page, mine, view, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(12):
        answer = page.get(f"{mine.get_absolute_url()}?view={view}")
    assert answer.status_code == 200
    assert len(answer.content) < 150_000
    assert 'aria-current="page"' in text_of(answer)


def test_tickers_are_found_sorted_and_paged(page, analyst) -> None:
    big = filled(analyst, "Big", 60)
    url = big.get_absolute_url()
    first = text_of(page.get(url))
    assert "T49</a>" in first
    assert "T50</a>" not in first
    assert "T50</a>" in text_of(page.get(f"{url}?page=2"))
    assert "T59</a>" in text_of(page.get(f"{url}?sort=-ticker"))
    found = text_of(page.get(f"{url}?q=t07"))
    assert "T07</a>" in found
    assert "T08</a>" not in found
    assert "No ticker, name or sector holds" in text_of(page.get(f"{url}?q=%3Cb%3E"))
    assert "<b>" not in text_of(page.get(f"{url}?q=%3Cb%3E"))


def test_quality_tells_what_is_doubtful_with_its_evidence(page, analyst) -> None:
    made = filled(analyst)
    prices = walk(9)
    prices[200:] /= 4
    merge_series(price_set=made, ticker="SPLIT", days=DAYS, prices=prices)
    kept = (DAYS < 19_100) | (DAYS > 19_130)
    merge_series(price_set=made, ticker="GAPPY", days=DAYS[kept], prices=walk(10)[kept])
    text = text_of(page.get(f"{made.get_absolute_url()}?view=quality"))
    assert "Suspected split" in text
    assert "There is no price for 31 days of the calendar." in text
    assert re.search(r"\d good.* of 5 tickers", text)
    alone = text_of(page.get(f"{made.get_absolute_url()}GAPPY/"))
    assert "There is no price for 31 days of the calendar." in alone
    assert [mark["word"] for mark in figures_in(alone)[0]["marks"]] == ["Gap (certain)"]
    made.refresh_from_db()
    assert made.quality
    assert made.judged_revision == made.revision


def test_statistics_are_those_of_the_period_against_the_benchmark(page, mine) -> None:
    url = f"{mine.get_absolute_url()}?view=statistics&from=2022-03-01&to=2022-12-31&benchmark=T01&risk_free=2"
    text = text_of(page.get(url))
    assert "2022-03-01 to 2022-12-31, risk-free 2.00 % a year, beta and alpha against T01" in text
    row = re.search(r">T01</a></th>(.*?)</tr>", text, re.DOTALL)
    assert row
    cells = re.findall(r"<td class=\"num\">(.*?)</td>", row[1])
    assert cells[9:12] == ["1.00", "0.0 %", "1.00"]
    whole = text_of(page.get(f"{mine.get_absolute_url()}?view=statistics"))
    assert "Beta" not in whole
    days = (np.diff(DAYS[:1]), walk(0))
    growth = (days[1][-1] / days[1][0]) ** (365.25 / 399) - 1
    assert f"{growth * 100:.1f}".replace("-", "−") in whole


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=soon", "This is no day"),
        ("from=2023-01-01&to=2022-01-01", "It is after"),
        ("benchmark=NONE", "The set has no such ticker."),
        ("benchmark=%00", "This is no ticker"),
        ("risk_free=much", "is not a percentage"),
        ("risk_free=-200", "This is no rate"),
        ("from=2030-01-01", "days"),
    ],
)
def test_what_can_not_be_meant_is_named(page, mine, query, words) -> None:
    for place in (mine.get_absolute_url(), f"{mine.get_absolute_url()}T00/"):
        answer = page.get(f"{place}?view=statistics&{query}")
        assert answer.status_code == 422, place
        assert words in text_of(answer), place


def test_correlation_is_a_heat_table_with_a_summary(page, analyst) -> None:
    made = filled(analyst)
    merge_series(price_set=made, ticker="TWIN", days=DAYS, prices=walk(0) * 2)
    text = text_of(page.get(f"{made.get_absolute_url()}?view=correlation"))
    assert "Most alike: T00 and TWIN (1.00)" in text or "Most alike: TWIN and T00 (1.00)" in text
    assert "The average correlation of 4 tickers" in text
    assert 'class="num heat-9"' in text


def test_a_very_large_set_is_reported_by_a_job(page, mine, monkeypatch) -> None:
    monkeypatch.setattr(selectors_reports, "MOST_AT_ONCE", 100)
    url = f"{mine.get_absolute_url()}?view=statistics&benchmark=T01"
    assert "Make the report" in text_of(page.get(url))
    sent = page.post(f"{mine.get_absolute_url()}report/", {"view": "statistics", "benchmark": "T01"})
    assert sent["Location"] == url
    assert "It waits for a worker." in text_of(page.get(url))
    run_pending()
    assert Job.objects.get(kind="modeling.price_report").state == "done"
    text = text_of(page.get(url))
    assert "beta and alpha against T01" in text
    monkeypatch.setattr(selectors_reports, "MOST_AT_ONCE", report_request.MOST_AT_ONCE)
    at_once = text_of(page.get(url))
    table = re.compile(r"<tbody>.*?</tbody>", re.DOTALL)
    assert table.findall(text) == table.findall(at_once)


def test_a_ticker_shows_charts_statistics_and_what_is_doubtful(page, mine, django_assert_max_num_queries) -> None:
    prices = walk(4)
    prices[200:] /= 4
    merge_series(price_set=mine, ticker="SPLIT", days=DAYS, prices=prices, name="Split <Corp>")
    with django_assert_max_num_queries(12):
        answer = page.get(f"{mine.get_absolute_url()}SPLIT/?benchmark=T00")
    text = text_of(answer)
    price, drawdown, volatility = figures_in(text)
    assert [mark["word"] for mark in price["marks"]] == ["Suspected split (certain)"]
    assert len(price["data"][0]) == len(drawdown["data"][0]) == len(volatility["data"][0]) + 1
    assert price["source"] == f"/api/prices/{mine.pk}/series/SPLIT/"
    assert max(drawdown["data"][1]) == 0
    assert text.count('data-act="log"') == 1
    assert "Suspected split" in text
    assert "Split &lt;Corp&gt;" in text
    assert "Beta" in text
    assert len(answer.content) < 150_000


def test_a_price_is_added_and_corrected_in_ones_own_set_only(page, mine, shared) -> None:
    url = f"{mine.get_absolute_url()}T00/price/"
    assert page.post(url, {"day": "2023-02-20", "price": "61.5"}, follow=True).status_code == 200
    series = PriceSeries.objects.get(price_set=mine, ticker="T00")
    assert (str(series.last), series.last_price, series.count) == ("2023-02-20", 61.5, 401)
    text = text_of(page.post(url, {"day": "2023-02-20", "price": "1,062"}, follow=True))
    assert "was corrected" in text
    for body, words in (
        ({"day": "2023-02-21", "price": "-1"}, "can&#x27;t cost"),
        ({"day": "2023-02-21", "price": "cheap"}, "is not a number"),
        ({"day": "yesterday", "price": "1"}, "Give the day as in"),
        ({"day": "3023-02-21", "price": "1"}, "a day that can&#x27;t be"),
        ({}, "Give a price."),
    ):
        answer = page.post(url, body)
        assert answer.status_code == 422, body
        assert words in text_of(answer), body
    assert page.post(f"{shared.get_absolute_url()}T00/price/", {"day": "2023-02-20", "price": "1"}).status_code == 403
    assert "Add or correct" not in text_of(page.get(f"{shared.get_absolute_url()}T00/"))


def test_a_ticker_and_a_set_are_removed_after_asking_once(page, mine, shared) -> None:
    for url in (f"{mine.get_absolute_url()}T00/remove/", f"{mine.get_absolute_url()}delete/"):
        assert "This can&#x27;t be undone" in text_of(page.get(url)) or "can't be undone" in text_of(page.get(url))
    assert page.post(f"{mine.get_absolute_url()}T00/remove/")["Location"] == mine.get_absolute_url()
    assert not PriceSeries.objects.filter(price_set=mine, ticker="T00").exists()
    assert page.post(f"{mine.get_absolute_url()}delete/")["Location"] == LIST
    assert not PriceSet.objects.filter(pk=mine.pk).exists()
    for url in (f"{shared.get_absolute_url()}T00/remove/", f"{shared.get_absolute_url()}delete/"):
        assert page.get(url).status_code == 403
        assert page.post(url).status_code == 403


ABOUT = {"name": "Renamed", "description": "Two\r\nlines", "source": "Typed", "licence": "", "frequency": "weekly"}


def test_what_is_said_about_ones_own_set_is_changed_on_its_page(page, mine) -> None:
    url, revision = mine.get_absolute_url(), mine.revision
    assert 'name="frequency"' in text_of(page.get(url))
    answer = page.post(url, ABOUT)
    assert (answer.status_code, answer["Location"]) == (302, url)
    mine.refresh_from_db()
    assert (mine.name, mine.description, mine.source, mine.frequency) == ("Renamed", "Two\nlines", "Typed", "weekly")
    assert mine.revision == revision + 1
    text = text_of(page.get(url))
    assert "<h1>Renamed</h1>" in text
    assert "What is said about Renamed was changed." in text
    page.post(url, ABOUT)
    mine.refresh_from_db()
    assert mine.revision == revision + 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "Give the set a name."),
        ("name", "Taken", "There is a set of this name already. Choose another name"),
        ("name", "x" * 201, "at most 200 characters"),
        ("name", "a\0b", "Null characters are not allowed"),
        ("description", "x" * 2001, "at most 2000 characters"),
        ("source", "x" * 301, "at most 300 characters"),
        ("licence", "x" * 501, "at most 500 characters"),
        ("frequency", "hourly", "hourly is not one of the available choices"),
        ("frequency", "", "Say how often it has prices."),
    ],
)
def test_what_can_not_be_said_about_a_set_is_named_at_its_field(page, mine, field, value, words) -> None:
    create_set(owner=mine.owner, name="Taken")
    url = mine.get_absolute_url()
    answer = page.post(url, ABOUT | {field: value})
    text = text_of(answer)
    assert answer.status_code == 422
    assert "<h1>Mine</h1>" in text
    assert re.search(rf'<details class="group about" open>.*id="id_{field}_error".*{words}', text, re.DOTALL)
    assert text.count('class="errorlist"') == 1
    mine.refresh_from_db()
    assert mine.name == "Mine"


def test_what_was_wrong_with_a_set_before_is_told_above_the_fields(page, mine) -> None:
    PriceSet.objects.filter(pk=mine.pk).update(currency="usd")
    answer = page.post(mine.get_absolute_url(), ABOUT)
    assert answer.status_code == 422
    assert "This is no code of a currency. Give three capital letters" in text_of(answer)


def test_how_often_prices_come_may_stay_open_until_the_first_ones_tell(page, analyst) -> None:
    empty = create_set(owner=analyst, name="Empty")
    assert page.post(empty.get_absolute_url(), ABOUT | {"frequency": ""}).status_code == 302
    empty.refresh_from_db()
    assert (empty.name, empty.frequency) == ("Renamed", "")


def test_what_is_said_about_a_set_of_others_is_not_to_be_changed(page, other_page, operator_page, mine, shared) -> None:
    assert 'name="frequency"' not in text_of(page.get(shared.get_absolute_url()))
    assert page.post(shared.get_absolute_url(), ABOUT).status_code == 403
    assert other_page.post(mine.get_absolute_url(), ABOUT).status_code == 404
    refuses_strangers("post", mine.get_absolute_url(), operator_page)
    assert page.delete(mine.get_absolute_url()).status_code == 405
    assert set(PriceSet.objects.values_list("name", flat=True)) == {"Mine", "World"}


def test_appended_days_extend_what_is_known(mine, monkeypatch) -> None:
    """The state grows where only days were appended, and is made anew where an older price was corrected."""
    from modeling.engines.prices.statistics import state

    made = []
    original = state.state_of
    monkeypatch.setattr(
        state, "state_of", lambda panel, *rest, **more: made.append(len(panel.days)) or original(panel, *rest, **more)
    )
    request = ReportRequest(benchmark="T01")
    selectors_reports.statistics(mine, request)
    later = np.arange(19_400, 19_405)
    for ticker in ("T00", "T01", "T02"):
        merge_series(price_set=mine, ticker=ticker, days=later, prices=np.linspace(60, 61, 5))
    grown = selectors_reports.statistics(mine, request)
    assert made == [400, 5]
    merge_series(price_set=mine, ticker="T00", days=DAYS[:1], prices=[55.0])
    selectors_reports.statistics(mine, request)
    assert made == [400, 5, 405]
    mine.refresh_from_db()
    from django.core.cache import cache

    merge_series(price_set=mine, ticker="T00", days=DAYS[:1], prices=[float(walk(0)[0])])
    cache.clear()
    anew = selectors_reports.statistics(mine, request)
    for first, second in zip(grown["tickers"], anew["tickers"], strict=True):
        assert first["volatility"] == pytest.approx(second["volatility"], rel=1e-9)
        assert first["beta"] == pytest.approx(second["beta"], rel=1e-9)
