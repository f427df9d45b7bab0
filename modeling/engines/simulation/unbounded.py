"""The normal and the lognormal distribution: straight lines in the normal score, or the exponential of one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from modeling.engines.simulation.distribution import Distribution, Floats
from modeling.engines.simulation.score_table import ScoreTable, build_table
from valor.lib.errors import Problem

MOST_SPREAD = 1e6  # beyond it the square of sd / mean is far from anything that could be meant


@dataclass(frozen=True)
class Normal(Distribution):
    """Normal with the given mean and standard deviation (before truncation)."""

    mean: float
    sd: float

    kind: ClassVar[str] = "normal"

    def ppf(self, probabilities: ArrayLike) -> Floats:
        if not self.truncated:
            return super().ppf(probabilities)
        center, spread = self.line
        scores = truncated_scores(special.ndtri(np.asarray(probabilities, dtype=np.float64)), *self._score_bounds)
        values = np.asarray(center + spread * scores)
        self._link(values)
        return self._within(values)

    def from_scores(self, scores: Floats, out: Floats) -> None:
        center, spread = self.line
        if self.truncated:
            _truncate_scores(scores, self._score_bounds, out)
            scores = out
        np.multiply(scores, spread, out=out)
        out += center
        self._link(out)
        if self.truncated:
            np.clip(out, self.lower, self.upper, out=out)

    @cached_property
    def line(self) -> tuple[float, float]:
        """Mean and standard deviation of the underlying normal variable."""
        return self.mean, self.sd

    def _link(self, values: Floats) -> None:
        """Turn the underlying normal variable into this one, in place."""

    def _unlink(self, value: Any) -> Any:
        return value

    def _ppf(self, probabilities: Floats) -> Floats:
        center, spread = self.line
        values = np.asarray(center + spread * special.ndtri(probabilities))
        self._link(values)
        return values

    def _cdf(self, values: Any) -> Floats:
        center, spread = self.line
        below: Floats = special.ndtr((self._unlink(values) - center) / spread)
        return below

    def _moments(self) -> tuple[float, float]:
        return self.mean, self.sd

    def _problems(self) -> Iterator[Problem]:
        if self.sd <= 0:
            yield Problem(
                "sd",
                self.sd,
                "The standard deviation is not above zero.",
                "Give a positive one, or leave the driver certain.",
            )

    @cached_property
    def _score_bounds(self) -> tuple[float, float]:
        center, spread = self.line
        low = -math.inf if self.lower is None else float((self._unlink(self.lower) - center) / spread)
        high = math.inf if self.upper is None else float((self._unlink(self.upper) - center) / spread)
        return low, high


@dataclass(frozen=True)
class Lognormal(Normal):
    """Lognormal whose own mean and standard deviation are given, not those of its logarithm."""

    kind: ClassVar[str] = "lognormal"

    @cached_property
    def line(self) -> tuple[float, float]:
        variance = math.log1p((self.sd / self.mean) ** 2)
        return math.log(self.mean) - variance / 2, math.sqrt(variance)

    def _link(self, values: Floats) -> None:
        np.exp(values, out=values)

    def _unlink(self, value: Any) -> Any:
        return np.log(np.maximum(value, 5e-324))

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        if self.mean <= 0:
            yield Problem(
                "mean",
                self.mean,
                "The mean of a lognormal is not above zero.",
                "Give a positive mean, or choose the normal distribution.",
            )
        elif self.sd > MOST_SPREAD * self.mean:
            yield Problem(
                "sd",
                self.sd,
                f"The standard deviation is more than {MOST_SPREAD:,.0f} times the mean.",
                "Give a smaller one.",
            )


def _truncate_scores(scores: Floats, bounds: tuple[float, float], out: Floats) -> None:
    table = _score_table(*bounds)
    if table is None:
        out[...] = truncated_scores(scores, *bounds)
    else:
        table.evaluate(scores, out)


@lru_cache(maxsize=256)
def _score_table(low: float, high: float) -> ScoreTable | None:
    return build_table(lambda scores: truncated_scores(scores, low, high), scale=1.0)


def truncated_scores(scores: Floats, low: float, high: float) -> Floats:
    """Standard normal scores conditioned on lying between ``low`` and ``high``: u' = F(low) + u (F(high) - F(low)).

    Works in whichever tail keeps the digits: near 1 a probability has none left, its complement has all.
    """
    keep = special.ndtr(high) - special.ndtr(low) if low <= 0 else special.ndtr(-low) - special.ndtr(-high)
    above = special.ndtr(-high) + special.ndtr(-scores) * keep
    below = special.ndtr(low) + special.ndtr(scores) * keep
    upper_half = above < below
    inverse: Floats = special.ndtri(np.where(upper_half, above, below))
    return np.where(upper_half, -inverse, inverse)
