"""A company and what it reported."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from modeling.figures import CONCEPTS


class Company(models.Model):
    """A company that can be valued; without an owner it is shared with everybody and read-only."""

    name = models.CharField(max_length=200)
    ticker = models.CharField(max_length=20, blank=True)
    cik = models.CharField("SEC number (CIK)", max_length=10, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    industry = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    source = models.CharField(max_length=300, blank=True)
    edition = models.CharField(max_length=12, blank=True, help_text="Which edition of the demo figures it holds.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="companies"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "companies"
        constraints = [
            models.UniqueConstraint(
                "owner", "cik", condition=~Q(cik="") & Q(owner__isnull=False), name="company_once_per_owner"
            ),
            models.UniqueConstraint(
                F("cik"), condition=~Q(cik="") & Q(owner__isnull=True), name="company_once_when_shared"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("modeling:company", args=[self.pk])

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None


class Fact(models.Model):
    """One figure of one period, in units (not millions), as the latest filing states it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="facts")
    concept = models.CharField(max_length=40, choices=[(c.name, c.label) for c in CONCEPTS.values()])
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField()
    value = models.DecimalField(max_digits=28, decimal_places=6)
    unit = models.CharField(max_length=10)
    tag = models.CharField(max_length=500, blank=True)
    form = models.CharField(max_length=20, blank=True)
    filed = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["company", "period_end", "concept"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "concept", "period_start", "period_end"], name="fact_once_per_period"
            ),
            models.UniqueConstraint(
                fields=["company", "concept", "period_end"],
                condition=Q(period_start__isnull=True),
                name="fact_once_per_date",
            ),
            models.CheckConstraint(
                condition=Q(period_start__isnull=True) | Q(period_start__lt=F("period_end")),
                name="fact_starts_before_end",
            ),
        ]
        indexes = [models.Index(fields=["company", "period_end"], name="fact_company_period")]

    def __str__(self) -> str:
        return f"{self.concept} {self.period_end}"
