"""What measuring costs those who are measured.

request_overhead_us
    Microseconds of processor time that timing adds to a request of an API view that reads one row: the middleware and
    the timing of the statement together.
django_prometheus_ratio
    That over what the middleware of django-prometheus adds to the same request in the same run, without timing any
    statement: the median of rounds in which each is measured in turn.
observe_us
    Microseconds of one ``observe`` with a label, what it counts later included.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.orm import database
from benchmarks.registry import Figures, benchmark
from benchmarks.timing import seconds_of

ROUNDS, REQUESTS = 31, 120
OBSERVATIONS, BATCHES = 50_000, 15
BARE = ("django.middleware.common.CommonMiddleware",)
OURS = ("performance.middleware.RequestScope", *BARE)
THEIRS = (
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    *BARE,
    "django_prometheus.middleware.PrometheusAfterMiddleware",
)


@benchmark("instruments", "what timing adds to a request, beside django-prometheus, and one observation")
def measure() -> Figures:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valor.settings")
    import django

    django.setup()
    need_peer()
    with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as connection:
        return overheads(connection) | {"observe_us": observe_us()}


def need_peer() -> None:
    if find_spec("django_prometheus") is None:
        raise SystemExit("django-prometheus is missing: pip install -r requirements-bench.txt")


def overheads(connection: Any) -> Figures:
    from performance.models import SlowQuery

    with connection.schema_editor() as editor:
        editor.create_model(SlowQuery)
    now = "2026-01-01T00:00:00+00:00"
    row = SlowQuery.objects.using(connection.alias).create(fingerprint="0", first_seen=now, last_seen=now)
    wrappers = list(connection.execute_wrappers)
    assert wrappers, "Statements are not timed."

    def timed(chain: tuple[str, ...], meters: list[Any]) -> Callable[[], float]:
        serve = server(chain, f"/rows/{row.pk}/")

        def once() -> float:
            connection.execute_wrappers[:] = meters
            return seconds_of(serve)

        return once

    runs = {"bare": timed(BARE, []), "ours": timed(OURS, wrappers), "theirs": timed(THEIRS, [])}
    rounds = in_turns(runs)
    added = {name: [one[name] - one["bare"] for one in rounds] for name in ("ours", "theirs")}
    ratios = [ours / theirs for ours, theirs in zip(added["ours"], added["theirs"], strict=True)]
    connection.execute_wrappers[:] = wrappers
    return {
        "request_overhead_us": median(added["ours"]) / REQUESTS * 1e6,
        "django_prometheus_ratio": median(ratios),
    }


def server(chain: tuple[str, ...], path: str) -> Callable[[], None]:
    """Serves a request of a path through these middlewares."""
    from django.core.handlers.base import BaseHandler
    from django.test import RequestFactory, override_settings

    handler = BaseHandler()
    with override_settings(MIDDLEWARE=list(chain)):
        handler.load_middleware()
    factory = RequestFactory(SERVER_NAME="localhost")

    def serve() -> None:
        request = factory.get(path)
        request.urlconf = "benchmarks.load.reading"  # type: ignore[attr-defined]
        response = handler.get_response(request)
        assert response.status_code == 200
        response.close()

    return serve


def in_turns(runs: dict[str, Callable[[], float]]) -> list[dict[str, float]]:
    """The seconds of REQUESTS requests of each in every round, request by request in turns that change places.

    So what the machine does besides, and the collector of garbage, falls on all alike. The first round warms up.
    """
    rounds = []
    names = list(runs)
    for _ in range(ROUNDS + 1):
        taken = dict.fromkeys(names, 0.0)
        for number in range(REQUESTS):
            for name in names[number % len(names) :] + names[: number % len(names)]:
                taken[name] += runs[name]()
        rounds.append(taken)
    return rounds[1:]


def observe_us() -> float:
    from performance.instruments import forget, observe

    def work() -> None:
        for number in range(OBSERVATIONS):
            observe("benchmark", number, kind="one")

    taken = []
    for _ in range(BATCHES):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    forget()
    return median(taken) / OBSERVATIONS * 1e6
