"""Make a covariance positive semi-definite and tell what that changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modeling.engines.portfolio.estimators.sample import Array, Note
from modeling.engines.simulation.dependence import nearest_correlation

ROUNDING = 1e-12  # how far below zero an eigenvalue of the correlation may lie, times their number
CLIP, NEAREST = "clip", "nearest"


@dataclass(frozen=True)
class Repaired:
    """A positive semi-definite covariance of shape (n, n), and the notes on what was changed to make it so."""

    covariance: Array
    notes: tuple[Note, ...] = ()


def semidefinite(covariance: Array, names: tuple[str, ...], method: str = CLIP) -> Repaired:
    """The covariance itself where it is positive semi-definite, else a near one with the same variances.

    ``clip`` sets the negative eigenvalues of the correlation matrix to zero and rescales its diagonal to one: Rebonato
    and Jaeckel, The most general methodology to create a valid correlation matrix (1999), by spectral decomposition.
    ``nearest`` finds the nearest correlation matrix in the Frobenius norm (Higham 2002): closer, but slow beyond a few
    hundred assets. A note tells the smallest eigenvalue and the correlation that moved most.
    """
    deviation = np.sqrt(np.diagonal(covariance))
    scale = np.where(deviation > 0, deviation, 1.0)
    correlation = covariance / np.outer(scale, scale)
    if _positive_definite(correlation):
        return Repaired(covariance)
    values, vectors = np.linalg.eigh(correlation)
    if values[0] >= -ROUNDING * len(values):
        return Repaired(covariance)
    repaired = nearest_correlation(correlation) if method == NEAREST else _clipped(values, vectors)
    note = _note(correlation, repaired, float(values[0]), int((values < 0).sum()), names)
    return Repaired(repaired * np.outer(deviation, deviation), (note,))


def _positive_definite(correlation: Array) -> bool:
    """By Cholesky's factor, which costs a twentieth of the eigenvalues and settles nearly every covariance."""
    try:
        np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        return False
    return True


def _clipped(values: Array, vectors: Array) -> Array:
    # A little above zero, so that rounding on the way back leaves no eigenvalue below it.
    inside = (vectors * np.maximum(values, ROUNDING * len(values))) @ vectors.T
    scale = 1.0 / np.sqrt(np.diagonal(inside))
    unit = inside * np.outer(scale, scale)
    np.fill_diagonal(unit, 1.0)
    return np.asarray((unit + unit.T) / 2)


def _note(before: Array, after: Array, smallest: float, negative: int, names: tuple[str, ...]) -> Note:
    moved = np.triu(np.abs(after - before), 1)
    row, column = np.unravel_index(int(np.argmax(moved)), moved.shape)
    was, became = float(before[row, column]), float(after[row, column])
    message = (
        f"The tickers' different histories contradict each other (smallest eigenvalue of the correlations "
        f"{smallest:.3g}, {negative} below zero): the nearby possible correlations were taken. Most of all "
        f"{names[row]} with {names[column]} moved, from {was:.4f} to {became:.4f}."
    )
    figures = {
        "smallest_eigenvalue": smallest,
        "negative_eigenvalues": negative,
        "between": [names[row], names[column]],
        "from": was,
        "to": became,
    }
    return Note("made_semidefinite", message, figures)
