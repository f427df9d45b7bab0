"""The walk along the critical lines, from the greatest return down to the least variance, corner by corner.

Between two corners the free weights and every gradient are straight lines in the risk tolerance (lambda). A corner lies
where the first of them meets its end: a free weight its bound, or the gradient of an asset at its bound the common
price. One ratio test over all assets finds it; then that asset leaves or enters the free ones.

Markowitz, The optimization of a quadratic function subject to linear constraints, Naval Research Logistics 3 (1956);
Bailey and Lopez de Prado, An open-source implementation of the critical-line algorithm, Algorithms 6 (2013), sections
4.1 to 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.critical_line.free import Breakdown, FreeAssets
from modeling.engines.portfolio.problem import Array

STILL = 1e-13  # slopes smaller than this are rounding
DRIFT = 1e-9  # a correction larger than this says that the inverse has lost its digits
FRESH_STEPS = 64
FRESH_FALL = 0.25  # what a gradient carried from a far larger lambda is worth depends on its fall
NONE = -1


@dataclass(frozen=True)
class Corners:
    """Weights of shape (k, n) at falling risk tolerances of shape (k,); the last is 0."""

    weights: Array
    risk_tolerances: Array


class Walk:
    """One walk on a normalised problem: positive definite covariance, means within one unit, a budget in reach."""

    def __init__(self, covariance: Array, mean: Array, lower: Array, upper: Array, budget: float) -> None:
        self._covariance = covariance
        self._mean = mean
        self._lower, self._upper = lower, upper
        self._budget = budget
        self._free = FreeAssets(covariance, mean)
        self._weights = lower.copy()
        self._side = np.where(lower < upper, 1.0, 0.0)  # 1 at the lower bound, -1 at the upper, 0 free or fixed
        self._gradient = np.zeros(len(mean))  # less the common price
        self._tolerance = np.inf
        self._fresh_tolerance, self._fresh_steps = np.inf, 0
        self._moved = NONE
        self._came_from = 0.0  # the side that the asset entered from, the last of the free ones; 0 where it left them

    def corners(self) -> Corners:
        """All of them. Raises Breakdown where rounding leads astray."""
        size = len(self._mean)
        if not self._start():
            return Corners(self._weights[None, :].copy(), np.zeros(1))
        weights, tolerances = [], []
        asset = self._first()
        for _ in range(20 * size + 100):
            weights.append(self._recorded())
            tolerances.append(self._tolerance)
            if asset == NONE:
                return Corners(np.array(weights), np.array(tolerances))
            self._pivot(asset)
            asset = self._step()
        raise Breakdown

    def _start(self) -> bool:
        """The greatest return: fill by falling mean. The asset that takes the rest is free; False where none may move."""
        movable = np.flatnonzero(self._side)
        if not len(movable):
            return False
        order = movable[np.argsort(-self._mean[movable], kind="stable")]
        room = self._upper[order] - self._lower[order]
        rest = self._budget - float(self._lower.sum())
        filled = np.cumsum(room)
        last = min(int(np.searchsorted(filled, rest)), len(order) - 1)
        full = order[:last]
        self._weights[full] = self._upper[full]
        self._side[full] = -1.0
        marginal = order[last]
        rest -= float(filled[last] - room[last])
        self._weights[marginal] += min(max(rest, 0.0), float(room[last]))
        self._side[marginal] = 0.0
        self._free.enter(int(marginal))
        return True

    def _first(self) -> int:
        """The asset that changes at the largest lambda at all, which may be 0: until then the start is optimal."""
        marginal = int(self._free.assets[0])
        risk = self._covariance @ self._weights
        risk -= risk[marginal]
        slope = self._mean[marginal] - self._mean
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = np.where(self._side * risk < 0, -risk / slope, 0.0)
        crossing = np.where(np.isfinite(crossing), crossing, np.inf)
        asset = int(np.argmax(crossing))
        if crossing[asset] == np.inf:
            raise Breakdown  # an exactly tied mean: no finite lambda tells the two apart
        self._tolerance = max(float(crossing[asset]), 0.0)
        self._gradient = risk + self._tolerance * slope
        self._fresh_tolerance = self._tolerance
        return asset if self._tolerance > 0 else NONE

    def _pivot(self, asset: int) -> None:
        self._came_from = float(self._side[asset])
        if self._free.holds(asset):
            self._free.leave(asset)
            low = self._weights[asset] - self._lower[asset] < self._upper[asset] - self._weights[asset]
            self._weights[asset] = self._lower[asset] if low else self._upper[asset]
            self._side[asset] = 1.0 if low else -1.0
        else:
            self._free.enter(asset)
            self._side[asset] = 0.0
        self._gradient[asset] = 0.0
        self._moved = asset

    def _step(self) -> int:
        """Down to the next corner; the asset that changes there, or NONE at the least variance."""
        self._freshen()
        free = self._free.assets
        direction, price = self._free.direction()
        slope = self._free.spread(direction)
        slope -= self._mean
        slope += price
        asset, fall = self._next(free, direction, slope)
        if fall >= self._tolerance:
            asset, fall = NONE, self._tolerance
        self._tolerance -= fall
        self._weights[free] -= fall * direction
        self._gradient -= fall * slope
        return asset

    def _next(self, free: NDArray[np.intp], direction: Array, slope: Array) -> tuple[int, float]:
        """The ratio test: which asset meets its end first as lambda falls, and after which fall."""
        rate = self._side * slope
        room = self._side * self._gradient
        weights = self._weights[free]
        rate[free] = np.abs(direction)
        room[free] = np.where(direction > 0, weights - self._lower[free], self._upper[free] - weights)
        if self._came_from * direction[-1] >= 0:
            rate[self._moved] = 0.0  # what has just left its end moves away from it: anything else is rounding
        falls = np.full(len(rate), np.inf)
        np.divide(room, rate, out=falls, where=rate > STILL)
        asset = int(falls.argmin())
        return asset, max(float(falls[asset]), 0.0)

    def _freshen(self) -> None:
        """Now and then compute weights and gradients from the data, so that rounding does not gather."""
        self._fresh_steps += 1
        if self._fresh_steps < FRESH_STEPS and self._tolerance > FRESH_FALL * self._fresh_tolerance:
            return
        self._fresh_steps, self._fresh_tolerance = 0, self._tolerance
        if self._correct() > DRIFT:
            self._free.refactor(self._free.assets.copy())
            self._correct()

    def _correct(self) -> float:
        """One step of iterative refinement of the free weights; the largest change."""
        free = self._free.assets
        gradient = self._covariance @ self._weights
        gradient -= self._tolerance * self._mean
        change, price = self._free.correction(gradient[free], self._budget - float(self._weights.sum()))
        self._weights[free] += change
        gradient += self._free.spread(change)
        gradient += price
        gradient[free] = 0.0
        self._gradient = gradient
        return float(np.max(np.abs(change)))

    def _recorded(self) -> Array:
        return np.minimum(np.maximum(self._weights, self._lower), self._upper)
