"""The free assets of a critical line: those between their bounds, and a factor of their inverse covariance.

The factor R, with R'R the inverse, is kept and never solved anew: an asset that enters adds a row, one that leaves
turns the others by a reflection. With f free of n assets either costs O(f^2), and the slopes of all gradients O(f n).
Rows of the covariance are kept together in the order of entry (the last one fills a gap), so that every product runs
over contiguous memory.
"""

from __future__ import annotations

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
    """The factor R of their inverse covariance H, with H 1 and H mu."""

    def __init__(self, covariance: Array, mean: Array) -> None:
        size = len(mean)
        self._covariance = covariance
        self._mean = mean
        self.count = 0
        self._room = 0
        self._roots = np.zeros((0, 0))
        self._rows = np.zeros((0, size))
        self._order = np.zeros(size, dtype=np.intp)
        self._place = np.full(size, -1, dtype=np.intp)
        self._ones = np.zeros(size)  # H 1
        self._means = np.zeros(size)  # H mu

    @property
    def assets(self) -> NDArray[np.intp]:
        return self._order[: self.count]

    @property
    def _root(self) -> Array:
        return self._roots[: self.count, : self.count]

    def holds(self, asset: int) -> bool:
        return bool(self._place[asset] >= 0)

    def direction(self) -> tuple[Array, float]:
        """How the free weights rise with the risk tolerance, and the price of a unit of budget falls."""
        ones, means = self._ones[: self.count], self._means[: self.count]
        price = float(means.sum() / ones.sum())
        if self.count == 1:
            return np.zeros(1), price  # the budget holds it
        return means - price * ones, price

    def spread(self, weights: Array) -> Array:
        """The covariance of every asset with the given weights of the free ones: shape (n,)."""
        spread: Array = weights @ self._rows[: self.count]
        return spread

    def correction(self, gradient: Array, shortfall: float) -> tuple[Array, float]:
        """What to add to the free weights, and the price, so that their gradients agree and the budget is met."""
        step = (self._root @ gradient) @ self._root
        ones = self._ones[: self.count]
        price = -(shortfall + float(step.sum())) / float(ones.sum())
        return -(step + price * ones), price

    def enter(self, asset: int) -> None:
        """Add a row to the factor. Raises Dependent."""
        f = self.count
        self._make_room(f + 1)
        solved, left = self._unexplained(asset)
        self._roots[f, :f] = solved
        self._roots[f, :f] /= -(left**0.5)
        self._roots[:f, f] = 0.0
        self._roots[f, f] = left**-0.5
        for vector, alone, together in (
            (self._ones, 1.0, float(solved.sum())),
            (self._means, float(self._mean[asset]), float(solved @ self._mean[self._order[:f]])),
        ):
            share = (alone - together) / left
            vector[:f] -= solved * share
            vector[f] = share
        self._rows[f] = self._covariance[asset]
        self._order[f] = asset
        self._place[asset] = f
        self.count = f + 1

    def _unexplained(self, asset: int) -> tuple[Array, float]:
        """The mixture of the free assets that is most like this one, and the variance that it does not explain."""
        free, root = self.assets, self._root
        shared, variance = self._covariance[asset, free], float(self._covariance[asset, asset])
        turned = root @ shared
        solved = turned @ root
        left = variance - float(turned @ turned)
        if left < CLOSE_PIVOT * variance:
            rest = shared - self.spread(solved)[free]
            solved += (root @ rest) @ root
            rest = shared - self.spread(solved)[free]
            # The variance of the difference: an error of the mixture counts by its square.
            left = variance - float(solved @ shared) - float(solved @ rest)
            if not left > LEAST_PIVOT * (variance + float(np.abs(solved) @ np.abs(shared))):
                raise Dependent
        return solved, left

    def leave(self, asset: int) -> None:
        """Turn the factor so that the asset's column has one entry, in the last row, and drop both.

        The turn is Householder's reflection. The last asset takes the place of the one that leaves.
        """
        at, last = int(self._place[asset]), self.count - 1
        root = self._root
        column = root[:, at].copy()
        share = column @ root
        share /= share[at]  # the asset's column of H over its own entry
        for vector in (self._ones, self._means):
            vector[: last + 1] -= share * vector[at]
        column[last] += np.copysign(float(np.linalg.norm(column)), column[last])
        along = column @ root
        along *= 2.0 / float(column @ column)
        root -= np.multiply.outer(column, along)
        if at != last:
            root[:last, at] = root[:last, last]
            self._rows[at] = self._rows[last]
            self._ones[at], self._means[at] = self._ones[last], self._means[last]
            self._order[at] = self._order[last]
            self._place[self._order[at]] = at
        self._place[asset] = -1
        self.count = last

    def refactor(self, assets: NDArray[np.intp]) -> None:
        """The same from nothing, for a set of assets; what rounding has gathered is gone. Raises Breakdown."""
        self._place[self.assets] = -1
        f = len(assets)
        self._make_room(f)
        self._order[:f] = assets
        self._place[assets] = np.arange(f)
        self._rows[:f] = self._covariance[assets]
        try:
            self._roots[:f, :f] = np.linalg.inv(np.linalg.cholesky(self._rows[:f, assets]))
        except np.linalg.LinAlgError:
            raise Breakdown from None
        self.count = f
        self._ones[:f] = self._root.sum(axis=1) @ self._root
        self._means[:f] = (self._root @ self._mean[assets]) @ self._root

    def _make_room(self, needed: int) -> None:
        """Few assets are ever free at once, so the arrays grow with them."""
        if needed <= self._room:
            return
        f, room = self.count, min(len(self._mean), max(32, 2 * needed))
        roots, rows = np.zeros((room, room)), np.zeros((room, len(self._mean)))
        roots[:f, :f] = self._root
        rows[:f] = self._rows[:f]
        self._roots, self._rows, self._room = roots, rows, room
