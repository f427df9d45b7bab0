"""One of two processes that write and read one key, pausing 1 ms after each read.

Arguments: which of the two it is, and for how many seconds. Says ``ready``, waits for a line, prints what it did.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import django

django.setup()

from performance.cache.backend import TieredCache  # noqa: E402
from performance.cache.tiered import Tiered  # noqa: E402

EVERY = 5  # One step in so many writes.


def listening_cache() -> TieredCache:
    cache = TieredCache(os.environ["REDIS_URL"], {"OPTIONS": {"SPACE": os.environ["CACHE_SPACE"]}})
    cache.get("both")
    assert isinstance(cache.store, Tiered)
    until = time.monotonic() + 10
    while not cache.store.listener.connected and time.monotonic() < until:
        time.sleep(0.005)
    return cache


def loop(cache: TieredCache, mine: int, seconds: float) -> tuple[list[Any], list[Any]]:
    """Writes as (process, step, start, end) and reads as (value, time), on the machine's monotonic clock."""
    writes: list[Any] = []
    reads: list[Any] = []
    until, step = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        step += 1
        if step % EVERY == mine:
            started = time.monotonic()
            cache.set("both", (mine, step), 60)
            writes.append((mine, step, started, time.monotonic()))
        value = cache.get("both")
        reads.append((value, time.monotonic()))
        time.sleep(0.001)
    return writes, reads


if __name__ == "__main__":
    ready = listening_cache()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(loop(ready, int(sys.argv[1]), float(sys.argv[2]))), flush=True)
