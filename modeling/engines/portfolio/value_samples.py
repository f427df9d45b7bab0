"""The simulated value per share of one company: its trials, or trials made from the summary that a stored run keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import Array
from valor.lib.errors import Problem

MADE = 4096
"""Trials that are made from a summary, at evenly spaced probabilities: there is no chance in them."""
LEAST_TRIALS = 100


class UnusableValues(EngineError):
    """The simulated values can't be used: see each company's message and remedy."""


@dataclass(frozen=True, eq=False)
class ValueDistribution:
    """What a company may be worth.

    Attributes
    ----------
    name : as the share is called among the assets
    price : of the share, in the currency of the values, or None where it is not known
    values : shape (m,), value per share of each trial
    worthless : share of the trials whose value is not above zero
    sampled : whether the values are the simulation's own trials
    """

    name: str
    price: float | None
    values: Array
    worthless: float
    sampled: bool


def values_of_trials(name: str, price: float | None, trials: Any) -> ValueDistribution:
    """From the trials themselves; raises UnusableValues where there are too few or one is not finite."""
    values = np.array(trials, dtype=np.float64).reshape(-1)
    if len(values) < LEAST_TRIALS or not np.isfinite(values).all():
        message = f"{name} has {len(values)} trials, {int(np.isfinite(values).sum())} of them with a finite value."
        remedy = f"Give at least {LEAST_TRIALS} finite values."
        raise UnusableValues(problems=[Problem(f"{name}.values", len(values), message, remedy)])
    return ValueDistribution(name, price, values, float(np.mean(values <= 0.0)), True)


def values_of_summary(
    name: str,
    price: float | None,
    *,
    mean: float,
    sd: float,
    percentiles: Mapping[str, float] | None = None,
    negative_share: float = 0.0,
) -> ValueDistribution:
    """From the summary of a simulation: trials whose mean and standard deviation are those stated.

    ``percentiles`` are named as the simulation does, "p5" to "p95": the values between them lie on straight lines over
    normal scores, and so do the tails. Without them the values are lognormal, which needs a mean above zero. Either
    way they are shifted and stretched to the stated mean and sd. ``negative_share`` is the simulation's own and counts
    where it is the larger one. Raises UnusableValues.
    """
    from scipy.special import ndtri

    problems = _problems_of(name, mean, sd, negative_share)
    knots = _knots(name, percentiles or {}, problems)
    if knots is None and not mean > 0:
        message = f"Without percentiles the values of {name} are taken for lognormal, which a mean of {mean:g} forbids."
        problems.append(Problem(f"{name}.mean", str(mean), message, "Give the percentiles, too."))
    if problems:
        raise UnusableValues(problems=problems)
    scores = ndtri((np.arange(MADE) + 0.5) / MADE)
    shape = _between(scores, *knots) if knots is not None else _lognormal(scores, mean, sd)
    spread = float(shape.std(ddof=1))
    values = mean + (shape - float(shape.mean())) * (sd / spread if spread > 0 else 0.0)
    return ValueDistribution(name, price, values, max(float(np.mean(values <= 0.0)), negative_share), False)


def _lognormal(scores: Array, mean: float, sd: float) -> Array:
    """In units of the mean, around which it is shifted and stretched later anyhow."""
    return np.asarray(np.exp(scores * np.sqrt(np.log1p((sd / mean) ** 2))))


def _between(scores: Array, at: Array, values: Array) -> Array:
    """Straight lines through the knots, the first and last of them drawn out."""
    inside = np.interp(scores, at, values)
    low = values[0] + (scores - at[0]) * (values[1] - values[0]) / (at[1] - at[0])
    high = values[-1] + (scores - at[-1]) * (values[-1] - values[-2]) / (at[-1] - at[-2])
    return np.where(scores < at[0], low, np.where(scores > at[-1], high, inside))


def _problems_of(name: str, mean: float, sd: float, negative_share: float) -> list[Problem]:
    found = []
    if not np.isfinite(mean):
        found.append(Problem(f"{name}.mean", str(mean), "The mean is not finite.", "Give the mean value per share."))
    if not (np.isfinite(sd) and sd >= 0):
        message = "The standard deviation is not a figure of zero or more."
        found.append(Problem(f"{name}.sd", str(sd), message, "Give that of the trials."))
    if not 0.0 <= negative_share <= 1.0:
        message = "The share of negative values is not from 0 to 1."
        found.append(Problem(f"{name}.negative_share", str(negative_share), message, "Give that of the trials."))
    return found


def _knots(name: str, percentiles: Mapping[str, float], problems: list[Problem]) -> tuple[Array, Array] | None:
    """Normal scores and values of the percentiles, rising; what is wrong with them is added to *problems*."""
    from scipy.special import ndtri

    if len(percentiles) < 2:
        return None
    try:
        pairs = sorted((float(key.removeprefix("p")) / 100.0, float(value)) for key, value in percentiles.items())
    except (TypeError, ValueError):
        pairs = [(0.0, float("nan"))]
    chances, values = np.array(pairs).T
    if not ((chances > 0) & (chances < 1) & np.isfinite(values)).all() or (np.diff(values) < 0).any():
        message = "The percentiles are no rising figures named p1 to p99."
        remedy = "Give those of the simulation's summary, or leave them out."
        problems.append(Problem(f"{name}.percentiles", str(dict(percentiles)), message, remedy))
        return None
    return np.asarray(ndtri(chances)), values
