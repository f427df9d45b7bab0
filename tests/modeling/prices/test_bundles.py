"""Blocks of neighbouring series stand in one row, and nothing of any of them is lost, mixed up or left behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from modeling.models import PriceBundle, PriceSeries, PriceSet
from modeling.prices.bundles import TOGETHER, Bundle, bundled
from modeling.prices.coding import SPAN, Block, encoded
from modeling.prices.points import Points
from modeling.selectors_prices import read_panel
from modeling.services.prices import create_set, merge_many, remove_series
from tests.modeling.prices.conftest import DAYS, MONDAY, offer

pytestmark = pytest.mark.django_db


def keys_stored(price_set: PriceSet) -> list[int]:
    held = price_set.bundles.values_list("series", flat=True)
    return sorted(key for keys in held for key in np.frombuffer(keys, "<i8").tolist())


def alike(price_set: PriceSet, count: int) -> None:
    merge_many(price_set=price_set, points=[Points(f"T{n:03}", DAYS, np.full(5, 10.0 + n)) for n in range(count)])


def numbers(price_set: PriceSet) -> set[int]:
    return {series.pk // TOGETHER for series in price_set.series.all()}


def test_blocks_of_one_form_and_calendar_make_one_bundle_and_come_out_again() -> None:
    days = np.arange(5, 9, dtype=np.int32)
    of_cents = {key: encoded(days, np.array([1.0, 2.0, 3.5, key]))[0] for key in (70, 64, 67)}
    others = {65: encoded(days, np.full(4, 1 / 3))[0], 66: encoded(days + 1, np.full(4, 2.0))[0]}
    made = bundled(of_cents | others)
    assert [bundle.keys for bundle in made] == [[64, 67, 70], [65], [66]]
    assert {key: block for bundle in made for key, block in bundle.blocks()} == of_cents | others
    assert bundled({}) == []


def test_neighbours_stand_in_one_row(mine) -> None:
    alike(mine, 70)
    assert mine.bundles.count() == len(numbers(mine)) <= 4
    assert keys_stored(mine) == sorted(mine.series.values_list("pk", flat=True))


def test_a_ticker_with_days_of_its_own_stands_apart_until_the_others_have_them(mine) -> None:
    alike(mine, 20)
    usual = mine.bundles.count()
    offer(mine, "T007", [3.5], first=MONDAY + 9)
    assert mine.bundles.count() == usual + 1
    later = [Points(f"T{n:03}", [MONDAY + 9], [4.0]) for n in range(20)]
    merge_many(price_set=mine, points=later, rule="keep")
    assert mine.bundles.count() == usual
    prices = read_panel(mine).prices
    assert prices[:, -1].tolist() == [3.5 if n == 7 else 4.0 for n in range(20)]
    assert prices[:, 0].tolist() == [10.0 + n for n in range(20)]


def random_prices(random: np.random.Generator, count: int) -> Any:
    form = random.integers(4)
    if form == 3:
        return random.lognormal(3, 1, count)
    return np.round(random.lognormal(3 + 3 * form, 0.3, count), 2)


@pytest.mark.parametrize("seed", range(4))
def test_a_panel_is_the_same_however_its_series_are_bundled(mine, seed) -> None:
    """Calendars, forms, spans and the order of storing at random, and tickers that are not asked for among them."""
    random = np.random.default_rng(seed)
    calendars = [np.sort(random.choice(np.arange(-SPAN, SPAN), 40, replace=False)).astype(np.int32) for _ in range(3)]
    offered = {}
    for n in random.permutation(60):
        days = calendars[random.integers(3)][random.integers(2) * 20 :]
        offered[f"T{n:02}"] = (days, random_prices(random, len(days)))
    merge_many(price_set=mine, points=[Points(ticker, *known) for ticker, known in offered.items()])
    for asked in (sorted(offered), [*random.permutation(sorted(offered))[:25]]):
        found = read_panel(mine, asked)
        common = sorted({day for ticker in asked for day in offered[ticker][0].tolist()})
        assert found.days.tolist() == common
        for ticker, row in zip(asked, found.prices, strict=True):
            has_price = np.isfinite(row)
            assert found.days[has_price].tolist() == offered[ticker][0].tolist()
            assert row[has_price].tolist() == offered[ticker][1].tolist()


def test_of_a_removed_ticker_no_price_is_left(mine) -> None:
    alike(mine, 3)
    offer(mine, "T001", [5.5], first=MONDAY - 2 * SPAN)
    gone = PriceSeries.objects.get(ticker="T001").pk
    remove_series(mine, ticker="T001")
    assert gone not in keys_stored(mine)
    assert not mine.bundles.filter(span=MONDAY // SPAN - 2).exists()
    assert read_panel(mine).prices[:, 0].tolist() == [10.0, 12.0]
    for ticker in ("T000", "T002"):
        remove_series(mine, ticker=ticker)
    assert not PriceBundle.objects.exists()


def test_neighbours_in_two_sets_are_kept_apart(analyst, other_analyst) -> None:
    ours, theirs = (create_set(owner=owner, name="Prices") for owner in (analyst, other_analyst))
    for n in range(4):
        offer(ours, f"T{n}", [1.0 + n])
        offer(theirs, f"T{n}", [5.0 + n])
    for price_set in (ours, theirs):
        assert keys_stored(price_set) == sorted(price_set.series.values_list("pk", flat=True))
    remove_series(ours, ticker="T0")
    assert read_panel(ours).prices.ravel().tolist() == [2.0, 3.0, 4.0]
    assert read_panel(theirs).prices.ravel().tolist() == [5.0, 6.0, 7.0, 8.0]


def stored_bundles(price_set: PriceSet) -> dict[Bundle, int]:
    return {Bundle(*map(plain, row[:-1])): row[-1] for row in price_set.bundles.values_list(*Bundle._fields, "number")}


def plain(value: Any) -> Any:
    return value if isinstance(value, int) else bytes(value)


def stored_blocks() -> dict[tuple[int, int], tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT series_id, {', '.join(Block._fields)} FROM modeling_priceblock")
        return {(row[0], row[1]): tuple(map(plain, row[1:])) for row in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
def test_stored_blocks_are_bundled_and_can_be_taken_apart_again(analyst) -> None:
    mine = create_set(owner=analyst, name="Mine")
    alike(mine, 40)
    offer(mine, "T007", [1 / 3, 2.5], first=MONDAY - SPAN)
    before = stored_bundles(mine)
    try:
        call_command("migrate", "modeling", "0005", verbosity=0)
        blocks = {(key, bundle.span): tuple(block) for bundle in before for key, block in bundle.blocks()}
        assert stored_blocks() == blocks
        assert len(blocks) == 41
    finally:
        call_command("migrate", "modeling", verbosity=0)
    assert stored_bundles(mine) == before
    assert read_panel(mine, ["T007"]).prices[0].tolist() == [1 / 3, 2.5, 17, 17, 17, 17, 17]
