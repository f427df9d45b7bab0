"""A simulation made from one version of a valuation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from modeling.models.valuation import Valuation


class Run(models.Model):
    """The inputs of a simulation, fixed for good, and its result once the job is done."""

    valuation = models.ForeignKey(Valuation, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    document = models.JSONField()
    trials = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    sampler = models.CharField(max_length=20)
    engine_version = models.CharField(max_length=20)
    job_id = models.UUIDField(db_index=True)
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["valuation", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["valuation", "number"], name="run_once_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="run_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"run {self.number} of valuation {self.valuation_id}"

    def get_absolute_url(self) -> str:
        return reverse("modeling:run", args=[self.valuation_id, self.number])
