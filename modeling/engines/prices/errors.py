"""What the engines of prices refuse, and what to do about it."""

from __future__ import annotations

from modeling.engines.errors import EngineError


class TooFewPrices(EngineError):
    """There are too few prices for this: give a longer period, or leave out what has none."""


class NotPositive(EngineError):
    """A price is zero, negative or infinite: clean the prices first, or correct the figure."""


class OutOfStep(EngineError):
    """What is given does not fit the calendar or the tickers of the prices: align it first."""


class UnreadableState(EngineError):
    """These bytes hold no statistics that this version can read: compute them again from the prices."""


class MixedCurrencies(EngineError):
    """Prices in several currencies can't be compared: convert them to one, or choose the tickers of one."""


class ConflictingPrices(EngineError):
    """Two prices are given for the same ticker and day: correct one, or choose a rule (first, last, mean)."""
