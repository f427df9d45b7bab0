"""The loop of ``run_worker``: keeps a cluster working whatever happens to it."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable

import psutil
from django.db import close_old_connections, connections

from tasks import lifecycle
from tasks.cluster import Cluster
from tasks.models import Worker
from tasks.sweep import Canary, overdue, sweep

log = logging.getLogger(__name__)

TICK_SECONDS = 0.2
SWEEP_SECONDS = 2.0
# A cluster that died younger than this is started again only after a growing pause.
YOUNG_SECONDS = 5.0
LONGEST_PAUSE = 10.0


class Supervisor:
    """Runs one cluster until it is told to stop or its own parent is gone."""

    def __init__(self, workers: int, grace: float) -> None:
        self.cluster = Cluster(workers)
        self.canary = Canary()
        self.grace = grace
        self.parent = os.getppid()
        self.pause = 0.0
        self.stopping = False

    def run(self) -> None:
        """Blocks until ``stop`` was called; the cluster is gone when it returns."""
        self.cluster.start()
        log.info("%d workers are starting.", self.cluster.workers)
        due = time.monotonic() + SWEEP_SECONDS
        try:
            while self.wait(TICK_SECONDS) and os.getppid() == self.parent:
                if not self.cluster.is_alive:
                    self.revive("The cluster died")
                elif time.monotonic() >= due:
                    self.guarded(self.put_right)
                    due = time.monotonic() + SWEEP_SECONDS
        finally:
            self.cluster.stop(self.grace)
            self.guarded(self.put_back, blameless=True)
            log.info("The workers have stopped.")

    def stop(self) -> None:
        """Asks ``run`` to end. A plain flag: signal handlers call this, and a lock could be held just then."""
        self.stopping = True

    def wait(self, seconds: float) -> bool:
        """Sleeps, at most a tick longer than until it is asked to stop; whether to go on."""
        until = time.monotonic() + seconds
        while not self.stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, TICK_SECONDS))
        return not self.stopping

    def guarded(self, step: Callable[..., None], **arguments: bool) -> None:
        """Runs a step that needs the database or the broker; while they are away the cluster just keeps running."""
        try:
            close_old_connections()
            step(**arguments)
        except Exception as error:
            log.warning("The sweep could not be done and will be tried again: %s", error)
            connections.close_all()

    def put_right(self) -> None:
        """One round: workers that died, jobs that overran, what the sweep does for all, and the canary."""
        workers = self.bury_the_dead()
        self.stop_overdue(workers)
        sweep(self.cluster.workers)
        if self.canary.is_stuck(self.cluster.started_at, workers, self.cluster.workers):
            self.revive("Work waits and nothing starts: the cluster hangs")

    def bury_the_dead(self) -> list[Worker]:
        """Puts back what workers that were killed held, without waiting for their leases; returns the living."""
        living: list[Worker] = []
        dead: list[Worker] = []
        for worker in Worker.objects.filter(cluster=self.cluster.name):
            (living if is_running(worker.pid) else dead).append(worker)
        if dead:
            lifecycle.requeue_of(worker.pk for worker in dead)
            lifecycle.forget_workers(worker.pk for worker in dead)
        return living

    def stop_overdue(self, workers: list[Worker]) -> None:
        for job, worker in overdue(workers):
            log.warning("%s ran too long; its process %d is ended.", job, worker.pid)
            if lifecycle.fail(job, message=lifecycle.OVERRUN, error_class="TimedOut"):
                os.kill(worker.pid, signal.SIGKILL)

    def revive(self, reason: str) -> None:
        """Ends whatever is left of the cluster, puts back its jobs and starts a new one."""
        log.error("%s; it is started again.", reason)
        self.pause = min(LONGEST_PAUSE, self.pause * 2 or 0.5) if self.cluster.age < YOUNG_SECONDS else 0.0
        self.cluster.kill()
        self.guarded(self.put_back, blameless=False)
        self.wait(self.pause)
        self.cluster.start()

    def put_back(self, *, blameless: bool) -> None:
        """Puts back what the ended cluster held; a planned stop does not count as an attempt."""
        workers = list(Worker.objects.filter(cluster=self.cluster.name).values_list("pk", flat=True))
        lifecycle.requeue_of(workers, blameless=blameless)
        lifecycle.forget_workers(workers)


def is_running(pid: int) -> bool:
    """Whether a process works still; one that is dead but not yet collected by its parent does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
