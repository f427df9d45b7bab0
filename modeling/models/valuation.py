"""One person's model of a company, and every version it went through."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from modeling.models.company import Company
from modeling.models.versioned import Versioned


class Valuation(Versioned):
    """The current document of a valuation; `services.save_document` is the only way to change it."""

    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="valuations")

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(version__gte=1), name="valuation_version_from_one")]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="valuation_owner_recent")]

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
