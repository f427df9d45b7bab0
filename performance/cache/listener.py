"""The thread that hears what other processes change, and that brings Redis back after it was away.

One for each process, started after its fork, at first use. It holds one connection on which Redis announces every
changed key of ours (`CLIENT TRACKING ON BCAST`). While it is not connected, the local tier is adrift: see
`performance.cache.local`. It is the one caller that probes an open breaker.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Protocol

from redis.exceptions import TimeoutError as RedisTimeoutError

from performance.cache.breaker import Breaker
from performance.cache.shared import AWAY, SharedTier

logger = logging.getLogger(__name__)
BEAT = 0.5
RETRY = 0.1


class Hearer(Protocol):
    """Whom the listener serves."""

    shared: SharedTier
    breaker: Breaker

    def found(self) -> None: ...
    def lost(self, error: Exception) -> None: ...
    def heard(self, keys: list[bytes] | None) -> None: ...
    def beat(self) -> None: ...


class Listener:
    """Starts once; `stop` is for tests and for the end of a benchmark."""

    def __init__(self, hearer: Hearer) -> None:
        self.hearer = hearer
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.stopped = threading.Event()
        self.connected = False
        self.reconnects = -1  # The first connection is none.
        self.pushed: list[list[bytes] | None] = []

    def ensure(self) -> None:
        """Starts the thread where there is none yet."""
        if self.thread is None:
            with self.lock:
                if self.thread is None:
                    self.thread = threading.Thread(target=self.run, name="cache-listener", daemon=True)
                    self.thread.start()

    def stop(self) -> None:
        self.stopped.set()
        if self.thread is not None:
            self.thread.join(timeout=5)

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self.listen()
            except AWAY as error:
                self.connected = False
                self.hearer.lost(error)
            except Exception as error:
                # Whatever it is, a listener that ends would leave this process deaf for good.
                logger.exception("The cache listener failed and starts again.")
                self.connected = False
                self.hearer.lost(error)
            self.stopped.wait(max(RETRY, 0 if self.hearer.breaker.closed else self.hearer.breaker.pause))

    def listen(self) -> None:
        connection = self.hearer.shared.listening_connection()
        try:
            connection._parser.set_invalidation_push_handler(self.push)
            self.hearer.found()
            self.connected = True
            self.reconnects += 1
            self.hear(connection)
        finally:
            connection.disconnect()

    def push(self, message: list[Any]) -> None:
        """Called by the parser: ``[b"invalidate", keys]``, no keys after a flush."""
        self.pushed.append(message[1])

    def hear(self, connection: Any) -> None:
        """Hands on what is announced; a Redis silent for a beat is asked whether it lives."""
        asked = False
        while not self.stopped.is_set():
            if connection.can_read(timeout=BEAT):
                connection.read_response(push_request=True)
                asked = False
                while self.pushed:
                    self.hearer.heard(self.pushed.pop(0))
            elif asked:
                raise RedisTimeoutError("Redis is silent.")
            else:
                connection.send_command("PING")
                asked = True
            self.hearer.beat()
