"""The doorbell: the only file that knows Django-Q.

A bell carries nothing. It wakes a worker, which then claims the best job from the job table; so a lost, late or doubled
bell is harmless, and priority holds on every broker.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from django.conf import settings
from django_q.brokers import Broker, get_broker
from django_q.signals import post_spawn
from django_q.tasks import async_task

from tasks import pulse

RUN_NEXT = "tasks.runner.run_next"


@cache
def broker() -> Broker:
    """One broker for each process: with Redis it keeps its connections."""
    return get_broker()


def ring() -> None:
    """Wakes one worker. The answer is not stored, and Django-Q's own timeout does not apply."""
    async_task(RUN_NEXT, broker=broker(), save=False, timeout=-1)


def unheard() -> int:
    """How many bells have rung that no cluster has taken yet."""
    return int(broker().queue_size())


def workers() -> int:
    """How many worker processes a cluster on this machine has by default."""
    return int(settings.Q_CLUSTER["workers"])


def on_spawn(**_: Any) -> None:
    pulse.start()


def connect() -> None:
    """Called when Django starts: workers register themselves right after their fork."""
    logging.getLogger("django-q").setLevel(logging.WARNING)
    post_spawn.connect(on_spawn, dispatch_uid="tasks.pulse")
