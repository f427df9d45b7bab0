"""What is recommended, and what became of the actions that were taken."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from performance.models.samples import CompactJSON


class Recommendation(models.Model):
    """One row for each rule and subject: what is wrong, why, and the cure, as the evidence last told it.

    ``explains`` are the figures (``category.metric``) that it moves, ``touches`` the names by which an alert's culprits
    could mention it, ``magnitude`` the size of the evidence in the rule's own unit.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DISMISSED = "dismissed", "Dismissed"
        APPLIED = "applied", "Applied"
        PAST = "past", "Past"

    rule = models.CharField(max_length=50)
    subject = models.CharField(max_length=300)
    area = models.CharField(max_length=20)
    host = models.CharField(max_length=100, blank=True, help_text="Where, if it concerns one host only.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    score = models.FloatField(help_text="Up to 100: how deep the cause, how sure.")
    magnitude = models.FloatField(help_text="The size of the evidence in the rule's own unit.")
    title = models.CharField(max_length=300)
    cause = models.TextField()
    cure = models.TextField()
    evidence = models.JSONField(default=list, encoder=CompactJSON, help_text="Pairs of label and figure.")
    effect = models.TextField(help_text="What to expect, and how that was estimated.")
    effort = models.CharField(max_length=10)
    explains = models.JSONField(default=list, encoder=CompactJSON)
    touches = models.JSONField(default=list, encoder=CompactJSON)
    action = models.CharField(max_length=50, blank=True)
    parameters = models.JSONField(default=dict, encoder=CompactJSON)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    opened_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    dismissed_magnitude = models.FloatField(null=True)  # dismissed without one: the next sighting's
    applied_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-score", "pk"]
        constraints = [models.UniqueConstraint(fields=["rule", "subject"], name="recommendation_once")]
        indexes = [models.Index(fields=["state", "-score"], name="recommendation_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_appliable(self) -> bool:
        return bool(self.action) and self.state in (self.State.OPEN, self.State.DISMISSED)


class Verdict(models.TextChoices):
    HELPED = "helped", "Helped"
    NO_EFFECT = "no_effect", "No effect"
    WORSE = "worse", "Worse"
    UNKNOWN = "unknown", "Unknown"


class ActionRun(models.Model):
    """An action that somebody asked for: the measure before and after, and the verdict.

    ``finished_at`` is when nothing is left to do or to measure; until then no equal action is begun. Where the effect
    shows only with time, the after is taken from ``due_at`` on.
    """

    action = models.CharField(max_length=50)
    parameters = models.JSONField(default=dict, encoder=CompactJSON)
    key = models.CharField(max_length=64, editable=False, help_text="What makes two of them equal.")
    recommendation = models.ForeignKey(
        Recommendation, null=True, on_delete=models.SET_NULL, related_name="runs", db_index=True
    )
    job_id = models.UUIDField(null=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True, help_text="When the action itself was done.")
    due_at = models.DateTimeField(null=True, help_text="When its effect can be measured.")
    finished_at = models.DateTimeField(null=True)
    measure = models.CharField(max_length=200)
    unit = models.CharField(max_length=20, blank=True)
    before = models.JSONField(null=True, encoder=CompactJSON)
    after = models.JSONField(null=True, encoder=CompactJSON)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    outcome = models.TextField(blank=True, help_text="What it did, or why it could not.")

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(finished_at=None), name="action_run_one_at_work")
        ]
        indexes = [models.Index(fields=["-requested_at"], name="action_run_newest")]

    def __str__(self) -> str:
        return f"{self.action} of {self.requested_at:%Y-%m-%d %H:%M:%S %Z}"

    def value(self, when: str) -> float | None:
        """The figure before or after; None where it was not taken."""
        taken: dict[str, Any] = getattr(self, when) or {}
        value = taken.get("value")
        return float(value) if isinstance(value, (int, float)) else None
