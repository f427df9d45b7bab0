"""Values of a document in words: for summaries, histories and comparisons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from modeling.forms.fields import DRIVERS, Field, Group
from modeling.forms.texts import shown
from modeling.forms.workbench import value_at
from valor.lib.numbers import MINUS, format_money, format_number, format_percent

HYPHEN = re.compile(r"(?<![\w-])-(?=\d)")  # before a number, not within a date, a range or an exponent
COUNTS = ("shares", "count")
NAMES = re.compile(rf"\b({'|'.join(name for name in DRIVERS if '_' in name)})\b")


def inside(label: str) -> str:
    """A label within a sentence; abbreviations keep their capitals."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def spoken(text: str) -> str:
    """A message with the names of drivers as the page writes them: ``terminal_growth`` is terminal growth."""
    return NAMES.sub(lambda match: inside(DRIVERS[match[0]].label), text)


def typeset(text: str) -> str:
    """Figures as the page writes them: a true minus, a space before the percent sign at which no line breaks."""
    return re.sub(r"(?<=\d) ?%", "\u00a0%", HYPHEN.sub(MINUS, text))


def unit_of(kind: str, currency: str, name: str = "") -> str:
    """The unit that stands beside an input."""
    if name in COUNTS:
        return "million"
    units = {"rate": "%", "money": f"{currency} m", "moneys": f"{currency} m", "years": "years", "rates": "%"}
    return units.get(kind, "")


def worded(value: Any, field: Field, currency: str = "") -> str:
    """A value in words: 8.5 %, USD 1.3bn, 5 years."""
    if value is None:
        return "none"
    if field.kind == "flag":
        return "yes" if value else "no"
    if field.kind == "choice":
        return dict(field.choices).get(str(value), str(value))
    if field.kind == "rate":
        return f"{shown(value, 'rate')} %"
    if field.kind == "money":
        return format_money(value, "" if field.name in COUNTS else currency)
    if field.kind == "moneys":
        return f"{len(value)} years"
    return f"{shown(value, field.kind)} years" if field.kind == "years" else shown(value, field.kind)


def historic(value: float, field: Field) -> str:
    """A figure of a past year."""
    if field.kind == "rate":
        return format_percent(value)
    return format_money(value) if field.kind == "money" else format_number(value, 2)


def summary_of(group: Group, document: Mapping[str, Any]) -> str:
    """The values of a closed group in one line; what is empty or nothing is left out."""
    if group.name == "price":
        return price_summary(document)
    parts = []
    for field in group.fields:
        value = value_at(document, field.path)
        if value is None or value is False or field.path == "name" or (field.kind == "money" and value == 0):
            continue
        parts.append(field.summary_label if value is True else f"{field.summary_label} {worded(value, field)}")
    return ", ".join(parts) or "none"


def price_summary(document: Mapping[str, Any]) -> str:
    price = document.get("price") or {}
    if price.get("value") is None:
        return "none: no comparison"
    parts = (
        f"{document.get('currency', '')} {shown(price['value'], 'number')}",
        price.get("date"),
        price.get("source"),
    )
    return ", ".join(str(part) for part in parts if part)
