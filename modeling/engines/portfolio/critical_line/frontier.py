"""The exact efficient frontier, and the portfolios on it, each with its own certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from modeling.engines.portfolio.certificate import certify_all
from modeling.engines.portfolio.critical_line.errors import NoRisk, NothingBeatsRiskFree, OffTheFrontier
from modeling.engines.portfolio.critical_line.fallback import METHOD as INTERIOR_POINT
from modeling.engines.portfolio.critical_line.fallback import Point
from modeling.engines.portfolio.critical_line.pointwise import refined
from modeling.engines.portfolio.critical_line.segments import Places, Segments
from modeling.engines.portfolio.problem import Array, Certificate, MeanVariance, Solution
from modeling.engines.portfolio.rounding import EXACT, outward
from valor.lib.errors import Problem

ROUNDING = 1e-9  # relative: what lies off the frontier by less is its end
RISKLESS = 1e-14  # of the mean variance


@dataclass(frozen=True, eq=False)
class Frontier:
    """Efficient portfolios between corners, from the greatest return to the least variance.

    Attributes
    ----------
    problem : what it is the frontier of; figures are decimals per year
    weights : shape (k, n), the corner portfolios; between two neighbours the efficient weights are their mixtures
    risk_tolerances : shape (k,), falling to 0; each corner minimises w'Sw/2 - lambda mu'w at its lambda
    risks : shape (k, n), the marginal risks S w of the corners
    certificate : the worst figures of all corners
    method : "critical line", or "interior point" where only single points could be certified
    """

    problem: MeanVariance
    weights: Array
    risk_tolerances: Array
    risks: Array
    certificate: Certificate
    method: str

    @cached_property
    def segments(self) -> Segments:
        return Segments(self.weights, self.risks, self.risk_tolerances, self.problem.mean)

    @property
    def returns(self) -> Array:
        """Shape (k,), falling: expected returns of the corners, decimal per year."""
        return self.segments.returns

    @property
    def volatilities(self) -> Array:
        """Shape (k,), falling: standard deviations of the corners, decimal per year."""
        return self.segments.volatilities

    def minimum_variance(self) -> Solution:
        return self._solutions(lambda chain: chain.corner(len(chain.weights) - 1))[0]

    def maximum_return(self) -> Solution:
        """Of the portfolios with the greatest return, the one with the least variance."""
        return self._solutions(lambda chain: chain.corner(0))[0]

    def at_return(self, expected_return: float) -> Solution:
        """The least variance at an expected return, which lies between that of the least variance and the greatest.

        Raises OffTheFrontier.
        """
        asked = self._within("expected_return", expected_return, self.returns)
        return self._solutions(lambda chain: chain.of_returns(np.array([asked])))[0]

    def at_risk(self, volatility: float) -> Solution:
        """The greatest return at a volatility, which lies between the least and that of the greatest return.

        Raises OffTheFrontier.
        """
        asked = self._within("volatility", volatility, self.volatilities)
        return self._solutions(lambda chain: chain.of_volatilities(np.array([asked])))[0]

    def points(self, count: int, spaced: Literal["return", "volatility"] = "return") -> list[Solution]:
        """``count`` portfolios evenly spaced from the least variance to the greatest return.

        Only one where the frontier is a single portfolio. Raises OffTheFrontier for a count below one.
        """
        if count < 1:
            remedy = "Ask for at least 1."
            raise OffTheFrontier(problems=[Problem("count", count, "There is no frontier of so few points.", remedy)])
        ends = self.returns if spaced == "return" else self.volatilities
        asked = np.linspace(ends[-1], ends[0], count if ends[0] > ends[-1] else 1)
        if spaced == "return":
            return self._solutions(lambda chain: chain.of_returns(asked))
        return self._solutions(lambda chain: chain.of_volatilities(asked))

    def maximum_sharpe(self, risk_free: float = 0.0) -> Solution:
        """The greatest excess return over ``risk_free`` (decimal per year) for its volatility.

        ``details`` hold ``sharpe`` and ``risk_free``. Raises NothingBeatsRiskFree, and NoRisk where an excess return
        comes without any risk.
        """
        self._check_risk_free(risk_free)
        solution = self._solutions(lambda chain: chain.of_sharpe(risk_free))[0]
        ratio = (solution.expected_return - risk_free) / solution.volatility
        solution.details.update(sharpe=ratio, risk_free=risk_free)
        return solution

    def _solutions(self, place: Callable[[Segments], Places]) -> list[Solution]:
        """The portfolios at some places; where a mixture can't prove itself, the segment is refined there."""
        mixtures = self.segments.mixed(place(self.segments))
        certificates = certify_all(self.problem, mixtures.weights, mixtures.risk_tolerances, mixtures.risks)
        holds = certificates.holds
        returns = mixtures.weights @ self.problem.mean
        volatilities = np.sqrt(np.maximum(np.einsum("ij,ij->i", mixtures.weights, mixtures.risks), 0.0))
        return [
            Solution(
                mixtures.weights[i],
                float(returns[i]),
                float(volatilities[i]),
                self.method,
                certificates.of(i),
                {"risk_tolerance": float(mixtures.risk_tolerances[i])},
            )
            if holds[i]
            else self._solved(refined(self.problem, self.segments, one_of(place, i)))
            for i in range(len(holds))
        ]

    def _solved(self, point: Point) -> Solution:
        weights = point.weights
        variance = max(float(weights @ self.problem.covariance @ weights), 0.0)
        details = {"risk_tolerance": point.risk_tolerance}
        expected_return = float(weights @ self.problem.mean)
        return Solution(weights, expected_return, variance**0.5, INTERIOR_POINT, point.certificate, details)

    def _within(self, field: str, asked: float, ends: Array) -> float:
        low, high = float(ends[-1]), float(ends[0])
        slack = max(ROUNDING * max(abs(low), abs(high)), EXACT)
        if not low - slack <= asked <= high + slack:
            first, last = outward(low, up=True), outward(high, up=False)
            first, last = (first, last) if first <= last else (low, high)
            message = f"The frontier reaches from {low:.6g} to {high:.6g}."
            remedy = f"Ask for a figure from {first} to {last}, or widen the bounds."
            raise OffTheFrontier(problems=[Problem(field, asked, message, remedy)])
        return min(max(asked, low), high)

    def _check_risk_free(self, risk_free: float) -> None:
        best = float(self.returns[0])
        if not best > risk_free:
            message = f"The greatest return within the bounds is {best:.6g}, not above the risk-free rate."
            below = outward(best, up=False)
            remedy = f"Give a rate below {below}, hold cash, or allow assets with a higher return more weight."
            raise NothingBeatsRiskFree(problems=[Problem("risk_free", risk_free, message, remedy)])
        riskless = self.segments.variances <= RISKLESS * float(np.mean(np.diagonal(self.problem.covariance)))
        if np.any(riskless & (self.returns > risk_free)):
            earned = outward(float(self.returns[riskless].max()), up=True)
            message = f"A portfolio without any risk returns {earned}, more than that."
            remedy = "Give its return as the risk-free rate, or leave the riskless asset out."
            raise NoRisk(problems=[Problem("risk_free", risk_free, message, remedy)])


def one_of(place: Callable[[Segments], Places], at: int) -> Callable[[Segments], Places]:
    return lambda chain: place(chain)[at]
