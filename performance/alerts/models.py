"""Limits, what happens when a metric goes beyond one, and who was told."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from performance.alerts import machine
from performance.alerts.choices import (
    AlertSeverity,
    AlertState,
    Channel,
    Delivery,
    Direction,
    EventKind,
    MissingData,
)
from performance.models.samples import CompactJSON

# What happens now and then is not over because nobody did it for a moment: so many seconds without it must pass.
CALM = {("queries", "repeated"): 600.0}


class Threshold(models.Model):
    """The levels of one metric. What cards, charts, alerts and the status call its limit is *warning*."""

    category = models.CharField(max_length=20)
    metric = models.CharField(max_length=40)
    direction = models.CharField(max_length=5, choices=Direction.choices, default=Direction.ABOVE)
    warning = models.FloatField(help_text="Beyond it an alert begins.")
    critical = models.FloatField(null=True, blank=True, help_text="Beyond it the alert is critical; empty: never.")
    clear = models.FloatField(help_text="The alert ends only past it, on the good side of the warning level.")
    duration = models.PositiveIntegerField(
        default=0, help_text="Seconds that the metric must stay beyond the level before the alert fires."
    )
    missing = models.CharField(
        "missing data",
        max_length=7,
        choices=MissingData.choices,
        default=MissingData.KEEP,
        help_text="What it means when the figure can't be read.",
    )
    enabled = models.BooleanField(default=True)
    changed_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "metric"], name="threshold_once_per_metric")]

    def __str__(self) -> str:
        return f"{self.category}.{self.metric}"

    @property
    def rule(self) -> machine.Rule:
        return machine.Rule(
            above=self.direction == Direction.ABOVE,
            warning=self.warning,
            critical=self.critical,
            clear=self.clear,
            duration=self.duration,
            missing=machine.Missing(self.missing),
            calm=CALM.get((self.category, self.metric), 0.0),
        )


class ThresholdChange(models.Model):
    """One change of a threshold: who, when, and each field from what to what."""

    threshold = models.ForeignKey(Threshold, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    fields = models.JSONField(encoder=CompactJSON, help_text="Field: [from, to].")

    def __str__(self) -> str:
        return f"{self.threshold}: {', '.join(self.fields)}"


class Alert(models.Model):
    """A metric that is, or was, beyond its threshold on a host; host empty: of the platform as a whole.

    ``culprits`` holds what was behind it, the largest first: kind, name, figures, share (0 to 1 or null), sentence
    and url.
    """

    threshold = models.ForeignKey(Threshold, on_delete=models.PROTECT, related_name="alerts")
    category = models.CharField(max_length=20)
    metric = models.CharField(max_length=40)
    host = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=AlertState.choices)
    severity = models.CharField(max_length=8, choices=AlertSeverity.choices)
    value = models.FloatField(null=True, help_text="As last read.")
    worst = models.FloatField(null=True, help_text="The farthest beyond the limit.")
    limit = models.FloatField(help_text="The warning level when it began.")
    began_at = models.DateTimeField(help_text="The first reading beyond the limit.")
    since = models.DateTimeField(help_text="When the clock of its state was started.")
    fired_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(help_text="The last sample that it was judged by.")
    judged_interval = models.PositiveIntegerField(default=0, help_text="Seconds between samples then.")
    missing_since = models.DateTimeField(null=True, help_text="Since when the figure can't be read.")
    told_at = models.DateTimeField(null=True, help_text="When somebody was last told of it.")
    told_severity = models.CharField(
        max_length=8, choices=AlertSeverity.choices, blank=True, help_text="The severity that was last told."
    )
    muted_by = models.CharField(max_length=100, blank=True, help_text="The alert or silence that keeps it quiet.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)
    culprits = models.JSONField(default=list, encoder=CompactJSON)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["threshold", "host"],
                condition=~Q(state=AlertState.RESOLVED),
                name="alert_one_open_per_threshold_and_host",
            )
        ]
        indexes = [models.Index(fields=["state", "-began_at"], name="alert_state_began")]

    def __str__(self) -> str:
        return f"{self.category}.{self.metric}{f' on {self.host}' if self.host else ''}: {self.state}"

    @property
    def open(self) -> bool:
        return self.state != AlertState.RESOLVED

    @property
    def key(self) -> tuple[str, str]:
        return self.category, self.metric

    @property
    def lasted(self) -> timedelta:
        """From its beginning to its end, or to the last sample that it was judged by."""
        return (self.resolved_at or self.judged_at) - self.began_at


class AlertEvent(models.Model):
    """What happened to an alert: every move, note and silence, with who did it (nobody: the platform itself)."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    severity = models.CharField(max_length=8, choices=AlertSeverity.choices)
    value = models.FloatField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.kind}"


class Silence(models.Model):
    """For a time nobody is told of the alerts that fit; they still count for the status."""

    category = models.CharField(max_length=20, blank=True, help_text="Empty: every metric.")
    metric = models.CharField(max_length=40, blank=True)
    host = models.CharField(max_length=100, blank=True, help_text="Empty: every host, and the platform.")
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    until = models.DateTimeField(db_index=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.what}{f' on {self.host}' if self.host else ''}"

    @property
    def what(self) -> str:
        if self.metric:
            return f"{self.category}.{self.metric}"
        return f"everything of {self.category}" if self.category else "everything"

    def covers(self, alert: Alert) -> bool:
        fits = ((self.category, alert.category), (self.metric, alert.metric), (self.host, alert.host))
        return all(asked in ("", had) for asked, had in fits)


class Notification(models.Model):
    """The outbox: an event that somebody is still to be told, or was told, by one channel."""

    event = models.ForeignKey(AlertEvent, on_delete=models.CASCADE, related_name="notifications")
    channel = models.CharField(max_length=7, choices=Channel.choices)
    state = models.CharField(max_length=7, choices=Delivery.choices, default=Delivery.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Not before.")
    claim = models.CharField(max_length=40, blank=True, help_text="Who is about to send it.")
    sent_at = models.DateTimeField(null=True)
    message = models.CharField(max_length=40, blank=True, help_text="The same for what went out together.")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "channel"], name="notification_once_per_channel")]
        indexes = [models.Index(fields=["state", "due_at"], name="notification_state_due")]

    def __str__(self) -> str:
        return f"{self.event} by {self.channel}"
