"""Covariances explained by a few factors plus what is each ticker's own, per year; never indefinite by construction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.estimators.errors import FactorsMissing, TooFewReturns, UnusableParameter
from modeling.engines.portfolio.estimators.overlap import COMMON, on_common_dates, pairwise_moments, refuse_constant
from modeling.engines.portfolio.estimators.sample import Array, Estimate, Sample
from modeling.engines.portfolio.estimators.semidefinite import semidefinite
from valor.lib.errors import Problem


def principal_factors(sample: Sample, *, factors: int = 3, missing: str = COMMON) -> Estimate:
    """The first principal components of the correlations as factors; what they leave unexplained is each ticker's own.

    The variances stay as they were. Missing returns: dates common to all, or (``pairwise``) the pairwise correlations
    made positive semi-definite first.
    """
    size = len(sample.names)
    if factors >= size:
        remedy = f"Give at most {size - 1}." if size > 1 else "Choose the sample covariance for a single ticker."
        message = f"{factors} factors can't simplify {size} tickers."
        raise UnusableParameter(problems=[Problem("covariance.factors", factors, message, remedy)])
    used, notes = on_common_dates(sample) if missing == COMMON else (sample, ())
    moments = pairwise_moments(used)
    deviation = np.sqrt(np.diagonal(moments.covariance))
    repaired = semidefinite(moments.correlation, used.names)
    values, vectors = np.linalg.eigh(repaired.covariance)
    loadings = vectors[:, -factors:] * np.sqrt(np.maximum(values[-factors:], 0.0))
    common = loadings @ loadings.T
    np.fill_diagonal(common, 1.0)
    covariance = common * np.outer(deviation, deviation) * used.periods_per_year
    explained = float(values[-factors:].sum() / size)
    details = {"factors": factors, "explained": explained}
    return Estimate(covariance, (*notes, *repaired.notes), details)


def factor_returns(sample: Sample) -> Estimate:
    """Each ticker regressed on the factors: ``B F B' + D``, F their covariance and D the residual variances.

    Missing returns: each ticker over the dates that it and every factor have; F over the dates all factors have.
    """
    factors, seen = _complete_factors(sample)
    size = len(factors)
    of_factors = np.atleast_2d(np.cov(factors[:, seen]))
    loadings, residual = np.empty((len(sample.names), size)), np.empty(len(sample.names))
    variances = np.empty(len(sample.names))
    for row in range(len(sample.names)):
        kept = seen & (sample.seen[row] > 0)
        _refuse_short(sample, row, int(kept.sum()), size)
        loadings[row], residual[row] = _regressed(sample.returns[row, kept], factors[:, kept])
        variances[row] = sample.returns[row, kept].var()
    refuse_constant(sample, variances)
    covariance = loadings @ of_factors @ loadings.T
    covariance[np.diag_indices_from(covariance)] += residual
    details = {"loadings": loadings.tolist(), "factors": size}
    return Estimate((covariance + covariance.T) / 2 * sample.periods_per_year, details=details)


def _complete_factors(sample: Sample) -> tuple[Array, NDArray[np.bool_]]:
    if sample.factors is None:
        remedy = "Give them, or choose the factor estimator, which finds its own."
        raise FactorsMissing(problems=[Problem("factors", None, "There are no returns of factors.", remedy)])
    seen: NDArray[np.bool_] = ~np.asarray(np.isnan(sample.factors).any(axis=0))
    size, dates = len(sample.factors), int(seen.sum())
    if dates < max(sample.least, size + 2):
        message = f"All factors together have {dates} returns on common dates."
        remedy = f"Give at least {max(sample.least, size + 2)}."
        raise FactorsMissing(problems=[Problem("factors", dates, message, remedy)])
    centred = sample.factors[:, seen] - sample.factors[:, seen].mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    if not (norms > 0).all() or np.linalg.matrix_rank(centred / norms, tol=1e-8) < size:
        message = "One of the factors is constant, or a combination of the others."
        raise FactorsMissing(problems=[Problem("factors", size, message, "Leave that factor out.")])
    return sample.factors, seen


def _regressed(returns: Array, factors: Array) -> tuple[Array, float]:
    """The loadings, shape (k,), and the residual variance with the divisor count - k - 1."""
    design = np.vstack([np.ones(len(returns)), factors]).T
    solved = np.linalg.lstsq(design, returns, rcond=None)[0]
    left = returns - design @ solved
    return np.asarray(solved[1:]), float(left @ left) / (len(returns) - len(factors) - 1)


def _refuse_short(sample: Sample, row: int, count: int, size: int) -> None:
    needed = max(sample.least, size + 2)
    if count < needed:
        name = sample.names[row]
        message = f"{name} and the factors have {count} returns on common dates; at least {needed} are needed."
        remedy = f"Leave {name} out, or give factors with returns in its period."
        raise TooFewReturns(problems=[Problem(f"returns.{name}", count, message, remedy)])
