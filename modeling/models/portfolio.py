"""One person's portfolio: what it is chosen from and how, every version of that, and the results that were kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from modeling.models.prices import PriceSet
from modeling.models.versioned import Versioned


class Portfolio(Versioned):
    """The current document of a portfolio; `services.portfolios.save_portfolio` is the only way to change it."""

    price_set = models.ForeignKey(PriceSet, null=True, blank=True, on_delete=models.RESTRICT, related_name="portfolios")

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(version__gte=1), name="portfolio_version_from_one")]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="portfolio_owner_recent")]

    def get_absolute_url(self) -> str:
        return reverse("modeling:portfolio", args=[self.pk])


class PortfolioVersion(models.Model):
    """What the document was at one version; never changed."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    document = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["portfolio", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "version"], name="portfolio_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="portfolio_versions_from_one"),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of portfolio {self.portfolio_id}"


class ResultKind(models.TextChoices):
    WEIGHTS = "weights", "Weights"
    BACKTEST = "backtest", "Backtest"


class PortfolioResult(models.Model):
    """What came of one version, kept under a number: the weights of an optimisation, or a backtest; never changed."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="results")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=ResultKind)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    request = models.JSONField(help_text="What was asked for: the document, and for a backtest its rules.")
    prices_revision = models.PositiveIntegerField(null=True, blank=True)
    job_id = models.UUIDField(null=True, blank=True, db_index=True)
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["portfolio", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "number"], name="portfolio_result_once_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="portfolio_result_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"result {self.number} of portfolio {self.portfolio_id}"

    def get_absolute_url(self) -> str:
        return reverse("modeling:portfolio-result", args=[self.portfolio_id, self.number])
