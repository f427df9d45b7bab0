"""What processes counted that are no more."""

from __future__ import annotations

from django.db import models

from performance.models.processes import Role
from performance.models.samples import CompactJSON


class FleetTotal(models.Model):
    """One row per role: the sum of the readings of all processes that ended or fell silent for good."""

    role = models.CharField(max_length=10, choices=Role.choices, primary_key=True)
    processes = models.PositiveBigIntegerField(default=0)
    readings = models.JSONField(default=dict, encoder=CompactJSON)

    def __str__(self) -> str:
        return f"{self.processes} processes of role {self.role}"
