"""A web server of the product as a process of its own, and clients that ask it as fast as they can."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
PATIENCE = 40.0
GOOD = "200 OK"
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Load:
    """What the clients of one load saw: good answers, and what else they met."""

    seconds: float
    answers: int
    errors: tuple[str, ...]

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


class WebServer:
    """gunicorn with the product's settings on a free port of the loopback; runs while inside."""

    def __init__(self, home: Path, environment: Mapping[str, str], ready: str = "/") -> None:
        self.port, self.ready = free_port(), ready
        ours = {"VALOR_HOME": str(home), "VALOR_BIND": f"127.0.0.1:{self.port}", "LOG_LEVEL": "ERROR"}
        # Whatever the surroundings say about databases is not meant for this server.
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
        self.environment = keep | ours | dict(environment)

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "gunicorn", "--config", "python:valor.gunicorn", "valor.wsgi"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers(self.ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("The web server did not start.")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(STOP_SECONDS)

    def answers(self, path: str) -> bool:
        client = Client(self.port, path)
        client.run(time.monotonic() + 0.01)
        return client.good > 0

    def load(self, clients: int, seconds: float, path: str = "/") -> Load:
        """So many clients at once, each asking again as soon as it has its answer."""
        deadline = time.monotonic() + seconds
        found = [Client(self.port, path) for _ in range(clients)]
        threads = [threading.Thread(target=client.run, args=(deadline,)) for client in found]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        errors = tuple(error for client in found for error in client.errors)
        return Load(seconds, sum(client.good for client in found), errors)


class Client:
    """Speaks just enough HTTP over one line: a client library would take more of the processor than the server."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        self.good = 0
        self.errors: list[str] = []

    def run(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            try:
                self.converse(deadline)
            except OSError as error:
                self.errors.append(repr(error))

    def converse(self, deadline: float) -> None:
        """Asks until the deadline, or until the server ends the line, as it may between two answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as line, line.makefile("rb") as heard:
            while time.monotonic() < deadline:
                status = self.ask(line, heard)
                if status == GOOD:
                    self.good += 1
                elif status:
                    self.errors.append(status)
                else:
                    return

    def ask(self, line: socket.socket, heard: BinaryIO) -> str:
        """The status of one answer; empty where the line has ended."""
        line.sendall(self.request)
        status = heard.readline().decode().partition(" ")[2].strip()
        length = 0
        while (header := heard.readline()) not in (b"\r\n", b""):
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        heard.read(length)
        return status
