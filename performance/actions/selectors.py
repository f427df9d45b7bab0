"""Reads of actions: what can be done, what it would do, and what came of earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from performance.actions.errors import AlreadyRuns
from performance.actions.registry import Action, Parameters
from performance.actions.services import key_of
from performance.models import ActionRun
from performance.units import shown
from valor.lib.errors import ValorError


def runs() -> QuerySet[ActionRun]:
    """The newest first."""
    return ActionRun.objects.select_related("recommendation", "requested_by")


@dataclass(frozen=True)
class Plan:
    """What an action would do; ``refusal`` where it would be refused."""

    action: Action
    parameters: Parameters
    steps: list[str]
    refusal: str = ""


def plan_of(action: Action, parameters: Parameters) -> Plan:
    refusal = action.unavailable()
    if refusal:
        return Plan(action, parameters, [], refusal)
    try:
        canonical = action.checked(parameters)
        if ActionRun.objects.filter(key=key_of(action.name, canonical), finished_at=None).exists():
            raise AlreadyRuns
        return Plan(action, parameters, action.plan(canonical))
    except ValorError as error:
        return Plan(action, parameters, [], str(error))


def told(run: ActionRun, when: str) -> str:
    """The figure before or after, with its unit and of what it was taken."""
    taken: dict[str, Any] = getattr(run, when) or {}
    value = run.value(when)
    note = taken.get("note", "")
    if value is None:
        return note or "–"
    return f"{shown(value, run.unit)}{f' ({note})' if note else ''}"
