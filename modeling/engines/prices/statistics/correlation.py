"""Correlation of returns, pair by pair over the periods both have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.prices.panel import Array
from modeling.engines.prices.statistics.measures import STILL
from valor.lib.errors import Problem

LEAST_OVERLAP: Final = 3
FEW: Final = 0.1
"""A row that lacks at most this share of its returns is summed by what it lacks: cheaper than a dense product."""
FAINT: Final = 1e-6
"""Common periods with less than this share of a row's squares drown in the rounding of the others: they are summed
anew. A price near zero makes such a return."""


@dataclass(frozen=True)
class Correlation:
    """Pearson correlations, shape (n, n), NaN where a pair has too few common returns or one does not move.

    ``overlap`` is the number of common returns, shape (n, n), or one for all where no return is missing. With missing
    returns each pair has its own periods, so the matrix need not be positive semi-definite.
    """

    matrix: Array
    overlap: NDArray[np.int64]


def correlation_of(returns: Array, least_overlap: int = LEAST_OVERLAP) -> Correlation:
    """The correlation of n rows of returns, shape (n, t), NaN where one is missing.

    Raises EngineError where ``least_overlap`` is below 2.
    """
    if least_overlap < 2:
        remedy = "Ask for 2 or more."
        problem = Problem("least_overlap", least_overlap, "A correlation needs two common returns.", remedy)
        raise EngineError(problems=[problem])
    if not np.isnan(returns.sum()):
        return _complete(returns, least_overlap)
    return _pairwise(returns, least_overlap)


def _complete(returns: Array, least_overlap: int) -> Correlation:
    n, t = returns.shape
    overlap = np.full((n, n), t)
    if t < least_overlap:
        return Correlation(np.full((n, n), np.nan), overlap)
    away = returns - returns.mean(axis=1, keepdims=True)
    matrix = away @ away.T
    squares = np.diagonal(matrix).copy()
    scale = np.sqrt(np.where(squares > t * STILL**2, squares, np.nan))
    matrix /= scale
    matrix /= scale[:, None]
    return Correlation(_bounded(matrix), overlap)


def _pairwise(returns: Array, least_overlap: int) -> Correlation:
    """Sums over the common periods of each pair as products of matrices.

    Each row is centred on its own mean before, so that what is subtracted afterwards is small.
    """
    there = ~np.isnan(returns)
    mean = np.where(there, returns, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    away = np.where(there, returns - mean[:, None], 0.0)
    mask = there.astype(np.float32)  # whole numbers up to 2^24 are exact
    overlap = (mask @ mask.T).astype(np.int64)
    n = np.maximum(overlap, 1)
    own, squares = sums_over_common(away, there)
    whole = np.diagonal(squares).copy()
    squares -= own**2 / n
    faint = (squares < FAINT * whole[:, None]) & (overlap >= least_overlap)
    squares[(overlap < least_overlap) | (squares <= n * STILL**2)] = np.nan
    matrix = away @ away.T
    matrix -= own * own.T / n
    matrix /= np.sqrt(squares * squares.T)
    for one, other in np.argwhere(np.triu(faint | faint.T, 1)):
        common = returns[[one, other]][:, there[one] & there[other]]
        matrix[one, other] = matrix[other, one] = _complete(common, least_overlap).matrix[0, 1]
    return Correlation(_bounded(matrix), overlap)


def sums_over_common(away: Array, there: NDArray[np.bool_]) -> tuple[Array, Array]:
    """For each pair (i, j) the sums of row i and of its squares over the periods in which j has a return.

    Where j lacks few, these are taken off the whole sum of i, which is nearly zero for the first; else they are added.
    """
    from scipy.sparse import csr_array

    square = away * away
    missing = there.shape[1] - there.sum(axis=1)
    sums, squares = (np.repeat(whole.sum(axis=1)[None, :], len(away), axis=0) for whole in (away, square))
    few = (missing > 0) & (missing <= FEW * there.shape[1])
    many = missing > FEW * there.shape[1]
    if few.any():
        lost = csr_array((~there[few]).astype(np.float64))
        sums[few] -= lost @ np.ascontiguousarray(away.T)
        squares[few] -= lost @ np.ascontiguousarray(square.T)
    if many.any():
        ones = there[many].astype(np.float64)
        sums[many] = ones @ away.T
        squares[many] = ones @ square.T
    return sums.T, squares.T


def _bounded(matrix: Array) -> Array:
    np.clip(matrix, -1.0, 1.0, out=matrix)
    places = np.arange(len(matrix))
    matrix[places, places] = np.where(np.isnan(np.diagonal(matrix)), np.nan, 1.0)
    return matrix
