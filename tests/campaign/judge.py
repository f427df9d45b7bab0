"""Whether an answer is right, found without the product's own certificate: slow, plain, and on the original figures.

Two conditions: feasible, and for the multiplier of the budget that suits best each weight strictly between its bounds
has no reduced gradient, none at a bound pulls inwards. The multiplier is searched among the gradients themselves.
"""

from __future__ import annotations

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.critical_line.errors import BudgetOutOfReach, IndefiniteCovariance
from modeling.engines.portfolio.problem import MeanVariance

LIMIT = 1e-8


def residuals(problem: MeanVariance, weights: np.ndarray, tolerance: float) -> tuple[float, float]:
    """The optimality error relative to the problem's scale, and the absolute infeasibility."""
    outside = max(0.0, *(problem.lower - weights), *(weights - problem.upper), abs(sum(weights) - problem.budget))
    gradient = problem.covariance.dot(weights) - tolerance * problem.mean
    scale = max(
        np.trace(problem.covariance) / problem.size, tolerance * np.abs(problem.mean).max(), np.abs(gradient).max()
    )
    if scale == 0:
        return 0.0, float(outside)
    movable = problem.upper > problem.lower
    if not movable.any():
        return 0.0, float(outside)
    at_lower = weights <= problem.lower + 1e-9
    at_upper = weights >= problem.upper - 1e-9
    errors = []
    inner = movable & ~at_lower & ~at_upper
    candidates = gradient[inner] if inner.any() else gradient[movable]
    some = candidates[:20] if inner.any() else candidates
    for price in {float(np.mean(candidates)), float(np.median(candidates)), *map(float, some)}:
        reduced = gradient - price
        error = np.abs(reduced)
        error[at_lower] = np.maximum(-reduced[at_lower], 0.0)
        error[at_upper] = np.maximum(reduced[at_upper], 0.0)
        error[~movable | (at_lower & at_upper)] = 0.0
        slack = np.where(reduced > 0, weights - problem.lower, problem.upper - weights)
        product = np.where(at_lower | at_upper, np.abs(reduced * np.clip(slack, 0, 1e-9)), 0.0)
        errors.append(max(error.max(), product.max()))
    return float(min(errors) / scale), float(outside)


def right_to_refuse(problem: MeanVariance, refusal: EngineError) -> bool:
    """Whether the problem really has no answer, and the refusal says what to do."""
    if not refusal.problems or not all(p.field and p.message and p.remedy for p in refusal.problems):
        return False
    if isinstance(refusal, BudgetOutOfReach):
        return bool(problem.lower.sum() > problem.budget or problem.upper.sum() < problem.budget)
    if isinstance(refusal, IndefiniteCovariance):
        eigenvalues = np.linalg.eigvalsh(problem.covariance)
        return bool(eigenvalues[0] < -1e-10 * np.abs(eigenvalues).max())
    return False
