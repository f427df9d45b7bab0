"""What each process says about itself."""

from __future__ import annotations

from django.db import models

from performance.models.samples import CompactJSON


class Role(models.TextChoices):
    """What a process does here."""

    WEB = "web", "web server"
    WORKER = "worker", "worker"
    SAMPLER = "sampler", "sampler"
    COMMAND = "command", "command"


class ProcessReading(models.Model):
    """One row per process: its own readings, by publisher; counters count from *started_at* and never fall."""

    host = models.CharField(max_length=100)
    role = models.CharField(max_length=10, choices=Role.choices)
    pid = models.PositiveIntegerField("process")
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(
        null=True, help_text="Set by the process's last act; one that was killed just stops."
    )
    folded_at = models.DateTimeField(
        null=True, help_text="When the readings of a silent process were added to the fleet's totals."
    )
    readings = models.JSONField(default=dict, encoder=CompactJSON)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "pid", "started_at"], name="process_reading_one_row_per_process")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pid} on {self.host}"
