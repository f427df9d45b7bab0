"""What `GET /api/performance/dashboard` costs on a year of three hosts, with alerts open and advice at hand.

bare_view_ratio
    Processor time of a warm answer (nothing was written since the last one) over that of an API view which reads one
    row, both through the whole product: the same authentication, roles, rate limit and envelope. The median of
    interleaved pairs.
cold_ratio, queries
    The first answer after a tick over the bare view beside it, and the statements that it runs at most, those for the
    caller and his roles included; ``_24h`` of the last day instead of the last hour.
core_share_200_clients
    The share of one core that the web server takes, as `manage.py up` starts it, while 200 operators poll every three
    seconds and send back their tags, and a tick comes every five seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from benchmarks.load.server import ROOT, WebServer
from benchmarks.registry import Figures, benchmark

WARM_SECONDS, LOAD_SECONDS = 4.0, 15.0
HEALTH = "/api/performance/health"
GOOD = {"200", "304"}


@benchmark("dashboard", "the dashboard's answer beside a bare view, and 200 clients that poll it")
def measure() -> Figures:
    with tempfile.TemporaryDirectory() as home:
        Path(home, "static").mkdir()
        environment = surroundings(home)
        platform = started(["benchmarks.load.dashboard"], environment)
        try:
            assert platform.stdout is not None
            figures: Figures = json.loads(platform.stdout.readline() or "null")
            if figures is None:
                raise SystemExit("The platform could not be built.")
            return figures | polled(home, environment)
        finally:
            platform.kill()
            platform.wait()


def surroundings(home: str) -> dict[str, str]:
    """SQLite and no Redis, whatever the caller's settings say; rates that limit nobody."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "VALOR_"))}
    ours = {"VALOR_HOME": home, "DJANGO_SETTINGS_MODULE": "valor.settings", "LOG_LEVEL": "ERROR"}
    return keep | ours | {"API_RATE_READ": "1000000/m"}


def started(module: list[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", *module]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)


def polled(home: str, environment: Mapping[str, str]) -> Figures:
    """Processor seconds of the server and all its processes over those of the clock, once everybody is connected."""
    tokens = str(Path(home, "tokens.json"))
    with WebServer(Path(home), environment, ready=HEALTH) as server:
        clients = started(
            ["benchmarks.load.polls", str(server.port), str(WARM_SECONDS + LOAD_SECONDS + 1), tokens], environment
        )
        time.sleep(WARM_SECONDS)
        began, before = time.monotonic(), processor_seconds(server.process.pid)
        time.sleep(LOAD_SECONDS)
        spent = processor_seconds(server.process.pid) - before
        share = spent / (time.monotonic() - began)
        seen: dict[str, int] = json.loads(clients.communicate()[0])
    if set(seen) - GOOD:
        raise RuntimeError(f"The web server answered {seen}.")
    every = sum(seen.values())
    return {"core_share_200_clients": share, "answers": every, "unchanged_share": seen.get("304", 0) / every}


def processor_seconds(pid: int) -> float:
    """Of a process and its children."""
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))
