"""What behaved as never before, and what the detectors know of each series."""

from __future__ import annotations

from django.db import models

from performance.models.samples import CompactJSON


class Anomaly(models.Model):
    """A figure that its own past did not lead to expect; its worst value within the detector's refractory period.

    A note, never an alarm: thresholds alarm. *host* is empty for what belongs to the platform as a whole.
    """

    host = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=20)
    metric = models.CharField(max_length=40)
    at = models.DateTimeField("began", db_index=True)
    worst_at = models.DateTimeField("worst")
    value = models.FloatField()
    expected = models.FloatField(help_text="What the time of day, or else the level, led to expect.")
    score = models.FloatField(help_text="How surprising: the detector's, from its threshold on.")

    class Meta:
        verbose_name_plural = "anomalies"
        indexes = [models.Index(fields=["host", "category", "metric", "at"], name="anomaly_of_series")]

    def __str__(self) -> str:
        where = f" on {self.host}" if self.host else ""
        return f"{self.category}.{self.metric}{where} at {self.at:%Y-%m-%d %H:%M %Z}"


class DetectorState(models.Model):
    """One row per watched series: the detector goes on from here after a restart of the sampler."""

    host = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=20)
    metric = models.CharField(max_length=40)
    state = models.JSONField(default=dict, encoder=CompactJSON)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "category", "metric"], name="detector_state_one_per_series")
        ]

    def __str__(self) -> str:
        return f"{self.category}.{self.metric} {self.host}".rstrip()
