"""One value as people type it, and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from valor.lib import numbers
from valor.lib.errors import InvalidInput
from valor.lib.numbers import parse_quantity

DIGITS = 6
EXAMPLES = {
    "rate": "Type percent, such as 8 or 8%.",
    "money": "Type millions, such as 350, 350m or 1.2bn.",
    "moneys": "Type millions set apart by semicolons, such as 56; 47; 39.",
    "number": "Type a plain number, such as 1.5.",
    "numbers": "Type numbers set apart by semicolons, such as 0.25; 0.5; 0.25.",
    "rates": "Type percents set apart by semicolons, such as 5; 8; 12.",
    "years": "Type a whole number of years, such as 5.",
}


class Unreadable(ValueError):
    """A text that is no number of its kind; the message is for the person who typed it."""


def plain(value: float) -> str:
    """Six significant digits, never an exponent, thousands set apart: 0.0275 -> "0.0275", 350018 -> "350,018"."""
    number = Decimal(repr(float(value)))
    if not number.is_finite():
        return str(value)
    places = max(0, DIGITS - 1 - number.adjusted()) if number else 0
    text = f"{number:,.{min(places, 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value: Any, kind: str) -> str:
    """*value* as it stands in an input; empty for None."""
    if value is None or value == "":
        return ""
    if kind == "flag":
        return "on" if value else ""
    if kind in ("moneys", "numbers", "rates"):
        return "; ".join(shown(item, kind[:-1]) for item in value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return plain(value * 100) if kind == "rate" else plain(value)


def read(text: str, kind: str, stored: Any = None) -> Any:
    """The value that *text* stands for; None when empty.

    A text that still shows the *stored* value keeps it, so that showing fewer digits never changes a document.
    """
    text = text.strip()
    if kind == "flag":
        return text == "on"
    if not text:
        return None
    if stored is not None and text == shown(stored, kind):
        return stored
    if kind in ("date", "text", "choice"):
        return text
    if kind in ("moneys", "numbers", "rates"):
        parts = text.split(";") if ";" in text else text.split()
        return [one(part.strip(), kind[:-1]) for part in parts if part.strip()]
    return one(text, kind)


def one(text: str, kind: str) -> float | int:
    try:
        value = parse_quantity(text, cast(numbers.Kind, kind))
    except InvalidInput:
        raise Unreadable(EXAMPLES[kind]) from None
    return int(value) if kind == "years" and value == int(value) else value
