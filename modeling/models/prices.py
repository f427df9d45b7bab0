"""Sets of prices: what is known of each ticker, and their histories in bundles of binary numbers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

TICKER_LENGTH = 32


class Frequency(models.TextChoices):
    """How often a set has prices, and how many of them make a year."""

    DAILY = "daily", "Daily"
    WEEKLY = "weekly", "Weekly"
    MONTHLY = "monthly", "Monthly"

    @property
    def periods_per_year(self) -> int:
        return {"daily": 252, "weekly": 52, "monthly": 12}[self.value]

    @classmethod
    def by_distance(cls, days: float) -> Frequency:
        """That of prices which are usually so many days apart."""
        return cls.DAILY if days <= 4 else cls.WEEKLY if days <= 10 else cls.MONTHLY


class PriceSet(models.Model):
    """Prices of many tickers; without an owner it is shared with everybody and read-only.

    ``revision`` rises with whatever changes a price: what was computed from an older one is known to be old.
    ``frequency`` is empty until somebody states it or the first prices tell it.
    ``cleaning`` holds, of a set that was made by cleaning another, the rules and the repairs. ``edition`` says which
    file of the demo a shared set holds. ``quality`` is the word that its prices had at ``judged_revision``.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="price_sets"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(max_length=2000, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    frequency = models.CharField(max_length=10, choices=Frequency.choices, blank=True)
    source = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=500, blank=True, help_text="What the source allows to do with its prices.")
    revision = models.PositiveBigIntegerField(default=0)
    cleaning = models.JSONField(null=True, blank=True)
    edition = models.CharField(max_length=12, blank=True)
    quality = models.CharField(max_length=10, blank=True)
    judged_revision = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "set of prices"
        verbose_name_plural = "sets of prices"
        constraints = [
            models.UniqueConstraint(
                "owner", "name", condition=Q(owner__isnull=False), name="price_set_name_once_per_owner"
            ),
            models.UniqueConstraint(F("name"), condition=Q(owner__isnull=True), name="price_set_name_once_when_shared"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("modeling:price-set", args=[self.pk])

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None


class PriceSeries(models.Model):
    """One ticker of a set: what stands here is known without reading its prices.

    ``checksum`` is the same for the same prices, in whatever order they came.
    """

    price_set = models.ForeignKey(PriceSet, on_delete=models.CASCADE, related_name="series")
    ticker = models.CharField(max_length=TICKER_LENGTH)
    name = models.CharField(max_length=200, blank=True)
    sector = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3)
    first = models.DateField()
    last = models.DateField()
    count = models.PositiveIntegerField()
    last_price = models.FloatField()
    checksum = models.CharField(max_length=16)
    source = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["price_set", "ticker"]
        verbose_name = "price series"
        verbose_name_plural = "price series"
        constraints = [
            models.UniqueConstraint(fields=["price_set", "ticker"], name="price_series_once_per_ticker"),
        ]

    def __str__(self) -> str:
        return self.ticker


class PriceBundle(models.Model):
    """Prices of one span of days of up to 32 series, as `modeling.prices.bundles` puts them together.

    ``days`` holds a bit for each day of the span, and ``series`` their keys. The series have one ``number``, by which
    they are found; those of another form or calendar stand in a bundle of their own.
    """

    price_set = models.ForeignKey(PriceSet, on_delete=models.CASCADE, related_name="bundles", db_index=False)
    number = models.BigIntegerField()
    span = models.IntegerField()
    width = models.SmallIntegerField()
    decimals = models.SmallIntegerField()
    lowest = models.BigIntegerField()
    days = models.BinaryField()
    series = models.BinaryField()
    prices = models.BinaryField()

    class Meta:
        ordering = ["price_set", "number", "span"]
        verbose_name = "price bundle"
        indexes = [models.Index(fields=["price_set", "number", "span"], name="price_bundle_by_number")]

    def __str__(self) -> str:
        return f"span {self.span} of bundle {self.number}"
