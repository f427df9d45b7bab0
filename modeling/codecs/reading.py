"""Reading a raw document strictly: every problem is collected, none stops the reading."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from valor.lib.errors import InvalidInput, Problem

MISSING = object()
LARGEST = 1e15
MOST_UNKNOWN = 20  # keys told one by one
SMALLEST = 1e-12  # divided by less than this, a value leaves what a float can hold


@dataclass(frozen=True)
class Numeric:
    """What a number in the document may be. `rate` marks decimals per year, so that 8 can be recognised as 8 %."""

    low: float = -LARGEST
    high: float = LARGEST
    low_open: bool = False
    high_open: bool = False
    rate: bool = False
    required: bool = False
    default: float | None = None

    def allows(self, number: float) -> bool:
        above = number > self.low if self.low_open else number >= self.low
        below = number < self.high if self.high_open else number <= self.high
        return above and below

    def words(self) -> str:
        """The range as the end of a sentence."""
        parts = []
        if self.low > -LARGEST:
            parts.append(f"above {self.low:g}" if self.low_open else f"at least {self.low:g}")
        if self.high < LARGEST:
            parts.append(f"below {self.high:g}" if self.high_open else f"at most {self.high:g}")
        return " and ".join(parts) or f"from {-LARGEST:g} to {LARGEST:g}"

    def remedy(self, number: float) -> str:
        smaller = number / 100
        if self.rate and number > 1.0 and self.allows(smaller):
            return f"{number:g} looks like a percentage: did you mean {smaller:g}?"
        return f"Give a number {self.words()}."


def shown(value: Any) -> Any:
    """A value as it can be echoed in JSON: short, and with NaN and infinity as words."""
    if value is MISSING:
        return None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return value if abs(value) < 2**63 else f"a whole number of {value.bit_length()} bits"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def nearest(name: Any, known: Iterable[str]) -> str:
    """ "Did you mean ...?" where a known name is close, else the known names."""
    names = list(known)
    close = get_close_matches(str(name).lower().replace(" ", "_"), names, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(names)}."


class Reader:
    """One object of the document and its dotted path. What can't be read is reported and comes back as its default."""

    def __init__(self, raw: Mapping[str, Any], path: str, known: Iterable[str], problems: list[Problem]) -> None:
        self.raw, self.path, self.problems = raw, path, problems
        names = tuple(known)
        unknown = [key for key in raw if key not in names]
        for key in unknown[:MOST_UNKNOWN]:
            self.report(str(key) or '""', MISSING, "There is no such key.", nearest(key, names))
        if len(unknown) > MOST_UNKNOWN:
            more = len(unknown) - MOST_UNKNOWN
            self.report(str(unknown[MOST_UNKNOWN]), MISSING, f"There are {more} more unknown keys.", "Remove them.")

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def report(self, key: str, value: Any, message: str, remedy: str) -> None:
        self.problems.append(Problem(self.at(key), shown(value), message, remedy))

    def get(self, key: str) -> Any:
        """The raw value; null is the same as missing."""
        value = self.raw.get(key)
        return MISSING if value is None else value

    def number(self, key: str, spec: Numeric) -> float | None:
        value = self.get(key)
        if value is MISSING:
            if spec.required:
                self.report(key, MISSING, "It is missing.", f"Give a number {spec.words()}.")
                return math.nan
            return spec.default
        return self.checked(key, value, spec)

    def needed(self, key: str, spec: Numeric) -> float:
        """A number that is required or has a default."""
        number = self.number(key, spec)
        assert number is not None, f"{key} is neither required nor has it a default"
        return number

    def checked(self, key: str, value: Any, spec: Numeric) -> float:
        number = plain_number(value)
        if number is None:
            self.report(key, value, f"{described(value)} is not a number.", f"Give a number {spec.words()}.")
        elif not math.isfinite(number):
            self.report(key, value, "It is not a finite number.", f"Give a number {spec.words()}.")
        elif not spec.allows(number):
            self.report(key, value, f"{number:g} is impossible: it must be {spec.words()}.", spec.remedy(number))
        elif spec.low_open and number - spec.low < SMALLEST:
            remedy = f"Give a number that is above {spec.low:g} by {SMALLEST:g} or more."
            self.report(key, value, f"{number:g} is too close to {spec.low:g} to count with.", remedy)
        else:
            return number + 0.0  # -0.0 becomes 0.0
        return math.nan

    def numbers(self, key: str, spec: Numeric, most: int) -> tuple[float, ...]:
        value = self.get(key)
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= most:
            self.report(key, value, f"It must be a list of 1 to {most} numbers.", "Give a list such as [56, 47, 39].")
            return ()
        return tuple(self.checked(f"{key}.{index}", item, spec) for index, item in enumerate(value))

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number (5.0 is one, 5.5 and true are none); `low` where it can't be read."""
        value = self.get(key)
        if value is MISSING and default is not None:
            return default
        number = plain_number(value)
        if number is None or not math.isfinite(number) or number != int(number) or not low <= number <= high:
            message = (
                "It is missing." if value is MISSING else f"{described(value)} is not a whole number of this range."
            )
            self.report(key, value, message, f"Give a whole number from {low} to {high}.")
            return low
        return int(number)

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if value is MISSING:
            return False
        if not isinstance(value, bool):
            self.report(key, value, f"{described(value)} is neither true nor false.", "Give true or false.")
        return value is True

    def choice(self, key: str, options: tuple[str, ...], default: str = "") -> str:
        value = self.get(key)
        if value is MISSING and default:
            return default
        if not isinstance(value, str) or value not in options:
            message = "It is missing." if value is MISSING else f"{described(value)} is not among the choices."
            self.report(key, value, message, nearest(value, options) if isinstance(value, str) else choices(options))
            return default or options[0]
        return value

    def text(self, key: str, most: int = 200) -> str:
        value = self.get(key)
        if value is MISSING:
            return ""
        if not isinstance(value, str) or len(value) > most or not value.isprintable():
            self.report(key, value, "It is not a line of text.", f"Give at most {most} printable characters.")
            return ""
        return value.strip()

    def date(self, key: str) -> date | None:
        value = self.get(key)
        if value is MISSING:
            return None
        try:
            return date.fromisoformat(value) if len(value) == 10 else date.fromisoformat("")
        except (TypeError, ValueError):
            self.report(key, value, f"{described(value)} is not a date.", "Give it as YYYY-MM-DD, such as 2013-06-30.")
            return None

    def section(self, key: str, known: Iterable[str]) -> Reader | None:
        """The object under `key`; None where there is none."""
        value = self.get(key)
        if value is MISSING:
            return None
        if not isinstance(value, Mapping):
            self.report(key, value, f"{described(value)} is not an object.", f"Give an object with {', '.join(known)}.")
            return None
        return Reader(value, self.at(key), known, self.problems)


def plain_number(value: Any) -> float | None:
    """The value as a float, None where it is no number at all; an integer beyond all floats is infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def described(value: Any) -> str:
    """The value at the start of a sentence."""
    if isinstance(value, str):
        return f'The text "{value[:40]}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "A list"
    return "An object" if isinstance(value, Mapping) else str(shown(value))


def choices(options: Iterable[str]) -> str:
    return f"Choose one of {', '.join(options)}."


def refuse(problems: Iterable[Problem]) -> None:
    """One error with all problems, if there are any."""
    found = tuple(problems)
    if found:
        raise InvalidInput(problems=found)
