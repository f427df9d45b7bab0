"""The most diversified portfolio: the one whose assets' own risks cancel out most.

The diversification ratio is the weighted mean of the assets' volatilities over the portfolio's own, s'w / sqrt(w'Sw):
Y. Choueifaty and Y. Coignard, Toward maximum diversification, Journal of Portfolio Management 35 (2008). It has the
form of a Sharpe ratio with the volatilities for means, so its maximum lies on that problem's frontier and is exact.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.critical_line import trace_frontier
from modeling.engines.portfolio.critical_line.errors import NoRisk
from modeling.engines.portfolio.problem import Array, MeanVariance, Solution
from valor.lib.errors import Problem

METHOD = "maximum diversification"


class NotDiversifiable(EngineError):
    """The diversification ratio has no greatest value here: see what is in its way."""


def maximum_diversification(problem: MeanVariance) -> Solution:
    """The greatest diversification ratio within the bounds and the budget.

    Parameters
    ----------
    problem : the covariance and the bounds count, the means only for the expected return told. No lower bound may be
        below zero: a short position's own risk would count against the portfolio.

    Returns
    -------
    Solution
        ``details`` holds ``diversification_ratio`` and ``risk_tolerance``. The certificate is that of the mean-variance
        problem with the volatilities for means, at that risk tolerance.

    Raises
    ------
    NotDiversifiable, and what `trace_frontier` raises
    """
    volatilities = _volatilities(problem)
    _refuse_shorts(problem)
    try:
        found = trace_frontier(replace(problem, mean=volatilities)).maximum_sharpe(0.0)
    except NoRisk:
        message = "Some portfolio has no risk although its assets have, so the ratio has no limit."
        remedy = "Leave one of the assets that cancel out, or take a shrunk covariance."
        raise NotDiversifiable(problems=[Problem("covariance", problem.size, message, remedy)]) from None
    return replace(
        found,
        expected_return=float(problem.mean @ found.weights),
        method=METHOD,
        details={
            "diversification_ratio": diversification_ratio(problem.covariance, found.weights),
            "risk_tolerance": found.details["risk_tolerance"],
        },
    )


def diversification_ratio(covariance: Array, weights: Array) -> float:
    """The weighted mean of the assets' volatilities over the portfolio's; 1 where nothing is diversified.

    Short positions count with the size of their risk. Raises NotDiversifiable for a portfolio without risk.
    """
    variance = float(weights @ covariance @ weights)
    if not variance > 0:
        message = "The portfolio has no risk to compare with."
        raise NotDiversifiable(problems=[Problem("weights", variance, message, "Hold something with a variance.")])
    return float(np.abs(weights) @ np.sqrt(np.diagonal(covariance)) / np.sqrt(variance))


def _volatilities(problem: MeanVariance) -> Array:
    variances = np.diagonal(problem.covariance)
    riskless = np.flatnonzero(~(variances > 0))
    if len(riskless):
        name = problem.name(int(riskless[0]))
        message = f"{name} has no variance, so any part of it leaves the ratio as it is."
        remedy = f"Leave {name} out."
        raise NotDiversifiable(problems=[Problem(f"covariance.{name}", float(variances[riskless[0]]), message, remedy)])
    return np.asarray(np.sqrt(variances))


def _refuse_shorts(problem: MeanVariance) -> None:
    short = np.flatnonzero(problem.lower < 0)
    if len(short):
        name = problem.name(int(short[0]))
        remedy = "Give lower bounds of zero or more."
        message = f"{name} may be sold short, which the ratio has no meaning for."
        raise NotDiversifiable(problems=[Problem(f"lower.{name}", float(problem.lower[short[0]]), message, remedy)])
    if not problem.budget > 0:
        remedy = "Give a budget above zero."
        raise NotDiversifiable(problems=[Problem("budget", problem.budget, "There is nothing to invest.", remedy)])
