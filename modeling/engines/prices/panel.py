"""Prices of many tickers on one calendar: what every engine of prices and portfolios starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from valor.lib.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

Array = NDArray[np.float64]
Days = NDArray[np.int32]


@dataclass(frozen=True)
class Panel:
    """Prices, one row per ticker.

    Attributes
    ----------
    days : int32 array, shape (t,)
        Days since 1970-01-01, strictly rising.
    tickers : tuple of n names, no two alike
    prices : float64 array, shape (n, t)
        Money per share, above zero; NaN where a ticker has no price. Each ticker's row is contiguous.
    currencies : tuple of n ISO 4217 codes, or empty where they are not known
    """

    days: Days
    tickers: tuple[str, ...]
    prices: Array
    currencies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n, t = self.prices.shape
        assert self.days.shape == (t,) and len(self.tickers) == n and len(self.currencies) in (0, n)

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """The calendar as datetime64[D], shape (t,)."""
        return self.days.astype("datetime64[D]")

    def only(self, tickers: Iterable[str]) -> Panel:
        """The same calendar for some tickers, in the order they are asked for; unknown ones are refused."""
        place = {ticker: row for row, ticker in enumerate(self.tickers)}
        wanted = tuple(tickers)
        unknown = [ticker for ticker in wanted if ticker not in place]
        if unknown:
            raise EngineError(problems=[unknown_ticker(ticker) for ticker in unknown])
        rows = [place[ticker] for ticker in wanted]
        currencies = tuple(self.currencies[row] for row in rows) if self.currencies else ()
        return Panel(self.days, wanted, self.prices[rows], currencies)

    def between(self, first: int | None, last: int | None) -> Panel:
        """The days from *first* to *last*, both included (days since 1970-01-01), as a view."""
        start = 0 if first is None else int(np.searchsorted(self.days, first, "left"))
        stop = len(self.days) if last is None else int(np.searchsorted(self.days, last, "right"))
        return Panel(self.days[start:stop], self.tickers, self.prices[:, start:stop], self.currencies)


def unknown_ticker(ticker: str) -> Problem:
    return Problem("tickers", ticker, f"There are no prices of {ticker}.", "Leave it out, or import its prices.")
