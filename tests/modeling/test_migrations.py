"""What a migration makes of what an older version stored."""

from __future__ import annotations

import importlib
from datetime import date, timedelta

import numpy as np
from django.apps import apps

from modeling.models import PriceSet
from modeling.services.prices import create_set, merge_series

told = importlib.import_module("modeling.migrations.0007_frequency_told_by_prices")


def stored(analyst, name: str, frequency: str, apart: int, count: int = 12) -> PriceSet:
    made = create_set(owner=analyst, name=name, frequency=frequency)
    first = (date(2022, 1, 7) - date(1970, 1, 1)) // timedelta(days=1)
    merge_series(price_set=made, ticker="AAA", days=first + apart * np.arange(count), prices=np.arange(1.0, count + 1))
    return made


def test_sets_that_were_daily_by_default_are_as_frequent_as_their_prices(analyst):
    made = {
        "daily": stored(analyst, "As it was", "daily", 1),
        "weekly": stored(analyst, "Weekly prices", "daily", 7),
        "monthly": stored(analyst, "Stated otherwise", "monthly", 7),
    }
    few = stored(analyst, "Too few to tell", "daily", 7, count=2)
    empty = create_set(owner=analyst, name="Empty", frequency="daily")
    told.tell(apps, None)
    for frequency, price_set in made.items():
        price_set.refresh_from_db()
        assert price_set.frequency == frequency
    for price_set in (few, empty):
        price_set.refresh_from_db()
        assert price_set.frequency == ""
