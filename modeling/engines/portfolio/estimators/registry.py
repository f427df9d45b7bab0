"""The estimators by name, with their parameters: what forms, the API and the command line offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from modeling.engines.portfolio.estimators.errors import UnknownEstimator, UnusableParameter
from modeling.engines.portfolio.estimators.sample import Estimate
from valor.lib.errors import Problem

Value = int | float | str | bool | None


@dataclass(frozen=True)
class Parameter:
    """One parameter of an estimator: what it may be, and what it is when not given. None stands for "not set"."""

    name: str
    kind: Literal["integer", "number", "choice", "flag"]
    default: Value
    meaning: str
    least: float = -np.inf
    most: float = np.inf
    choices: tuple[str, ...] = ()

    def checked(self, value: Any, field: str) -> Value:
        """The value in its kind; raises UnusableParameter."""
        if value is None and self.default is None:
            return None
        checks: dict[str, Callable[[Any], bool]] = {
            "integer": lambda v: _is_number(v) and self.least <= v <= self.most and float(v).is_integer(),
            "number": lambda v: _is_number(v) and self.least <= v <= self.most,
            "choice": lambda v: isinstance(v, str) and v in self.choices,
            "flag": lambda v: isinstance(v, bool),
        }
        if not checks[self.kind](value):
            message = f"{value!r} is no {self.name.replace('_', ' ')}."
            raise UnusableParameter(problems=[Problem(f"{field}.{self.name}", str(value), message, self.remedy)])
        return {"integer": int, "number": float}.get(self.kind, lambda v: v)(value)  # type: ignore[no-any-return]

    @property
    def remedy(self) -> str:
        if self.kind == "choice":
            return f"Give one of {', '.join(self.choices)}."
        if self.kind == "flag":
            return "Give true or false."
        what = "a whole number" if self.kind == "integer" else "a number"
        ends = [("at least", self.least), ("at most", self.most)]
        limits = " and ".join(f"{words} {end:g}" for words, end in ends if np.isfinite(end))
        return f"Give {what}, {limits}." if limits else f"Give {what}."


@dataclass(frozen=True)
class Estimator:
    """An estimator as it is offered: its name and label, what it does with missing returns, and its parameters."""

    name: str
    label: str
    missing: str
    function: Callable[..., Estimate]
    parameters: tuple[Parameter, ...] = ()
    needs: Literal["", "market", "factors"] = ""


class Registry:
    """Estimators of one kind, in the order they were declared."""

    def __init__(self, kind: str, estimators: tuple[Estimator, ...]) -> None:
        names = [estimator.name for estimator in estimators]
        if len(set(names)) != len(names):
            raise ValueError(f"Two estimators of the {kind} share a name.")
        self.kind = kind
        self._estimators = {estimator.name: estimator for estimator in estimators}

    def __iter__(self) -> Iterator[Estimator]:
        return iter(self._estimators.values())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._estimators)

    def chosen(self, choice: str | Mapping[str, Any]) -> tuple[Estimator, dict[str, Value]]:
        """The estimator that a name, or a mapping of its ``name`` and parameters, asks for, with every parameter.

        Raises UnknownEstimator and UnusableParameter.
        """
        given = {"name": choice} if isinstance(choice, str) else dict(choice)
        name = given.pop("name", None)
        if not isinstance(name, str) or name not in self._estimators:
            message = f"There is no estimator of the {self.kind} called {name!r}."
            remedy = f"Give one of {', '.join(self.names)}."
            raise UnknownEstimator(problems=[Problem(self.kind, name, message, remedy)])
        estimator = self._estimators[name]
        known = {parameter.name: parameter for parameter in estimator.parameters}
        unknown = [key for key in given if key not in known]
        if unknown:
            remedy = f"It has {', '.join(known)}." if known else "It has none: leave it out."
            message = f"The estimator {name} has no parameter {unknown[0]}."
            raise UnusableParameter(problems=[Problem(f"{self.kind}.{unknown[0]}", given[unknown[0]], message, remedy)])
        values = {key: known[key].checked(given.get(key, known[key].default), self.kind) for key in known}
        return estimator, values


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
