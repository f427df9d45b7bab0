"""The frontier as a chain of segments: where on it a return, a volatility, or the greatest Sharpe ratio lies.

A place is a segment and the share of its richer corner. On a segment weights, returns, marginal risks and the risk
tolerance are linear in that share, and the variance is a parabola, so every question has a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.problem import Array


@dataclass(frozen=True)
class Places:
    """m places on the frontier: the segments they lie on and the share of the richer corner, each of shape (m,)."""

    segments: NDArray[np.intp]
    shares: Array

    def __getitem__(self, place: int) -> Places:
        return Places(self.segments[place : place + 1], self.shares[place : place + 1])


@dataclass(frozen=True)
class Mixtures:
    """m portfolios: weights and marginal risks of shape (m, n), risk tolerances of shape (m,)."""

    weights: Array
    risks: Array
    risk_tolerances: Array


@dataclass(frozen=True, eq=False)
class Segments:
    """k corners by falling return: weights and marginal risks S w of shape (k, n), the rest of shape (k,)."""

    weights: Array
    risks: Array
    risk_tolerances: Array
    mean: Array

    def with_corner(self, weights: Array, risks: Array, risk_tolerance: float) -> Segments:
        """The chain with one more corner, at its return."""
        at = int(np.searchsorted(-self.returns, -float(weights @ self.mean), side="left"))
        return Segments(
            np.insert(self.weights, at, weights, axis=0),
            np.insert(self.risks, at, risks, axis=0),
            np.insert(self.risk_tolerances, at, risk_tolerance),
            self.mean,
        )

    @cached_property
    def returns(self) -> Array:
        returns: Array = np.minimum.accumulate(self.weights @ self.mean)
        return returns

    @cached_property
    def variances(self) -> Array:
        variances: Array = np.einsum("ij,ij->i", self.weights, self.risks)
        return np.minimum.accumulate(np.maximum(variances, 0.0))

    @cached_property
    def volatilities(self) -> Array:
        volatilities: Array = np.sqrt(self.variances)
        return volatilities

    @cached_property
    def _slopes(self) -> Array:
        """Half the slope of each segment's variance at its poorer corner: shape (k - 1,). It rises with the return."""
        shared = np.einsum("ij,ij->i", self.weights[1:], self.risks[:-1])
        slopes: Array = np.maximum(shared - self.variances[1:], 0.0)
        return slopes

    @cached_property
    def _bends(self) -> Array:
        bends: Array = self.variances[:-1] - self.variances[1:] - 2 * self._slopes
        return bends

    def corner(self, corner: int) -> Places:
        segment = min(corner, max(len(self.weights) - 2, 0))
        return Places(np.array([segment]), np.array([float(corner == segment)]))

    def mixed(self, places: Places) -> Mixtures:
        richer = places.segments
        poorer = np.minimum(richer + 1, len(self.weights) - 1)

        def between(figures: Array, share: Array) -> Array:
            mixed: Array = figures[poorer] + share * (figures[richer] - figures[poorer])
            return mixed

        column = places.shares[:, None]
        return Mixtures(
            between(self.weights, column),
            between(self.risks, column),
            between(self.risk_tolerances, places.shares),
        )

    def of_returns(self, asked: Array) -> Places:
        if len(self.weights) == 1:
            return self._only(len(asked))
        segments = self._segment(self.returns, asked)
        low, high = self.returns[segments + 1], self.returns[segments]
        return Places(segments, _share(asked - low, high - low))

    def of_volatilities(self, asked: Array) -> Places:
        if len(self.weights) == 1:
            return self._only(len(asked))
        segments = self._segment(self.volatilities, asked)
        slope, bend = self._slopes[segments], self._bends[segments]
        more = np.maximum(asked**2 - self.variances[segments + 1], 0.0)
        root = np.sqrt(np.maximum(slope**2 + bend * more, 0.0))
        return Places(segments, _share(more, slope + root))

    def of_sharpe(self, risk_free: float) -> Places:
        """The stationary point of each segment's ratio, or its ends; of all of these the greatest."""
        if len(self.weights) == 1:
            return self._only(1)
        excess = self.returns[1:] - risk_free
        rise = self.returns[:-1] - self.returns[1:]
        top = excess * self._slopes - rise * self.variances[1:]
        bottom = rise * self._slopes - excess * self._bends
        inner = _share(top, bottom)
        shares = np.stack([np.zeros_like(inner), inner, np.ones_like(inner)])
        variances = self.variances[1:] + shares * (2 * self._slopes + shares * self._bends)
        ratios = (excess + shares * rise) / np.sqrt(np.maximum(variances, np.finfo(np.float64).tiny))
        which, segment = np.unravel_index(int(np.argmax(ratios)), ratios.shape)
        return Places(np.array([segment]), shares[which, [segment]])

    def _only(self, count: int) -> Places:
        return Places(np.zeros(count, dtype=np.intp), np.zeros(count))

    def _segment(self, falling: Array, asked: Array) -> NDArray[np.intp]:
        found = np.searchsorted(-falling, -asked, side="left") - 1
        return np.clip(found, 0, len(falling) - 2)


def _share(part: Array, whole: Array) -> Array:
    share: Array = np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
    return np.clip(share, 0.0, 1.0)
