"""One sampler per host: a row with an expiry, moved by conditional UPDATE.

1. The holder renews its lease in the transaction that stores each sample: who lost the lease stores nothing.
2. A lease lasts one and a half intervals. Others look at it every quarter of an interval, so that a dead holder's
   host is sampled again within two intervals.
3. One that was renewed in the future is free, too: the clock was set back since.
4. Where the holder's process can be seen to be gone (same process namespace, no such process), the lease is free
   at once: a sampler restarted after a kill does not wait.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import psutil
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from performance.models import SamplerLease

LASTS = 1.5


def this_host() -> str:
    return socket.gethostname()[:100] or "localhost"


@cache
def namespace() -> str:
    """Names the set of processes that this one can see; two containers may share a host name, not this."""
    if sys.platform == "linux":
        try:
            return str(Path("/proc/self/ns/pid").readlink())
        except OSError:
            return ""
    return sys.platform


def me() -> str:
    return f"{namespace()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def started_at(holder: str) -> datetime | None:
    """When the holder's process was started."""
    try:
        return datetime.fromtimestamp(float(holder.rpartition(":")[2]), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def gone(holder: str) -> bool:
    """Whether that process has certainly ended."""
    place, _, process = holder.rpartition(":")[0].rpartition(":")
    if not process.isdigit() or not place or place != namespace():
        return False
    try:
        return f"{psutil.Process(int(process)).create_time():.2f}" != holder.rpartition(":")[2]
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


@dataclass(frozen=True)
class Lease:
    """The right to sample *host*, as seen by one *holder*."""

    host: str
    holder: str
    interval: int
    pinned: bool = False

    def take(self) -> bool:
        """Takes or renews the lease; False while another sampler holds it."""
        now, lasts = timezone.now(), timedelta(seconds=self.interval * LASTS)
        values = {
            "holder": self.holder,
            "interval": self.interval,
            "pinned": self.pinned,
            "renewed_at": now,
            "expires_at": now + lasts,
        }
        row = SamplerLease.objects.filter(host=self.host)
        over = Q(expires_at__lte=now) | Q(renewed_at__gt=now + lasts)
        if row.filter(Q(holder__in=["", self.holder]) | over).update(**values):
            return True
        other = row.values_list("holder", flat=True).first()
        if other is not None:
            return gone(other) and bool(row.filter(holder=other).update(**values))
        try:
            with transaction.atomic():
                SamplerLease.objects.create(host=self.host, **values)
        except IntegrityError:
            return False
        return True

    def release(self) -> None:
        """Frees the lease, so that the next sampler need not wait for its expiry."""
        SamplerLease.objects.filter(host=self.host, holder=self.holder).update(holder="", expires_at=timezone.now())
