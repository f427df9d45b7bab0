"""The walk along the critical lines, from the greatest return down to the least variance, corner by corner.

Between two corners the free weights and every gradient are straight lines in the risk tolerance (lambda). A corner lies
where the first of them meets its end: a free weight its bound, or the gradient of an asset at its bound the common
price. One ratio test over all assets finds it; then that asset leaves or enters the free ones.

An asset that the free ones replicate has the gradient of the mixture, which is that of its mean alone: it meets the
price at lambda 0 and not before. So a singular covariance needs no ridge; what rounding says to the contrary is ignored
until another asset leaves.

Markowitz, The optimization of a quadratic function subject to linear constraints, Naval Research Logistics 3 (1956);
Bailey and Lopez de Prado, An open-source implementation of the critical-line algorithm, Algorithms 6 (2013), sections
4.1 to 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.critical_line.free import Breakdown, Dependent, FreeAssets
from modeling.engines.portfolio.critical_line.start import Start, start_of
from modeling.engines.portfolio.problem import Array

STILL = 1e-13  # slopes smaller than this are rounding
DRIFT = 1e-9  # a correction larger than this, of the largest weight, says that the factor has lost its digits
FRESH_STEPS = 64
FRESH_FALL = 0.25  # what is carried from a far larger lambda has lost digits by the fall
ASTRAY = 1e-11  # a sum of weights further from the budget tells of a fall too long for the slopes' last digits
SUMMED = 1e-15  # of all weights at their largest: so far from the budget is rounding
LAST = 1e-10  # at a smaller lambda the variance is the least, to all that the certificate tells
NONE = -1


@dataclass(frozen=True)
class Corners:
    """Weights of shape (k, n) at falling risk tolerances of shape (k,); the last is 0."""

    weights: Array
    risk_tolerances: Array


class Walk:
    """One walk on a normalised problem: means within one unit, mean variance one, a budget in reach."""

    def __init__(self, covariance: Array, mean: Array, lower: Array, upper: Array, budget: float) -> None:
        self._covariance = covariance
        self._lower, self._upper = lower, upper
        self._budget = budget
        self._astray = max(ASTRAY, SUMMED * float(np.maximum(np.abs(lower), np.abs(upper)).sum()))
        self._begin(start_of(mean, lower, upper, budget))

    def corners(self) -> Corners:
        """All of them. Raises Breakdown where rounding leads astray."""
        weights, tolerances = [], []
        asset = self._first()
        for _ in range(20 * len(self._mean) + 100):
            leaves = asset != NONE and self._free.holds(asset)
            if leaves:
                self._leave(asset)
            self._freshen(last=asset == NONE)  # by the fewer free assets: the one that changes is on its bound
            weights.append(np.minimum(np.maximum(self._weights, self._lower), self._upper))
            tolerances.append(self._tolerance)
            if asset == NONE:
                return Corners(np.array(weights), np.array(tolerances))
            if not leaves:
                self._enter(asset)
            asset = self._step()
        raise Breakdown

    def _begin(self, start: Start) -> None:
        """At the greatest return; of assets with one mean the mixture of least variance, by a walk of their own."""
        self._mean = start.mean
        self._weights, self._side = start.weights, start.side
        self._free = FreeAssets(self._covariance, self._mean)
        self._gradient = np.zeros(len(self._mean))  # less the common price
        self._blocked = np.zeros(len(self._mean), dtype=np.intp)[:0]
        self._tolerance = self._fresh_tolerance = np.inf
        self._fresh_steps = 0
        self._moved = NONE
        self._came_from = 0.0  # the side that the asset entered from, the last of the free ones; 0 where it left them
        if len(start.tied) > 1:
            self._weights, free = self._spread(start)
        else:
            free = start.tied
        if len(free):
            self._side[free] = 0.0
            self._free.refactor(free)

    def _spread(self, start: Start) -> tuple[Array, NDArray[np.intp]]:
        """The weights of least variance among the tied assets, and which of them may move."""
        tied = start.tied
        lower, upper = start.weights.copy(), start.weights.copy()
        lower[tied], upper[tied] = self._lower[tied], self._upper[tied]
        means = np.zeros(len(self._mean))
        means[tied] = np.linspace(0.5, -0.5, len(tied))
        weights = Walk(self._covariance, means, lower, upper, self._budget).corners().weights[-1]
        inside = (weights[tied] > lower[tied]) & (weights[tied] < upper[tied])
        self._side[tied] = np.where(weights[tied] > lower[tied], -1.0, 1.0)
        if inside.any():
            return weights, tied[inside]
        risk = self._covariance[tied] @ weights
        sold = np.where(self._side[tied] < 0, risk, -np.inf)
        return weights, tied[[int(np.argmax(sold) if np.isfinite(sold).any() else np.argmin(risk))]]

    def _first(self) -> int:
        """The asset that changes at the largest lambda of all: above it the start is optimal. NONE where that is 0."""
        self._tolerance = 0.0
        free = self._free.assets
        if not len(free):
            return NONE
        risk = self._covariance @ self._weights
        risk -= float(np.mean(risk[free]))
        slope = self._mean[free[0]] - self._mean
        meets = (self._side * risk < 0) & (slope != 0)
        crossing = np.divide(-risk, slope, out=np.zeros_like(risk), where=meets)
        asset = int(np.argmax(crossing))
        self._tolerance = self._fresh_tolerance = float(crossing[asset])
        self._gradient = risk + self._tolerance * slope
        return asset if self._tolerance > 0 else NONE

    def _leave(self, asset: int) -> None:
        self._free.leave(asset)
        low = self._weights[asset] - self._lower[asset] < self._upper[asset] - self._weights[asset]
        self._weights[asset] = self._lower[asset] if low else self._upper[asset]
        self._side[asset] = 1.0 if low else -1.0
        self._gradient[asset] = 0.0
        self._moved, self._came_from = asset, 0.0
        self._blocked = self._blocked[:0]

    def _enter(self, asset: int) -> None:
        try:
            self._free.enter(asset)
        except Dependent:
            self._blocked = np.append(self._blocked, asset)
            return
        self._moved, self._came_from = asset, float(self._side[asset])
        self._side[asset] = 0.0
        self._gradient[asset] = 0.0

    def _step(self) -> int:
        """Down to the next corner; the asset that changes there, or NONE at the least variance."""
        free = self._free.assets
        direction, price = self._free.direction()
        slope = self._free.spread(direction)
        slope -= self._mean
        slope += price
        asset, fall = self._next(free, direction, slope)
        fall = min(fall, self._tolerance)
        self._tolerance -= fall
        if self._tolerance < LAST:
            asset, self._tolerance = NONE, 0.0
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
        if len(self._blocked):
            rate[self._blocked] = 0.0
        falls = np.full(len(rate), np.inf)
        np.divide(room, rate, out=falls, where=rate > STILL)
        asset = int(falls.argmin())
        return asset, max(float(falls[asset]), 0.0)

    def _freshen(self, last: bool) -> None:
        """Now and then compute weights and gradients from the data, so that rounding does not gather."""
        self._fresh_steps += 1
        fallen = self._tolerance <= FRESH_FALL * self._fresh_tolerance
        astray = abs(float(self._weights.sum()) - self._budget) > self._astray
        due = last or fallen or astray or self._fresh_steps >= FRESH_STEPS
        if not due or not self._free.count:
            return
        self._fresh_steps, self._fresh_tolerance = 0, self._tolerance
        if self._correct() > DRIFT * max(1.0, float(np.max(np.abs(self._weights)))):
            self._free.refactor(self._free.assets.copy())
            self._correct()

    def _correct(self) -> float:
        """One step of iterative refinement of the free weights; the largest change."""
        free = self._free.assets
        gradient = self._covariance @ self._weights
        gradient -= self._tolerance * self._mean
        gradient -= float(np.mean(gradient[free]))  # at a large lambda the price would swallow the residuals
        change, price = self._free.correction(gradient[free], self._budget - float(self._weights.sum()))
        self._weights[free] += change
        gradient += self._free.spread(change)
        gradient += price
        gradient[free] = 0.0
        self._gradient = gradient
        return float(np.max(np.abs(change)))
