"""How a file of prices is refused."""

from __future__ import annotations

from typing import Any

from valor.lib.errors import InvalidInput, Problem

LONGEST = 80  # of what is echoed


class BadPriceFile(InvalidInput):
    """This file can't be imported: see what is wrong with it, correct it and send it again."""


def refused(message: str, remedy: str, field: str = "file", value: Any = None) -> BadPriceFile:
    """The refusal of a whole file; *value* is echoed in a form that every page and database can hold."""
    return BadPriceFile(problems=[Problem(field, shown(value) if isinstance(value, str) else value, message, remedy)])


def at_line(line: int, message: str, remedy: str, value: str | None = None) -> BadPriceFile:
    """The refusal of a whole file for what stands in one of its lines."""
    return refused(f"Line {line:,}: {message}", remedy, f"line {line}", value)


def shown(text: str) -> str:
    """A text out of a file, short and printable."""
    clean = "".join(character if character.isprintable() else "?" for character in text[: LONGEST + 1])
    clean = clean.encode("utf-8", "replace").decode()
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"
