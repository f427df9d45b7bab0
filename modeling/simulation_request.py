"""What a simulation is asked to do, checked, in the form that makes equal requests equal.

NumPy and the engines are imported inside the functions: a worker must not load them before it forks (on macOS
NumPy may hang after a fork that came later).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from valor.lib.errors import InvalidInput, Problem

SIMULATE = "modeling.simulate"
DEFAULT_TRIALS = 1_000_000
DEFAULT_SEED = 1
DEFAULT_SAMPLER = "sobol"
# Raise it with every change of the formula or the sampling: results of two versions differ.
ENGINE_VERSION = "2"


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

    @classmethod
    def read(cls, parameters: Any) -> SimulationRequest:
        """The request in a job's parameters; the document is needed, the rest has defaults. Raises InvalidInput."""
        given = parameters if isinstance(parameters, Mapping) else {}
        known = {"document", "trials", "seed", "sampler", "engine"}
        problems = [
            Problem(f"parameters.{name}", None, "There is no such parameter.", f"Use {', '.join(sorted(known))}.")
            for name in given
            if name not in known
        ]
        if not isinstance(given.get("document"), Mapping):
            remedy = "Send a valuation document as an object."
            problems.append(Problem("parameters.document", None, "There is no document to simulate.", remedy))
        if problems:
            raise InvalidInput(problems=problems)
        return cls.checked(
            given["document"],
            trials=given.get("trials", DEFAULT_TRIALS),
            seed=given.get("seed", DEFAULT_SEED),
            sampler=given.get("sampler", DEFAULT_SAMPLER),
        )

    def parameters(self) -> dict[str, Any]:
        """The job's parameters; the engine's version is among them, so that a new engine runs anew."""
        return {**asdict(self), "engine": ENGINE_VERSION}
