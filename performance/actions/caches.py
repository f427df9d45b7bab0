"""Actions on the cache: fill it, forget a namespace. Both only make sense where processes share a cache."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from django.conf import settings
from django.utils import timezone

from performance.actions.errors import ActionFailed
from performance.actions.registry import Action, Measure, Parameters, Progress, Taken, register
from performance.cache.operate import Action as Way
from performance.cache.operate import checked, forget
from performance.cache.warming import warm, warmers
from performance.models import CacheSample
from performance.units import PERCENT

BEFORE = timedelta(minutes=10)
LOOKUPS = 100  # fewer say nothing about a ratio
HITS = Measure("Lookups that hit, of all hosts", PERCENT, lower=False, relative=0.0, absolute=3.0)


def hit_percent(since: datetime | None) -> Taken:
    """Weighed by lookups: of the last minutes, or of all since an action was done."""
    start = since or timezone.now() - BEFORE
    rows = CacheSample.objects.filter(taken_at__gt=start, lookup_count__gt=0, hit_percent__isnull=False)
    newest = rows.order_by("-taken_at").values_list("lookup_count", "hit_percent")[:500]
    pairs = [(count or 0, percent or 0.0) for count, percent in newest]
    lookups = sum(count for count, _ in pairs)
    if lookups < LOOKUPS:
        return Taken(None, f"{lookups} lookups, of {LOOKUPS} that are needed")
    percent = sum(count * percent for count, percent in pairs) / lookups
    return Taken(round(percent, 2), f"of {lookups:,} lookups", error_of(percent, lookups))


def error_of(percent: float, lookups: int) -> float:
    """The standard error of a share; with four more lookups, half of them hits, so that all is not certain either."""
    likely = (percent / 100 * lookups + 2) / (lookups + 4)
    return 100 * sqrt(likely * (1 - likely) / lookups)


class OfTheCache(Action):
    measure = HITS
    settles = timedelta(minutes=5)

    def unavailable(self) -> str:
        return "" if settings.REDIS_URL else "Without REDIS_URL each process caches for itself, and no job reaches it."

    def read(self, parameters: Parameters, since: Any = None) -> Taken:
        return hit_percent(since)


@register
class WarmCache(OfTheCache):
    name = "warm_cache"
    title = "Warm the cache"
    about = "Computes the declared results before anybody asks for them."
    effect = "The first callers find a result instead of waiting for it."

    def plan(self, parameters: Parameters) -> list[str]:
        return [f"{item.name}: {item.about}" for item in warmers().values()]

    def run(self, parameters: Parameters, progress: Progress) -> str:
        chosen = list(warmers().values())
        done = []
        for index, result in enumerate(warm(chosen)):
            progress(index + 1, len(chosen), result.name)
            done.append(result)
        failed = [f"{result.name} ({result.error})" for result in done if result.error]
        if failed:
            raise ActionFailed(f"Some warmers failed: {', '.join(failed)}.")
        return f"{sum(result.results for result in done)} results were seen to by {len(done)} warmers."


@register
class ClearNamespace(OfTheCache):
    name = "clear_namespace"
    title = "Clear a namespace of the cache"
    about = "Forgets every result of one group of functions; what is still needed is computed again."
    effect = "The others find room in memory again; its own results are computed anew first."
    fields = {"namespace": "the name of a namespace, as the cache's page shows it"}
    safe = False
    caution = "its results are computed again at once, by whoever asks first."

    def checked(self, parameters: Any) -> Parameters:
        found = super().checked(parameters)
        return {"namespace": checked(found["namespace"])}

    def plan(self, parameters: Parameters) -> list[str]:
        return [forget(Way.NAMESPACE, parameters["namespace"], dry=True).sentence]

    def run(self, parameters: Parameters, progress: Progress) -> str:
        return forget(Way.NAMESPACE, parameters["namespace"], dry=False).sentence
