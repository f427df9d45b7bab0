"""The dashboard's answer beside a bare view, in this process: python -m benchmarks.load.dashboard.

Builds the platform and prints the ratios; then ticks every few seconds, while others ask, until a line comes in.
"""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import django

django.setup()

from django.core.handlers.base import BaseHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from benchmarks.load.platform import HOSTS, build, tick  # noqa: E402
from benchmarks.timing import median_ratios, seconds_of  # noqa: E402
from performance.alerts.selectors import forget_thresholds  # noqa: E402

CLIENTS = 200
PAIRS, TICKS = 301, 21
TICK_SECONDS = 5.0
BARE, DASHBOARD = f"/api/rows/{HOSTS[0]}/", f"/api/performance/dashboard/?host={HOSTS[0]}"


def server(path: str, token: str, urls: str = "valor.urls") -> Callable[[], None]:
    """Serves a request through everything that a request of the product passes."""
    handler = BaseHandler()
    handler.load_middleware()
    factory = RequestFactory(SERVER_NAME="localhost")

    def serve() -> None:
        request = factory.get(path, headers={"Authorization": f"Bearer {token}"})
        request.urlconf = urls  # type: ignore[attr-defined]
        response = handler.get_response(request)
        assert response.status_code == 200
        response.close()

    return serve


class Counter:
    """How many statements were run."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, *statement: Any) -> Any:
        self.count += 1
        return execute(*statement)


def cold(bare: Callable[[], None], dashboard: Callable[[], None]) -> tuple[float, int]:
    """The first answer after each tick over the bare view beside it, the median; and the most queries of one."""
    ratios, queries = [], []
    for _ in range(TICKS):
        tick()
        forget_thresholds()
        counter = Counter()
        base = seconds_of(bare)
        with connection.execute_wrapper(counter):
            ratios.append(seconds_of(dashboard) / base)
        queries.append(counter.count)
    return median(ratios), max(queries)


def figures(token: str) -> dict[str, float]:
    bare = server(BARE, token, "benchmarks.load.bare")
    found = median_ratios(bare, {"bare_view_ratio": server(DASHBOARD, token)}, PAIRS)
    for name in ("", "_24h"):
        dashboard = server(f"{DASHBOARD}&range={name.strip('_') or '1h'}", token)
        dashboard()
        found[f"cold_ratio{name}"], found[f"queries{name}"] = cold(bare, dashboard)
    return found


def main() -> None:
    call_command("migrate", verbosity=0, skip_checks=True)
    tokens = build(CLIENTS)
    found = figures(tokens[0])
    Path(os.environ["VALOR_HOME"], "tokens.json").write_text(json.dumps(tokens))
    print(json.dumps(found), flush=True)
    while not select.select([sys.stdin], [], [], TICK_SECONDS)[0]:
        tick()


if __name__ == "__main__":
    main()
