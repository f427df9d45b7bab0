"""What a simulation is asked to do, checked, in the form that makes equal requests equal.

NumPy and the engines are imported inside the functions: a worker must not load them before it forks (on macOS
NumPy may hang after a fork that came later).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SIMULATE = "modeling.simulate"
DEFAULT_TRIALS = 1_000_000
DEFAULT_SEED = 1
DEFAULT_SAMPLER = "sobol"
# Raise it with every change of the formula or the sampling: results of two versions differ.
ENGINE_VERSION = "1"


@dataclass(frozen=True)
class SimulationRequest:
    """A document in its canonical form and how to sample it."""

    document: Mapping[str, Any]
    trials: int
    seed: int
    sampler: str

    @classmethod
    def checked(cls, document: Mapping[str, Any], *, trials: Any, seed: Any, sampler: Any) -> SimulationRequest:
        """The request, after everything that can be known to be wrong was refused; raises InvalidInput."""
        from modeling.codecs import dump_document, parse_document, simulation_of

        model = parse_document(document)
        simulation_of(model, trials, seed, sampler)
        return cls(dump_document(model), trials, seed, sampler)

    def parameters(self) -> dict[str, Any]:
        """The job's parameters; the engine's version is among them, so that a new engine runs anew."""
        return {**asdict(self), "engine": ENGINE_VERSION}
