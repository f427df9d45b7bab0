"""A mean-variance problem and its answer. Figures are decimals per year; weights are shares of the invested money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from valor.lib.errors import Problem

Array = NDArray[np.float64]

TOLERANCE = 1e-8
"""How far an answer may be from optimal, relative to the problem's own scale, and from feasible, absolutely."""
SYMMETRY = 1e-10  # relative to the largest entry


@dataclass(frozen=True)
class MeanVariance:
    """n assets, their expected returns and covariance, bounds for each weight, and the sum of all.

    Attributes
    ----------
    mean : shape (n,), expected return, decimal per year
    covariance : shape (n, n), symmetric and positive semi-definite, per year
    lower, upper : shape (n,), bounds of each weight; a lower bound below zero allows a short position
    names : the assets' names, for messages; empty counts them from 1
    budget : what the weights add up to
    """

    mean: Array
    covariance: Array
    lower: Array
    upper: Array
    names: tuple[str, ...] = ()
    budget: float = 1.0

    @property
    def size(self) -> int:
        return len(self.mean)

    def name(self, asset: int) -> str:
        return self.names[asset] if self.names else f"asset {asset + 1}"


@dataclass(frozen=True)
class Certificate:
    """How well an answer fulfils the Karush-Kuhn-Tucker conditions of the original problem.

    ``stationarity`` and ``complementarity`` are relative to the problem's scale, ``feasibility`` is absolute.
    """

    stationarity: float
    complementarity: float
    feasibility: float

    @property
    def holds(self) -> bool:
        return max(self.stationarity, self.complementarity, self.feasibility) <= TOLERANCE


@dataclass(frozen=True)
class Solution:
    """One portfolio: weights of shape (n,), decimals per year, by which method, and how it is known to be optimal.

    ``details`` holds what only this objective has: JSON numbers and strings alone.
    """

    weights: Array
    expected_return: float
    volatility: float
    method: str
    certificate: Certificate | None = None
    details: dict[str, Any] = field(default_factory=dict)


def problem_of(
    mean: Any,
    covariance: Any,
    *,
    lower: Any = 0.0,
    upper: Any = 1.0,
    names: tuple[str, ...] = (),
    budget: float = 1.0,
) -> MeanVariance:
    """The checked problem; a single bound counts for every asset.

    Raises EngineError with every figure that is missing, not finite, not symmetric, of the wrong shape, or crossed.
    Whether the covariance is positive semi-definite, and whether bounds and budget can be met, is the solver's to say.
    """
    mu = np.array(mean, dtype=np.float64).reshape(-1)
    n = len(mu)
    sigma = np.array(covariance, dtype=np.float64)
    if sigma.shape != (n, n):
        shape = " x ".join(map(str, sigma.shape)) or "a number"
        remedy = f"Give one row and one column for each of the {n} assets."
        raise EngineError(problems=[Problem("covariance", shape, "It has another shape than the means.", remedy)])
    low, high = (np.array(np.broadcast_to(np.asarray(bound, np.float64), (n,))) for bound in (lower, upper))
    problem = MeanVariance(mu, (sigma + sigma.T) / 2, low, high, tuple(names), float(budget))
    problems = [*not_finite(problem), *unsymmetric(sigma), *crossed(problem)]
    if problems:
        raise EngineError(problems=problems)
    return problem


def not_finite(problem: MeanVariance) -> list[Problem]:
    remedy = "Give finite numbers, or leave the asset out."
    found = []
    for field_name in ("mean", "covariance", "lower", "upper"):
        figures = getattr(problem, field_name)
        bad = np.argwhere(~np.isfinite(figures))
        if len(bad):
            asset = int(bad[0][0])
            figure = str(figures[tuple(bad[0])])
            found.append(Problem(field_name, figure, f"The figure of {problem.name(asset)} is not finite.", remedy))
    if not np.isfinite(problem.budget):
        found.append(Problem("budget", str(problem.budget), "It is not finite.", "Give a number such as 1."))
    return found


def unsymmetric(sigma: Array) -> list[Problem]:
    scale = float(np.max(np.abs(sigma), initial=0.0))
    off = float(np.max(np.abs(sigma - sigma.T), initial=0.0))
    if not off > SYMMETRY * scale:
        return []
    message = f"It is not symmetric: two figures that should be equal differ by {off:g}."
    return [Problem("covariance", off, message, "Give the same figure above and below the diagonal.")]


def crossed(problem: MeanVariance) -> list[Problem]:
    return [
        Problem(
            "bounds",
            float(problem.lower[asset]),
            f"The least weight of {problem.name(int(asset))} is above its greatest, {problem.upper[asset]:g}.",
            "Lower the one or raise the other.",
        )
        for asset in np.flatnonzero(problem.lower > problem.upper)
    ]
