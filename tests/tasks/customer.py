"""What the customer of tests.tasks.test_worker does."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tasks import services
from tasks.models import Job


def submit(seconds: float) -> str:
    job = services.submit("tasks.selftest", {"seconds": seconds, "mark": uuid.uuid4().hex}, owner=None)
    return str(job.pk)


def recycle() -> int:
    return services.recycle_workers()


def end_of(job: str) -> dict[str, Any]:
    """Waits for its end."""
    row = Job.objects.get(pk=job)
    while not row.is_finished:
        time.sleep(0.02)
        row.refresh_from_db()
    return {"state": row.state, "attempt": row.attempt, "result": row.result}
