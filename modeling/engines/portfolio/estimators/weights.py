"""Exponential weights: how much each date counts, newest most."""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.estimators.errors import TooLittleOverlap, UnusableParameter
from modeling.engines.portfolio.estimators.sample import Array, Sample
from valor.lib.errors import Problem

LEAST_SHARE = 0.01
"""Smallest part of all weight that the dates of a ticker or pair must carry for an exponential mean over them."""


def decay_of(span: float | None, half_life: float | None, default_span: float) -> float:
    """What a date counts relative to the next one: 1 - 2 / (span + 1), or one half to the power of 1 / half_life."""
    if span is not None and half_life is not None:
        remedy = "Give the one or the other."
        raise UnusableParameter(
            problems=[Problem("half_life", half_life, "Both a span and a half-life are given.", remedy)]
        )
    if half_life is not None:
        return float(0.5 ** (1.0 / half_life))
    return 1.0 - 2.0 / ((default_span if span is None else span) + 1.0)


def date_weights(periods: int, decay: float) -> Array:
    """Weights of shape (periods,) that add up to one; missing dates age like others."""
    weights = decay ** np.arange(periods - 1, -1, -1.0)
    return np.asarray(weights / weights.sum())


def refuse_stale(sample: Sample, share: Array) -> None:
    """Raise TooLittleOverlap for tickers or pairs whose dates carry hardly any weight: they ended long ago.

    *share* has the shape (n,) or (n, n).
    """
    stale = np.argwhere(share < LEAST_SHARE)
    if not len(stale):
        return
    worst = min(stale, key=lambda place: float(share[tuple(place)]))
    names = [sample.names[row] for row in dict.fromkeys(worst.tolist())]
    message = (
        f"The returns of {' and '.join(names)} lie so far back that they carry {share[tuple(worst)]:.2g} of all weight."
    )
    remedy = f"Leave {names[-1]} out, take a longer span, or end the period earlier."
    raise TooLittleOverlap(problems=[Problem(f"returns.{names[-1]}", float(share[tuple(worst)]), message, remedy)])
