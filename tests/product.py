"""The product as its user starts it: `manage.py up` on a free port, with a state folder of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil

from tests.__main__ import ROOT, clean_environment
from tests.services import free_port

PATIENCE_SECONDS = 180.0


class Product:
    """Starts on entering, stops on leaving; keeps every line that `up` printed."""

    def __init__(self, home: Path, port: int | None = None, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        ours = {"VALOR_HOME": str(home), "API_RATE_SIGN_IN": "1000/m"}
        self.environment = clean_environment() | ours | dict(environment or {})
        self.lines: list[str] = []

    def start(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        return self

    def read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            self.lines += (line.rstrip() for line in stream)

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def ready(self) -> Self:
        """Waits until `up` has said that it is up."""
        eventually(lambda: "Ctrl-C stops it." in self.output or self.process.poll() is not None, self)
        assert self.process.poll() is None, self.output
        return self

    def status(self, path: str = "/sign-in/") -> int:
        """The HTTP status of a page, 0 where nothing answers."""
        try:
            with urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (URLError, OSError):
            return 0

    def child(self, word: str) -> psutil.Process | None:
        """The direct child whose command line holds *word*."""
        for child in psutil.Process(self.process.pid).children():
            try:
                if any(word in part for part in child.cmdline()):
                    return child
            except psutil.NoSuchProcess:
                continue
        return None

    def family(self) -> list[psutil.Process]:
        """All descendants."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def passwords(self) -> dict[str, str]:
        """Name and password of each demo user, from the file that `up` prints."""
        lines = (self.home / "demo_sign_in").read_text().splitlines()
        return dict(line.split("\t") for line in lines if line)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Stops as Ctrl-C does and returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.reader.join(timeout=5)
        return status

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def eventually(condition: Callable[[], object], product: Product | None = None) -> None:
    """Waits for a condition; a test asserts what happened, not how fast."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, product.output if product else "It never happened."
        time.sleep(0.05)
