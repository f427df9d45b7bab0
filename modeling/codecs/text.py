"""JSON text in, plain data out; stricter than the standard library."""

from __future__ import annotations

import json
import math
from typing import Any

from valor.lib.errors import InvalidInput
from valor.lib.text import has_half_character, is_deep

MOST_CHARACTERS = 5 * 1024 * 1024


class Unreadable(InvalidInput):
    """This is not a JSON document: correct it and send it again."""


def load_json(text: str | bytes) -> dict[str, Any]:
    """One JSON object. Refuses NaN, Infinity, numbers beyond all bounds (1e400) and a key given twice."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        if len(text) > MOST_CHARACTERS:
            raise refusal("The document is longer than 5 MB.", "Send the inputs of one valuation only.")
        raw = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=without_duplicates,
            parse_float=finite_float,
            parse_int=finite_int,
            parse_constant=refuse_constant,
        )
        if is_deep(raw):
            raise RecursionError
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise refusal(f"This is not JSON: {error.msg} at {where}.", "Correct the text there.") from None
    except UnicodeDecodeError:
        raise refusal("The text is not UTF-8.", "Save the file as UTF-8.") from None
    except RecursionError:
        raise refusal("The document is nested too deeply.", "A valuation has four levels at most.") from None
    if "\\u" in text and has_half_character(raw):
        raise refusal("It holds half a character, such as \\ud800 alone.", "Remove it, or write both halves.")
    if not isinstance(raw, dict):
        raise refusal("The document is not a JSON object.", 'It starts with "{" and names its inputs.')
    return raw


def refusal(message: str, remedy: str, value: Any = None, field: str = "document") -> InvalidInput:
    return Unreadable.at(field, value, message, remedy)


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise refusal(f'The key "{key}" is given twice in one object.', "Keep one of the two.", field=key)
        result[key] = value
    return result


def finite_float(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        raise refusal(f"{literal} is larger than any number can be.", "Give a finite number.", literal)
    return number


def finite_int(literal: str) -> int:
    if len(literal) > 300:
        raise refusal("A number has more than 300 digits.", "Give a finite number.", f"{literal[:20]}...")
    return int(literal)


def refuse_constant(literal: str) -> Any:
    raise refusal(f"{literal} is not a number.", "Give a finite number, or null where a value may be missing.", literal)
