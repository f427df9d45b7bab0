"""The heartbeat of a worker process: one thread that keeps its row fresh and its job's lease alive.

Progress renews the lease too; the thread is for the long single call that reports nothing. A stopped process beats no
more, so its lease runs out as it should.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize
from typing import Any

import psutil
from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from tasks import lifecycle, signals
from tasks.models import Job, Worker

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
LAST_ACT_SECONDS = 1.5
# Set by run_worker: the name of the cluster, and a pipe whose other end closes when run_worker dies.
CLUSTER_VARIABLE = "VALOR_CLUSTER"
LIFELINE_VARIABLE = "VALOR_LIFELINE"

_worker: Worker | None = None
_current: Job | None = None
_jobs_done = 0


def worker_id() -> uuid.UUID | None:
    """This process's row in the worker table; None outside of a worker."""
    return _worker.pk if _worker else None


@contextmanager
def holding(job: Job) -> Iterator[None]:
    """Marks *job* as the one this process is running, so that the heartbeat keeps its lease."""
    global _current, _jobs_done
    _current = job
    try:
        yield
    finally:
        _current = None
        _jobs_done += 1


def start() -> None:
    """Called in a worker process right after the fork: warm up, then register and start beating."""
    global _worker
    lifeline = os.environ.get(LIFELINE_VARIABLE)
    if lifeline:
        threading.Thread(target=die_with_parent, args=(int(lifeline),), name="lifeline", daemon=True).start()
    warm_up()
    now = timezone.now()
    _worker = Worker(
        cluster=os.environ.get(CLUSTER_VARIABLE, ""),
        host=socket.gethostname(),
        pid=os.getpid(),
        memory=psutil.Process().memory_info().rss,
        started_at=now,
        last_seen=now,
    )
    _worker.save(force_insert=True)
    # Forked Django-Q workers leave by os._exit, where atexit never runs; this does.
    Finalize(None, lifecycle.forget_workers, args=([_worker.pk],), exitpriority=10)
    threading.Thread(target=beat_forever, name="pulse", daemon=True).start()


def warm_up() -> None:
    """Lets the apps import what is slow to import; a fault there must not cost the worker."""
    for receiver, answer in signals.worker_started.send_robust(sender=Worker):
        if isinstance(answer, Exception):
            log.error("%s broke while the worker started.", receiver, exc_info=answer)


def beat_forever() -> None:
    pause = threading.Event()
    while not pause.wait(BEAT_SECONDS):
        try:
            close_old_connections()
            beat()
        except Exception as error:
            log.warning("A heartbeat was missed: %s", error)
            connections.close_all()


def beat() -> None:
    """One heartbeat: the worker's row, and the lease of the job in hand."""
    job = _current
    if job is not None:
        lifecycle.advance(job)
    if _worker is not None:
        row = {"last_seen": timezone.now(), "jobs_done": _jobs_done, "memory": psutil.Process().memory_info().rss}
        mine = Worker.objects.filter(pk=_worker.pk)
        if not mine.update(**row):
            register_again(row)
        elif mine.filter(leaving=True).exists():
            leave(idle=job is None)


def register_again(row: dict[str, Any]) -> None:
    """A worker that was stopped for long was taken for gone; now it beats again."""
    assert _worker is not None
    for name, value in row.items():
        setattr(_worker, name, value)
    _worker.save(force_insert=True)


def leave(*, idle: bool) -> None:
    """Ends this worker after the bell that it answers now; while it answers none, it rings one for itself.

    Another may hear that bell: then this one rings again at its next heartbeat.
    """
    from tasks import backend

    backend.leave_after_this_bell()
    if idle:
        backend.ring()


def put_back(cluster: str) -> None:
    """Requeues what the cluster's workers hold; whoever of them comes second finds nothing left to do."""
    try:
        with transaction.atomic():
            workers = list(Worker.objects.filter(cluster=cluster).values_list("pk", flat=True))
            lifecycle.requeue_of(workers)
            lifecycle.forget_workers(workers)
    except Exception as error:
        log.warning("The jobs of a cluster that lost its run_worker wait for their leases: %s", error)


def die_with_parent(lifeline: int) -> None:
    """Blocks until run_worker is gone, even by kill -9, then ends the whole process group with it.

    Before that its jobs are put back, since the next run_worker knows nothing of this cluster and would wait for the
    leases to run out. In a thread, as a database that does not answer must not keep the group alive.
    """
    os.read(lifeline, 1)
    last_act = threading.Thread(target=put_back, args=(os.environ[CLUSTER_VARIABLE],), daemon=True)
    last_act.start()
    last_act.join(LAST_ACT_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)
