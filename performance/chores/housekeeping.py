"""Deletes what is past its keeping, in small batches, so that nobody waits for it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.utils import timezone

from performance import fleet
from performance.chores import Chore, Tick, register
from performance.metrics import CATEGORIES
from performance.models import SamplerLease
from performance.models.samples import Sample

KEEP = timedelta(days=14)
PRUNE_BATCH = 500
PRUNE_EVERY = 3600.0


@register
class Prune(Chore):
    """At most one small batch per host, category and tick; looks again in an hour when nothing is left."""

    name = "prune"

    def __init__(self) -> None:
        self.again_at = 0.0

    def run(self, tick: Tick) -> None:
        if time.monotonic() < self.again_at:
            return
        before = tick.taken_at - KEEP
        full = False
        for host in SamplerLease.objects.values_list("host", flat=True):
            for category in CATEGORIES.values():
                full = prune_batch(category.model, host, before) or full
        if not full:
            self.again_at = time.monotonic() + PRUNE_EVERY


def prune_batch(model: type[Sample], host: str, before: datetime) -> bool:
    """Deletes some of a host's oldest samples; whether there may be more."""
    old = model._default_manager.filter(host=host, taken_at__lt=before).order_by("taken_at")
    batch = list(old.values_list("pk", flat=True)[:PRUNE_BATCH])
    if batch:
        model._default_manager.filter(pk__in=batch).delete()
    return len(batch) == PRUNE_BATCH


@register
class Sweep(Chore):
    """Readings of processes that ended or fell silent long ago, after every sampler has read their last figures."""

    name = "sweep"

    def run(self, tick: Tick) -> None:
        fleet.fold(timezone.now(), max(fleet.KEEP, timedelta(seconds=2 * tick.interval)))
