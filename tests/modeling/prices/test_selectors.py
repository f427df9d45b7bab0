"""Who sees which prices, and panels of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.models import PriceSet
from modeling.prices.coding import SPAN
from modeling.prices.points import Points
from modeling.selectors_prices import (
    SharedReadOnly,
    history,
    own_price_set_for,
    panel,
    price_set_for,
    price_sets_for,
    read_panel,
    series_for,
    series_of,
)
from modeling.services.prices import create_set, merge_many, merge_series, remove_series
from tests.modeling.prices.conftest import MONDAY, offer
from valor.lib.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db


def test_everybody_sees_shared_sets_and_their_own(analyst, other_analyst, operator, shared, mine) -> None:
    assert list(price_sets_for(analyst)) == [mine, shared]
    assert list(price_sets_for(other_analyst)) == [shared]
    assert list(price_sets_for(operator)) == [shared]
    assert price_set_for(analyst, mine.pk) == mine
    assert price_set_for(other_analyst, shared.pk).tickers == 2
    for stranger in (other_analyst, operator):
        for find in (price_set_for, own_price_set_for):
            with pytest.raises(NotFound):
                find(stranger, mine.pk)
    assert own_price_set_for(analyst, mine.pk) == mine
    with pytest.raises(SharedReadOnly):
        own_price_set_for(analyst, shared.pk)


@pytest.mark.parametrize("pk", [0, 10**30, -1])
def test_a_number_that_is_nobodys_is_not_found(analyst, pk) -> None:
    with pytest.raises(NotFound):
        price_set_for(analyst, pk)


def test_series_are_listed_by_their_tickers(shared) -> None:
    assert [series.ticker for series in series_of(shared)] == ["AAA", "BBB"]
    assert series_for(shared, "BBB").count == 3
    with pytest.raises(NotFound):
        series_for(shared, "CCC")


def test_a_panel_holds_all_tickers_on_one_calendar(shared) -> None:
    found = panel(shared)
    assert found.days.tolist() == list(range(MONDAY, MONDAY + 5))
    assert found.days.dtype == np.int32
    assert (found.tickers, found.currencies) == (("AAA", "BBB"), ("USD", "USD"))
    expected = [[10, 11, 12, 13, 14], [20, 21, 22, np.nan, np.nan]]
    np.testing.assert_array_equal(found.prices, expected)


def test_tickers_come_in_the_order_asked_for(shared) -> None:
    np.testing.assert_array_equal(panel(shared, ["BBB", "AAA"]).prices[:, 0], [20, 10])
    only = panel(shared, ["BBB"])
    assert (only.tickers, only.prices.shape) == (("BBB",), (1, 3))


def test_a_panel_can_begin_and_end_anywhere(shared) -> None:
    found = panel(shared, first=date(2024, 1, 2), last=date(2024, 1, 4))
    assert found.days.tolist() == [MONDAY + 1, MONDAY + 2, MONDAY + 3]
    np.testing.assert_array_equal(found.prices, [[11, 12, 13], [21, 22, np.nan]])
    assert panel(shared, first=date(2025, 1, 1)).prices.shape == (2, 0)


def test_what_a_set_has_not_is_refused(shared) -> None:
    with pytest.raises(EngineError, match="There are no prices of CCC"):
        panel(shared, ["AAA", "CCC"])
    with pytest.raises(InvalidInput, match="AAA is named twice"):
        panel(shared, ["AAA", "BBB", "AAA"])


def test_an_empty_set_gives_an_empty_panel(mine) -> None:
    assert panel(mine).prices.shape == (0, 0)


def test_too_large_a_panel_is_refused_in_words(shared, monkeypatch) -> None:
    monkeypatch.setattr("modeling.selectors_prices.MOST_FIGURES", 7)
    with pytest.raises(InvalidInput, match="at most 7"):
        panel(shared)


def test_ragged_histories_over_many_blocks_lie_where_a_slow_reading_puts_them(mine) -> None:
    random = np.random.default_rng(3)
    truth: dict[str, dict[int, float]] = {}
    every = np.arange(-3 * SPAN, 4 * SPAN, 7)
    for number in range(12):
        days = every if number < 4 else np.sort(random.choice(every, random.integers(1, 900), replace=False))
        days = days[days >= (number % 3 - 3) * SPAN] if number < 4 else days
        prices = np.round(random.lognormal(3, 1, len(days)), 2) if number % 2 else random.lognormal(3, 1, len(days))
        truth[f"T{number:02}"] = dict(zip(days.tolist(), prices.tolist(), strict=True))
        merge_series(price_set=mine, ticker=f"T{number:02}", days=days, prices=prices)
    for first, last in ((None, None), (-2 * SPAN + 5, 2 * SPAN)):
        found = read_panel(mine, first=first and day(first), last=last and day(last))
        assert found.tickers == tuple(truth)
        calendar = [int(d) for d in found.days]
        within = sorted({d for of in truth.values() for d in of if (first or -(10**9)) <= d <= (last or 10**9)})
        assert calendar == within
        expected = [[of.get(d, np.nan) for d in calendar] for of in truth.values()]
        np.testing.assert_array_equal(found.prices, expected)


def day(number: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number)


def test_nobody_can_write_into_a_panel(shared) -> None:
    for found in (panel(shared), read_panel(shared)):
        with pytest.raises(ValueError, match="read-only"):
            found.prices[0, 0] = 1


def test_the_history_of_one_ticker(shared) -> None:
    days, prices = history(series_for(shared, "AAA"), last=date(2024, 1, 2))
    assert (days.tolist(), prices.tolist()) == ([MONDAY, MONDAY + 1], [10, 11])


def test_a_small_panel_is_read_once_and_again_after_each_change(shared, django_assert_num_queries) -> None:
    panel(shared)
    with django_assert_num_queries(0):
        assert panel(shared).prices[0, 0] == 10
    offer(shared, "AAA", [10.5])
    assert panel(shared).prices[0, 0] == 10.5
    remove_series(shared, ticker="AAA")
    assert panel(PriceSet.objects.get(pk=shared.pk)).tickers == ("BBB",)


def test_two_peoples_sets_are_kept_apart(analyst, other_analyst) -> None:
    ours, theirs = (create_set(owner=owner, name="Same") for owner in (analyst, other_analyst))
    offer(ours, "AAA", [1])
    offer(theirs, "AAA", [2])
    assert panel(ours).prices[0, 0] == 1
    assert panel(theirs).prices[0, 0] == 2


def test_a_large_panel_is_read_each_time(shared, monkeypatch) -> None:
    monkeypatch.setattr("modeling.selectors_prices.MOST_KEPT_FIGURES", 3)
    assert panel(shared).prices.shape == (2, 5)
    assert panel(shared).prices[0, 0] == 10


def test_a_panel_takes_two_queries_however_many_tickers(mine, django_assert_max_num_queries) -> None:
    days = np.arange(MONDAY, MONDAY + 3)
    merge_many(price_set=mine, points=[Points(f"T{n:03}", days, np.full(3, 5.0)) for n in range(300)])
    with django_assert_max_num_queries(2):
        assert read_panel(mine).prices.shape == (300, 3)
