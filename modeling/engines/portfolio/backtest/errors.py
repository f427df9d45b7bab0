"""What a backtest refuses."""

from __future__ import annotations

from modeling.engines.errors import EngineError


class HistoryTooShort(EngineError):
    """There are too few prices for a single decision: take a shorter window, or a longer period."""


class NothingToHold(EngineError):
    """No asset has a price and enough history on that day: take a shorter window, or import more prices."""


class UnusableWeights(EngineError):
    """The strategy gave weights that can't be held: it must give one finite number for each asset it was shown."""


class Ruined(EngineError):
    """The portfolio lost all its money: lower the leverage, or the short positions."""


class BenchmarkMissing(EngineError):
    """The benchmark has no price on the first day of the backtest: take another one, or begin later."""
