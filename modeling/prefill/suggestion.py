"""A prefilled value with its pedigree, and the words it is told in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from valor.lib.numbers import format_number, format_percent

Kind = Literal["reported", "history", "assumed", "empty"]
History = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Suggestion:
    """A value (None where there is none to offer), how it was found, and what it rests on.

    ``kind`` is *reported* (a figure of the statements), *history* (a formula over them), *assumed* or *empty*.
    """

    value: float | None
    kind: Kind
    formula: str = ""
    source: str = ""
    history: History = ()
    reason: str = ""


def assumed(value: float, reason: str, history: History = ()) -> Suggestion:
    return Suggestion(value, "assumed", source="Assumed", history=history, reason=reason)


def empty(reason: str) -> Suggestion:
    return Suggestion(None, "empty", reason=reason)


def percent(rate: float) -> str:
    return format_percent(rate, 1)


def amount(number: float, digits: int = 0) -> str:
    return format_number(number, digits)


def bounded(value: float, bounds: tuple[float, float], digits: int) -> float:
    """The value inside its bounds, rounded to the digits that are shown, so that what is read is what is used."""
    low, high = bounds
    return round(min(max(value, low), high), digits)
