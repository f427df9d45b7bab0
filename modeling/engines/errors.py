"""What an engine refuses, and what to do about it. Each names its field, the value and the remedy in a `Problem`."""

from __future__ import annotations

from valor.lib.errors import InvalidInput


class EngineError(InvalidInput):
    """The engine can't work with this: see each field's message and remedy."""


class SpreadTooSmall(EngineError):
    """Terminal growth must stay below the terminal cost of capital: lower the growth or raise the cost."""


class ImpossibleDraw(EngineError):
    """A driver was drawn outside its possible range: give its distribution a lower or upper bound."""


class LeasesCountedTwice(EngineError):
    """The debt already holds the leases: leave out the lease adjustment, or take the leases out of the debt."""


class PriceMissing(EngineError):
    """Options valued at the market price need a price: state it, or value the options at the computed value."""


class DidNotConverge(EngineError):
    """The option value did not settle: check the strike, maturity and volatility of the options."""


class ImpossibleCorrelation(EngineError):
    """No drivers can be correlated like this: use the nearest possible matrix, or weaken the correlations."""
