"""How much work a document is: what takes a moment is done at once, more is work for a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.models import PriceSeries

# Assets up to which an answer takes a second at most on one core; measured, see docs/portfolios.md.
PLAIN = 500
CONSTRAINED = 150
SELECTED = 15
MOST_LOSSES = 100_000  # assets times returns that the expected shortfall is minimised over
MOST_PRICES = 1_500_000
SELECTING = {"cardinality", "minimum_position"}


def is_small(document: Mapping[str, Any]) -> bool:
    """Whether a canonical document is answered at once."""
    assets, prices = size_of(document)
    if prices > MOST_PRICES:
        return False
    kinds = {rule["kind"] for rule in document["constraints"]}
    if kinds & SELECTING:
        return assets <= SELECTED
    if document["objective"]["method"] == "min_cvar":
        return prices <= MOST_LOSSES
    limited = kinds or document["costs"]["buy"] or document["costs"]["sell"]
    return assets <= (CONSTRAINED if limited else PLAIN)


def size_of(document: Mapping[str, Any]) -> tuple[int, int]:
    """The assets to choose from, and all their prices."""
    if "assets" in document:
        return len(document["assets"]), 0
    prices = document["prices"]
    if "series" in prices:
        return len(prices["series"]), len(prices["series"]) * len(prices["dates"])
    series = PriceSeries.objects.filter(price_set=prices["set"])
    if prices["tickers"]:
        series = series.filter(ticker__in=prices["tickers"])
    counts = list(series.values_list("count", flat=True))
    return len(counts), sum(counts)
