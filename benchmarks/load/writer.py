"""A process that commits as often as it can for so many seconds, and answers how often it did.

Each commit is what the product does all day: look for a row, then change or make it, in one transaction. A line asks
for it: the seconds, and how many milliseconds of other work each transaction holds.
"""

from __future__ import annotations

import os
import sys
import time

import django

django.setup()

from django.db import OperationalError, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from performance.models import WriteMark  # noqa: E402


def commit(work_ms: float) -> bool:
    try:
        with transaction.atomic():
            values = {"written_at": timezone.now()}
            WriteMark.objects.update_or_create(host=f"writer {os.getpid()}", defaults=values)
            work_until = time.monotonic() + work_ms / 1000
            while time.monotonic() < work_until:
                pass
    except OperationalError:
        return False
    return True


def commits(seconds: float, work_ms: float) -> tuple[int, int]:
    """How many commits succeeded and how many failed."""
    done = failed = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if commit(work_ms):
            done += 1
        else:
            failed += 1
    return done, failed


if __name__ == "__main__":
    print("ready", flush=True)
    for line in sys.stdin:
        print(*commits(*map(float, line.split())), flush=True)
