"""What is written by editing one document over and over: a valuation, a portfolio."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Versioned(models.Model):
    """The current document; `services.versions.save_edit` is the only way to change it.

    ``edit_tab`` and ``edit_sequence`` name the browser tab that saved last and its counter, so that answers
    overtaking each other inside one tab neither conflict nor bring an older text back.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss")
    name = models.CharField(max_length=200)
    document = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    edit_tab = models.CharField(max_length=64, blank=True)
    edit_sequence = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
