"""What the frontier refuses. Each names its field, the value and the remedy in a `Problem`."""

from __future__ import annotations

from modeling.engines.errors import EngineError


class BudgetOutOfReach(EngineError):
    """No portfolio meets the bounds and adds up to the budget: widen the bounds, or change the budget."""

    code = "infeasible"


class IndefiniteCovariance(EngineError):
    """Some portfolio would have a negative variance: repair the covariance matrix before you optimise with it."""


class OffTheFrontier(EngineError):
    """No efficient portfolio is like this: ask for a figure within the attainable range."""

    code = "infeasible"


class NothingBeatsRiskFree(EngineError):
    """No portfolio within the bounds returns more than the risk-free rate: hold cash, or widen the bounds."""


class NoRisk(EngineError):
    """A portfolio without any risk returns more than the risk-free rate, so no Sharpe ratio is the greatest."""


class NotCertified(EngineError):
    """No answer fulfilled the conditions of an optimum: see the remedy, and state the problem on plainer figures."""
