"""Submitting from outside: what a person, a program or a command line asks for, by name."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from tasks import registry, services
from tasks.choices import HIGHEST, LOWEST, Priority
from tasks.errors import KindForbidden
from tasks.models import Job
from valor.lib.errors import InvalidInput

LEVELS = {level.name.lower(): int(level) for level in Priority}


def submit_as(
    user: User | AnonymousUser, *, kind: str, parameters: dict[str, Any], priority: Any = None, **rules: Any
) -> Job:
    """Submits a job for *user* as ``services.submit`` does; KindForbidden where the kind is not theirs to ask for."""
    spec = registry.spec_of(kind)
    if user.is_anonymous or spec not in registry.submittable(user):
        raise KindForbidden
    return services.submit(kind, parameters, owner=user, priority=priority_called(priority), **rules)


def priority_called(name: Any) -> Any:
    """The number of a priority's name; a number is its own."""
    if not isinstance(name, str):
        return name
    if name not in LEVELS:
        remedy = f"Use {', '.join(LEVELS)} or a whole number from {HIGHEST} to {LOWEST}."
        raise InvalidInput.at("priority", name, "This is no priority.", remedy)
    return LEVELS[name]


def checked_text(data: Any, field: str = "parameters") -> None:
    """Refuses a character that PostgreSQL can't store, anywhere in plain data."""
    pending = [data]
    while pending:
        part = pending.pop()
        if isinstance(part, str) and "\0" in part:
            raise InvalidInput.at(field, None, "A text in it holds the character U+0000.", "Send it without.")
        if isinstance(part, dict):
            pending += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            pending += part
