"""The Gaussian copula: correlated normal scores from independent ones, and matrices that can be a correlation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valor.lib.errors import InvalidInput, Problem

Floats = NDArray[np.float64]

ROUNDING = 1e-9  # how far below zero an eigenvalue may lie before the matrix is called impossible
MOST_NAMED = 3  # pairs told in a refusal; every pair is in its remedy


def check_correlation(matrix: Any, names: Sequence[str]) -> Floats:
    """The matrix as floats when it can be a correlation matrix of the normal scores of ``names``.

    Raises InvalidInput at ``correlations`` when it has the wrong shape, is not symmetric, has a diagonal other than 1,
    holds anything but -1 to 1, or is not positive semi-definite; the last names the pairs that move most on the way to
    the nearest possible matrix (Higham), and offers that matrix. The problem's value lists the same pairs.
    """
    try:
        correlation = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        raise _refusal(None, "The correlation matrix holds something other than numbers.", "Give numbers.") from None
    problems = list(_form_problems(correlation, names))
    if problems:
        raise InvalidInput("The correlation matrix can't be used.", problems=problems)
    smallest = float(np.linalg.eigvalsh(correlation)[0])
    if smallest < -ROUNDING:
        raise _contradiction(correlation, names, smallest)
    return correlation


def nearest_correlation(matrix: Any, tolerance: float = 1e-10, most_steps: int = 10_000) -> Floats:
    """The correlation matrix nearest to a symmetric one in the Frobenius norm.

    Alternating projections with Dykstra's correction onto the positive semi-definite and the unit-diagonal matrices:
    Higham, Computing the nearest correlation matrix, IMA J. Numer. Anal. 22 (2002), algorithm 3.3.
    """
    symmetric = np.asarray(matrix, dtype=np.float64)
    current = (symmetric + symmetric.T) / 2
    correction = np.zeros_like(current)
    for _ in range(most_steps):
        before = current
        moved = before - correction
        projected = _semidefinite(moved)
        correction = projected - moved
        current = projected.copy()
        np.fill_diagonal(current, 1.0)
        if np.max(np.abs(current - before)) <= tolerance:
            break
    # The last projection left a negative eigenvalue of the size of the tolerance: finish on the other set and rescale.
    inside = _semidefinite(current)
    scale = 1.0 / np.sqrt(np.diagonal(inside))
    result = np.clip(inside * np.outer(scale, scale), -1.0, 1.0)
    np.fill_diagonal(result, 1.0)
    return (result + result.T) / 2


def offered_correlation(matrix: Any) -> Floats:
    """The nearest correlation matrix to four decimals, far enough inside for the rounding not to undo it.

    Shrinking by 1e-4 for each driver lifts the smallest eigenvalue by as much; rounding moves it by half of that.
    """
    drivers = len(matrix)
    offered: Floats = np.round((1.0 - 1e-4 * drivers) * nearest_correlation(matrix), 4) + 0.0
    np.fill_diagonal(offered, 1.0)
    return offered


@dataclass(frozen=True, eq=False)
class Dependence:
    """The correlated drivers of a simulation: their rows among all drivers and the triangular factor over them."""

    rows: tuple[int, ...]
    factor: Floats

    def apply(self, scores: Floats, scratch: Floats) -> None:
        """Correlate independent ``scores`` of shape (drivers, trials) in place; ``scratch`` holds one row.

        From the last row up, so that every row is mixed from rows that are still independent.
        """
        for i in range(len(self.rows) - 1, 0, -1):
            target = scores[self.rows[i]]
            target *= self.factor[i, i]
            for j in np.flatnonzero(self.factor[i, :i]):
                np.multiply(scores[self.rows[j]], self.factor[i, j], out=scratch)
                target += scratch


def dependence_of(correlation: Floats | None) -> Dependence:
    """Factor the part of a checked correlation matrix that has anything beside the diagonal."""
    if correlation is None:
        return Dependence((), np.zeros((0, 0)))
    off_diagonal = correlation - np.diag(np.diagonal(correlation))
    rows = np.flatnonzero(np.any(off_diagonal != 0, axis=1))
    return Dependence(tuple(int(row) for row in rows), triangular_factor(correlation[np.ix_(rows, rows)]))


def triangular_factor(correlation: Floats) -> Floats:
    """A lower triangular L with L L' = correlation, also where that is singular (a correlation of 1).

    By eigenvalues and QR instead of Cholesky, which demands a positive definite matrix.
    """
    if correlation.size == 0:
        return np.zeros_like(correlation)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.where(values > 1e-14 * len(values), values, 0.0))
    upper = np.asarray(np.linalg.qr(root.T, mode="r"), dtype=np.float64)
    lower: Floats = upper.T * np.where(np.diagonal(upper) < 0, -1.0, 1.0)
    lower[np.abs(lower) < 1e-12] = 0.0
    unit: Floats = lower / np.linalg.norm(lower, axis=1, keepdims=True)
    return unit


def _semidefinite(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    projected: Floats = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return (projected + projected.T) / 2


def _form_problems(correlation: Floats, names: Sequence[str]) -> Iterator[Problem]:
    shape = (len(names), len(names))
    if correlation.shape != shape:
        message = f"The correlation matrix has the shape {correlation.shape}, not {shape}."
        yield Problem("correlations", list(correlation.shape), message, "Give one row and column for each driver.")
        return
    shown = correlation.astype(object).tolist() if np.isfinite(correlation).all() else None
    if shown is None or np.abs(correlation).max(initial=0.0) > 1:
        message = f"The correlation matrix {_written(correlation)} holds a figure outside -1 to 1."
        yield Problem("correlations", shown, message, "Give correlations from -1 to 1.")
    elif not np.array_equal(correlation, correlation.T):
        message = f"The correlation matrix {_written(correlation)} is not symmetric."
        yield Problem("correlations", shown, message, "Give each pair one value.")
    elif not np.all(np.diagonal(correlation) == 1):
        message = f"The correlation matrix {_written(correlation)} has a diagonal other than 1."
        yield Problem("correlations", shown, message, "A driver's correlation with itself is 1.")


def _contradiction(correlation: Floats, names: Sequence[str], smallest: float) -> InvalidInput:
    """Says in words which pairs can't go together: those that would have to move most."""
    offered = offered_correlation(correlation)
    pairs = list(combinations(range(len(names)), 2))
    moved = sorted(pairs, key=lambda pair: -round(abs(float(offered[pair] - correlation[pair])), 4))[:MOST_NAMED]
    value = [
        {
            "between": [names[i], names[j]],
            "value": float(correlation[i, j]),
            "nearest": float(offered[i, j]),
        }
        for i, j in moved
    ]
    words = [f"{names[i]} with {names[j]} {_move(correlation[i, j], offered[i, j])}" for i, j in moved]
    nearest = ", ".join(f"{names[i]} with {names[j]} {offered[i, j]:.4f}" for i, j in pairs if offered[i, j])
    return _refusal(
        value,
        f"These correlations contradict each other (smallest eigenvalue {smallest:.3g}). In the nearest possible ones "
        f"{_listed(words)}{', others less' if len(pairs) > MOST_NAMED else ''}.",
        f"The nearest possible correlations are {nearest}.",
    )


def _move(given: float, nearest: float) -> str:
    """Two decimals, where that shows the difference."""
    return (
        f"{given:.4g} becomes {nearest:.2f}" if abs(given - nearest) >= 0.01 else f"{given:.4g} becomes {nearest:.4f}"
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _refusal(value: Any, message: str, remedy: str) -> InvalidInput:
    problems = [Problem("correlations", value, message, remedy)]
    return InvalidInput("The correlation matrix can't be used.", problems=problems)


def _written(matrix: Floats) -> str:
    return (
        "[" + ", ".join("[" + ", ".join(f"{value:.5g}" for value in row) + "]" for row in np.atleast_2d(matrix)) + "]"
    )
