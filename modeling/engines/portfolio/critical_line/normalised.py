"""The problem on figures of size one, checked: what the walk and the interior point both work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modeling.engines.portfolio.critical_line.errors import BudgetOutOfReach, IndefiniteCovariance
from modeling.engines.portfolio.problem import Array, MeanVariance
from modeling.engines.portfolio.rounding import outward
from valor.lib.errors import Problem

REACH = 1e-9  # by which bounds may miss the budget: a third three times over does not make one
EQUAL_MEANS = 1e-13  # of the largest mean
ROUNDING = 1e-9  # of the mean variance: an eigenvalue may lie as far below zero
LEAST_PIVOT = 1e-9  # of the mean variance: below it the covariance counts as singular
GOLDEN = 0.618_033_988_749_894_9


@dataclass(frozen=True)
class Normalised:
    """Covariance with mean variance 1, means centred within one unit, the budget within the bounds' reach.

    A mean is (mean - ``middle``) / ``spread`` of the original; where all are equal, ``spread`` is infinite and every
    mean is 0. ``singular`` says that the covariance is not positive definite beyond rounding.
    """

    covariance: Array
    mean: Array
    lower: Array
    upper: Array
    budget: float
    variance: float
    middle: float
    spread: float
    singular: bool

    @property
    def unit(self) -> float:
        """What a risk tolerance of this problem is in the original's; 0 where no risk tolerance tells means apart."""
        return self.variance / self.spread

    def perturbed(self, means: float, ridge: float, level: float) -> tuple[Array, Array]:
        """Covariance and means nudged so that no two means tie and nothing is singular, by figures relative to one.

        ``level`` is added to every entry of the covariance: it changes the risk of all portfolios of one budget alike,
        and makes an asset without any risk as plain as the others.
        """
        size = len(self.mean)
        covariance = self.covariance + level if level or ridge else self.covariance
        if ridge:
            covariance[np.diag_indices(size)] += ridge
        nudge = means * np.modf(GOLDEN * np.arange(1, size + 1))[0] if means else 0.0
        return covariance, self.mean + nudge


def normalised(problem: MeanVariance) -> Normalised:
    """Raises BudgetOutOfReach and IndefiniteCovariance."""
    lowest, highest = budget_range(problem)
    variance = mean_variance(problem)
    scaled = problem.covariance / variance
    singular = not positive_definite(scaled, LEAST_PIVOT)
    if singular:
        check_semidefinite(problem, scaled)
    middle = (float(problem.mean.max()) + float(problem.mean.min())) / 2
    spread = float(problem.mean.max()) - float(problem.mean.min())
    if spread <= EQUAL_MEANS * float(np.max(np.abs(problem.mean))):
        spread = np.inf
    return Normalised(
        covariance=scaled,
        mean=(problem.mean - middle) / spread,
        lower=problem.lower,
        upper=problem.upper,
        budget=min(max(problem.budget, lowest), highest),
        variance=variance,
        middle=middle,
        spread=spread,
        singular=singular,
    )


def mean_variance(problem: MeanVariance) -> float:
    return float(np.mean(np.abs(np.diagonal(problem.covariance)))) or 1.0


def budget_range(problem: MeanVariance) -> tuple[float, float]:
    """The least and the greatest sum of weights that the bounds allow."""
    lowest, highest = float(problem.lower.sum()), float(problem.upper.sum())
    if lowest > problem.budget + REACH:
        message = f"The least weights already add up to {lowest:.10g}, more than the budget of {problem.budget:.10g}."
        remedy = f"Lower some least weights by {outward(lowest - problem.budget, up=True)} in all, or raise the budget."
        raise BudgetOutOfReach(problems=[Problem("lower", stated(problem.lower), message, remedy)])
    if highest < problem.budget - REACH:
        message = f"The greatest weights only add up to {highest:.10g}, less than the budget of {problem.budget:.10g}."
        remedy = (
            f"Raise some greatest weights by {outward(problem.budget - highest, up=True)} in all, or lower the budget."
        )
        raise BudgetOutOfReach(problems=[Problem("upper", stated(problem.upper), message, remedy)])
    return lowest, highest


def stated(bounds: Array) -> float | list[float]:
    """As somebody gave them: one number for all assets, or one for each."""
    each: list[float] = bounds.tolist()
    return each[0] if len(set(each)) == 1 else each


def positive_definite(covariance: Array, least_pivot: float) -> bool:
    """By Cholesky's factor, a hundred times as fast as the eigenvalues."""
    try:
        factor = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return False
    return bool(np.min(np.diagonal(factor)) ** 2 > least_pivot)


def check_semidefinite(problem: MeanVariance, scaled: Array) -> None:
    shifted = scaled + ROUNDING * np.eye(problem.size)
    if positive_definite(shifted, 0.0):
        return
    eigenvalues = np.linalg.eigvalsh(scaled)
    smallest = float(eigenvalues[0])
    if smallest >= -ROUNDING:
        return
    smallest *= mean_variance(problem)
    message = f"Its smallest eigenvalue is {smallest:.6g}: some mixture of assets would have a negative variance."
    remedy = (
        "Estimate it from complete histories, shrink it (Ledoit-Wolf), take the nearest positive semi-definite "
        f"matrix, or add {outward(-smallest, up=True)} to every variance."
    )
    raise IndefiniteCovariance(problems=[Problem("covariance", smallest, message, remedy)])
