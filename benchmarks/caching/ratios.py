"""Reads and invalidations side by side with Django's local memory cache and with plain django-redis.

Run as a process: prints one JSON object of figures. Wall time, since a read of Redis mostly waits.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from statistics import median

import django

django.setup()

from django.core.cache.backends.locmem import LocMemCache  # noqa: E402
from django_redis.cache import RedisCache  # noqa: E402

from performance.cache.backend import TieredCache  # noqa: E402

URL = os.environ["REDIS_URL"]
PAIRS = 15
LOCAL_READS, SHARED_READS, KEYS = 5000, 1000, 2000
TAGGED = 100_000
IMMUTABLE = "x" * 1000
MUTABLE = {"text": "x" * 900, "numbers": list(range(10))}


def tiered(space: str, **options: object) -> TieredCache:
    return TieredCache(URL, {"OPTIONS": {"SPACE": space, **options}})


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def ratio(upper: Callable[[], object], lower: Callable[[], object], pairs: int = PAIRS) -> float:
    """The time of *upper* over that of *lower*: the median of interleaved pairs, after a warm-up."""
    upper(), lower()
    return median(seconds_of(upper) / seconds_of(lower) for _ in range(pairs))


def local_reads(cache: object, value: object) -> Callable[[], None]:
    cache.set("bench:key", value)  # type: ignore[attr-defined]
    get = cache.get  # type: ignore[attr-defined]

    def read() -> None:
        for _ in range(LOCAL_READS):
            get("bench:key")

    return read


def shared_reads(cache: object) -> Callable[[], None]:
    """Reads of twice as many keys as the local tier holds, so that each one misses there."""
    for number in range(KEYS):
        cache.set(f"bench:{number}", IMMUTABLE)  # type: ignore[attr-defined]
    get, position = cache.get, iter(range(10**9))  # type: ignore[attr-defined]

    def read() -> None:
        for _ in range(SHARED_READS):
            get(f"bench:{next(position) % KEYS}")

    return read


def tag_speedup() -> float:
    """Forgetting 100,000 results by their tag, over `delete_pattern` of django-redis on as many keys."""
    from performance.cache.tags import invalidate_tags

    plain = RedisCache(URL, {"KEY_PREFIX": "plain"})
    fill(plain, TAGGED)
    invalidate_tags("warm")
    by_tag = median(seconds_of(lambda: invalidate_tags("bench")) for _ in range(PAIRS))
    return seconds_of(lambda: plain.delete_pattern("bench:*")) / by_tag


def fill(cache: RedisCache, count: int) -> None:
    client = cache.client.get_client()
    for start in range(0, count, 10_000):
        client.mset({cache.make_key(f"bench:{number}"): b"x" for number in range(start, start + 10_000)})


def figures() -> dict[str, float]:
    local = tiered("local")
    memory = LocMemCache("bench", {})
    plain = shared_reads(RedisCache(URL, {"KEY_PREFIX": "plain"}))
    return {
        "locmem_ratio_immutable": ratio(local_reads(memory, IMMUTABLE), local_reads(local, IMMUTABLE)),
        "locmem_ratio_copy": ratio(local_reads(memory, MUTABLE), local_reads(local, MUTABLE)),
        "shared_ratio": ratio(shared_reads(tiered("bypassed", MAX_ENTRIES=0)), plain),
        "shared_fill_ratio": ratio(shared_reads(tiered("filled")), plain),
        "tag_speedup": tag_speedup(),
    }


if __name__ == "__main__":
    print(json.dumps(figures()), flush=True)
