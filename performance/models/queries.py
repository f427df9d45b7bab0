"""Statements that were slow, and requests and jobs that repeated themselves. Neither holds a literal or a parameter."""

from __future__ import annotations

from django.db import models

from performance.database.statements import gist
from performance.units import took


class SlowQuery(models.Model):
    """One row per fingerprint that was ever slow: how often, how slow, where from, why, and what would help."""

    fingerprint = models.CharField(max_length=16, unique=True)
    statement = models.TextField(help_text="Without literals and parameters.")
    alias = models.CharField(max_length=50, help_text="The database, by its name in the settings.")
    count = models.PositiveIntegerField(default=0, help_text="How often it was slow.")
    worst = models.FloatField(default=0.0, help_text="Seconds.")
    usual = models.FloatField(null=True, help_text="The median in seconds before the slowest; null: not yet known.")
    line = models.CharField(max_length=300, blank=True, help_text="The line of ours that ran the slowest.")
    kind = models.CharField(max_length=10, blank=True, help_text="request, job, or empty for neither.")
    routes = models.JSONField(default=dict, help_text="Routes and kinds of jobs in which it was slow, with counts.")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)
    plan = models.JSONField(default=list, help_text="The steps of its plan.")
    plan_taken_at = models.DateTimeField(null=True)
    plan_missing = models.CharField(max_length=300, blank=True, help_text="Why there is no plan.")
    advice = models.JSONField(default=list, help_text="What would help, with evidence.")

    class Meta:
        verbose_name_plural = "slow queries"

    def __str__(self) -> str:
        return f"{self.fingerprint}: {took(self.worst)}"

    @property
    def gist(self) -> str:
        return gist(self.statement)

    @property
    def worst_shown(self) -> str:
        return took(self.worst)

    @property
    def usual_shown(self) -> str:
        return took(self.usual)


class RepeatedQuery(models.Model):
    """One row per route, or kind of job, and fingerprint that it ran too often in one go."""

    route = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, help_text="request or job.")
    fingerprint = models.CharField(max_length=16)
    statement = models.TextField(help_text="Without literals and parameters.")
    sightings = models.PositiveIntegerField(default=0, help_text="In how many requests or jobs.")
    worst = models.PositiveIntegerField(default=0, help_text="Most runs in one of them.")
    latest = models.PositiveIntegerField(default=0, help_text="Most runs in one of them within the last interval.")
    latest_at = models.DateTimeField(null=True, help_text="When those were reported.")
    line = models.CharField(max_length=300, blank=True, help_text="The line of ours that ran it.")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "repeated queries"
        constraints = [models.UniqueConstraint(fields=["route", "fingerprint"], name="repeated_query_once_per_route")]

    def __str__(self) -> str:
        return f"{self.route}: {self.fingerprint} {self.worst} times"

    @property
    def gist(self) -> str:
        return gist(self.statement)
