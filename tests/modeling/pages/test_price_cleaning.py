"""Cleaning a set: the trial, the new set with its record of repairs, and the source that stays as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modeling.models import PriceSet
from modeling.selectors_prices import read_panel
from modeling.services import price_cleaning
from modeling.services.prices import create_set, merge_series
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.pages.questions import refuses_strangers

DAYS = np.arange(19_000, 19_300)
RULES = {
    "name": "Mine, cleaned",
    "splits": "adjust",
    "split_confidence": "50",
    "spikes": "drop",
    "spike_confidence": "50",
    "gaps": "fill",
    "fill_days": "3",
    "stale": "flag",
    "stale_days": "5",
    "delistings": "flag",
    "calendar": "union",
}


def walk(seed: int) -> np.ndarray:
    return 50 * np.cumprod(1 + np.random.default_rng(seed).normal(0.0005, 0.01, len(DAYS)))


@pytest.fixture
def mine(analyst) -> PriceSet:
    """A split by four, an outlier, and a gap of five days."""
    made = create_set(owner=analyst, name="Mine", source="Us", licence="Ours")
    split, spike = walk(1), walk(2)
    split[150:] /= 4
    spike[100] *= 5
    kept = (DAYS < 19_200) | (DAYS > 19_204)
    merge_series(price_set=made, ticker="SPLIT", days=DAYS, prices=split, name="Split Corp", sector="Energy")
    merge_series(price_set=made, ticker="SPIKE", days=DAYS, prices=spike)
    merge_series(price_set=made, ticker="GAP", days=DAYS[kept], prices=walk(3)[kept])
    for number in range(3):
        merge_series(price_set=made, ticker=f"CALM{number}", days=DAYS, prices=walk(10 + number))
    return made


def clean(page, price_set: PriceSet, **rules: Any):
    return page.post(f"{price_set.get_absolute_url()}clean/", RULES | rules)


def text_of(answer) -> str:
    return answer.content.decode()


def test_is_for_analysts_who_may_see_the_set(page, operator_page, other_page, mine) -> None:
    url = f"{mine.get_absolute_url()}clean/"
    refuses_strangers("get", url, operator_page)
    assert other_page.get(url).status_code == 404
    assert other_page.post(url, RULES).status_code == 404


def test_a_trial_tells_what_would_be_done_and_stores_nothing(page, mine, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(15):
        answer = clean(page, mine)
    text = text_of(answer)
    assert answer.status_code == 200
    assert "What would be done" in text
    assert "3 days filled with the price before" in text
    assert "Prices before splits are adjusted from a confidence of 50 %." in text
    assert PriceSet.objects.count() == 1


def test_a_new_set_is_made_with_the_record_of_every_repair(page, mine, analyst) -> None:
    before = read_panel(mine)
    answer = clean(page, mine, make="1")
    made = PriceSet.objects.exclude(pk=mine.pk).get()
    assert answer["Location"] == made.get_absolute_url()
    assert (made.owner, made.name, made.source, made.licence) == (analyst, "Mine, cleaned", "Us", "Ours")
    record = made.cleaning
    assert {repair["ticker"] for repair in record["repairs"]} == {"SPLIT", "SPIKE", "GAP"}
    assert record["source"] == {"id": mine.pk, "name": "Mine", "revision": mine.revision}
    assert made.description.startswith("Cleaned from Mine at revision 6: 4 repairs.")
    after = read_panel(made)
    places = {ticker: row for row, ticker in enumerate(after.tickers)}
    np.testing.assert_allclose(after.prices[places["SPLIT"]][0], walk(1)[0] / 4, rtol=1e-9)
    assert after.prices[places["SPIKE"]][100] == after.prices[places["SPIKE"]][99]  # dropped, and the gap filled
    assert np.isnan(after.prices[places["GAP"]]).sum() == 2
    assert made.series.get(ticker="SPLIT").sector == "Energy"
    np.testing.assert_array_equal(before.prices, read_panel(mine).prices)
    assert "How it was cleaned" in text_of(page.get(made.get_absolute_url()))


def test_a_shared_set_is_cleaned_into_ones_own(page, analyst, db) -> None:
    shared = create_set(owner=None, name="World")
    merge_series(price_set=shared, ticker="AAA", days=DAYS, prices=walk(1))
    clean(page, shared, make="1")
    made = PriceSet.objects.get(owner=analyst)
    assert made.cleaning["repair_count"] == 0
    assert "Nothing is repaired" in text_of(page.get(made.get_absolute_url()))


def test_prices_are_converted_by_the_rates_of_a_set(page, analyst) -> None:
    mixed = create_set(owner=analyst, name="Mixed")
    merge_series(price_set=mixed, ticker="EUR1", days=DAYS, prices=walk(1), currency="EUR")
    merge_series(price_set=mixed, ticker="USD1", days=DAYS, prices=walk(2))
    rates = create_set(owner=analyst, name="Rates")
    merge_series(price_set=rates, ticker="EURUSD", days=DAYS[5:], prices=np.full(len(DAYS) - 5, 1.25))
    plain = {"splits": "flag", "spikes": "flag", "gaps": "keep"}
    refused = clean(page, mixed, **plain)
    assert refused.status_code == 422
    assert "The prices are in several currencies." in text_of(refused)
    money = {"currency": "USD", "rates_set": str(rates.pk)}
    assert "There are no such rates." in text_of(clean(page, mixed, **plain, **money, rate_EUR="NONE"))
    clean(page, mixed, **plain, **money, rate_EUR="EURUSD", make="1")
    found = read_panel(PriceSet.objects.get(name="Mine, cleaned"))
    assert set(found.currencies) == {"USD"}
    row = found.prices[found.tickers.index("EUR1")]
    np.testing.assert_allclose(row[5:], walk(1)[5:] * 1.25, rtol=1e-9)
    assert np.isnan(row[:5]).all()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Mine", "make": "1"}, "There is a set of this name already."),
        ({"splits": "maybe"}, "Select a valid choice"),
        ({"split_confidence": "many"}, "is not a percentage"),
        ({"spike_confidence": "120"}, "120 % is no share"),
        ({"fill_days": "0"}, "greater than or equal to 1"),
        ({"currency": "dollars"}, "Give three capital letters"),
        ({"calendar": "NONE"}, "Select a valid choice"),
        ({"most_missing_of_ticker": "-3"}, "is no share"),
    ],
)
def test_rules_that_can_not_be_are_named_beside_their_field(page, mine, rules, words) -> None:
    answer = clean(page, mine, **rules)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert PriceSet.objects.count() == 1


def test_a_set_without_prices_is_refused_in_words(page, analyst) -> None:
    empty = create_set(owner=analyst, name="Empty")
    answer = clean(page, empty)
    assert answer.status_code == 422
    assert "The set has no prices." in text_of(answer)


def test_a_very_large_set_is_cleaned_by_a_job_that_may_be_done_twice(page, mine, analyst, monkeypatch) -> None:
    monkeypatch.setattr(price_cleaning, "MOST_AT_ONCE", 100)
    assert "Try it" not in text_of(page.get(f"{mine.get_absolute_url()}clean/"))
    assert "a trial is made of at most 100" in text_of(clean(page, mine))
    answer = clean(page, mine, make="1")
    job = Job.objects.get(kind="modeling.clean_prices")
    assert answer["Location"] == f"/jobs/{job.pk}/"
    run_pending()
    job.refresh_from_db()
    made = PriceSet.objects.get(name="Mine, cleaned")
    assert job.result == {"price_set": made.pk, "name": "Mine, cleaned", "repair_count": 4}
    assert made.get_absolute_url() in text_of(page.get(f"/jobs/{job.pk}/"))
    again = price_cleaning.clean_set(mine, {}, owner=analyst, name="Mine, cleaned", job_id=job.pk)
    assert again == made
