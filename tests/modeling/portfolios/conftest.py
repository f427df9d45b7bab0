"""A small price set of one's own, weekly, and a portfolio chosen from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modeling.models import Portfolio, PriceSet
from modeling.services.portfolios import create_portfolio
from modeling.services.prices import create_set, merge_series

WEEKS = 160
FIRST = 18_267  # 2020-01-06, a Monday
ASSETS = {"AAA": "Banks", "BBB": "Banks", "CCC": "Oil", "DDD": "Oil", "EEE": "Food"}


def make_set(owner: Any, name: str = "Five names", tickers: dict[str, str] | None = None, seed: int = 1) -> PriceSet:
    tickers = tickers or {**ASSETS, "MKT": ""}
    rng = np.random.default_rng(seed)
    market = rng.normal(0.002, 0.02, WEEKS)
    found = create_set(owner=owner, name=name, currency="USD", frequency="weekly")
    days = FIRST + 7 * np.arange(WEEKS + 1)
    for place, (ticker, sector) in enumerate(tickers.items()):
        own = 0.0 if ticker == "MKT" else rng.normal(0.0005 * place, 0.01 + 0.003 * place, WEEKS)
        prices = 100 * np.concatenate([[1.0], np.cumprod(1 + market + own)])
        merge_series(price_set=found, ticker=ticker, days=days, prices=prices, sector=sector)
    found.refresh_from_db()
    return found


@pytest.fixture
def price_set(analyst) -> PriceSet:
    return make_set(analyst)


@pytest.fixture
def portfolio_document(price_set) -> dict[str, Any]:
    return {
        "name": "Core",
        "prices": {"set": price_set.pk},
        "benchmark": "MKT",
        "risk_free": 0.01,
        "bounds": {"upper": 0.5},
        "objective": {"method": "max_sharpe"},
    }


@pytest.fixture
def portfolio(analyst, portfolio_document) -> Portfolio:
    return create_portfolio(owner=analyst, document=portfolio_document)
