"""Optimisation beyond bounds and budget: `optimise` and `frontier_points`, objectives and constraints as dataclasses."""

from modeling.engines.portfolio.constrained.objectives import (
    MaximumReturn,
    MaximumSharpe,
    MaximumUtility,
    MinimumRisk,
    MinimumTrackingError,
    MinimumVariance,
    Objective,
)
from modeling.engines.portfolio.constrained.optimise import frontier_points, optimise
from modeling.engines.portfolio.constrained.outer import Effort

__all__ = [
    "Effort",
    "MaximumReturn",
    "MaximumSharpe",
    "MaximumUtility",
    "MinimumRisk",
    "MinimumTrackingError",
    "MinimumVariance",
    "Objective",
    "frontier_points",
    "optimise",
]
