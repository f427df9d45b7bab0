"""An installation of its own for a measurement: a folder, a database, a worker, and a driver that submits work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "benchmarks.load.settings"
STOP_SECONDS = 15.0


class Installation:
    """Started by ``with``; gone, with all its processes, afterwards."""

    def __init__(self, home: Path, workers: int, **servers: str) -> None:
        self.workers = workers
        ours = {"VALOR_HOME": str(home), "DJANGO_SETTINGS_MODULE": SETTINGS, "LOG_LEVEL": "ERROR", **servers}
        keep = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.environment = keep | ours
        self.processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        subprocess.run([*self.command("migrate"), "-v0"], env=self.environment, cwd=ROOT, check=True)
        worker = self.command("run_worker", "--workers", str(self.workers))
        driver = [sys.executable, "-m", "benchmarks.load.driver"]
        self.processes = [self.start(worker), self.start(driver)]
        self.ask("ready", self.workers)
        return self

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *arguments]

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def ask(self, verb: str, *arguments: Any) -> Any:
        """What the driver answers."""
        driver = self.processes[-1]
        assert driver.stdin is not None
        assert driver.stdout is not None
        driver.stdin.write(json.dumps([verb, *arguments]) + "\n")
        driver.stdin.flush()
        answer = driver.stdout.readline()
        if not answer:
            raise RuntimeError(f"The driver ended over {verb!r}.")
        return json.loads(answer)

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.wait(STOP_SECONDS)
