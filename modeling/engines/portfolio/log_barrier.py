"""The convex minimum behind risk parity: y'Cy/2 - sum b ln y over positive y within bounds, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.problem import Array

MOST_STEPS = 200
MOST_HALVINGS = 60
SETTLED = 1e-13  # relative error of y (Cy) against b at which the method stops, unless rounding is coarser
NEAR = 1e-5  # relative step below which a full one is taken: rounding hides its descent, theory squares its error
ENOUGH = 1e-4  # part of the descent foretold by the gradient that a step must reach (Armijo)


class Unbounded(Exception):
    """The function falls for ever: some positive combination has no variance. For the caller to explain."""


@dataclass(frozen=True)
class LogBarrier:
    """Minimise y'Cy/2 - sum b ln y where lower <= y <= upper and y > 0.

    Attributes
    ----------
    correlation : C, shape (n, n), positive semi-definite with ones on its diagonal
    shares : b, shape (n,), positive
    lower, upper : shape (n,), not below zero; may be infinite
    """

    correlation: Array
    shares: Array
    lower: Array
    upper: Array

    def minimum(self, start: Array) -> Array:
        """Newton steps on what no bound holds, projected onto the bounds and halved until they descend.

        D. P. Bertsekas, Projected Newton methods, SIAM J. Control and Optimization 20 (1982). Raises Unbounded.
        """
        y = np.clip(start, np.maximum(self.lower, 1e-300), self.upper)
        for _ in range(MOST_STEPS):
            gradient = self.correlation @ y - self.shares / y
            free = ~(((y <= self.lower) & (gradient > 0)) | ((y >= self.upper) & (gradient < 0)))
            if float(np.max(np.abs(y * gradient / self.shares)[free], initial=0.0)) <= self._attainable(y, free):
                return y
            step = np.zeros_like(y)
            hessian = self.correlation[np.ix_(free, free)] + np.diag((self.shares / y**2)[free])
            step[free] = _solved(hessian, -gradient[free])
            y = self._descended(y, step, gradient)
        raise Unbounded

    def _attainable(self, y: Array, free: NDArray[np.bool_]) -> float:
        """The relative error that rounding leaves in y (Cy) of what is free, at its best."""
        noise = float(np.max((y * (np.abs(self.correlation) @ y) / self.shares)[free], initial=0.0))
        return max(SETTLED, 4 * float(np.finfo(float).eps) * noise)

    def _descended(self, y: Array, step: Array, gradient: Array) -> Array:
        if float(np.max(np.abs(step / y))) < NEAR:
            return np.asarray(np.clip(y + step, self.lower, self.upper))
        falling = step < 0
        longest = np.min(np.divide(y, -step, out=np.full_like(y, np.inf), where=falling), initial=np.inf)
        size = min(1.0, 0.95 * float(longest))  # never to zero, where the logarithm ends
        for _ in range(MOST_HALVINGS):
            trial = np.clip(y + size * step, self.lower, self.upper)
            change = trial - y
            gain = float(change @ (self.correlation @ (y + trial))) / 2 - float(self.shares @ np.log1p(change / y))
            if gain <= ENOUGH * float(gradient @ change) < 0:
                return np.asarray(trial)
            size /= 2
        raise Unbounded


def _solved(hessian: Array, right: Array) -> Array:
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    try:
        return np.asarray(cho_solve(cho_factor(hessian, check_finite=False), right, check_finite=False))
    except LinAlgError:
        raise Unbounded from None
