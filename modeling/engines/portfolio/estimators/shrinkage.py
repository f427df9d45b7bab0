"""Covariances shrunk towards a simpler matrix, per year.

Missing returns: ``common`` uses those dates alone on which every ticker has a return. ``pairwise`` estimates each pair
over its own common dates, around each ticker's own mean; every sum of the formulas is divided by the pair's own count.
"""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.estimators.overlap import COMMON, common_counts, on_common_dates, refuse_constant
from modeling.engines.portfolio.estimators.sample import Array, Estimate, Note, Sample


def ledoit_wolf(sample: Sample, *, missing: str = COMMON) -> Estimate:
    """Shrink towards a multiple of the identity by the share that minimises the expected squared error.

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


def constant_correlation(sample: Sample, *, missing: str = COMMON) -> Estimate:
    """Shrink towards the same variances with one correlation for all pairs, their average.

    O. Ledoit and M. Wolf, Honey, I shrunk the sample covariance matrix, Journal of Portfolio Management 30 (2004),
    appendix B. The divisor is the number of returns.
    """
    used, notes = on_common_dates(sample) if missing == COMMON else (sample, ())
    counts = common_counts(used)
    deviations = used.deviations
    covariance = deviations @ deviations.T / counts
    variances = np.diagonal(covariance)
    refuse_constant(used, variances)
    size, scale = len(covariance), np.sqrt(variances)
    pairs = ~np.eye(size, dtype=bool)
    average = float(np.mean((covariance / np.outer(scale, scale))[pairs])) if size > 1 else 0.0
    target = np.where(pairs, average * np.outer(scale, scale), covariance)
    squares = deviations**2
    error = squares @ squares.T / counts - covariance**2
    # How the errors of a variance and of a covariance move together, for the target is made of both.
    common = (deviations**3 @ deviations.T / counts - variances[:, None] * covariance) * np.outer(1 / scale, scale)
    excess = float(np.sum(((error - average * common) / counts)[pairs]))
    share = _share(excess, float(np.sum((covariance - target) ** 2)), size)
    shrunk = (1.0 - share) * covariance + share * target
    message = f"The covariance was shrunk {share:.1%} of the way to one correlation of {average:.2f} for all pairs."
    note = Note("shrunk_covariance", message, {"shrinkage": share, "correlation": average})
    return Estimate(shrunk * used.periods_per_year, (*notes, note), {"shrinkage": share, "correlation": average})


def oas(sample: Sample, *, missing: str = COMMON) -> Estimate:
    """Shrink towards a multiple of the identity by the oracle approximating share, which supposes normal returns.

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
        return float((per_date @ per_date / periods - np.sum(covariance**2)) / periods)
    squares = deviations**2
    return float(np.sum((squares @ squares.T / counts - covariance**2) / counts))


def _share(error: float, distance: float, size: int) -> float:
    """Error over distance, from 0 to 1; one ticker has nothing to be shrunk to."""
    if size == 1:
        return 0.0
    error = max(error, 0.0)
    return 1.0 if distance <= error else error / distance


def _shrunk(sample: Sample, covariance: Array, level: float, share: float, notes: tuple[Note, ...]) -> Estimate:
    shrunk = (1.0 - share) * covariance
    shrunk[np.diag_indices_from(shrunk)] += share * level
    message = f"The covariance was shrunk {share:.1%} of the way to equal variances without correlation."
    note = Note("shrunk_covariance", message, {"shrinkage": share})
    return Estimate(shrunk * sample.periods_per_year, (*notes, note), {"shrinkage": share})
