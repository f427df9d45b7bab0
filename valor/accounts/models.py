"""What is remembered of a person, beside what Django keeps."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ClosedChecklist(models.Model):
    """A checklist of first steps that somebody has closed for good."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    closed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="checklist_closed_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"
