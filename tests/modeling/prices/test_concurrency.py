"""Merges at the same moment; on a database that lets them be at the same moment."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection

from modeling.models import PriceBundle, PriceSeries, PriceSet
from modeling.prices.coding import SPAN
from modeling.prices.merging import Merged
from modeling.prices.points import Points
from modeling.prices.reading import Wanted, read
from modeling.selectors_prices import read_panel
from modeling.services.prices import create_set, delete_set, merge_many, merge_series
from tests.modeling.prices.conftest import MONDAY
from tests.modeling.test_concurrency import CALLERS, at_once
from valor.lib.errors import InvalidInput, NotFound

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite in memory lets one writer in at a time"),
]


@pytest.fixture
def own_set(analyst) -> PriceSet:
    return create_set(owner=analyst, name="Mine")


def test_no_merge_into_one_ticker_loses_anothers_points(own_set) -> None:
    """Each caller offers every sixth day of a history over several blocks."""
    days = np.arange(MONDAY - 3 * SPAN, MONDAY)

    def merge(number: int) -> list[Merged]:
        mine = days[number::CALLERS]
        halves = np.array_split(mine, 3)
        return [merge_series(price_set=own_set, ticker="AAA", days=part, prices=part + 20_000.0) for part in halves]

    answers = at_once(merge)
    assert all(isinstance(answer, list) for answer in answers), answers
    found = read_panel(own_set)
    assert found.days.tolist() == days.tolist()
    np.testing.assert_array_equal(found.prices[0], days + 20_000.0)
    series = PriceSeries.objects.get()
    assert (series.count, series.revision) == (len(days), 3 * CALLERS)
    assert PriceSet.objects.get().revision == 3 * CALLERS
    merge_series(price_set=own_set, ticker="BBB", days=days, prices=days + 20_000.0)
    assert PriceSeries.objects.get(ticker="BBB").checksum == series.checksum


def test_the_same_merged_at_once_counts_once(own_set) -> None:
    answers = at_once(lambda _: merge_series(price_set=own_set, ticker="AAA", days=[MONDAY], prices=[5.0]))
    assert sorted(answer.added for answer in answers) == [0] * (CALLERS - 1) + [1], answers
    assert (PriceSeries.objects.count(), PriceBundle.objects.count(), PriceSet.objects.get().revision) == (1, 1, 1)


def test_different_tickers_at_once_are_all_there(own_set) -> None:
    answers = at_once(lambda n: merge_series(price_set=own_set, ticker=f"T{n}", days=[MONDAY], prices=[5.0 + n]))
    assert all(isinstance(answer, Merged) for answer in answers), answers
    assert read_panel(own_set).prices[:, 0].tolist() == [5.0 + n for n in range(CALLERS)]


def test_a_set_deleted_meanwhile_takes_nothing_and_leaves_nothing(own_set) -> None:
    def act(number: int) -> object:
        if number == 0:
            return delete_set(own_set)
        return merge_series(price_set=own_set, ticker=f"T{number}", days=[MONDAY], prices=[5.0])

    answers = at_once(act)
    assert all(answer is None or isinstance(answer, (Merged, NotFound)) for answer in answers), answers
    assert not PriceSeries.objects.exists()
    assert not PriceBundle.objects.exists()


def test_a_panel_read_while_prices_come_is_whole(own_set) -> None:
    days = np.arange(MONDAY - 30, MONDAY)
    for ticker in ("AAA", "BBB"):
        merge_series(price_set=own_set, ticker=ticker, days=days, prices=np.full(30, 10.0))

    def act(number: int) -> object:
        if number % 2:
            day = MONDAY - 40 - number
            return merge_series(price_set=own_set, ticker="AAA", days=[day], prices=[10.0])
        return read_panel(own_set)

    answers = at_once(act)
    panels = [answer for answer in answers if not isinstance(answer, Merged)]
    assert len(panels) == CALLERS / 2
    for panel in panels:
        assert set(panel.prices[0].tolist()) == {10.0}
        assert np.isfinite(panel.prices[1]).sum() == 30


def test_a_panel_refused_after_its_prices_began_to_come_leaves_the_connection_free(own_set) -> None:
    days = np.arange(MONDAY - 4_000, MONDAY)
    points = [Points(f"T{number}", days, np.full(4_000, 1.0 + number / 7)) for number in range(64)]
    merge_many(price_set=own_set, points=points)

    def refuse(tickers: int, days: int) -> None:
        raise InvalidInput.at("tickers", tickers, f"{tickers} times {days}.", "Choose fewer.")

    series = [*PriceSeries.objects.values_list("pk", flat=True)]
    with pytest.raises(InvalidInput, match="64 times 4000") as raised:
        read(Wanted(own_set.pk, series), refuse)
    assert raised.traceback, "What was raised still holds all that was under way."
    assert read_panel(own_set).prices.shape == (64, 4_000)
