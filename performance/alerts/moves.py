"""The moves of an alert, each by conditional UPDATE: whoever was first wrote it, and writes its event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction

from performance.alerts.choices import AlertState, EventKind
from performance.alerts.machine import Severity, Situation, State
from performance.alerts.models import Alert, AlertEvent, Threshold


def situation(alert: Alert) -> Situation:
    return Situation(State(alert.state), Severity(alert.severity), alert.since.timestamp())


def begin(alert: Alert) -> AlertEvent | None:
    """Stores a new alert; None when another sampler was first."""
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
    except IntegrityError:
        return None
    return event_of(alert, EventKind.FIRED if alert.state == AlertState.FIRING else EventKind.PENDING, alert.began_at)


def drop(alert: Alert) -> None:
    """It never fired, so nobody heard of it."""
    Alert.objects.filter(pk=alert.pk, state=AlertState.PENDING).delete()


def move(alert: Alert, after: Situation, at: datetime) -> tuple[bool, AlertEvent | None]:
    """Into its new state, if it still is in the old one; whether it was, and what to call the move."""
    as_read = Alert.objects.filter(pk=alert.pk, state=alert.state, severity=alert.severity, since=alert.since)
    values: dict[str, Any] = {
        "state": after.state.value,
        "severity": after.severity.value,
        "since": at if after.since == at.timestamp() else datetime.fromtimestamp(after.since, UTC),
        "judged_at": at,
    }
    if after.state is State.FIRING and alert.fired_at is None:
        values["fired_at"] = at
    if after.state is State.RESOLVED:
        values["resolved_at"] = at
    if not as_read.update(**values):
        return False, None
    kind = kind_of(alert, after)
    for name, value in values.items():
        setattr(alert, name, value)
    return True, event_of(alert, kind, at) if kind is not None else None


def kind_of(alert: Alert, after: Situation) -> EventKind | None:
    """What to call the move; None where only a clock was started again."""
    if after.state.value != alert.state:
        return kind_of_state(alert, after.state)
    if after.state is not State.FIRING or after.severity.value == alert.severity:
        return None
    return EventKind.ESCALATED if after.severity is Severity.CRITICAL else EventKind.EASED


def kind_of_state(alert: Alert, after: State) -> EventKind:
    if after is State.RESOLVED:
        return EventKind.RESOLVED
    if after is State.RECOVERING:
        return EventKind.RECOVERING
    return EventKind.FIRED if alert.state == AlertState.PENDING else EventKind.RELAPSED


def close(alert: Alert, at: datetime, why: str, by: Any = None) -> bool:
    """Ends an alert for another reason than its figure; nobody is told but its history."""
    is_open = Alert.objects.filter(pk=alert.pk).exclude(state=AlertState.RESOLVED)
    if not is_open.update(state=AlertState.RESOLVED, resolved_at=at):
        return False
    alert.state, alert.resolved_at = AlertState.RESOLVED, at
    event = event_of(alert, EventKind.CLOSED, at, why)
    event.by = by
    event.save()
    return True


def close_all_of(threshold: Threshold, at: datetime, by: Any) -> None:
    """Ends the open alerts of a threshold that is switched off."""
    for alert in Alert.objects.filter(threshold=threshold).exclude(state=AlertState.RESOLVED):
        close(alert, at, "Its threshold was switched off.", by)


def event_of(alert: Alert, kind: EventKind, at: datetime, note: str = "") -> AlertEvent:
    return AlertEvent(alert=alert, at=at, kind=kind, severity=alert.severity, value=alert.value, note=note)
