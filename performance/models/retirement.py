"""Hosts that are gone for good."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Retirement(models.Model):
    """Somebody said that a host will not come back. It holds until a newer sample of the host, or until it is undone.

    Held against the host's own last sample and not against the time, since two hosts' clocks need not agree.
    """

    host = models.CharField(max_length=100, db_index=True)
    last_sample_at = models.DateTimeField(help_text="The host's last sample when it was retired.")
    retired_at = models.DateTimeField()
    retired_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.host}, retired {self.retired_at:%Y-%m-%d %H:%M %Z}"
