"""The prices of a backtest, laid out by day, with nothing in any day's row that was not known on that day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.backtest.rules import Window
from modeling.engines.portfolio.problem import Array
from modeling.engines.prices.panel import Panel
from valor.lib.errors import Problem

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Market:
    """A panel turned by day: row *d* of each array holds what is known at the close of day *d*.

    Attributes
    ----------
    panel : as it was given
    last : shape (t, n), the last price so far, 0 before the first: what holdings are worth
    priced : shape (t, n), whether there is a price on that very day: what can be traded
    counts : shape (t + 1, n), prices before each day
    delisted_after : periods without a price after which an asset counts as delisted
    delisted : the days on which assets count as delisted, each with their rows
    """

    panel: Panel
    last: Array
    priced: NDArray[np.bool_]
    counts: NDArray[np.int32]
    delisted_after: int
    delisted: dict[int, Rows]

    def shown(self, day: int, window: Window) -> Rows:
        """The assets that have enough prices in the window, and do not count as delisted.

        A holiday of its market on that very day keeps no asset out: it would be sold for that.
        """
        counted = self.counts[day + 1] - self.counts[window.first(day)]
        lately = self.counts[day + 1] - self.counts[max(day + 1 - self.delisted_after, 0)]
        return np.flatnonzero((lately > 0) & (counted >= window.required))

    def past(self, day: int, rows: Rows, window: Window) -> Panel:
        """What the strategy is shown: a copy that ends with *day*. A view would carry the future in its ``base``."""
        seen = slice(window.first(day), day + 1)
        prices = np.take(self.panel.prices[:, seen], rows, axis=0)
        days = self.panel.days[seen].copy()
        for array in (prices, days):
            array.flags.writeable = False
        currencies = tuple(self.panel.currencies[row] for row in rows) if self.panel.currencies else ()
        return Panel(days, tuple(self.panel.tickers[row] for row in rows), prices, currencies)


def market_of(panel: Panel, delisted_after: int) -> Market:
    """The panel by day; prices that are not above zero and finite are refused, NaN means that there is none."""
    refuse_bad_prices(panel)
    by_day = np.ascontiguousarray(panel.prices.T, dtype=np.float64)
    priced = ~np.isnan(by_day)
    places = np.arange(len(by_day))[:, None]
    known = np.maximum.accumulate(np.where(priced, places, -1), axis=0)
    last = np.where(known >= 0, np.take_along_axis(by_day, np.maximum(known, 0), axis=0), 0.0)
    counts = np.zeros((len(by_day) + 1, by_day.shape[1]), dtype=np.int32)
    np.cumsum(priced, axis=0, out=counts[1:])
    gone = (known >= 0) & (places - known == delisted_after)
    days = np.flatnonzero(gone.any(axis=1))
    return Market(panel, last, priced, counts, delisted_after, {int(day): np.flatnonzero(gone[day]) for day in days})


def refuse_bad_prices(panel: Panel) -> None:
    bad = np.argwhere((panel.prices <= 0.0) | np.isinf(panel.prices))
    if not len(bad):
        return
    row, day = bad[0]
    message = f"The price of {panel.tickers[row]} on {panel.dates[day]} is not above zero and finite."
    remedy = "Correct it, or leave it out."
    raise EngineError(problems=[Problem("prices", str(panel.prices[row, day]), message, remedy)])
