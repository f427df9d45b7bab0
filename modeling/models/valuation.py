"""One person's model of a company, and every version it went through."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from modeling.models.company import Company


class Valuation(models.Model):
    """The current document of a valuation; `services.save_document` is the only way to change it.

    ``edit_tab`` and ``edit_sequence`` name the browser tab that saved last and its counter, so that answers
    overtaking each other inside one tab neither conflict nor bring an older text back.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="valuations")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="valuations")
    name = models.CharField(max_length=200)
    document = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    edit_tab = models.CharField(max_length=64, blank=True)
    edit_sequence = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(version__gte=1), name="valuation_version_from_one")]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="valuation_owner_recent")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("modeling:valuation", args=[self.pk])


class ValuationVersion(models.Model):
    """What the document was at one version; never changed."""

    valuation = models.ForeignKey(Valuation, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    document = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["valuation", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["valuation", "version"], name="valuation_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="version_from_one"),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of valuation {self.valuation_id}"
