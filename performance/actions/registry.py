"""Declared actions. Each says what it does, what it would do (plan), what is measured, and whether it is safe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ImproperlyConfigured

from performance.models.advice import Verdict
from valor.lib.errors import InvalidInput

Parameters = dict[str, Any]
Progress = Callable[[int, int, str], None]


SURE = 3.0  # standard errors that a difference must exceed


@dataclass(frozen=True)
class Measure:
    """A figure that an action is to move.

    Attributes
    ----------
    words, unit : what it is; the units are those of performance.units
    lower : whether less is better
    relative, absolute : what a change must exceed to be more than noise: a share of the figure before, and this much
    """

    words: str
    unit: str
    lower: bool = True
    relative: float = 0.1
    absolute: float = 0.0

    def verdict(self, before: float | None, after: float | None, error: float = 0.0) -> Verdict:
        """*error* is the standard error of the difference, of figures that were estimated from some cases."""
        if before is None or after is None:
            return Verdict.UNKNOWN
        gain = before - after if self.lower else after - before
        noise = max(self.relative * abs(before), self.absolute, SURE * error)
        if abs(gain) <= noise:
            return Verdict.NO_EFFECT
        return Verdict.HELPED if gain > 0 else Verdict.WORSE


@dataclass(frozen=True)
class Taken:
    """A measure at one moment; ``note`` says of what or how many. None: it can't be taken (yet).

    ``error`` is its standard error, where it was estimated from some cases.
    """

    value: float | None
    note: str = ""
    error: float = 0.0


class Action(ABC):
    """One thing that can be done.

    Attributes
    ----------
    safe : false asks for confirmation first, for the reason that ``caution`` gives
    fields : the parameters, each a name of something, with what it names
    settles : how long its effect needs to show; with none it is measured at once
    patience : after so long without a figure the verdict is that nothing is known
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    effect: ClassVar[str]
    measure: ClassVar[Measure]
    safe: ClassVar[bool] = True
    caution: ClassVar[str] = ""
    fields: ClassVar[Mapping[str, str]] = {}
    optional: ClassVar[frozenset[str]] = frozenset()
    settles: ClassVar[timedelta] = timedelta()
    patience: ClassVar[timedelta] = timedelta(hours=1)

    def unavailable(self) -> str:
        """Why it can't be done in this installation; empty where it can."""
        return ""

    def checked(self, parameters: Mapping[str, Any]) -> Parameters:
        """The parameters in their canonical form; InvalidInput names what is wrong."""
        for name in parameters:
            if name not in self.fields:
                known = ", ".join(self.fields) or "none"
                raise InvalidInput.at(
                    name, parameters[name], f"{self.name} has no such parameter.", f"It has: {known}."
                )
        found = {}
        for name, what in self.fields.items():
            value = parameters.get(name, "")
            if not is_name(value) or (not value and name not in self.optional):
                raise InvalidInput.at(name, value, f"It is not {what}.", f"Give {what}, as text.")
            if value:
                found[name] = value
        return found

    @abstractmethod
    def plan(self, parameters: Parameters) -> list[str]:
        """What it would do, step by step, without doing it."""

    @abstractmethod
    def run(self, parameters: Parameters, progress: Progress) -> str:
        """Does it; a sentence that says what was done."""

    @abstractmethod
    def read(self, parameters: Parameters, since: Any = None) -> Taken:
        """Its measure now; *since* is when it was done, None before."""


def is_name(value: Any) -> bool:
    """Whether a database can be asked for it: PostgreSQL takes no NUL, and neither takes half a character."""
    return isinstance(value, str) and len(value) <= 200 and value.isprintable()


ACTIONS: dict[str, Action] = {}
A = TypeVar("A", bound=type[Action])


def register(action: A) -> A:
    """Declares an action; the same name twice is a mistake."""
    if action.name in ACTIONS:
        raise ImproperlyConfigured(f"The action {action.name!r} is declared twice.")
    ACTIONS[action.name] = action()
    return action


def declared() -> dict[str, Action]:
    """Every action, by name."""
    from performance.actions import caches, databases, housekeeping, indexes, workers  # noqa: F401  they declare them

    return dict(sorted(ACTIONS.items()))


def safe_actions() -> list[Action]:
    """What may be done without confirmation and without being told about what."""
    return [
        action
        for action in declared().values()
        if action.safe and not set(action.fields) - action.optional and not action.unavailable()
    ]


def find(name: str) -> Action | None:
    return declared().get(name)


def action_called(name: str, field: str = "action") -> Action:
    """The action of that name, or InvalidInput."""
    found = find(name)
    if found is None:
        remedy = f"Choose one of {', '.join(declared())}."
        raise InvalidInput.at(field, name, "There is no such action.", remedy)
    return found
