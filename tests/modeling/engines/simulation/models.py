"""Models small enough to know the right answer on paper."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.distributions import Lognormal, Normal
from modeling.engines.simulation.simulate import Simulation
from modeling.engines.simulation.spec import SimulationSpec

Floats = NDArray[np.float64]

A_AND_B = (("a", Normal(10.0, 2.0)), ("b", Normal(5.0, 1.0)))


def matrix_of(rho: float, drivers: int = 2) -> Floats:
    """Only the first two drivers are correlated."""
    matrix = np.eye(drivers)
    matrix[0, 1] = matrix[1, 0] = rho
    return matrix


def summed(block: Mapping[str, Floats], out: Floats) -> int:
    """The sum of all drivers."""
    np.sum(list(block.values()), axis=0, out=out)
    return 0


def multiplied(block: Mapping[str, Floats], out: Floats) -> int:
    """The product of all drivers."""
    np.prod(list(block.values()), axis=0, out=out)
    return 0


def sum_of_two(rho: float | None = None, **spec: object) -> Simulation:
    """a + b with a = N(10, 2) and b = N(5, 1): mean 15, variance 5 + 4 rho."""
    correlation = None if rho is None else matrix_of(rho)
    return Simulation(SimulationSpec(A_AND_B, correlation, **{"trials": 50_000, "seed": 3, **spec}), summed)


def product_of_two(**spec: object) -> Simulation:
    """A product of independent lognormals is lognormal: the logarithms' means and variances add."""
    drivers = (("a", Lognormal(10.0, 2.0)), ("b", Lognormal(5.0, 1.5)))
    return Simulation(SimulationSpec(drivers, **{"trials": 50_000, "seed": 3, **spec}), multiplied)


def part_of(trials: int, sampler: str, first: int, last: int) -> bytes:
    """A range of segments, as another process hands it over."""
    (part,) = sum_of_two(0.5, trials=trials, sampler=sampler, price=14.0).pieces(first, last)
    return part.to_bytes()
