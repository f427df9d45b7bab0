"""What differs between two portfolio documents, and what one consists of, in the words of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.forms.portfolio.fields import Field
from modeling.forms.portfolio.form import all_fields, text_of, value_of
from modeling.presenters.changes import Change

ABOUT_METHOD = ("objective.", "estimators.")


def worded(document: Mapping[str, Any], field: Field) -> str:
    """One input in words; the label of a choice, lines in one."""
    text = text_of(document, field)
    if field.kind == "flag":
        return "yes" if text == "on" else "no"
    if not text:
        return "none"
    if field.choices:
        return dict(field.choices).get(text, text)
    return f"{text} %" if field.unit == "%" else "; ".join(text.splitlines())


def is_told(document: Mapping[str, Any], field: Field) -> bool:
    """Whether the input counts under the document's own choices."""
    if not field.needed_by:
        return True
    return value_of(document, f"{field.path.rpartition('.')[0]}.method") in field.needed_by


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    found = []
    for field in all_fields().values():
        if not (is_told(before, field) or is_told(after, field)):
            continue
        was, now = worded(before, field), worded(after, field)
        if was != now:
            found.append(Change(field.label, short(was), short(now)))
    return found


def short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


def inputs_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every input that counts, with its value."""
    return [
        (field.label, worded(document, field))
        for field in all_fields().values()
        if is_told(document, field) and value_of(document, field.path) not in (None, "", [], {})
    ]
