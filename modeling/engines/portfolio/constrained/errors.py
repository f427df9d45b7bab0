"""What can't be answered under constraints, and what to do about it."""

from __future__ import annotations

from modeling.engines.errors import EngineError


class NotCertified(EngineError):
    """No portfolio could be proven optimal to the precision asked for: scale the figures alike, or loosen limits."""


class NothingBeatsRiskFree(EngineError):
    """No allowed portfolio is expected to earn more than the risk-free rate: lower the rate or loosen constraints."""


class RisklessGain(EngineError):
    """An allowed portfolio beats the risk-free rate without any risk: check the covariance and the risk-free rate."""


class NoSemidefiniteCovariance(EngineError):
    """The covariance gives some portfolio a negative variance: make it positive semi-definite first."""


class UndecidedHoldings(EngineError):
    """No portfolio of so few assets was found within the effort allowed: allow more rounds or nodes."""


class NotOffered(EngineError):
    """This objective can't be combined with these constraints: choose another objective or leave them out."""
