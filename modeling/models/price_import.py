"""An import of prices that was asked for: what was sent, how it is to be read, and what became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from modeling.models.prices import PriceSet
from modeling.prices.rules import Rule


class PriceImport(models.Model):
    """One uploaded file on its way into a set; its state is that of its job.

    ``layouts`` holds for each file in it the layout that was recognised or stated, null where it can't be read. Until
    somebody has confirmed how the file is read there is neither a set nor a job, and ``draft`` says what was chosen so
    far: see `modeling.services.price_drafts`.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="price_imports")
    price_set = models.ForeignKey(PriceSet, null=True, on_delete=models.CASCADE, related_name="imports")
    name = models.CharField("file", max_length=200)
    size = models.PositiveBigIntegerField()
    layouts = models.JSONField()
    rule = models.CharField(max_length=10, choices=Rule.choices, default=Rule.REPLACE)
    duplicates = models.CharField(max_length=10, default="refuse")
    draft = models.JSONField(null=True, blank=True)
    job_id = models.UUIDField(null=True, db_index=True)
    report = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "import of prices"
        verbose_name_plural = "imports of prices"
        indexes = [models.Index(fields=["owner", "-created_at"], name="price_import_owner_recent")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("modeling:price-import", args=[self.pk])


class PriceUpload(models.Model):
    """A piece of the uploaded bytes: in the database, where a worker on any machine finds them."""

    price_import = models.ForeignKey(PriceImport, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["price_import", "number"]
        verbose_name = "piece of an upload"
        verbose_name_plural = "pieces of uploads"
        constraints = [models.UniqueConstraint(fields=["price_import", "number"], name="price_upload_once_per_number")]

    def __str__(self) -> str:
        return f"piece {self.number} of import {self.price_import_id}"
