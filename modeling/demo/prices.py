"""The shared set of real market history, from ``prices.csv`` beside this module, and a first portfolio of it."""

from __future__ import annotations

import csv
import hashlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction

from modeling.demo.people import PEOPLE

if TYPE_CHECKING:
    from modeling.models import PriceSet

FILE = Path(__file__).parent / "prices.csv"
NAME = "US large companies, weekly"
DESCRIPTION = "Twenty large US companies and the S&P 500 index: closes of 400 weeks, adjusted for splits and dividends."
SOURCE = "Data sets of the Python package skfolio 1.12, weekly closes to 2022-12-28."
LICENCE = "BSD-3-Clause, copyright the skfolio developers; given for testing and example purposes only."
BENCHMARK = "SP500"
PORTFOLIO = {
    "name": "Large companies, at most 15 % each",
    "objective": {"method": "max_sharpe"},
    "bounds": {"lower": 0, "upper": 0.15},
    "benchmark": BENCHMARK,
    "risk_free": 0.02,
}
ABOUT: dict[str, tuple[str, str]] = {
    "AAPL": ("Apple", "Information Technology"),
    "AMD": ("Advanced Micro Devices", "Information Technology"),
    "BAC": ("Bank of America", "Financials"),
    "BBY": ("Best Buy", "Consumer Discretionary"),
    "CVX": ("Chevron", "Energy"),
    "GE": ("General Electric", "Industrials"),
    "HD": ("Home Depot", "Consumer Discretionary"),
    "JNJ": ("Johnson & Johnson", "Health Care"),
    "JPM": ("JPMorgan Chase", "Financials"),
    "KO": ("Coca-Cola", "Consumer Staples"),
    "LLY": ("Eli Lilly", "Health Care"),
    "MRK": ("Merck", "Health Care"),
    "MSFT": ("Microsoft", "Information Technology"),
    "PEP": ("PepsiCo", "Consumer Staples"),
    "PFE": ("Pfizer", "Health Care"),
    "PG": ("Procter & Gamble", "Consumer Staples"),
    "RRC": ("Range Resources", "Energy"),
    "UNH": ("UnitedHealth", "Health Care"),
    "WMT": ("Walmart", "Consumer Staples"),
    "XOM": ("Exxon Mobil", "Energy"),
    BENCHMARK: ("S&P 500 index", ""),
}


def load_prices() -> list[str]:
    """Stores the demo's prices unless this database holds them already; the names of what was stored."""
    from modeling.models import PriceSet

    edition = hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]
    stored = PriceSet.objects.filter(owner__isnull=True, name=NAME).first()
    if stored is not None and stored.edition == edition:
        return []
    with transaction.atomic():
        price_set = load_set(stored, edition)
        portfolio = start_portfolio(price_set)
    return [NAME, *portfolio]


def load_set(stored: PriceSet | None, edition: str) -> PriceSet:
    from modeling.models import Frequency, PriceSet
    from modeling.services.price_quality import judge
    from modeling.services.prices import change_set, create_set, merge_many

    about = {"description": DESCRIPTION, "source": SOURCE, "licence": LICENCE, "frequency": Frequency.WEEKLY.value}
    price_set = change_set(stored, **about) if stored else create_set(owner=None, name=NAME, **about)
    price_set.series.all().delete()
    price_set.bundles.all().delete()
    merge_many(price_set=price_set, points=points())
    PriceSet.objects.filter(pk=price_set.pk).update(edition=edition)
    judge(price_set)
    return price_set


def points() -> list[Any]:
    """The file's columns."""
    from modeling.prices.points import Points, number_of

    with FILE.open(newline="") as file:
        head, *rows = csv.reader(file)
    days = [number_of(date.fromisoformat(row[0])) for row in rows]
    return [
        Points(ticker, days, [float(row[at]) for row in rows], name=ABOUT[ticker][0], sector=ABOUT[ticker][1])  # type: ignore[arg-type]
        for at, ticker in enumerate(head)
        if at
    ]


def start_portfolio(price_set: PriceSet) -> list[str]:
    """A portfolio over the set for the demo's analyst, who may have one already."""
    from modeling.models import Portfolio
    from modeling.services.portfolios import create_portfolio

    analyst = User.objects.filter(username=next(iter(PEOPLE))).first()
    if analyst is None or Portfolio.objects.filter(owner=analyst, price_set=price_set).exists():
        return []
    document = {**PORTFOLIO, "prices": {"set": price_set.pk}}
    return [create_portfolio(owner=analyst, document=document).name]
