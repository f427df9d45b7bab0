"""Writes down when a part of the platform starts on this host, and which version it runs.

Every web process and every worker reports its start; what makes two reports one is the process that started them both,
which is the same for all of a server's processes, also for those that replace a dead one.
"""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from functools import cache

import psutil
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction

from performance import reporter
from performance.database.connections import beside_the_pool
from performance.database.timing import unmeasured
from performance.lease import namespace, this_host
from performance.models import PlatformEvent, Role
from valor import __version__

GIT_SECONDS = 2
PARTS = (Role.WEB, Role.WORKER, Role.SAMPLER)
_reported: set[int] = set()  # by process, since a fork is another


@cache
def version() -> str:
    """ "0.1.0", and of a checkout which commit: "0.1.0 (91a0d89)"."""
    command = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "--short", "HEAD"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__} ({told.stdout.strip()[:40]})"


def report(role: Role) -> dict[str, object]:
    """Has nothing to publish: the first publication of a process is the moment to write its start down.

    By then it is at work, in a thread that nobody waits for, and a database that does not answer is asked again.
    """
    if role in PARTS and os.getpid() not in _reported:
        process = psutil.Process() if role == Role.SAMPLER else psutil.Process(os.getppid())
        started = process.create_time()
        key = f"{role.value} {namespace()}:{process.pid}:{started:.2f}"
        with beside_the_pool(DEFAULT_DB_ALIAS), unmeasured(DEFAULT_DB_ALIAS):
            record(part=role.value, at=datetime.fromtimestamp(started, UTC), key=key)
        _reported.add(os.getpid())
    return {}


@transaction.atomic
def record(*, part: str, at: datetime, key: str, host: str = "", running: str = "") -> None:
    """Writes the start down, and the version where the host ran another one last; what is there already stays.

    The key of a version is the event that it follows: two parts that start at once write one change.
    """
    host, running = host or this_host(), running or version()
    last = PlatformEvent.objects.filter(host=host).order_by("-pk").only("pk", "version").first()
    common = {"at": at, "host": host, "part": part, "version": running}
    events = [PlatformEvent(kind=PlatformEvent.Kind.STARTED, key=key[:120], **common)]
    if last is not None and last.version != running:
        after = {"before": last.version, "key": f"{running} after {last.pk}"}
        events.append(PlatformEvent(kind=PlatformEvent.Kind.VERSION, **common, **after))
    PlatformEvent.objects.bulk_create(events, ignore_conflicts=True)


reporter.register(reporter.Publisher("starts", report))
