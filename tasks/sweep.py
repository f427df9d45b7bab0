"""What every ``run_worker`` does every two seconds: puts right what a crash, a lost bell or a hang left behind."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from tasks import backend, lifecycle, registry, selectors
from tasks.choices import State
from tasks.models import Job, Worker

log = logging.getLogger(__name__)

# A bell needs a moment to be heard; only jobs that wait longer are rung for again.
PATIENCE = timedelta(seconds=1)
# A handler that reports progress stops itself in time; one that does not is stopped after this much more.
OVERTIME = timedelta(seconds=15)
FORGET_AFTER = timedelta(minutes=2)


def sweep(bells: int) -> None:
    """Requeues what expired, forgets workers that are gone, and rings again for what waits.

    Any number of hosts may do so at once: each move is conditional, and a bell too many is harmless.
    """
    now = timezone.now()
    requeued = lifecycle.requeue_expired(now)
    if requeued:
        log.warning("%d jobs had lost their worker and were put back or given up.", requeued)
    Worker.objects.filter(last_seen__lt=now - FORGET_AFTER).delete()
    ring_again(now, bells)


def ring_again(now: datetime, bells: int) -> None:
    """Rings for jobs that wait though no bell is under way, at most *bells* times: one for each worker."""
    waiting = Job.objects.filter(state=State.QUEUED, queued_at__lt=now - PATIENCE)[:bells].count()
    if waiting and not backend.unheard():
        for _ in range(waiting):
            backend.ring()


def overdue(workers: list[Worker]) -> list[tuple[Job, Worker]]:
    """Jobs of these workers that run longer than their kind allows, and did not stop by themselves."""
    by_id = {worker.pk: worker for worker in workers}
    now = timezone.now()
    late = []
    for job in Job.objects.filter(state=State.RUNNING, worker_id__in=by_id).defer("parameters", "result"):
        spec = registry.find(job.kind)
        if spec and job.started_at and now > job.started_at + timedelta(seconds=spec.timeout) + OVERTIME:
            assert job.worker_id is not None
            late.append((job, by_id[job.worker_id]))
    return late


class Canary:
    """Tells a hung cluster: work waits, a worker is free, and nothing has started for some seconds.

    (A worker killed while idle takes the lock of the cluster's queue with it, and the cluster never works again.)
    Each restart that did not help doubles the patience, so that a merely slow machine is not restarted for ever.
    """

    FIRST = timedelta(seconds=4)
    LONGEST = timedelta(seconds=60)
    STARTUP = timedelta(seconds=30)

    def __init__(self) -> None:
        self.patience = self.FIRST

    def is_stuck(self, cluster_started: datetime, workers: list[Worker], capacity: int) -> bool:
        waiting = selectors.waiting_since()
        if waiting is None:
            return False
        ids = [worker.pk for worker in workers]
        last_start = selectors.last_start(ids)
        if last_start and last_start > cluster_started:
            self.patience = self.FIRST
        ready = max((worker.started_at for worker in workers), default=cluster_started + self.STARTUP)
        since = max(moment for moment in (waiting, last_start, ready) if moment)
        if timezone.now() - since < self.patience or selectors.running_on(ids) >= capacity:
            return False
        self.patience = min(self.patience * 2, self.LONGEST)
        return True
