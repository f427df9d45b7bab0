"""Takes what is due out of the outbox and sends it: in a thread of the sampler's process, so that no tick waits for a
mail server, and no worker is needed to say that there is none."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import Error, connections
from django.utils import timezone

from performance.alerts import outbox
from performance.alerts.channels import SEND, Message
from performance.alerts.choices import Channel

logger = logging.getLogger(__name__)

# What is due later is left to the next tick's courier.
SOON = 20.0


def deliver(now: datetime, channel: Channel) -> int:
    """Sends all that is due on a channel as one message; how many rows that were."""
    rows = outbox.claim(channel, now)
    if not rows:
        return 0
    try:
        SEND[channel](Message([row.event for row in rows], now))
    except Exception as error:
        # Whatever a mail server or a receiver does, the rows stay and are sent again.
        logger.warning("A message by %s was not delivered: %s", channel, error)
        outbox.failed(rows, f"{type(error).__name__}: {error}", timezone.now())
    else:
        outbox.sent(rows, timezone.now())
    return len(rows)


def deliver_all(now: datetime) -> int:
    return sum(deliver(now, channel) for channel in outbox.channels())


def wait_for_due(now: datetime) -> float | None:
    """Seconds until something is due; None: nothing is before long."""
    due = outbox.next_due(now)
    wait = (due - now).total_seconds() if due is not None else None
    return max(0.0, wait) if wait is not None and wait <= SOON else None


class Courier:
    """At most one thread at a time; it ends when nothing is due before long."""

    def __init__(self, pause: Callable[[float], None] = time.sleep) -> None:
        self.pause = pause
        self.thread: threading.Thread | None = None

    def wake(self) -> None:
        """Called at each tick: one query as a rule."""
        if self.thread is not None and self.thread.is_alive():
            return
        if wait_for_due(timezone.now()) is not None:
            self.thread = threading.Thread(target=self.work, name="alert-courier", daemon=True)
            self.thread.start()

    def work(self) -> None:
        try:
            self.rounds()
        except Error as error:
            logger.warning("The alerts' courier stopped, the database does not answer: %s", error)
        finally:
            connections.close_all()

    def rounds(self) -> None:
        while (wait := wait_for_due(timezone.now())) is not None:
            self.pause(wait)
            if not deliver_all(timezone.now()):
                # Another courier has it, and goes on.
                return
