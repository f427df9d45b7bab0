"""The distributions a driver may have, by name, and how one is read from a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any, Final

from modeling.engines.simulation.bounded import Beta, Pert, Triangular, Uniform
from modeling.engines.simulation.discrete import Discrete, Empirical
from modeling.engines.simulation.distribution import Distribution
from modeling.engines.simulation.unbounded import Lognormal, Normal
from valor.lib.errors import InvalidInput, Problem

DISTRIBUTIONS: Final[dict[str, type[Distribution]]] = {
    kind.kind: kind for kind in (Normal, Lognormal, Triangular, Pert, Uniform, Beta, Discrete, Empirical)
}

__all__ = [
    "DISTRIBUTIONS",
    "Beta",
    "Discrete",
    "Distribution",
    "Empirical",
    "Lognormal",
    "Normal",
    "Pert",
    "Triangular",
    "Uniform",
    "parse_distribution",
]


def parse_distribution(raw: Any) -> Distribution:
    """Read ``{"distribution": "normal", "mean": 0.7, "sd": 0.1, "lower": null}``.

    Raises InvalidInput with every problem; the fields are named relative to the distribution, its name included.
    """
    if not isinstance(raw, Mapping):
        raise InvalidInput.at(
            "distribution", raw, "This is not a distribution.", 'Give {"distribution": "normal", ...}.'
        )
    name = raw.get("distribution")
    kind = DISTRIBUTIONS.get(name) if isinstance(name, str) else None
    if kind is None:
        remedy = f"Choose one of {', '.join(DISTRIBUTIONS)}{_nearest(name, DISTRIBUTIONS)}."
        raise InvalidInput.at("distribution", name, "There is no distribution of this name.", remedy)
    parameters = {key: value for key, value in raw.items() if key != "distribution"}
    problems = list(_parameter_problems(kind, parameters))
    if problems:
        raise InvalidInput(f"The {name} distribution can't be used.", problems=problems)
    return kind(**parameters)


def _parameter_problems(kind: type[Distribution], parameters: Mapping[str, Any]) -> Iterator[Problem]:
    known = {field.name: field for field in fields(kind)}
    for name, value in parameters.items():
        if name not in known:
            remedy = f"Its parameters are {', '.join(known)}{_nearest(name, known)}."
            yield Problem(str(name), value, f"The {kind.kind} distribution has no such parameter.", remedy)
    for name, field in known.items():
        if name not in parameters and field.default is MISSING:
            yield Problem(name, None, f"The {kind.kind} distribution needs this parameter.", "Give a value.")


def _nearest(name: Any, known: Mapping[str, Any]) -> str:
    close = get_close_matches(str(name), known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
