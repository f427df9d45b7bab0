"""Value at risk and expected shortfall: losses per period, above zero where money is lost.

Parametric ones come from moments; historical ones need the returns themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.prices.panel import Array

ROUNDING: Final = 1e-9
"""A share of the returns this near a whole number is one: 5 % of 100 is 5."""


@dataclass(frozen=True)
class Tail:
    """Per ticker, shape (n,): the loss exceeded in 1 - confidence of the periods, and the mean of those beyond it.

    Decimals of the value. NaN where ``valid`` is false: too few returns, or an expansion out of its domain.
    """

    value_at_risk: Array
    expected_shortfall: Array
    valid: NDArray[np.bool_]


def normal_tail(mean: Array, deviation: Array, confidence: float) -> Tail:
    """The tail of a normal distribution (McNeil, Frey and Embrechts, 2005, equations 2.18 and 2.20)."""
    z, density, chance = _normal(confidence)
    valid = np.isfinite(deviation)
    return Tail(
        np.where(valid, -(mean + z * deviation), np.nan),
        np.where(valid, deviation * density / chance - mean, np.nan),
        valid,
    )


def cornish_fisher(mean: Array, deviation: Array, skew: Array, kurtosis: Array, confidence: float) -> Tail:
    """The tail by the Cornish-Fisher expansion of the normal quantile, with the sample's own skew and excess kurtosis.

    Where the expansion is not increasing over all quantiles, it is no distribution's, and there is no figure
    (Maillard, "A user's guide to the Cornish Fisher expansion", 2012, section 3). The shortfall integrates the
    expanded quantile over the tail, with Hermite polynomials' integrals in closed form.
    """
    z, density, chance = _normal(confidence)
    valid = np.isfinite(deviation) & increasing(skew, kurtosis)
    s, k = np.where(valid, skew, 0.0), np.where(valid, kurtosis, 0.0)
    quantile = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    tail = density / chance * (1 + z * s / 6 + (z**2 - 1) * k / 24 - (2 * z**2 - 1) * s**2 / 36)
    return Tail(
        np.where(valid, -(mean + quantile * deviation), np.nan),
        np.where(valid, tail * deviation - mean, np.nan),
        valid,
    )


def increasing(skew: Array, kurtosis: Array) -> NDArray[np.bool_]:
    """Whether the expansion's derivative, a parabola in the normal quantile, is nowhere below zero."""
    square = kurtosis / 8 - skew**2 / 6
    slope = skew / 3
    level = 1 - kurtosis / 8 + 5 * skew**2 / 36
    flat = (square == 0) & (slope == 0) & (level >= 0)
    found: NDArray[np.bool_] = flat | ((square > 0) & (slope**2 <= 4 * square * level))
    return found


def historical_tail(returns: Array, confidence: float) -> Tail:
    """The tail of the returns themselves, shape (n, t), NaN where there is none.

    With k = (1 - confidence) times the number of returns, the shortfall is the mean loss of the worst k, the last of
    them counted in part; the value at risk is the loss at which that part begins: of 100 returns at 95 % the sixth
    worst (Rockafellar and Uryasev, 2002, proposition 8; the lower quantile of the loss). The returns are reordered in
    place.
    """
    count = returns.shape[1] - np.isnan(returns).sum(axis=1)
    valid = count > 0
    share = np.where(valid, (1 - confidence) * count, 1.0)
    whole = np.floor(share + ROUNDING * np.maximum(share, 1.0)).astype(np.int64)
    kept = int(whole.max(initial=0)) + 1
    if kept < returns.shape[1]:
        returns.partition(kept - 1, axis=1)
    worst = np.sort(returns[:, :kept], axis=1)
    edge = worst[np.arange(len(worst)), np.minimum(whole, worst.shape[1] - 1)]
    beyond = np.where(np.arange(worst.shape[1]) < whole[:, None], worst, 0.0).sum(axis=1)
    shortfall = -(beyond + np.maximum(share - whole, 0.0) * edge) / share
    return Tail(np.where(valid, -edge, np.nan), np.where(valid, shortfall, np.nan), valid)


def _normal(confidence: float) -> tuple[float, float, float]:
    """The normal quantile of the tail, the density there, and its probability."""
    chance = 1 - confidence
    z = NormalDist().inv_cdf(chance)
    return z, math.exp(-z * z / 2) / math.sqrt(2 * math.pi), chance
