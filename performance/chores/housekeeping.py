"""Deletes what is past its keeping, in small batches, so that nobody waits for it.

Nothing goes before it was rolled up: what the watermark of the next coarser level has not passed stays.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Model, QuerySet
from django.utils import timezone

from performance import fleet
from performance.chores import Chore, Tick, register
from performance.metrics import CATEGORIES
from performance.models import Dashboard, Level, PlatformEvent, Rollup, RollupTrack, SamplerLease
from performance.models.samples import Sample
from performance.retention import RAW, detailed_since, kept_since
from performance.rollups.sources import FINER, moment

PRUNE_BATCH = 500
PRUNE_EVERY = 3600.0
FORGOTTEN = timedelta(days=30)
THIN_BATCH = 120  # samples lose their detail in one go: each may hold tens of kilobytes


@register
class Prune(Chore):
    """At most one small batch per host, category, level and tick; looks again in an hour when nothing is left."""

    name = "prune"

    def __init__(self) -> None:
        self.again_at = 0.0

    def run(self, tick: Tick) -> None:
        if not tick.lead or time.monotonic() < self.again_at:
            return
        if not prune(tick.taken_at):
            self.again_at = time.monotonic() + PRUNE_EVERY


def prune(now: datetime) -> bool:
    """One batch of everything that is past its keeping; whether there may be more."""
    tracks = {(track.category, track.host, track.level): track for track in RollupTrack.objects.all()}
    full = False
    for track in tracks.values():
        finer = tracks.get((track.category, track.host, FINER[track.level]))
        full = prune_below(track, finer, now) or full
        if track.level == Level.DAY:
            full = delete_some(old_rollups(track, kept_since(Level.DAY, now))) or full
    full = delete_some(removed_dashboards(now)) or full
    return delete_some(old_events(now)) or full


def removed_dashboards(now: datetime) -> QuerySet[Dashboard]:
    """What can't be brought back any more, and was not for a month."""
    return Dashboard.objects.filter(removed_at__lt=now - FORGOTTEN).order_by("removed_at")


def old_events(now: datetime) -> QuerySet[PlatformEvent]:
    """Starts and versions from before the hourly rollups: the charts of then show days."""
    before = kept_since(Level.HOUR, now)
    return PlatformEvent.objects.filter(at__lt=before).order_by("at") if before else PlatformEvent.objects.none()


def prune_below(track: RollupTrack, finer: RollupTrack | None, now: datetime) -> bool:
    """Deletes some of what a track was made from; whether there may be more."""
    source = FINER[track.level]
    since = kept_since(source, now)
    before = min(since, moment(track.until)) if since else None
    if source != RAW:
        return finer is not None and delete_some(old_rollups(finer, before))
    model = CATEGORIES[track.category].model
    thinned = thin(track, model, now)
    if before is None:
        return thinned
    old = model._default_manager.filter(host=track.host, taken_at__lt=before).order_by("taken_at")
    return delete_some(old) or thinned


def old_rollups(track: RollupTrack, before: datetime | None) -> QuerySet[Rollup]:
    """Those that end before a time."""
    if before is None:
        return Rollup.objects.none()
    return Rollup.objects.filter(track=track, start__lte=before.timestamp() - track.level).order_by("start")


def delete_some(old: QuerySet[Model]) -> bool:
    """Deletes the first few; whether there may be more."""
    batch = list(old.values_list("pk", flat=True)[:PRUNE_BATCH])
    if batch:
        old.model._default_manager.filter(pk__in=batch).delete()
    return len(batch) == PRUNE_BATCH


def thin(track: RollupTrack, model: type[Sample], now: datetime) -> bool:
    """Empties the detail of some samples that keep their columns only; whether there may be more."""
    limit = min(detailed_since(now) or moment(0), moment(track.until))
    samples = model._default_manager.filter(host=track.host, taken_at__lt=limit)
    waiting = samples.filter(taken_at__gte=moment(track.thinned)).order_by("taken_at")
    times = list(waiting.values_list("taken_at", flat=True)[: THIN_BATCH + 1])
    if not times:
        return False
    end = limit.timestamp()
    if len(times) > THIN_BATCH:
        # The watermark is in whole seconds, and has to move.
        end = min(end, max(int(times[-1].timestamp()), int(times[0].timestamp()) + 1))
    with transaction.atomic():
        empty(samples.filter(taken_at__gte=times[0], taken_at__lt=moment(end)))
        RollupTrack.objects.filter(pk=track.pk).update(thinned=int(end))
    return end < limit.timestamp()


def empty(samples: QuerySet[Sample]) -> None:
    """Stores the samples anew without detail: a row that only shrinks would leave SQLite's pages as empty as it is."""
    rows = list(samples.select_for_update())
    samples.model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        row.detail = {}
    samples.model._default_manager.bulk_create(rows)


@register
class Sweep(Chore):
    """Readings of processes that ended or fell silent long ago, after every sampler has read their last figures.

    It sweeps for all hosts, of which one may be sampled less often than its own.
    """

    name = "sweep"

    def run(self, tick: Tick) -> None:
        now = timezone.now()
        at_work = SamplerLease.objects.filter(expires_at__gt=now)
        longest: int = at_work.aggregate(longest=Max("interval"))["longest"] or 0
        fleet.fold(now, max(fleet.KEEP, timedelta(seconds=2 * max(longest, tick.interval))))
