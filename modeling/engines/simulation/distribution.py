"""What every distribution shares: validation, truncation, moments and the transform of normal scores."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from valor.lib.errors import InvalidInput, Problem

Floats = NDArray[np.float64]

LEAST_PROBABILITY = 1e-6


def is_number(value: Any) -> bool:
    """Whether ``value`` is a finite number (a bool is none)."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


@dataclass(frozen=True)
class Distribution(ABC):
    """An uncertain number, in the unit of the driver it describes.

    Parameters
    ----------
    lower, upper : float or None
        Truncation bounds. The distribution is conditioned on lying between them by mapping the probability u to
        ``F(lower) + u (F(upper) - F(lower))`` before the inverse, so a stratified or Sobol sample stays one.

    Raises
    ------
    InvalidInput
        With every impossible parameter at once; the fields are named relative to the distribution (``sd``, ``lower``).
    """

    lower: float | None = field(default=None, kw_only=True)
    upper: float | None = field(default=None, kw_only=True)

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        problems = list(self._malformed())
        if not problems:
            self._canonical()
            problems = list(self._problems()) or list(self._bound_problems())
        if problems:
            raise InvalidInput(f"The {self.kind} distribution can't be used.", problems=problems)

    def ppf(self, probabilities: ArrayLike) -> Floats:
        """The value below which each probability (0 to 1) lies; same shape as the argument."""
        low, high = self.window
        return self._within(self._ppf(low + np.asarray(probabilities, dtype=np.float64) * (high - low)))

    def cdf(self, values: ArrayLike) -> Floats:
        """The probability of a value at or below each of ``values``; same shape as the argument."""
        low, high = self.window
        inside: Floats = np.clip((self._cdf(np.asarray(values, dtype=np.float64)) - low) / (high - low), 0.0, 1.0)
        return inside

    def from_scores(self, scores: Floats, out: Floats) -> None:
        """Write the value at each standard normal score into ``out``, which may be ``scores`` itself."""
        low, high = self.window
        special.ndtr(scores, out=out)
        if self.truncated:
            out *= high - low
            out += low
        out[...] = self._within(self._ppf(out))

    @cached_property
    def moments(self) -> tuple[float, float]:
        """Mean and standard deviation of the distribution as truncated."""
        return self._truncated_moments() if self.truncated else self._moments()

    @property
    def truncated(self) -> bool:
        return self.lower is not None or self.upper is not None

    @cached_property
    def window(self) -> tuple[float, float]:
        """The probabilities F(lower) and F(upper) between which the inverse is taken: 0 and 1 without bounds."""
        low = 0.0 if self.lower is None else float(self._cdf(np.float64(self.lower)))
        high = 1.0 if self.upper is None else float(self._cdf(np.float64(self.upper)))
        return low, high

    def as_dict(self) -> dict[str, Any]:
        """The distribution as it stands in a document: ``{"distribution": "normal", "mean": ..., ...}``."""
        parameters = {f.name: getattr(self, f.name) for f in fields(self)}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}
        ordered = {name: value for name, value in plain.items() if name not in ("lower", "upper")}
        return {"distribution": self.kind, **ordered, "lower": self.lower, "upper": self.upper}

    @abstractmethod
    def _ppf(self, probabilities: Floats) -> Floats:
        """The inverse distribution without truncation."""

    @abstractmethod
    def _cdf(self, values: Any) -> Floats:
        """The distribution function without truncation."""

    @abstractmethod
    def _moments(self) -> tuple[float, float]:
        """Mean and standard deviation without truncation."""

    def _problems(self) -> Iterator[Problem]:
        """What is wrong with parameters that are at least finite numbers."""
        yield from ()

    def _truncated_moments(self) -> tuple[float, float]:
        """By the trapezoid rule over normal scores, which converges geometrically for the smooth quantiles here."""
        scores = np.linspace(-8.25, 8.25, 16_385)
        weights = np.exp(-0.5 * scores**2)
        weights /= weights.sum()
        values = np.empty_like(scores)
        self.from_scores(scores, values)
        mean = float(weights @ values)
        return mean, math.sqrt(float(weights @ (values - mean) ** 2))

    def _within(self, values: Floats) -> Floats:
        """Rounding in the inverse may not carry a value past a bound."""
        if not self.truncated:
            return values
        return np.clip(values, self.lower, self.upper)

    def _malformed(self) -> Iterator[Problem]:
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            if value is None and parameter.name in ("lower", "upper"):
                continue
            if parameter.type.startswith("tuple"):  # type: ignore[union-attr]
                yield from _malformed_list(parameter.name, value)
            elif not is_number(value):
                yield Problem(parameter.name, _shown(value), "This is not a finite number.", "Give a number.")

    def _canonical(self) -> None:
        """Integers and lists as they come from JSON become floats and tuples, so that equal distributions are equal."""
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            if value is not None:
                plain = float(value) if is_number(value) else tuple(float(item) for item in value)
                object.__setattr__(self, parameter.name, plain)

    def _bound_problems(self) -> Iterator[Problem]:
        lower, upper = self.lower, self.upper
        if lower is not None and upper is not None and lower >= upper:
            yield Problem(
                "lower", lower, f"The lower bound is not below the upper bound {upper:g}.", "Move one of them."
            )
            return
        low, high = self.window
        if self.truncated and high - low < LEAST_PROBABILITY:
            named = "lower" if lower is not None else "upper"
            yield Problem(
                named,
                getattr(self, named),
                f"The bounds keep less than one part in a million of the {self.kind} distribution.",
                "Widen the bounds, or describe the driver by another distribution.",
            )


def _malformed_list(name: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, list | tuple | np.ndarray):
        yield Problem(name, _shown(value), "This is not a list of numbers.", "Give a list such as [1, 2, 3].")
        return
    for index, item in enumerate(value):
        if not is_number(item):
            yield Problem(f"{name}.{index}", _shown(item), "This is not a finite number.", "Give a number.")


def _shown(value: Any) -> Any:
    """A value fit for JSON: NaN and infinity as words."""
    return str(value) if isinstance(value, float) else value
