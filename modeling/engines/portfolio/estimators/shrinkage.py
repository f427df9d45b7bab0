"""Covariances shrunk towards a multiple of the identity, per year.

Missing returns: ``common`` uses those dates alone on which every ticker has a return. ``pairwise`` estimates each pair
over its own common dates, around each ticker's own mean; every sum of the formulas is divided by the pair's own count.
"""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.estimators.overlap import COMMON, common_counts, on_common_dates, refuse_constant
from modeling.engines.portfolio.estimators.sample import Array, Estimate, Note, Sample


def ledoit_wolf(sample: Sample, *, missing: str = COMMON) -> Estimate:
    """Shrink by the share that minimises the expected squared error.

    O. Ledoit and M. Wolf, A well-conditioned estimator for large-dimensional covariance matrices, Journal of
    Multivariate Analysis 88 (2004). The divisor is the number of returns, as in scikit-learn,
    whose figures these are.
    """
    used, notes = on_common_dates(sample) if missing == COMMON else (sample, ())
    counts = common_counts(used)
    deviations = used.deviations
    covariance = deviations @ deviations.T / counts
    refuse_constant(used, np.diagonal(covariance))
    size = len(covariance)
    level = float(np.trace(covariance)) / size
    error = _error(deviations, covariance, counts, complete=used.complete) / size
    distance = (float(np.sum(covariance**2)) - size * level**2) / size
    return _shrunk(used, covariance, level, _share(error, distance, size), notes)


def oas(sample: Sample, *, missing: str = COMMON) -> Estimate:
    """Shrink by the oracle approximating share, which supposes normal returns.

    Y. Chen, A. Wiesel, Y. C. Eldar and A. O. Hero, Shrinkage algorithms for MMSE covariance estimation, IEEE
    Transactions on Signal Processing 58 (2010), equation 23, with scikit-learn's simplification for many
    tickers (2/p taken as 0). With gaps the number of returns is the harmonic mean of the pairs' counts.
    """
    used, notes = on_common_dates(sample) if missing == COMMON else (sample, ())
    counts = common_counts(used)
    deviations = used.deviations
    covariance = deviations @ deviations.T / counts
    refuse_constant(used, np.diagonal(covariance))
    size = len(covariance)
    level = float(np.trace(covariance)) / size
    periods = float(1.0 / np.mean(1.0 / counts))
    power = float(np.mean(covariance**2))
    distance = (periods + 1.0) * (power - level**2 / size)
    return _shrunk(used, covariance, level, _share(power + level**2, distance, size), notes)


def _error(deviations: Array, covariance: Array, counts: Array, *, complete: bool) -> float:
    """The expected squared error of all entries: the variance of the products that each averages, over their number."""
    if complete:  # the sum of all pairs' squared products on a date is the square of that date's sum of squares
        periods = deviations.shape[1]
        per_date = np.einsum("it,it->t", deviations, deviations)
        return (float(per_date @ per_date) / periods - float(np.sum(covariance**2))) / periods
    squares = deviations**2
    return float(np.sum((squares @ squares.T / counts - covariance**2) / counts))


def _share(error: float, distance: float, size: int) -> float:
    """Error over distance, from 0 to 1; one ticker has nothing to be shrunk to."""
    if size == 1:
        return 0.0
    return 1.0 if distance <= error else max(error, 0.0) / distance


def _shrunk(sample: Sample, covariance: Array, level: float, share: float, notes: tuple[Note, ...]) -> Estimate:
    shrunk = (1.0 - share) * covariance
    shrunk[np.diag_indices_from(shrunk)] += share * level
    message = f"The covariance was shrunk {share:.1%} of the way to equal variances without correlation."
    note = Note("shrunk_covariance", message, {"shrinkage": share})
    return Estimate(shrunk * sample.periods_per_year, (*notes, note), {"shrinkage": share})
