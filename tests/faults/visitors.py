"""People who ask for pages, one after the other, until they are told to leave."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ANSWER_SECONDS = 30.0


class Visitors:
    """*crowd* threads that ask for one page, each again *pause* seconds after its answer."""

    def __init__(self, port: int, path: str, crowd: int, pause: float) -> None:
        self.port, self.path, self.pause = port, path, pause
        self.leaving = threading.Event()
        self.answers: list[int] = []
        self.threads = [threading.Thread(target=self.visit, daemon=True) for _ in range(crowd)]

    def visit(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        while not self.leaving.is_set():
            try:
                connection.request("GET", self.path)
                answer = connection.getresponse()
                answer.read()
                self.answers.append(answer.status)
            except (OSError, http.client.HTTPException):
                connection.close()
            self.leaving.wait(self.pause)
        with suppress(OSError):
            connection.close()

    @contextmanager
    def here(self) -> Iterator[Visitors]:
        for thread in self.threads:
            thread.start()
        try:
            yield self
        finally:
            self.leaving.set()
            for thread in self.threads:
                thread.join(ANSWER_SECONDS)
