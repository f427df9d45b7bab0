"""Whether the platform samples at all, and how often: what operators decided, one row for each decision."""

from __future__ import annotations

from django.db import models


class SamplingState(models.TextChoices):
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"


class SamplingChange(models.Model):
    """The newest row holds; without one the platform samples. The number keeps two changes from being made at once."""

    number = models.PositiveIntegerField(primary_key=True)
    state = models.CharField(max_length=10, choices=SamplingState)
    interval = models.PositiveIntegerField(help_text="Seconds between two samples.")
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.state} every {self.interval} s, by {self.changed_by}"
