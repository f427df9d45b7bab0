"""Bounds as methods see them that never sell short."""

from __future__ import annotations

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import Array, MeanVariance
from valor.lib.errors import Problem

ROUNDING = 1e-9  # by how much bounds may miss the budget that they were meant to meet, such as a third each of three


class BoundsCannotHold(EngineError):
    """No positive weights within these bounds give what is asked for: widen the bounds or change the budget."""


def long_only_bounds(problem: MeanVariance) -> tuple[Array, Array]:
    """The least and greatest weights, neither below zero; raises BoundsCannotHold where they can't meet the budget."""
    negative = np.flatnonzero(problem.upper < 0)
    if len(negative):
        name = problem.name(int(negative[0]))
        message = f"{name} may only be sold short, and this method never sells short."
        figure = float(problem.upper[negative[0]])
        raise BoundsCannotHold(problems=[Problem(f"upper.{name}", figure, message, f"Leave {name} out.")])
    lower = np.maximum(problem.lower, 0.0)
    least, most = float(lower.sum()), float(problem.upper.sum())
    slack = ROUNDING * max(1.0, abs(problem.budget))
    if not (problem.budget > 0 and least - slack <= problem.budget <= most + slack):
        message = f"Positive weights within the bounds add up to {least:g} to {most:g}, never to {problem.budget:g}."
        raise BoundsCannotHold(problems=[Problem("budget", problem.budget, message, "Widen the bounds.")])
    return lower, problem.upper
