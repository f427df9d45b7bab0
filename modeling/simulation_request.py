"""What a simulation is asked to do, checked, in the form that makes equal requests equal.

NumPy and the engines are imported inside the functions: a worker must not load them before it forks (on macOS
NumPy may hang after a fork that came later).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from valor.lib.errors import InvalidInput, Problem

SIMULATE = "modeling.simulate"
MIN_TRIALS = 1_000
MAX_TRIALS = 4_000_000
MAX_SEED = 2**63 - 1
SAMPLERS = ("sobol", "latin_hypercube", "pseudo_random")
DEFAULT_TRIALS = 1_000_000
DEFAULT_SEED = 1
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
        """The request, after everything that its run would refuse was refused; raises InvalidInput."""
        from modeling.codecs import dump_document, parse_document, simulation_of

        problems = [*whole_number_problems("trials", trials, MIN_TRIALS, MAX_TRIALS)]
        problems += whole_number_problems("seed", seed, 0, MAX_SEED)
        if sampler not in SAMPLERS:
            problems.append(
                Problem("sampler", sampler, "There is no such sampler.", f"Use one of: {', '.join(SAMPLERS)}.")
            )
        if problems:
            raise InvalidInput(problems=problems)
        model = parse_document(document)
        simulation_of(model, trials, seed, sampler)
        return cls(dump_document(model), trials, seed, sampler)

    def parameters(self) -> dict[str, Any]:
        """The job's parameters; the engine's version is among them, so that a new engine runs anew."""
        return {**asdict(self), "engine": ENGINE_VERSION}


def whole_number_problems(field: str, value: Any, low: int, high: int) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield Problem(field, value, "This is not a whole number.", f"Use one from {low:,} to {high:,}.")
    elif not low <= value <= high:
        yield Problem(field, value, f"{value:,} is out of range.", f"Use a whole number from {low:,} to {high:,}.")
