"""A formula with its figures filled in, each leading to the input or the figure it comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from string import Formatter

from modeling.forms.fields import FIELDS
from valor.lib.numbers import format_number, format_percent


@dataclass(frozen=True)
class Term:
    """A piece of a formula; with a name it is a figure, and with an address its source can be reached."""

    text: str
    name: str = ""
    href: str = ""


Formula = tuple[Term, ...]
OPERATORS = ("+", "−", "×", "/")


def formula(pattern: str, **terms: Term | str) -> Formula:
    """``formula("{revenue} × {margin}", revenue=..., margin=...)``: the pattern with its terms in place.

    A negative figure behind an operator stands in brackets.
    """
    found: list[Term] = []
    for words, name, _, _ in Formatter().parse(pattern):
        if words:
            found.append(Term(words))
        if name:
            given = terms[name]
            term = given if isinstance(given, Term) else Term(given)
            behind = found[-1].text.rstrip()[-1:] if found else ""
            found.append(replace(term, text=f"({term.text})") if behind in OPERATORS and is_negative(term) else term)
    return tuple(found)


def is_negative(term: Term) -> bool:
    return term.text.startswith("−")


def money(value: float) -> str:
    return format_number(value, 1)


def rate(value: float) -> str:
    """A rate in digits enough to follow the calculation."""
    return format_percent(value, 2)


def typed(path: str, text: str) -> Term:
    """A figure that somebody typed: it leads to its input."""
    field = FIELDS[path]
    return Term(text, field.label, f"#field-{field.key}")
