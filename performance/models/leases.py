"""Which process samples a host."""

from __future__ import annotations

from django.db import models


class SamplerLease(models.Model):
    """One row per host that was ever sampled; its holder is the one sampler that may store samples."""

    host = models.CharField(max_length=100, primary_key=True)
    holder = models.CharField(max_length=100, blank=True, help_text="namespace:pid:start of the process; empty: free.")
    interval = models.PositiveIntegerField(help_text="Seconds between two samples.")
    pinned = models.BooleanField(default=False, help_text="The interval is from the sampler's own command line.")
    renewed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host}: {self.holder or 'free'}"
