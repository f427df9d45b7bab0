"""Percentages and ranges of them within a line: ``5 %``, ``0 to 5 %``, ``up to 5 %``, ``at least 2 %``."""

from __future__ import annotations

import re

from modeling.forms.texts import Unreadable, plain
from valor.lib.errors import InvalidInput
from valor.lib.numbers import parse_quantity

FIGURE = r"[+\-\u2212]?\d[\d,]*(?:\.\d*)?(?:e[+\-]?\d+)?\s*%?|[+\-\u2212]?\.\d+\s*%?"
RANGE = (
    rf"(?:(?P<low>{FIGURE})\s*to\s*(?P<high>{FIGURE})"
    rf"|(?:up\s+to|at\s+most)\s+(?P<most>{FIGURE})|at\s+least\s+(?P<least>{FIGURE}))"
)


def line_of(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def rate(text: str) -> float:
    """A percentage as a decimal."""
    try:
        return parse_quantity(text, "rate")
    except InvalidInput as error:
        raise Unreadable("Type percent, such as 8 %.") from error


def percent(value: float) -> str:
    return f"{plain(value * 100)} %"


def ends_of(found: re.Match[str]) -> dict[str, float]:
    """The ends of a range that are stated, as ``lower`` and ``upper``."""
    low, high = found["low"] or found["least"], found["high"] or found["most"]
    ends = {"lower": low, "upper": high}
    return {name: rate(text) for name, text in ends.items() if text is not None}


def range_text(lower: float | None, upper: float | None) -> str:
    if lower is None:
        return "" if upper is None else f"up to {percent(upper)}"
    return f"at least {percent(lower)}" if upper is None else f"{plain(lower * 100)} to {percent(upper)}"
