"""What is wrong with a document, said in the units and words of the page where it was typed."""

from __future__ import annotations

import re
from dataclasses import replace

from modeling.forms.fields import DRIVERS, FIELDS
from modeling.forms.texts import plain
from modeling.forms.uncertainty import KINDS, parameters
from modeling.presenters.words import spoken, typeset
from valor.lib.errors import Problem

# A number of its own: neither part of a word or a matrix nor a percentage already.
NUMBER = re.compile(r"(?<![\w.,\[])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w%]|\.\d)")
BOUND = re.compile(r'with "(lower|upper)": ')
BOUNDS = {"lower": "by “Never below” ", "upper": "by “Never above” "}
GUESS = re.compile(r"\S+(?: %)? looks like a percentage: did")
CHOICE = re.compile(r'\b(?:set|Set) ([\w.]+) to "(\w+)"')


def on_page(problem: Problem, kind: str) -> Problem:
    """The problem as the page says it; *kind* is the distribution chosen where a driver's is meant."""
    # A text that was not even understood is quoted as it was typed, beside an example in the page's units.
    understood = not isinstance(problem.value, str)
    rate = understood and is_rate(problem.field, kind)
    message, remedy = (worded(text, rate) for text in (problem.message, problem.remedy))
    if understood:
        message, remedy = typeset(message), typeset(remedy)
    if problem.field == "correlations":
        remedy = ""  # the button beside it puts the whole matrix into the form
    return replace(problem, message=message, remedy=remedy)


def is_rate(path: str, kind: str) -> bool:
    """Whether the page asks for this figure in percent."""
    if path in FIELDS:
        return FIELDS[path].kind == "rate"
    root, _, rest = path.partition(".")
    driver, _, parameter = rest.partition(".")
    if root != "uncertainty" or driver not in DRIVERS:
        return False
    own = {part.name: part.kind(DRIVERS[driver]) for part in parameters(kind if kind in KINDS else "normal")}
    return own.get(parameter.partition(".")[0], DRIVERS[driver].kind) in ("rate", "rates")


def worded(text: str, rate: bool) -> str:
    said = NUMBER.sub(percent, text) if rate else text
    said = BOUND.sub(lambda match: BOUNDS[match[1]], CHOICE.sub(chosen, said))
    return spoken(GUESS.sub("Did", said))


def percent(number: re.Match[str]) -> str:
    return f"{plain(float(number[0]) * 100)} %"


def chosen(match: re.Match[str]) -> str:
    """``set terminal_method to "gordon"`` with the labels of that choice."""
    field = FIELDS.get(match[1])
    label = dict(field.choices).get(match[2]) if field else None
    return f"choose “{label}” for “{field.label}”" if field and label else match[0]
