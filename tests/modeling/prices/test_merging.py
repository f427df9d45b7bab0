"""Merging prices: idempotent, by a stated rule, nothing lost, nothing half done."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from django.utils import timezone

from modeling.models import PriceBundle, PriceSeries, PriceSet
from modeling.prices.coding import SPAN
from modeling.prices.points import Points, number_of
from modeling.prices.reading import Wanted, read
from modeling.selectors_prices import read_panel
from modeling.services.prices import change_set, create_set, merge_many, merge_series, update_price
from modeling.services.prices.storing import PricesDiffer
from tests.modeling.prices.conftest import DAYS, MONDAY, offer
from valor.lib.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db


def stored(price_set: PriceSet, ticker: str) -> dict[int, float]:
    series = PriceSeries.objects.get(price_set=price_set, ticker=ticker)
    days, prices = read(Wanted(price_set.pk, [series.pk]), lambda rows, days: None)
    return dict(zip(days.tolist(), prices[0].tolist(), strict=True))


def test_the_first_prices_of_a_ticker_are_all_added(mine) -> None:
    merged = offer(mine, "AAA", [10, 11.5, 12.25], name="Triple A", sector="Letters", source="a.csv")
    assert (merged.ticker, merged.added, merged.changed, merged.unchanged, merged.created) == ("AAA", 3, 0, 0, True)
    series = PriceSeries.objects.get(price_set=mine)
    assert (series.first, series.last, series.count) == (date(2024, 1, 1), date(2024, 1, 3), 3)
    assert (series.last_price, series.currency, series.revision) == (12.25, "USD", 1)
    assert (series.name, series.sector, series.source) == ("Triple A", "Letters", "a.csv")
    assert stored(mine, "AAA") == {MONDAY: 10, MONDAY + 1: 11.5, MONDAY + 2: 12.25}
    assert mine.revision == 1


def test_the_same_again_changes_nothing(mine) -> None:
    offer(mine, "AAA", [10, 11, 12], source="a.csv")
    before = PriceSet.objects.values().get(), PriceSeries.objects.values().get(), PriceBundle.objects.values().get()
    merged = offer(mine, "AAA", [10, 11, 12], source="a.csv")
    assert (merged.added, merged.changed, merged.unchanged, merged.created) == (0, 0, 3, False)
    after = PriceSet.objects.values().get(), PriceSeries.objects.values().get(), PriceBundle.objects.values().get()
    assert before == after


def test_by_default_the_newer_price_wins_and_the_differences_are_told(mine) -> None:
    offer(mine, "AAA", [10, 11, 12])
    merged = offer(mine, "AAA", [11, 12.5, 13], first=MONDAY + 1)
    assert (merged.added, merged.changed, merged.unchanged, merged.differing) == (1, 1, 1, 1)
    assert [(c.day, c.stored, c.offered) for c in merged.conflicts] == [(date(2024, 1, 3), 12, 12.5)]
    assert stored(mine, "AAA") == {MONDAY: 10, MONDAY + 1: 11, MONDAY + 2: 12.5, MONDAY + 3: 13}
    assert mine.revision == 2


def test_by_the_rule_keep_only_new_days_come_in(mine) -> None:
    offer(mine, "AAA", [10, 11])
    merged = offer(mine, "AAA", [9, 11, 12], rule="keep")
    assert (merged.added, merged.changed, merged.unchanged, merged.differing) == (1, 0, 2, 1)
    assert list(stored(mine, "AAA").values()) == [10, 11, 12]


def test_by_the_rule_refuse_a_difference_refuses_all(mine) -> None:
    offer(mine, "AAA", [10, 11])
    with pytest.raises(PricesDiffer) as refusal:
        offer(mine, "AAA", [9, 11, 12], rule="refuse")
    assert "10 on 2024-01-01" in str(refusal.value)
    assert list(stored(mine, "AAA").values()) == [10, 11]
    assert offer(mine, "AAA", [10, 11, 12], rule="refuse").added == 1


def test_conflicts_are_told_up_to_a_number_and_counted_all(mine) -> None:
    offer(mine, "AAA", np.arange(1, 101))
    merged = offer(mine, "AAA", np.arange(2, 102))
    assert (merged.changed, merged.differing, len(merged.conflicts)) == (100, 100, 20)


def test_histories_longer_than_a_block_come_back_exactly(mine) -> None:
    random = np.random.default_rng(1)
    days = np.sort(random.choice(np.arange(-3 * SPAN, 3 * SPAN), 4000, replace=False)).astype(np.int32)
    prices = random.lognormal(3, 1, 4000)
    order = random.permutation(4000)
    for part in np.array_split(order, 7):  # in pieces that interleave
        chosen = np.sort(part)
        merge_series(price_set=mine, ticker="AAA", days=days[chosen], prices=prices[chosen])
    assert stored(mine, "AAA") == dict(zip(days.tolist(), prices.tolist(), strict=True))
    pieces = PriceSeries.objects.get()
    merge_series(price_set=mine, ticker="WHOLE", days=days, prices=prices)
    whole = PriceSeries.objects.get(ticker="WHOLE")
    same = ("first", "last", "count", "last_price", "checksum")
    assert [getattr(pieces, field) for field in same] == [getattr(whole, field) for field in same]
    assert PriceBundle.objects.values("span").distinct().count() == 6


def test_only_the_bundle_that_changes_is_written(mine) -> None:
    offer(mine, "AAA", np.linspace(1, 2, 3 * SPAN), first=SPAN)
    before = dict(PriceBundle.objects.values_list("span", "pk"))
    offer(mine, "AAA", [7.5], first=2 * SPAN)
    after = dict(PriceBundle.objects.values_list("span", "pk"))
    assert [span for span in after if after[span] != before[span]] == [2]


def test_a_checksum_tells_contents_apart(mine) -> None:
    offer(mine, "AAA", [10, 11])
    offer(mine, "BBB", [10, 11])
    offer(mine, "CCC", [10, 12])
    offer(mine, "DDD", [10, 11], first=MONDAY + 1)
    sums = dict(PriceSeries.objects.values_list("ticker", "checksum"))
    assert sums["AAA"] == sums["BBB"]
    assert len(set(sums.values())) == 3


def test_many_tickers_are_merged_at_once_or_not_at_all(mine) -> None:
    good = [Points(f"T{number}", DAYS, np.full(5, 10.0 + number)) for number in range(30)]
    assert [merged.added for merged in merge_many(price_set=mine, points=good)] == [5] * 30
    assert mine.revision == 1
    bad = [Points("NEW", DAYS, np.full(5, 1.0)), Points("T1", DAYS, np.array([1, 2, np.nan, 4, 5]))]
    with pytest.raises(InvalidInput):
        merge_many(price_set=mine, points=bad)
    assert not PriceSeries.objects.filter(ticker="NEW").exists()


def test_a_day_of_all_tickers_takes_few_queries(mine, django_assert_max_num_queries) -> None:
    merge_many(price_set=mine, points=[Points(f"T{number}", DAYS, np.full(5, 10.0)) for number in range(90)])
    day = np.array([MONDAY + 7])
    later = [Points(f"T{number}", day, np.array([11.0])) for number in range(90)]
    with django_assert_max_num_queries(14):
        merge_many(price_set=mine, points=later)
    assert PriceSeries.objects.filter(last=date(2024, 1, 8), count=6).count() == 90


def test_one_price_is_updated(mine) -> None:
    offer(mine, "AAA", [10, 11])
    assert update_price(price_set=mine, ticker="AAA", day=date(2024, 1, 2), price=11.5).changed == 1
    assert PriceSeries.objects.get().last_price == 11.5
    with pytest.raises(NotFound):
        update_price(price_set=mine, ticker="ZZZ", day=date(2024, 1, 2), price=11.5)


def test_a_new_name_is_taken_over_without_new_prices(mine) -> None:
    offer(mine, "AAA", [10, 11])
    offer(mine, "AAA", [10, 11], name="Triple A", source="ignored.csv")
    series = PriceSeries.objects.get()
    assert (series.name, series.source) == ("Triple A", "")


def test_other_currencies_are_kept_apart(mine) -> None:
    offer(mine, "AAA", [10, 11], currency="EUR")
    assert PriceSeries.objects.get().currency == "EUR"
    with pytest.raises(InvalidInput, match="are in EUR"):
        offer(mine, "AAA", [12], currency="USD")


def test_a_ticker_in_other_letters_is_no_other_ticker(mine) -> None:
    offer(mine, "AAA", [10])
    with pytest.raises(InvalidInput, match="AAA is stored already"):
        offer(mine, "aaa", [10])
    for twin in ("bbb", "BBB"):
        twins = [Points("BBB", DAYS[:1], np.ones(1)), Points(twin, DAYS[:1], np.ones(1))]
        with pytest.raises(InvalidInput, match="there twice"):
            merge_many(price_set=mine, points=twins)


@pytest.mark.parametrize(
    "ticker", ["", " ", "=1+1", "+A", "-A", "@A", "A/B", "A\tB", "A\n", "A" * 33, "Ä", "A%", " A", "A "]
)
def test_what_is_no_ticker_is_refused(mine, ticker) -> None:
    with pytest.raises(InvalidInput) as refusal:
        offer(mine, ticker, [10])
    assert refusal.value.problems[0].field == "ticker"


@pytest.mark.parametrize(
    "ticker", ["A", "BRK.B", "BF-B", "^GSPC", "EURUSD=X", "CL=F", "005930.KS", "BHP AX", "$SPX", "A" * 32]
)
def test_what_exchanges_use_is_a_ticker(mine, ticker) -> None:
    assert offer(mine, ticker, [10]).added == 1


@pytest.mark.parametrize("price", [0, -1, np.nan, np.inf, 1e13, 1e-10])
def test_an_impossible_price_is_refused_by_name(mine, price) -> None:
    with pytest.raises(InvalidInput) as refusal:
        offer(mine, "AAA", [10, price])
    assert refusal.value.problems[0].field == "prices"
    assert not PriceSeries.objects.exists()


@pytest.mark.parametrize(
    "days", [[2, 1], [1, 1], [1.5, 2.5], [1], [], [[1, 2]], ["a", "b"], [10**6, 10**6 + 1], [-(10**6), 1]]
)
def test_impossible_days_are_refused(mine, days) -> None:
    with pytest.raises(InvalidInput):
        merge_series(price_set=mine, ticker="AAA", days=days, prices=[1.0, 2.0])
    assert not PriceSeries.objects.exists()


def test_days_of_the_future_are_refused(mine) -> None:
    today = number_of(timezone.now().date())
    assert offer(mine, "AAA", [1, 2], first=today).added == 2
    with pytest.raises(InvalidInput, match="can't be"):
        offer(mine, "AAA", [1], first=today + 2)


def test_numpy_days_are_understood(mine) -> None:
    days = np.array(["2024-01-01", "2024-01-02"], "datetime64[D]")
    merge_series(price_set=mine, ticker="AAA", days=days, prices=[1.0, 2.0])
    assert stored(mine, "AAA") == {MONDAY: 1, MONDAY + 1: 2}


def test_there_are_limits(mine, monkeypatch) -> None:
    monkeypatch.setattr("modeling.services.prices.merging.MOST_TICKERS", 2)
    monkeypatch.setattr("modeling.services.prices.storing.MOST_POINTS", 4)
    offer(mine, "AAA", [1, 2, 3])
    offer(mine, "BBB", [1, 2, 3])
    with pytest.raises(InvalidInput, match="at most 2"):
        offer(mine, "CCC", [1])
    with pytest.raises(InvalidInput, match="at most 4"):
        offer(mine, "AAA", [1, 2], first=MONDAY + 3)


def test_an_unknown_rule_is_refused_with_the_known_ones(mine) -> None:
    with pytest.raises(InvalidInput, match="replace, keep, refuse"):
        offer(mine, "AAA", [1], rule="guess")


def test_a_deleted_set_takes_no_prices(mine) -> None:
    PriceSet.objects.all().delete()
    with pytest.raises(NotFound):
        offer(mine, "AAA", [1])


def test_prices_that_share_no_day_are_refused_before_they_fill_the_memory(mine) -> None:
    """Every ticker has room on every day of the panel: 3,000 prices would take nine million places."""
    points = [Points(f"T{place:04}", [MONDAY - place], [10.0]) for place in range(3000)]
    merge_many(price_set=mine, points=points)
    with pytest.raises(InvalidInput, match=r"3,000 tickers on 3,000 days have room for 9,000,000 prices"):
        read_panel(mine)


def test_a_name_taken_at_the_same_moment_is_refused_as_any_other(mine, monkeypatch) -> None:
    """The look at the names came too early: only the database knows."""
    monkeypatch.setattr("modeling.services.prices.sets.checked", lambda price_set: None)
    with pytest.raises(InvalidInput, match="There is a set of this name already"):
        create_set(owner=mine.owner, name=mine.name)
    other = create_set(owner=mine.owner, name="Another")
    with pytest.raises(InvalidInput, match="There is a set of this name already"):
        change_set(other, name=mine.name)
