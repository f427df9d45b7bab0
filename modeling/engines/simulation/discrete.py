"""Distributions over a finite set of values: given probabilities, or observations that are all equally likely."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy import special

from modeling.engines.simulation.distribution import Distribution, Floats
from valor.lib.errors import Problem

MOST_VALUES = 10_000


class _Finite(Distribution):
    """A step function: the inverse returns the smallest value whose distribution function reaches the probability."""

    values: tuple[float, ...]

    def from_scores(self, scores: Floats, out: Floats) -> None:
        values, cumulative = self._kept
        steps = np.searchsorted(special.ndtri(cumulative[:-1]), scores, side="left")
        np.take(values, steps, out=out, mode="clip")

    def ppf(self, probabilities: Any) -> Floats:
        values, cumulative = self._kept
        return values[np.searchsorted(cumulative[:-1], np.asarray(probabilities, dtype=np.float64), side="left")]

    def cdf(self, values: Any) -> Floats:
        return _steps(*self._kept, values)

    @property
    def weights(self) -> Floats:
        raise NotImplementedError

    @cached_property
    def _all(self) -> tuple[Floats, Floats]:
        """Distinct sorted values with their cumulative probabilities."""
        distinct, position = np.unique(np.asarray(self.values), return_inverse=True)
        return distinct, _cumulative(np.bincount(position, self.weights).astype(np.float64))

    @cached_property
    def _kept(self) -> tuple[Floats, Floats]:
        """The same between the truncation bounds (a value on a bound is kept)."""
        values, cumulative = self._all
        low = -math.inf if self.lower is None else self.lower
        high = math.inf if self.upper is None else self.upper
        inside = (values >= low) & (values <= high)
        return values[inside], _cumulative(np.diff(cumulative, prepend=0.0)[inside])

    @cached_property
    def window(self) -> tuple[float, float]:
        values, cumulative = self._all
        low = 0.0 if self.lower is None else float(_steps(values, cumulative, np.nextafter(self.lower, -math.inf)))
        high = 1.0 if self.upper is None else float(_steps(values, cumulative, self.upper))
        return low, high

    def _ppf(self, probabilities: Floats) -> Floats:
        values, cumulative = self._all
        return values[np.searchsorted(cumulative[:-1], probabilities, side="left")]

    def _cdf(self, values: Any) -> Floats:
        return _steps(*self._all, values)

    def _moments(self) -> tuple[float, float]:
        values, cumulative = self._kept
        weights = np.diff(cumulative, prepend=0.0)
        mean = float(weights @ values)
        return mean, math.sqrt(float(weights @ (values - mean) ** 2))

    _truncated_moments = _moments


@dataclass(frozen=True)
class Discrete(_Finite):
    """Each of the values has its own probability."""

    values: tuple[float, ...]
    probabilities: tuple[float, ...]

    kind: ClassVar[str] = "discrete"

    @property
    def weights(self) -> Floats:
        return np.asarray(self.probabilities)

    def _problems(self) -> Iterator[Problem]:
        yield from _count_problems(self.values, 1)
        if len(self.values) != len(self.probabilities):
            message = f"There are {len(self.probabilities)} probabilities for {len(self.values)} values."
            yield Problem("probabilities", list(self.probabilities), message, "Give one probability for each value.")
            return
        for index, probability in enumerate(self.probabilities):
            if probability < 0:
                yield Problem(f"probabilities.{index}", probability, "A probability is negative.", "Give 0 to 1.")
        total = math.fsum(self.probabilities)
        if abs(total - 1) > 1e-6:
            message = f"The probabilities add up to {total:.6g}, not to 1."
            yield Problem("probabilities", list(self.probabilities), message, "Make them add up to 1.")


@dataclass(frozen=True)
class Empirical(_Finite):
    """Draws one of the observed values, all equally likely (a value given twice is twice as likely)."""

    values: tuple[float, ...]

    kind: ClassVar[str] = "empirical"

    @property
    def weights(self) -> Floats:
        return np.full(len(self.values), 1.0 / max(len(self.values), 1))

    def _problems(self) -> Iterator[Problem]:
        yield from _count_problems(self.values, 2)


def _cumulative(weights: Floats) -> Floats:
    total = np.cumsum(weights)
    return total / total[-1] if total.size and total[-1] > 0 else total


def _steps(values: Floats, cumulative: Floats, at: Any) -> Floats:
    padded = np.concatenate([[0.0], cumulative])
    below: Floats = padded[np.searchsorted(values, at, side="right")]
    return below


def _count_problems(values: tuple[float, ...], least: int) -> Iterator[Problem]:
    if len(values) < least:
        yield Problem("values", list(values), f"Fewer than {least} values.", f"Give at least {least}.")
    if len(values) > MOST_VALUES:
        yield Problem("values", len(values), f"More than {MOST_VALUES:,} values.", "Give a sample of them.")
