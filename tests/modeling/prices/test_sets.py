"""Sets of prices as services make, change and delete them."""

from __future__ import annotations

import pytest

from modeling.models import Frequency, PriceSet
from modeling.services.prices import change_set, create_set, delete_set, remove_series, rename_set, uses
from tests.modeling.prices.conftest import offer
from valor.lib.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db


def test_a_set_without_an_owner_is_shared(shared, mine) -> None:
    assert shared.is_shared
    assert not mine.is_shared
    with pytest.raises(InvalidInput, match="of this name already"):
        create_set(owner=None, name="World")


def test_a_name_is_changed_and_stays_unique(mine, analyst) -> None:
    other = create_set(owner=analyst, name="Other")
    assert rename_set(other, name="Another").name == "Another"
    with pytest.raises(InvalidInput, match="of this name already"):
        rename_set(other, name="Mine")
    assert PriceSet.objects.get(pk=other.pk).name == "Another"
    with pytest.raises(InvalidInput, match="can't be changed"):
        change_set(other, currency="EUR")


@pytest.mark.parametrize(
    "about", [{"name": "A\0"}, {"name": "A", "source": "B\0"}, {"name": "A", "licence": "x" * 501}]
)
def test_texts_that_can_not_be_stored_are_refused(analyst, about) -> None:
    with pytest.raises(InvalidInput):
        create_set(owner=analyst, **about)


def test_what_is_gone_can_not_be_changed(mine) -> None:
    offer(mine, "AAA", [1])
    remove_series(mine, ticker="AAA")
    with pytest.raises(NotFound, match="no prices of AAA"):
        remove_series(mine, ticker="AAA")
    delete_set(mine)
    for act in (lambda: delete_set(mine), lambda: rename_set(mine, name="X"), lambda: remove_series(mine, ticker="A")):
        with pytest.raises(NotFound):
            act()


def test_removing_a_ticker_raises_the_revision(mine) -> None:
    offer(mine, "AAA", [1])
    remove_series(mine, ticker="AAA")
    assert PriceSet.objects.get().revision == 2


def test_who_uses_sets_is_declared_once(monkeypatch) -> None:
    monkeypatch.setattr(uses, "_registered", {})
    uses.uses_of_sets("portfolios")(lambda price_set: [])

    def elsewhere(price_set):
        return []

    elsewhere.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="declared twice"):
        uses.uses_of_sets("portfolios")(elsewhere)


def test_a_frequency_says_how_many_periods_a_year_has() -> None:
    assert [Frequency(value).periods_per_year for value in Frequency.values] == [252, 52, 12]
