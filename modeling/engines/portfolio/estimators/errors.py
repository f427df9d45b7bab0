"""What the estimators refuse. Each names the ticker, what was found and what to do."""

from __future__ import annotations

from modeling.engines.errors import EngineError


class TooFewReturns(EngineError):
    """Some tickers have too few returns to estimate from: take a longer period, or leave them out."""


class TooLittleOverlap(EngineError):
    """Some tickers have too few returns on common dates: leave one of each pair out, or take another period."""


class NoVariation(EngineError):
    """Some tickers never change their price, so they correlate with nothing: leave them out."""


class MarketMissing(EngineError):
    """This estimator compares each ticker with the market: give the market's returns."""


class FactorsMissing(EngineError):
    """This estimator explains each ticker by factors: give the factors' returns, or choose the statistical ones."""


class SingularSample(EngineError):
    """There are not enough returns to tell so many tickers apart: take fewer tickers or a longer period."""


class UnknownEstimator(EngineError):
    """There is no such estimator: choose one of those listed."""


class UnusableParameter(EngineError):
    """The estimator can't work with this parameter: see its message and remedy."""
