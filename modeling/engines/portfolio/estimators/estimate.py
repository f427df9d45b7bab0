"""From returns to what an optimiser needs: expected returns and a positive semi-definite covariance, per year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.estimators.catalogue import covariance_estimators, mean_estimators
from modeling.engines.portfolio.estimators.sample import LEAST_RETURNS, Array, Note, Sample, sample_of
from modeling.engines.portfolio.estimators.semidefinite import CLIP, semidefinite
from valor.lib.errors import Problem

Choice = str | Mapping[str, Any]

UNEVEN = 0.5  # of the longest history: a shorter one is told


@dataclass(frozen=True)
class Estimates:
    """Expected returns and covariance, decimals per year.

    Attributes
    ----------
    mean : shape (n,)
    covariance : shape (n, n), symmetric, positive semi-definite
    names : the tickers
    observations : how many returns each ticker has, shape (n,)
    notes : what had to be done to the figures, for the reader
    mean_method, covariance_method : the estimators' names
    details : what only these estimators have, under ``mean`` and ``covariance``: JSON figures alone
    """

    mean: Array
    covariance: Array
    names: tuple[str, ...]
    observations: tuple[int, ...]
    notes: tuple[Note, ...]
    mean_method: str
    covariance_method: str
    details: dict[str, Any] = field(default_factory=dict)


def estimate(
    returns: Any,
    periods_per_year: float,
    *,
    mean: Choice = "historical",
    covariance: Choice = "ledoit_wolf",
    names: Sequence[str] = (),
    market: Any = None,
    risk_free: float = 0.0,
    factors: Any = None,
    least: int = LEAST_RETURNS,
    repair: str = CLIP,
) -> Estimates:
    """Estimate by the named estimators.

    Parameters
    ----------
    returns : shape (n, t), simple returns per period, one row per asset, NaN where there is none
    periods_per_year : 252 for daily returns, 52 weekly, 12 monthly
    mean, covariance : an estimator's name, or a mapping of ``name`` and its parameters: see `mean_estimators` and
        `covariance_estimators`, which also say what each does with missing returns
    market : shape (t,), the market's returns, where the mean is ``capm``
    risk_free : decimal per year
    factors : shape (k, t), the factors' returns, where the covariance is ``factor_returns``
    least : fewest returns of a ticker, and common to a pair, that anything is estimated from
    repair : how a covariance that is not positive semi-definite is made so, ``clip`` or ``nearest``

    Raises
    ------
    TooFewReturns, TooLittleOverlap, NoVariation, MarketMissing, FactorsMissing, SingularSample, UnknownEstimator,
    UnusableParameter; each with the ticker or parameter, the figure found and the remedy.
    """
    mean_estimator, mean_parameters = mean_estimators.chosen(mean)
    covariance_estimator, covariance_parameters = covariance_estimators.chosen(covariance)
    sample = sample_of(
        returns, periods_per_year, names=names, market=market, risk_free=risk_free, factors=factors, least=least
    )
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is refused
        means = mean_estimator.function(sample, **mean_parameters)
        raw = covariance_estimator.function(sample, **covariance_parameters)
    _refuse_overflow(sample.names, means.values, raw.values)
    repaired = semidefinite((raw.values + raw.values.T) / 2, sample.names, repair)
    return Estimates(
        means.values,
        repaired.covariance,
        sample.names,
        tuple(int(count) for count in sample.counts),
        (*_uneven(sample), *means.notes, *raw.notes, *repaired.notes),
        mean_estimator.name,
        covariance_estimator.name,
        {"mean": dict(means.details), "covariance": dict(raw.details)},
    )


def _uneven(sample: Sample) -> tuple[Note, ...]:
    """A note where one ticker's mean is over far fewer returns than another's: they tell of different times."""
    counts = sample.counts
    short, long = int(np.argmin(counts)), int(np.argmax(counts))
    if counts[short] >= UNEVEN * counts[long]:
        return ()
    figures = {name: int(counts[row]) for row in (short, long) for name in [sample.names[row]]}
    message = " and ".join(f"{name} has {count:,} returns" for name, count in figures.items())
    return (Note("uneven_histories", f"{message}: their means tell of different times.", figures),)


def _refuse_overflow(names: tuple[str, ...], mean: Array, covariance: Array) -> None:
    """Large returns may compound to more than can be written: name the ticker rather than hand that on."""
    bad = ~np.isfinite(mean) | ~np.isfinite(covariance).all(axis=1)
    if bad.any():
        name = names[int(np.argmax(bad))]
        message = f"The figures of {name} are too large to be estimated."
        raise EngineError(problems=[Problem(f"returns.{name}", "not finite", message, f"Check the prices of {name}.")])
