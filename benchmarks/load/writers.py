"""Several writing processes on one SQLite database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Self

ROOT = Path(__file__).resolve().parents[2]


class Written(NamedTuple):
    """One process's commits, and its attempts that ended in an error."""

    done: int
    failed: int


class Writers:
    """Runs so many processes under *settings* while inside; the database is made when missing."""

    def __init__(self, home: Path, settings: str, count: int) -> None:
        self.count = count
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
        self.environment = keep | {"VALOR_HOME": str(home), "DJANGO_SETTINGS_MODULE": settings, "LOG_LEVEL": "ERROR"}

    def __enter__(self) -> Self:
        migrate = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0", "--skip-checks"]
        subprocess.run(migrate, cwd=ROOT, env=self.environment, check=True)
        command, pipe = [sys.executable, "-m", "benchmarks.load.writer"], subprocess.PIPE
        self.processes = [
            subprocess.Popen(command, cwd=ROOT, env=self.environment, stdin=pipe, stdout=pipe, text=True)
            for _ in range(self.count)
        ]
        for process in self.processes:
            self.hear(process)
        return self

    def write(self, seconds: float, work_ms: float = 0.0) -> list[Written]:
        """Lets all of them write at once; each transaction holds so many milliseconds of other work."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write(f"{seconds} {work_ms}\n")
            process.stdin.flush()
        return [Written(*map(int, self.hear(process).split())) for process in self.processes]

    def hear(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("A writing process ended.")
        return line

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
