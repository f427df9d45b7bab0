"""The words of thresholds and alerts, as the models and the API offer them."""

from __future__ import annotations

from django.db import models

from performance.alerts import machine

SILENCE = "silence"  # What an alert is muted by, where it is not the alert that explains it.


class Direction(models.TextChoices):
    """On which side of its levels a metric is in trouble."""

    ABOVE = "above", "above"
    BELOW = "below", "below"


class MissingData(models.TextChoices):
    """What it means when a reading is missing."""

    KEEP = machine.Missing.KEEP.value, "keep the state"
    UNKNOWN = machine.Missing.UNKNOWN.value, "the state is unknown"
    FIRE = machine.Missing.FIRE.value, "raise an alert"


class AlertState(models.TextChoices):
    PENDING = machine.State.PENDING.value, "Pending"
    FIRING = machine.State.FIRING.value, "Firing"
    RECOVERING = machine.State.RECOVERING.value, "Recovering"
    RESOLVED = machine.State.RESOLVED.value, "Resolved"


class AlertSeverity(models.TextChoices):
    INFO = machine.Severity.INFO.value, "Info"
    WARNING = machine.Severity.WARNING.value, "Warning"
    CRITICAL = machine.Severity.CRITICAL.value, "Critical"


class EventKind(models.TextChoices):
    """What happened to an alert."""

    PENDING = "pending", "Pending"
    FIRED = "fired", "Fired"
    ESCALATED = "escalated", "Became critical"
    EASED = "eased", "Became a warning"
    RECOVERING = "recovering", "Recovering"
    RELAPSED = "relapsed", "Fired again"
    RESOLVED = "resolved", "Resolved"
    REPEATED = "repeated", "Told again"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    WITHDRAWN = "withdrawn", "Acknowledgement withdrawn"
    SILENCED = "silenced", "Silenced"
    CLOSED = "closed", "Closed"


ENDED = (EventKind.RESOLVED, EventKind.CLOSED)


class Channel(models.TextChoices):
    LOG = "log", "log"
    EMAIL = "email", "email"
    WEBHOOK = "webhook", "webhook"


class Delivery(models.TextChoices):
    PENDING = "pending", "waiting"
    SENT = "sent", "sent"
    FAILED = "failed", "given up"
