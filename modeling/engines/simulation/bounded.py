"""The distributions between a low and a high end: uniform, triangular, PERT and beta."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from scipy import special

from modeling.engines.simulation.distribution import Distribution, Floats
from modeling.engines.simulation.score_table import ScoreTable, build_table
from valor.lib.errors import Problem


@dataclass(frozen=True)
class Uniform(Distribution):
    """Every value between low and high is equally likely."""

    low: float
    high: float

    kind: ClassVar[str] = "uniform"

    def from_scores(self, scores: Floats, out: Floats) -> None:
        first, last = self._ends
        special.ndtr(scores, out=out)
        out *= last - first
        out += first

    @cached_property
    def _ends(self) -> tuple[float, float]:
        first = self.low if self.lower is None else max(self.low, self.lower)
        last = self.high if self.upper is None else min(self.high, self.upper)
        return first, last

    def _ppf(self, probabilities: Floats) -> Floats:
        return self.low + probabilities * (self.high - self.low)

    def _cdf(self, values: Any) -> Floats:
        below: Floats = np.clip((values - self.low) / (self.high - self.low), 0.0, 1.0)
        return below

    def _moments(self) -> tuple[float, float]:
        first, last = self._ends
        return (first + last) / 2, (last - first) / math.sqrt(12)

    _truncated_moments = _moments

    def _problems(self) -> Iterator[Problem]:
        yield from _range_problems(self.low, self.high)


@dataclass(frozen=True)
class Triangular(Distribution):
    """The density rises in a straight line from low to the mode and falls in one to high."""

    low: float
    mode: float
    high: float

    kind: ClassVar[str] = "triangular"

    def _ppf(self, probabilities: Floats) -> Floats:
        width = self.high - self.low
        turn = (self.mode - self.low) / width
        rising = self.low + np.sqrt(probabilities * (width * (self.mode - self.low)))
        falling = self.high - np.sqrt((1.0 - probabilities) * (width * (self.high - self.mode)))
        return np.where(probabilities < turn, rising, falling)

    def _cdf(self, values: Any) -> Floats:
        width = self.high - self.low
        inside = np.clip(values, self.low, self.high)
        rising = (inside - self.low) ** 2 / (width * _slope_base(self.mode - self.low))
        falling = 1.0 - (self.high - inside) ** 2 / (width * _slope_base(self.high - self.mode))
        below: Floats = np.where(inside < self.mode, rising, falling)
        return below

    def _moments(self) -> tuple[float, float]:
        low, mode, high = self.low, self.mode, self.high
        spread = low**2 + mode**2 + high**2 - low * mode - low * high - mode * high
        return (low + mode + high) / 3, math.sqrt(spread / 18)

    def _truncated_moments(self) -> tuple[float, float]:
        """The density is linear on each side of the mode, so four Gauss-Legendre nodes per side are exact."""
        first = self.low if self.lower is None else max(self.low, self.lower)
        last = self.high if self.upper is None else min(self.high, self.upper)
        mode = min(max(self.mode, first), last)
        nodes, weights = np.polynomial.legendre.leggauss(4)
        values = np.concatenate([(a + b) / 2 + (b - a) / 2 * nodes for a, b in ((first, mode), (mode, last))])
        masses = np.concatenate([(b - a) / 2 * weights for a, b in ((first, mode), (mode, last))])
        masses *= self._density(values)
        masses /= masses.sum()
        mean = float(masses @ values)
        return mean, math.sqrt(float(masses @ (values - mean) ** 2))

    def _density(self, values: Floats) -> Floats:
        rising = (values - self.low) / _slope_base(self.mode - self.low)
        falling = (self.high - values) / _slope_base(self.high - self.mode)
        return np.where(values < self.mode, rising, falling)

    def _problems(self) -> Iterator[Problem]:
        yield from _mode_problems(self.low, self.mode, self.high)


class _BetaShaped(Distribution):
    """A beta variable stretched from low to high; its quantiles come from a table over the normal score."""

    low: float
    high: float

    @property
    def shape(self) -> tuple[float, float]:
        raise NotImplementedError

    def from_scores(self, scores: Floats, out: Floats) -> None:
        table = _beta_table(*self.shape, *self.window)
        if table is None:
            out[...] = _beta_of_scores(scores, *self.shape, *self.window)
        else:
            table.evaluate(scores, out)
        np.clip(out, 0.0, 1.0, out=out)
        out *= self.high - self.low
        out += self.low
        if self.truncated:
            np.clip(out, self.lower, self.upper, out=out)

    def _ppf(self, probabilities: Floats) -> Floats:
        unit: Floats = special.betaincinv(*self.shape, probabilities)
        return self.low + unit * (self.high - self.low)

    def _cdf(self, values: Any) -> Floats:
        unit = np.clip((values - self.low) / (self.high - self.low), 0.0, 1.0)
        below: Floats = special.betainc(*self.shape, unit)
        return below

    def _moments(self) -> tuple[float, float]:
        alpha, beta = self.shape
        total = alpha + beta
        width = self.high - self.low
        return self.low + width * alpha / total, width * math.sqrt(alpha * beta / (total + 1)) / total


@dataclass(frozen=True)
class Pert(_BetaShaped):
    """The beta distribution whose mean is (low + 4 mode + high) / 6."""

    low: float
    mode: float
    high: float

    kind: ClassVar[str] = "pert"

    @property
    def shape(self) -> tuple[float, float]:
        width = self.high - self.low
        return 1.0 + 4.0 * (self.mode - self.low) / width, 1.0 + 4.0 * (self.high - self.mode) / width

    def _problems(self) -> Iterator[Problem]:
        yield from _mode_problems(self.low, self.mode, self.high)


@dataclass(frozen=True)
class Beta(_BetaShaped):
    """Beta with shapes alpha and beta, stretched from low to high."""

    alpha: float
    beta: float
    low: float = 0.0
    high: float = 1.0

    kind: ClassVar[str] = "beta"

    @property
    def shape(self) -> tuple[float, float]:
        return self.alpha, self.beta

    def _problems(self) -> Iterator[Problem]:
        for name in ("alpha", "beta"):
            if getattr(self, name) <= 0:
                yield Problem(name, getattr(self, name), "The shape is not above zero.", "Give a positive shape.")
        yield from _range_problems(self.low, self.high)


@lru_cache(maxsize=256)
def _beta_table(alpha: float, beta: float, first: float, last: float) -> ScoreTable | None:
    return build_table(lambda scores: _beta_of_scores(scores, alpha, beta, first, last), scale=1.0)


def _beta_of_scores(scores: Floats, alpha: float, beta: float, first: float, last: float) -> Floats:
    """The standard beta quantile at each normal score, between the probabilities ``first`` and ``last``.

    The upper half goes through the complement, which keeps its digits where the probability rounds to 1.
    """
    below = first + special.ndtr(scores) * (last - first)
    above = (1.0 - last) + special.ndtr(-scores) * (last - first)
    upper_half = above < below
    values = np.empty_like(below)
    values[upper_half] = special.betainccinv(alpha, beta, above[upper_half])
    values[~upper_half] = special.betaincinv(alpha, beta, below[~upper_half])
    return values


def _slope_base(width: float) -> float:
    """A side without width is never looked at: any divisor but zero will do."""
    return width if width > 0 else 1.0


def _range_problems(low: float, high: float) -> Iterator[Problem]:
    if low >= high:
        yield Problem("low", low, f"The low end is not below the high end {high:g}.", "Exchange or change them.")


def _mode_problems(low: float, mode: float, high: float) -> Iterator[Problem]:
    yield from _range_problems(low, high)
    if low < high and not low <= mode <= high:
        yield Problem("mode", mode, f"The mode is not between {low:g} and {high:g}.", "Choose a mode inside the range.")
