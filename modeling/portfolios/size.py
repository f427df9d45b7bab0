"""How much work a document is: what takes about a second on one core is done at once, more is work for a job.

Processor seconds with one thread, 1,260 daily returns of assets with and without a common factor, estimates included:

- bounds and budget alone: 0.05 to 0.2 at 500 assets, 0.1 to 0.4 at 1,000, whatever the objective. Stated estimates are
  quicker to solve than to read: a covariance of 500 by 500 is 250,000 figures.
- groups, factors, turnover, costs, leverage: 0.05 to 0.9 at 500 assets, with a limit on the tracking error up to 1.5
- 50 points of a frontier under groups: 0.3 at 150 assets, 0.6 at 300, 1.7 at 500; with a limit on the tracking error
  0.6 at 50 assets, 0.8 at 100, 1.4 at 150
- least expected shortfall: 0.2 at 100 assets, 1.4 at 300, 6 at 500
- numbers of assets and least positions: the greatest return 0.02 at 60 assets, the least variance 0.2 to 20 at 50, the
  greatest Sharpe ratio 0.1 to 0.7 up to 30 and 2.7 at 60, the least tracking error 2.5 at 10 and 17 at 15, the least
  expected shortfall 0.1 to 0.6 at 10 and 0.2 to 2.4 at 15: the limits leave room for the hard ones
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.models import PriceSeries

# Assets up to which an answer takes about a second at most.
PLAIN = 1_000
STATED = 500
CONSTRAINED = 400
# Assets times points of a frontier under constraints.
FRONTIER = 15_000
FRONTIER_TRACKED = 5_000
# Assets among which a number is selected, by objective.
SELECTED = {
    "max_return": 100,
    "min_variance": 15,
    "max_sharpe": 15,
    "min_tracking_error": 5,
    "min_cvar": 10,
    "frontier": 0,
}
SELECTED_ELSE = 15
SELECTED_TRACKED = 5
MOST_LOSSES = 250_000  # assets times returns that the expected shortfall is minimised over
MOST_PRICES = 1_500_000
SELECTING = {"cardinality", "minimum_position"}
TRACKED = "tracking_error"


def is_small(document: Mapping[str, Any]) -> bool:
    """Whether a canonical document is answered at once."""
    assets, prices = size_of(document)
    if prices > MOST_PRICES or assets > (PLAIN if prices else STATED):
        return False
    objective, kinds = document["objective"], {rule["kind"] for rule in document["constraints"]}
    method = objective["method"]
    if method == "min_cvar" and prices > MOST_LOSSES:
        return False
    if kinds & SELECTING:
        return assets <= (SELECTED_TRACKED if TRACKED in kinds else SELECTED.get(method, SELECTED_ELSE))
    if method == "min_cvar":
        return True
    if not (kinds or document["costs"]["buy"] or document["costs"]["sell"]):
        return True
    if method == "frontier":
        points: int = objective["points"]
        return assets * points <= (FRONTIER_TRACKED if TRACKED in kinds else FRONTIER)
    return assets <= CONSTRAINED


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
