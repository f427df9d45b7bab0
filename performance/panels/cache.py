"""The two tiers of the cache."""

from __future__ import annotations

from performance.metrics import CACHE
from performance.panels import Panel, register


@register
class HitsPanel(Panel):
    category = CACHE
    slug, title, card = "cache-hits", "Hits", "hit_percent"
    lines = ("hit_percent", "local_hit_percent")


@register
class SharedHitsPanel(Panel):
    category = CACHE
    slug, title, card = "cache-shared-hits", "Hits in Redis", "shared_hit_percent"
    lines = ("shared_hit_percent",)
    with_redis = True


@register
class LookupsPanel(Panel):
    category = CACHE
    slug, title, card = "cache-lookups", "Lookups and writes", "lookup_rate"
    lines = ("lookup_rate", "write_rate", "eviction_rate")


@register
class ComputingPanel(Panel):
    category = CACHE
    slug, title, card = "cache-computing", "Results computed", "compute_rate"
    lines = ("compute_rate", "joined_rate", "stale_rate")


@register
class LocalMemoryPanel(Panel):
    category = CACHE
    slug, title, card = "cache-local", "Local memory", "local_percent"
    lines = ("local_percent",)


@register
class SharedMemoryPanel(Panel):
    category = CACHE
    slug, title, card = "cache-shared", "Memory of Redis", "shared_bytes"
    lines = ("shared_bytes",)
    with_redis = True


@register
class SharedLatencyPanel(Panel):
    category = CACHE
    slug, title, card = "cache-latency", "Redis", "shared_p95_ms"
    lines = ("shared_p50_ms", "shared_p95_ms")
    with_redis = True


@register
class BreakersPanel(Panel):
    category = CACHE
    slug, title, card = "cache-breakers", "Processes without Redis", "breakers_open"
    lines = ("breakers_open",)
    with_redis = True
