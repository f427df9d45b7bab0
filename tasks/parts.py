"""A job too large for one worker: its parts, what they leave behind, and the count that leads to the merge.

No worker waits for another: a split job is held by nobody while its parts work, and the last of them queues it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Q

from tasks import backend
from tasks.choices import IN_FLIGHT, State
from tasks.models import Job, Piece

if TYPE_CHECKING:
    from tasks.registry import Share

MERGING = "Putting the parts together"


def of(job: Job, shares: Iterable[Share]) -> list[Job]:
    """The parts of a job, not stored yet; they take its place in the queue."""
    return [
        Job(
            parent=job,
            kind=job.kind,
            version=job.version,
            parameters=share.parameters,
            fingerprint=hashlib.sha256(f"{job.pk} {number}".encode()).hexdigest(),
            owner_id=job.owner_id,
            priority=job.priority,
            rank=job.priority,
            max_attempts=job.max_attempts,
            total=share.units,
            # A microsecond apart, so that they are begun in order.
            queued_at=job.queued_at + timedelta(microseconds=number),
        )
        for number, share in enumerate(shares)
    ]


def lock_parent(job: Job) -> None:
    """Before a part's own row changes: who ends a part and who ends its parent meet at the parent."""
    if job.parent is not None:
        Job.objects.select_for_update().filter(pk=job.parent.pk).values_list("pk").first()


def count_done(part: Job) -> None:
    """One part less to wait for. Inside the transaction that ends the part, and with its parent locked."""
    assert part.parent is not None
    parent = Job.objects.filter(pk=part.parent.pk, state=State.RUNNING, token=None)
    done = F("done") + part.total
    parent.update(parts_left=F("parts_left") - 1, done=done, progress=1.0 * done / F("total"))
    if parent.filter(parts_left=0).update(state=State.QUEUED, stage=MERGING):
        backend.ring_when_committed()


def left_behind(job: Job) -> Iterator[bytes]:
    """The pieces of all parts, one at a time, in no particular order."""
    pieces = Piece.objects.filter(job__parent=job).order_by().values_list("data", flat=True)
    return (bytes(data) for data in pieces.iterator(chunk_size=8))


def clear(job: Job) -> None:
    """After the end of a whole job: parts that still wait or work are stopped, and no piece is kept."""
    if job.state != State.DONE:
        stopped = {"state": State.CANCELLED, "finished_at": job.finished_at, "token": None, "lease_until": None}
        Job.objects.filter(parent=job.pk, state__in=IN_FLIGHT).update(**stopped)
    # Who cancels a job may have read it before its first piece was kept.
    if job.state != State.DONE or job.pieces_kept or job.parts_total:
        Piece.objects.filter(Q(job=job.pk) | Q(job__parent=job.pk)).delete()
