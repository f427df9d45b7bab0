"""How the two tiers of the cache were doing."""

from __future__ import annotations

from django.db import models

from performance.models.samples import Sample


class CacheSample(Sample):
    """The caches of a host's processes together since the sample before; without lookups their shares are null.

    What belongs to the shared tier is null where there is none. ``detail`` holds ``namespaces`` (name, hits, misses,
    writes, evictions, bytes, entries, computed, stale, joined, compute_seconds, saved_seconds; the busiest first),
    ``breakers`` (host, pid, state, reason of those that are not closed), ``shared`` (calls, failures, seconds: what the
    processes called of the shared tier, where any did) and ``failed``.
    """

    hit_percent = models.FloatField("hits of either tier", null=True)
    local_hit_percent = models.FloatField("hits of the local tier", null=True)
    shared_hit_percent = models.FloatField("hits of the shared tier, of what the local one missed", null=True)
    lookup_count = models.PositiveIntegerField("lookups", null=True)
    lookup_rate = models.FloatField("lookups/s", null=True)
    write_rate = models.FloatField("writes/s", null=True)
    eviction_rate = models.FloatField("evictions/s of the local tier", null=True)
    local_entries = models.PositiveIntegerField("entries of the local tiers", null=True)
    local_bytes = models.BigIntegerField("bytes of the local tiers", null=True)
    local_percent = models.FloatField("the fullest local tier", null=True, help_text="Of its entries or its bytes.")
    shared_bytes = models.BigIntegerField("memory of the shared tier, bytes", null=True)
    shared_percent = models.FloatField("memory of the shared tier, share of its limit", null=True)
    shared_p50_ms = models.FloatField("median call of the shared tier, ms", null=True)
    shared_p95_ms = models.FloatField("p95 call of the shared tier, ms", null=True)
    breakers_open = models.PositiveIntegerField("processes that go on without the shared tier", null=True)
    compute_rate = models.FloatField("results computed/s", null=True)
    compute_ms = models.FloatField("mean computation, ms", null=True)
    joined_rate = models.FloatField("callers/s that waited for another's computation", null=True)
    stale_rate = models.FloatField("stale results served/s", null=True)

    class Meta:
        indexes = [models.Index(fields=["host", "taken_at"], name="cache_sample_host_time")]

    def __str__(self) -> str:
        return f"{self.host} at {self.taken_at:%Y-%m-%d %H:%M:%S %Z}"
