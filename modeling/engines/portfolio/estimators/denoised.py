"""The covariance whose correlations are cleaned of what random returns would show, too; per year."""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.estimators.errors import UnusableParameter
from modeling.engines.portfolio.estimators.overlap import COMMON, on_common_dates, pairwise_moments
from modeling.engines.portfolio.estimators.sample import Array, Estimate, Note, Sample
from modeling.engines.portfolio.estimators.semidefinite import semidefinite
from valor.lib.errors import Problem

NOTHING_LEFT = 1e-12  # of a variance of one


def denoised(sample: Sample, *, detone: int = 0, missing: str = COMMON) -> Estimate:
    """Eigenvalues of the correlations that random returns could have are replaced by their mean.

    Source: M. Lopez de Prado, Machine Learning for Asset Managers (2020), chapter 2 (constant residual eigenvalue).
    The bound is that of Marchenko and Pastur for uncorrelated returns of variance one, (1 + sqrt(n / t))^2: fitting the
    variance, as the book does, most often ends there, and a smaller one takes noise of uneven size for signal.
    ``detone`` removes so many of the largest components; what remains is singular and serves
    clustering rather than optimisation. Missing returns: dates common to all, or (``pairwise``) the pairwise
    correlations made positive semi-definite, with the smallest count of a pair as t.
    """
    used, notes = on_common_dates(sample) if missing == COMMON else (sample, ())
    moments = pairwise_moments(used)
    deviation = np.sqrt(np.diagonal(moments.covariance))
    repaired = semidefinite(moments.correlation, used.names)
    values, vectors = np.linalg.eigh(repaired.covariance)
    kept = signals(values, float(moments.counts.min()))
    if detone > kept:
        remedy = f"Remove at most {kept}."
        message = f"Only {kept} components stand out of the noise, fewer than are to be removed."
        raise UnusableParameter(problems=[Problem("covariance.detone", detone, message, remedy)])
    cleaned = cleaned_eigenvalues(values, kept, detone)
    raw = (vectors * cleaned) @ vectors.T
    _refuse_nothing_left(used, np.diagonal(raw))
    scale = 1.0 / np.sqrt(np.diagonal(raw))
    correlation = raw * np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    covariance = (correlation + correlation.T) / 2 * np.outer(deviation, deviation) * used.periods_per_year
    message = f"{kept} of {len(values)} components stand out of the noise; the others were made alike."
    note = Note("denoised", message, {"signals": kept, "detoned": detone})
    return Estimate(covariance, (*notes, *repaired.notes, note), {"signals": kept})


def _refuse_nothing_left(sample: Sample, variances: Array) -> None:
    """Raise UnusableParameter for a ticker that is made of the removed components alone."""
    row = int(np.argmin(variances))
    if variances[row] <= NOTHING_LEFT:
        name = sample.names[row]
        message = f"Nothing is left of {name} without the removed components."
        remedy = f"Remove fewer, or leave {name} out."
        raise UnusableParameter(problems=[Problem("covariance.detone", name, message, remedy)])


def signals(values: Array, periods: float) -> int:
    """How many eigenvalues of a correlation matrix lie above the bound (1 + sqrt(n / t))^2 of uncorrelated returns."""
    return int((values > (1.0 + np.sqrt(len(values) / periods)) ** 2).sum())


def cleaned_eigenvalues(values: Array, kept: int, detone: int) -> Array:
    """The rising eigenvalues, all but the *kept* largest replaced by their mean, and the *detone* largest by zero."""
    cleaned = values.copy()
    noise = len(values) - kept
    cleaned[:noise] = values[:noise].mean()
    if detone:
        cleaned[-detone:] = 0.0
    return cleaned
