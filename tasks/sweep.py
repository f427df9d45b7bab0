"""What every ``run_worker`` does every two seconds: puts right what a crash, a lost bell or a hang left behind."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tasks import backend, lifecycle, registry, selectors, services
from tasks.choices import IN_FLIGHT, Priority, State
from tasks.models import Job, Schedule, Worker

log = logging.getLogger(__name__)

# A bell needs a moment to be heard; only jobs that wait longer are rung for again.
PATIENCE = timedelta(seconds=1)
# A handler that reports progress stops itself in time; one that does not is stopped after this much more.
OVERTIME = timedelta(seconds=15)
# A job that has waited so long goes ahead of all others, whatever its priority; one at a time.
AGE = timedelta(seconds=30)
AHEAD = Priority.INTERACTIVE - 1


def sweep(bells: int) -> None:
    """Requeues what expired, fails what came too late, lets old work go ahead, queues what is due, forgets workers that
    are gone, and rings again for what waits.

    Any number of hosts may do so at once: each move is conditional, and a bell too many is harmless.
    """
    now = timezone.now()
    requeued = lifecycle.requeue_expired()
    if requeued:
        log.warning("%d jobs had lost their worker and were put back or given up.", requeued)
    lifecycle.expire_unstarted()
    promote(now)
    queue_periodic(now)
    Worker.objects.filter(last_seen__lt=now - selectors.FORGET_AFTER).delete()
    ring_again(now, bells)


def promote(now: datetime) -> int:
    """Lets the job that has waited longest go ahead, unless an earlier one of these waits or works still.

    So the oldest work always moves on, however much that is more urgent keeps coming; and a flood of old bulk work
    holds one worker at most. The rank is stored, so that a claim stays one look at an index.
    """
    if Job.objects.filter(state__in=IN_FLIGHT, rank__lt=F("priority"), parts_left=0).exists():
        return 0
    old = Job.objects.filter(state=State.QUEUED, queued_at__lt=now - AGE, rank__gt=AHEAD)
    oldest = old.order_by("queued_at").values_list("pk", flat=True).first()
    return old.filter(pk=oldest).update(rank=AHEAD) if oldest else 0


def queue_periodic(now: datetime) -> None:
    """Queues each periodic job that is due; whichever host moves its time on is the one that queues it."""
    for spec in registry.periodic():
        assert spec.every is not None
        next_time = now + timedelta(seconds=spec.every)
        row, new = Schedule.objects.get_or_create(kind=spec.kind, defaults={"due_at": next_time})
        if new or row.due_at > now:
            continue
        with transaction.atomic():
            if Schedule.objects.filter(pk=row.pk, due_at=row.due_at).update(due_at=next_time, queued_at=now):
                services.submit(spec.kind, {}, owner=None)


def ring_again(now: datetime, bells: int) -> None:
    """Rings for jobs that wait though no bell is under way, at most *bells* times: one for each worker."""
    waiting = Job.objects.filter(state=State.QUEUED, queued_at__lt=now - PATIENCE)[:bells].count()
    if waiting:
        backend.ring(waiting)


def overdue(workers: list[Worker]) -> list[tuple[Job, Worker]]:
    """Jobs of these workers that run longer than their kind allows, and did not stop by themselves."""
    by_id = {worker.pk: worker for worker in workers}
    now = timezone.now()
    late = []
    for job in Job.objects.filter(state=State.RUNNING, worker_id__in=by_id).defer("parameters", "result"):
        spec = registry.find(job.kind)
        if spec and job.claimed_at and now > job.claimed_at + timedelta(seconds=spec.timeout) + OVERTIME:
            assert job.worker_id is not None
            late.append((job, by_id[job.worker_id]))
    return late


class Canary:
    """Tells a hung cluster: work waits, a worker is free, and nothing has started for some seconds.

    (A worker killed while idle takes the lock of the cluster's queue with it, and the cluster never works again.)
    The seconds count from the first of an unbroken row of looks that found it so: a job that was only just put back
    may have been queued long ago, and while the database was away nothing could start.
    Each restart that did not help doubles the patience, so that a merely slow machine is not restarted for ever.
    """

    FIRST = timedelta(seconds=4)
    LONGEST = timedelta(seconds=60)
    STARTUP = timedelta(seconds=30)
    # Looks further apart than this are not in a row.
    GAP = timedelta(seconds=6)

    def __init__(self) -> None:
        self.patience = self.FIRST
        self.looked: datetime | None = None
        self.noticed: datetime | None = None

    def is_stuck(self, cluster_started: datetime, workers: list[Worker], capacity: int) -> bool:
        now = timezone.now()
        if self.looked and now - self.looked > self.GAP:
            self.noticed = None
        self.looked = now
        ids = [worker.pk for worker in workers]
        if selectors.waiting_since() is None or selectors.running_on(ids) >= capacity:
            self.noticed = None
            return False
        self.noticed = self.noticed or now
        last_start = selectors.last_start(ids)
        if last_start and last_start > cluster_started:
            self.patience = self.FIRST
        ready = max((worker.started_at for worker in workers), default=cluster_started + self.STARTUP)
        since = max(moment for moment in (self.noticed, last_start, ready) if moment)
        if now - since < self.patience:
            return False
        self.patience = min(self.patience * 2, self.LONGEST)
        return True
