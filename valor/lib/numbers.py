"""Figures as people type and read them: ``8%``, ``350m``, ``1.2bn`` in; ``12.3 %``, ``USD 4.2bn`` out."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Literal

from valor.lib.errors import InvalidInput

Kind = Literal["rate", "money", "number", "years"]

MINUS = "\u2212"
MISSING = "\u2013"
LONGEST = 40

# Decimal exponents of what may follow the figure. Money and share counts are in millions.
SUFFIXES: dict[Kind, dict[str, int]] = {
    "rate": {"": -2, "%": -2},
    "money": {"": 0, "k": -3, "m": 0, "mn": 0, "bn": 3, "b": 3, "tn": 6, "t": 6},
    "number": {"": 0},
    "years": {"": 0, "y": 0, "year": 0, "years": 0},
}
REMEDIES: dict[Kind, str] = {
    "rate": "Type a percentage such as 8 or 8%.",
    "money": "Type millions, such as 1200, 350m or 1.2bn.",
    "number": "Type a number such as 1,234.5.",
    "years": "Type a number of years such as 5.",
}
UNITS = {"units": 0, "thousands": 3, "millions": 6, "billions": 9}
TIME_STEPS = ((86_400, "d", "h"), (3600, "h", "min"), (60, "min", "s"))
SMALLER = {"h": 3600, "min": 60, "s": 1}
STEPS = ((12, "tn"), (9, "bn"), (6, "m"), (3, "k"))
BYTES = ("B", "kB", "MB", "GB", "TB", "PB")

SPACES = "\u0020\u00a0\u2009\u202f"
QUANTITY = re.compile(
    rf"""(?P<sign>[+-]?)\s*
    (?P<whole>\d{{1,3}}(?:(?P<mark>[,{SPACES}])\d{{3}}(?:(?P=mark)\d{{3}})*)|\d*)
    (?P<rest>(?:\.\d*)?(?:e[+-]?\d{{1,3}})?)
    \s*(?P<suffix>[a-z%]*)""",
    re.VERBOSE | re.ASCII,
)


def parse_quantity(text: str, kind: Kind, field: str = "value") -> float:
    """The figure that somebody typed.

    Parameters
    ----------
    text
        For example ``8%``, ``1,234.5``, ``350m`` or ``−5``; groups of thousands take commas or spaces.
    kind
        ``rate`` (typed in percent, returned as a decimal: ``8`` is 0.08), ``money`` (returned in millions),
        ``number`` or ``years`` (not negative).
    field
        The path that an error names.

    Raises
    ------
    InvalidInput
        When the text is no figure of this kind, naming the field, the text and the remedy.
    """
    cleaned = text.strip().replace(MINUS, "-").lower()
    match = QUANTITY.fullmatch(cleaned) if len(cleaned) <= LONGEST else None
    exponent = SUFFIXES[kind].get(match["suffix"]) if match else None
    if match is None or exponent is None or not re.search(r"\d", match["whole"] + match["rest"].partition("e")[0]):
        shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
        raise InvalidInput.at(field, shown, f"{shown.strip() or 'Nothing'!r} is not {article(kind)}.", REMEDIES[kind])
    digits = re.sub(rf"[,{SPACES}]", "", match["whole"]) or "0"
    # Decimal shifts exactly: 12.3 % is 0.123, where 12.3 / 100 is 0.12300000000000001.
    value = float(Decimal(f"{match['sign']}{digits}{match['rest']}").scaleb(exponent))
    if not math.isfinite(value):
        raise InvalidInput.at(field, text, "The number is too large.", REMEDIES[kind])
    if kind == "years" and value < 0:
        raise InvalidInput.at(field, text, "A number of years can't be negative.", REMEDIES[kind])
    return value


def article(kind: Kind) -> str:
    return {"rate": "a percentage", "money": "an amount", "number": "a number", "years": "a number of years"}[kind]


def format_number(value: float | None, digits: int = 1) -> str:
    """``1,234.5``, with a true minus; a dash where there is no figure (None, NaN, infinity)."""
    if value is None or not math.isfinite(value):
        return MISSING
    shown = f"{value:,.{digits}f}"
    if shown.startswith("-"):
        # What rounds to zero has no sign.
        shown = f"{MINUS}{shown[1:]}" if shown.strip("-0.,") else shown[1:]
    return shown


def format_signed(value: float | None, digits: int = 1) -> str:
    """As ``format_number``, with a plus in front of what is above zero."""
    shown = format_number(value, digits)
    rises = value is not None and value > 0 and bool(shown.strip("0.,")) and shown != MISSING
    return f"+{shown}" if rises else shown


def format_percent(value: float | None, digits: int = 1) -> str:
    """A decimal rate as ``12.3 %``."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{format_number(value * 100, digits)} %"


def format_money(value: float | None, currency: str = "", unit: str = "millions", digits: int = 1) -> str:
    """An amount stated in *unit* on the scale that reads best: ``USD 4.2bn``; small amounts keep two decimals."""
    if value is None or not math.isfinite(value):
        return MISSING
    if unit not in UNITS:
        raise ValueError(f"{unit!r} is not a unit of money: use one of {', '.join(UNITS)}.")
    amount = value * 10.0 ** UNITS[unit]
    prefix = f"{currency} " if currency else ""
    for exponent, suffix in STEPS:
        scaled = amount / 10.0**exponent
        if abs(round(scaled, digits)) >= 1:
            return f"{prefix}{format_number(scaled, digits)}{suffix}"
    return f"{prefix}{format_number(amount, 2)}"


def format_duration(seconds: float | None) -> str:
    """``4 ms``, ``0.4 s``, ``12 s``, ``3 min 20 s``, ``1 h 5 min``, ``2 d 3 h``; a dash where there is none."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    size, unit, smaller = next(step for step in TIME_STEPS if whole >= step[0])
    return f"{whole // size} {unit} {whole % size // SMALLER[smaller]} {smaller}"


def in_bytes(size: float) -> tuple[float, str]:
    """In the unit that leaves one to three digits before the point."""
    step = 0
    while abs(size) >= 999.5 and step < len(BYTES) - 1:
        size, step = size / 1000, step + 1
    return size, BYTES[step]


def format_bytes(size: float | None) -> str:
    """``999 B``, ``1.2 kB``, ``67.1 MB``; a dash where there is none."""
    if size is None:
        return MISSING
    figure, unit = in_bytes(size)
    return f"{format_number(figure, 0 if unit == BYTES[0] else 1)} {unit}"
