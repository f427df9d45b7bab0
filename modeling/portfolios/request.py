"""What is asked of a portfolio, checked, in the form that makes equal requests equal.

NumPy and the engines are imported inside the functions: a worker must not load them before it forks (on macOS
NumPy may hang after a fork that came later).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

OPTIMISE = "modeling.optimise"
BACKTEST = "modeling.backtest"
# Raise it with every change of what an answer holds or how it is found: answers of two versions differ.
ENGINE_VERSION = "1"


@dataclass(frozen=True)
class Request:
    """A document in its canonical form, the revision of the prices it was asked on, and for a backtest its rules."""

    document: Mapping[str, Any]
    revision: int | None = None
    rules: Mapping[str, Any] | None = None

    @property
    def kind(self) -> str:
        return OPTIMISE if self.rules is None else BACKTEST

    def parameters(self) -> dict[str, Any]:
        """The job's parameters; the engine's version is among them, so that a new engine runs anew."""
        return {**asdict(self), "engine": ENGINE_VERSION}

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Request:
        return cls(parameters["document"], parameters["revision"], parameters["rules"])
