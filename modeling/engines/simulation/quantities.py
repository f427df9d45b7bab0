"""What is asked of the outcomes themselves, whether they were kept or counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

PERCENTILES: Final = (1, 5, 10, 25, 50, 75, 90, 95, 99)
PROBABILITIES: Final = (0.005, *(p / 100 for p in PERCENTILES), 0.995)
TAIL: Final = 0.05


@dataclass(frozen=True)
class Quantities:
    """Percentiles of a sample, the two ends of its histogram, and the mean of its worst 5 %."""

    percentiles: dict[str, float]
    ends: tuple[float, float]
    expected_shortfall: float

    @classmethod
    def named(cls, found: list[float], shortfall: float) -> Quantities:
        """From the quantiles at PROBABILITIES."""
        percentiles = {f"p{p}": value for p, value in zip(PERCENTILES, found[1:-1], strict=True)}
        return cls(percentiles, (found[0], found[-1]), shortfall)


class Sample(ABC):
    """The outcomes of a whole run."""

    @abstractmethod
    def pooled(self) -> Quantities:
        """Over all trials."""

    @abstractmethod
    def of_groups(self) -> list[Quantities]:
        """Over the trials of each of the 16 groups."""

    @abstractmethod
    def between(self, low: float, high: float, bins: int) -> tuple[Counts, int, int]:
        """Trials in each of ``bins`` equal bins from ``low`` to ``high``, trials below, and trials above."""
