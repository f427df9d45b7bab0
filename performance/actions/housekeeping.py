"""Deletes what is past its keeping now, instead of little by little."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from performance.actions.registry import Action, Measure, Parameters, Progress, Taken, register
from performance.chores.housekeeping import prune
from performance.database import storing
from performance.metrics import CATEGORIES
from performance.models import RepeatedQuery, SamplerLease, SlowQuery
from performance.retention import RAW, kept_since
from performance.units import COUNT
from tasks import services as jobs
from tasks.choices import FINISHED
from tasks.models import Job


@register
class Prune(Action):
    name = "prune"
    title = "Prune what is past its keeping"
    about = "Deletes samples, finished jobs and slow statements that are kept no longer, in small batches."
    effect = "Tables and disk stop growing; on SQLite the room is used again, on PostgreSQL after a vacuum."
    measure = Measure("Rows past their keeping", COUNT, relative=0.0, absolute=50.0)

    def plan(self, parameters: Parameters) -> list[str]:
        return [
            "Delete samples and rollups older than they are kept, once the coarser ones were made of them",
            f"Delete jobs that finished more than {settings.JOB_RETENTION_DAYS} days ago",
            f"Delete slow and repeated statements not seen for {storing.KEPT.days} days",
        ]

    def run(self, parameters: Parameters, progress: Progress) -> str:
        progress(0, 3, "Samples")
        while prune(timezone.now()):
            progress(0, 3, "Samples")
        progress(1, 3, "Jobs")
        deleted = jobs.prune(before=timezone.now() - timedelta(days=settings.JOB_RETENTION_DAYS))
        progress(2, 3, "Statements")
        storing.drop_old()
        return f"Samples, {deleted} jobs and statements past their keeping were deleted."

    def read(self, parameters: Parameters, since: Any = None) -> Taken:
        now = timezone.now()
        hosts = SamplerLease.objects.values("host")
        since = kept_since(RAW, now)
        old = [
            category.model._default_manager.filter(host__in=hosts, taken_at__lt=since).count()
            for category in CATEGORIES.values()
            if since is not None
        ]
        old += [
            model._default_manager.filter(last_seen__lt=now - storing.KEPT).count()
            for model in (SlowQuery, RepeatedQuery)
        ]
        ended = now - timedelta(days=settings.JOB_RETENTION_DAYS)
        old.append(Job.objects.filter(state__in=FINISHED, finished_at__lt=ended, parent=None).count())
        return Taken(float(sum(old)), "samples, jobs and statements")
