"""A shared set and an analyst's own, each with a few days of prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modeling.models import PriceSet
from modeling.services.prices import create_set, merge_series

MONDAY = 19_723  # 2024-01-01
DAYS = np.arange(MONDAY, MONDAY + 5, dtype=np.int32)


def offer(price_set: PriceSet, ticker: str, prices: Any, first: int = MONDAY, **about: Any) -> Any:
    """Merges prices of days that follow each other."""
    days = np.arange(first, first + len(prices))
    return merge_series(price_set=price_set, ticker=ticker, days=days, prices=np.array(prices, float), **about)


@pytest.fixture
def mine(analyst) -> PriceSet:
    return create_set(owner=analyst, name="Mine")


@pytest.fixture
def shared(db) -> PriceSet:
    price_set = create_set(owner=None, name="World", source="Exchanges", licence="Free to use")
    offer(price_set, "AAA", [10, 11, 12, 13, 14])
    offer(price_set, "BBB", [20, 21, 22])
    return price_set
