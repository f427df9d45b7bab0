"""The free assets of a critical line: those between their bounds, and the inverse of their covariance.

The inverse is kept, never solved anew: an asset that enters or leaves changes it by one rank. With f free of n assets a
change costs O(f^2) and the slopes of all gradients O(f n). Rows are kept together in the order of entry (the last one
fills a gap), so that every product runs over contiguous memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.problem import Array

LEAST_PIVOT = 1e-13  # of the entering variance: less is left of an asset that the free ones replicate
CLOSE_PIVOT = 1e-6  # less than this is computed with more care


class Breakdown(Exception):
    """The walk can't go on in floating point: its corners repeat, or the free assets have become one another's."""


class Dependent(Exception):
    """The asset is a mixture of the free ones: its risk is theirs."""


class FreeAssets:
    """The inverse H of their covariance, with H 1 and H mu."""

    def __init__(self, covariance: Array, mean: Array) -> None:
        size = len(mean)
        self._covariance = covariance
        self._mean = mean
        self.count = 0
        self.close = False  # an asset entered that the others nearly replicate: few digits are left
        self._room = 0
        self._inverse = np.zeros((0, 0))
        self._rows = np.zeros((0, size))
        self._scratch = np.zeros((0, 0))
        self._order = np.zeros(size, dtype=np.intp)
        self._place = np.full(size, -1, dtype=np.intp)
        self._ones = np.zeros(size)  # H 1
        self._means = np.zeros(size)  # H mu

    @property
    def assets(self) -> NDArray[np.intp]:
        return self._order[: self.count]

    def holds(self, asset: int) -> bool:
        return bool(self._place[asset] >= 0)

    def direction(self) -> tuple[Array, float]:
        """How the free weights rise with the risk tolerance, and the price of a unit of budget falls."""
        ones, means = self._ones[: self.count], self._means[: self.count]
        price = float(means.sum() / ones.sum())
        return means - price * ones, price

    def spread(self, weights: Array) -> Array:
        """The covariance of every asset with the given weights of the free ones: shape (n,)."""
        spread: Array = weights @ self._rows[: self.count]
        return spread

    def correction(self, gradient: Array, shortfall: float) -> tuple[Array, float]:
        """What to add to the free weights, and the price, so that their gradients agree and the budget is met."""
        step = self._inverse[: self.count, : self.count] @ gradient
        ones = self._ones[: self.count]
        price = -(shortfall + float(step.sum())) / float(ones.sum())
        return -(step + price * ones), price

    def enter(self, asset: int) -> None:
        """Border the inverse by one asset. Raises Dependent."""
        f = self.count
        self._make_room(f + 1)
        solved, left = self._unexplained(asset)
        self._rank_one(solved, solved / left, np.add)
        border = solved / -left
        self._inverse[f, :f] = border
        self._inverse[:f, f] = border
        self._inverse[f, f] = 1.0 / left
        for vector, target in ((self._ones, 1.0), (self._means, float(self._mean[asset]))):
            given = 1.0 if vector is self._ones else self._mean[self._order[:f]]
            share = (target - float(np.sum(solved * given))) / left
            vector[:f] -= solved * share
            vector[f] = share
        self._rows[f] = self._covariance[asset]
        self._order[f] = asset
        self._place[asset] = f
        self.count = f + 1

    def _unexplained(self, asset: int) -> tuple[Array, float]:
        """The mixture of the free assets that is most like this one, and the variance that it does not explain."""
        free = self.assets
        shared, variance = self._covariance[asset, free], float(self._covariance[asset, asset])
        inverse = self._inverse[: len(free), : len(free)]
        solved = inverse @ shared
        left = variance - float(solved @ shared)
        if left < CLOSE_PIVOT * variance:
            self.close = True
            rest = shared - self.spread(solved)[free]
            solved += inverse @ rest
            rest = shared - self.spread(solved)[free]
            # The variance of the difference: an error of the mixture counts by its square.
            left = variance - float(solved @ shared) - float(solved @ rest)
            if not left > LEAST_PIVOT * (variance + float(np.abs(solved) @ np.abs(shared))):
                raise Dependent
        return solved, left

    def leave(self, asset: int) -> None:
        """Take one asset out of the inverse; the last one takes its place."""
        f, at = self.count, int(self._place[asset])
        column = self._inverse[:f, at].copy()
        pivot = float(column[at])
        share = column / pivot
        self._rank_one(column, share, np.subtract)
        for vector in (self._ones, self._means):
            vector[:f] -= share * vector[at]
        last = f - 1
        if at != last:
            self._inverse[at, :f] = self._inverse[last, :f]
            self._inverse[:f, at] = self._inverse[:f, last]
            self._inverse[at, at] = self._inverse[last, last]
            self._rows[at] = self._rows[last]
            self._ones[at], self._means[at] = self._ones[last], self._means[last]
            self._order[at] = self._order[last]
            self._place[self._order[at]] = at
        self._place[asset] = -1
        self.count = last

    def refactor(self, assets: Sequence[int] | NDArray[np.intp]) -> None:
        """The same from nothing, for a set of assets; what rounding has gathered is gone."""
        self._place[self.assets] = -1
        f = len(assets)
        self._make_room(f)
        self._order[:f] = assets
        self._place[self._order[:f]] = np.arange(f)
        self._rows[:f] = self._covariance[self._order[:f]]
        try:
            inverse = np.linalg.inv(self._rows[:f, self._order[:f]])
        except np.linalg.LinAlgError:
            raise Breakdown from None
        self._inverse[:f, :f] = (inverse + inverse.T) / 2
        self._ones[:f] = self._inverse[:f, :f].sum(axis=1)
        self._means[:f] = self._inverse[:f, :f] @ self._mean[self._order[:f]]
        self.count = f

    def _rank_one(self, left: Array, right: Array, change: np.ufunc) -> None:
        f = len(left)
        scratch = self._scratch[:f, :f]
        np.multiply(left[:, None], right, out=scratch)
        inverse = self._inverse[:f, :f]
        change(inverse, scratch, out=inverse)

    def _make_room(self, needed: int) -> None:
        """Few assets are ever free at once, so the arrays grow with them."""
        if needed <= self._room:
            return
        room = min(len(self._mean), max(32, 2 * needed))
        inverse, rows = np.zeros((room, room)), np.zeros((room, len(self._mean)))
        f = self.count
        inverse[:f, :f] = self._inverse[:f, :f]
        rows[:f] = self._rows[:f]
        self._inverse, self._rows, self._room = inverse, rows, room
        self._scratch = np.empty((room, room))
