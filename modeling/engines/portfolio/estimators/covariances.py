"""Sample and exponentially weighted covariances, per year.

Missing returns: each pair is estimated over the dates that both tickers have. The matrix may then stop being positive
semi-definite; `estimate` repairs that last, and tells.
"""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.estimators.overlap import common_counts, pairwise_moments, refuse_constant
from modeling.engines.portfolio.estimators.sample import Estimate, Sample
from modeling.engines.portfolio.estimators.weights import date_weights, decay_of, refuse_stale

EWMA_SPAN = 180


def sample_covariance(sample: Sample) -> Estimate:
    """The covariance over the common dates of each pair, with the divisor one less than their number."""
    return Estimate(pairwise_moments(sample).covariance * sample.periods_per_year)


def ewma_covariance(sample: Sample, *, span: float | None = None, half_life: float | None = None) -> Estimate:
    """The exponentially weighted mean of the products of both tickers' deviations from their own plain means.

    Dates that one of a pair lacks age like others and carry no weight for the pair; pairs whose dates carry less than
    a hundredth of all weight are refused (TooLittleOverlap).
    """
    common_counts(sample)
    weights = date_weights(sample.returns.shape[1], decay_of(span, half_life, EWMA_SPAN))
    roots = np.sqrt(weights)
    scaled = sample.deviations * roots
    covariance = scaled @ scaled.T
    if not sample.complete:
        counted = sample.seen * roots
        share = counted @ counted.T
        refuse_stale(sample, share)
        covariance = covariance / share
    refuse_constant(sample, np.diagonal(covariance))
    return Estimate(covariance * sample.periods_per_year)
