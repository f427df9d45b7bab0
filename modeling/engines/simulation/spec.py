"""What a simulation draws, checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.dependence import check_correlation
from modeling.engines.simulation.distribution import Distribution, is_number
from modeling.engines.simulation.partial import LAYOUT
from modeling.engines.simulation.sampling import SAMPLERS
from valor.lib.errors import InvalidInput, Problem

Floats = NDArray[np.float64]

LEAST_TRIALS: Final = 1_000
MOST_TRIALS: Final = 1_000_000_000
KEPT_TRIALS: Final = 4_000_000
MOST_SEED: Final = 2**63 - 1


@dataclass(frozen=True, eq=False)
class SimulationSpec:
    """What is drawn: the uncertain drivers, their dependence, how many trials, from which seed and by which sampler.

    Parameters
    ----------
    drivers : pairs of name and distribution, in the order of the rows of ``correlation``
    correlation : correlation matrix of the drivers' normal scores, or None when all are independent
    trials : 1,000 to 1,000,000,000; beyond 4,000,000 the outcomes are counted into fine bins instead of kept
    seed : 0 to 2^63 - 1; the same seed gives the same result, bit by bit
    sampler : "sobol", "latin_hypercube" or "pseudo_random"
    price : market price per share to compare with, or None

    Raises
    ------
    InvalidInput
        At ``uncertainty``, ``correlations``, ``trials``, ``seed``, ``sampler`` or ``price.value``.
    """

    drivers: tuple[tuple[str, Distribution], ...]
    correlation: Floats | None = None
    trials: int = 1_000_000
    seed: int = 0
    sampler: str = "sobol"
    price: float | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InvalidInput("The simulation can't be run.", problems=problems)
        if self.correlation is not None:
            object.__setattr__(self, "correlation", check_correlation(self.correlation, self.names))

    @property
    def counted(self) -> bool:
        """Whether the outcomes are counted into bins, not kept."""
        return self.trials > KEPT_TRIALS

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.drivers)

    @cached_property
    def key(self) -> str:
        """Identifies the run: partial results are joined only when their keys are equal."""
        matrix = None if self.correlation is None else self.correlation.tolist()
        text = repr((LAYOUT, self.drivers, matrix, self.trials, self.seed, self.sampler, self.price))
        return hashlib.sha256(text.encode()).hexdigest()

    def _problems(self) -> Iterator[Problem]:
        if not self.drivers:
            yield Problem("uncertainty", [], "No driver is uncertain.", "Give at least one driver a distribution.")
        if len(set(self.names)) < len(self.names):
            yield Problem("uncertainty", list(self.names), "A driver is there twice.", "Give it one distribution.")
        yield from _range_problems("trials", self.trials, LEAST_TRIALS, MOST_TRIALS)
        yield from _range_problems("seed", self.seed, 0, MOST_SEED)
        if self.sampler not in SAMPLERS:
            remedy = f"Choose one of {', '.join(SAMPLERS)}."
            yield Problem("sampler", self.sampler, "There is no sampler of this name.", remedy)
        if self.price is not None and not is_number(self.price):
            yield Problem("price.value", str(self.price), "The price is not a finite number.", "Give a price, or none.")


def _range_problems(field: str, value: object, least: int, most: int) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield Problem(field, str(value), "This is not a whole number.", f"Give {least:,} to {most:,}.")
    elif not least <= value <= most:
        message = (
            f"This is {'too few' if value < least else 'too many'}." if field == "trials" else "This is out of range."
        )
        yield Problem(field, value, message, f"Give {least:,} to {most:,}.")
