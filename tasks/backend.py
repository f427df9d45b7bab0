"""The doorbell: the only file that knows Django-Q.

A bell carries nothing. It wakes a worker, which then claims the best job from the job table; so a lost, late or doubled
bell is harmless, and priority holds on every broker.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections, connections, transaction
from django_q.brokers import Broker, get_broker
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf
from django_q.signals import post_spawn
from django_q.tasks import async_task
from redis.exceptions import RedisError

from tasks import pulse, selectors

log = logging.getLogger(__name__)

# Between two looks at the job table while Redis is away.
LOOK_SECONDS = 0.5
# After Redis did not answer it is left alone for so long: one that hangs costs a timeout at each question.
REST_SECONDS = 5.0
RUN_NEXT = "tasks.runner.run_next"


class Pocket(Broker):
    """Keeps the bells that are rung on it."""

    def __init__(self) -> None:
        self.bells: list[tuple[None, str]] = []
        super().__init__()

    def enqueue(self, task: str) -> None:
        self.bells.append((None, task))


class Bells(Redis):
    """Redis, and while it does not answer a look at the job table: work goes on, only a moment later."""

    away = False
    rests_until = 0.0

    def dequeue(self) -> list[tuple[None, Any]] | None:
        """The bells to hear now. Never raises: the pusher, which asks, would pause for ten seconds and end."""
        answered, heard = self.ask(super().dequeue)
        if answered:
            return heard  # type: ignore[no-any-return]
        time.sleep(LOOK_SECONDS)
        return self.for_waiting_jobs()

    def enqueue(self, task: str) -> int | None:
        return self.ask(super().enqueue, task)[1]  # type: ignore[no-any-return]

    def queue_size(self) -> int:
        """While Redis is away the pusher rings by itself: as if a bell were always under way."""
        answered, size = self.ask(super().queue_size)
        return int(size) if answered else 1

    def ask(self, question: Callable[..., Any], *arguments: Any) -> tuple[bool, Any]:
        """Whether Redis answered, and what; it is not asked while it rests."""
        if time.monotonic() < self.rests_until:
            return False, None
        try:
            answer = question(*arguments)
        except RedisError as error:
            self.rests_until = time.monotonic() + REST_SECONDS
            self.tell(away=True, why=f" ({error})")
            return False, None
        self.tell(away=False)
        return True, answer

    def ping(self) -> bool:
        """A cluster starts without Redis, too."""
        return True

    def for_waiting_jobs(self) -> list[tuple[None, Any]] | None:
        """One bell for each worker while a job waits: one too many is harmless."""
        try:
            close_old_connections()
            waiting = selectors.waiting_since() is not None
        except Error:
            connections.close_all()
            return None
        pocket = Pocket()
        for _ in range(workers() if waiting else 0):
            ring_on(pocket)
        return pocket.bells

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Django-Q's own statistics, which nobody reads: not worth a line in the log twice a second."""

    def tell(self, *, away: bool, why: str = "") -> None:
        """Says once that Redis went, and once that it came back."""
        if away != self.away:
            log.warning("Redis %s.", f"does not answer{why}: jobs start from the table" if away else "answers again")
        self.away = away


@cache
def broker() -> Broker:
    """One broker for each process: with Redis it keeps its connections."""
    return get_broker()


def ring(times: int = 1) -> None:
    """Wakes so many workers, unless a bell that nobody has heard yet will wake one: it finds the work of all."""
    if not unheard():
        for _ in range(times):
            ring_on(broker())


def ring_when_committed() -> None:
    """A broker that is down loses only the bell: the job is stored, and the sweep rings again."""
    transaction.on_commit(ring, robust=True)


def ring_on(bells: Broker) -> None:
    """The answer is not stored, and Django-Q's own timeout does not apply."""
    async_task(RUN_NEXT, broker=bells, save=False, timeout=-1)


def unheard() -> int:
    """How many bells have rung that no cluster has taken yet."""
    return int(broker().queue_size())


def workers() -> int:
    """How many worker processes a cluster on this machine has by default."""
    return int(settings.WORKERS)


def leave_after_this_bell() -> None:
    """Lets Django-Q recycle this process: it compares the memory, which is above any limit, after each bell."""
    Conf.MAX_RSS = 1


def on_spawn(**_: Any) -> None:
    pulse.start()


def connect() -> None:
    """Called when Django starts: workers register themselves right after their fork."""
    if settings.REDIS_URL:
        Conf.BROKER_CLASS = f"{Bells.__module__}.{Bells.__qualname__}"
    logging.getLogger("django-q").setLevel(logging.WARNING)
    post_spawn.connect(on_spawn, dispatch_uid="tasks.pulse")
