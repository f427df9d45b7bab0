"""What happened to the platform itself: its starts, and the changes of its version."""

from __future__ import annotations

from django.db import models


class PlatformEvent(models.Model):
    """A start of one part of the platform on a host, or a version that its host had not run before it.

    ``key`` is what makes two reports of one event equal: every process of a part may report its start.
    """

    class Kind(models.TextChoices):
        STARTED = "started", "Started"
        VERSION = "version", "Version changed"

    at = models.DateTimeField()
    host = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    part = models.CharField(max_length=10, help_text="web, worker or sampler.")
    version = models.CharField(max_length=60)
    before = models.CharField("version before", max_length=60, blank=True)
    key = models.CharField(max_length=120, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "kind", "key"], name="platform_event_once")]
        indexes = [models.Index(fields=["at"], name="platform_event_at")]

    def __str__(self) -> str:
        return f"{self.part} on {self.host} {self.kind} at {self.at:%Y-%m-%d %H:%M:%S %Z}"
