"""The one family of errors. Pure Python: engines, apps and the API all speak it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, with which value, why, and what to do about it."""

    field: str
    value: Any
    message: str
    remedy: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class ValorError(Exception):
    """Something went wrong: try again, or ask an operator."""

    code = "error"
    status = 400
    retry_after: int | None = None  # seconds after which asking again makes sense
    outage: Any = None  # the one of the database that it tells of

    def __init__(self, message: str = "", *, problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        self.message = message or inspect.cleandoc(type(self).__doc__ or "")
        super().__init__(self.message)

    def __str__(self) -> str:
        lines = [self.message]
        lines += [f"{p.field}: {p.message} {p.remedy}".rstrip() for p in self.problems]
        return "\n".join(lines)


class InvalidInput(ValorError):
    """Some of the input can't be used: see each field's message and remedy."""

    code = "invalid"

    @classmethod
    def at(cls, field: str, value: Any, message: str, remedy: str) -> InvalidInput:
        """An error about a single field."""
        return cls(problems=[Problem(field, value, message, remedy)])


class NotFound(ValorError):
    """There is nothing here that you may see: check the address, or whether it was deleted."""

    code = "not_found"
    status = 404


class Conflict(ValorError):
    """Somebody changed this in the meantime: load it again, or save on top of the newer version."""

    code = "conflict"
    status = 409


class Unavailable(ValorError):
    """A part of the platform can't be reached just now: try again in a moment."""

    code = "unavailable"
    status = 503
