"""What timing every statement adds to the cheapest thing that Django's ORM does: getting one row by its key."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

PAIRS = 151
GETS = 100
ALIAS = "benchmark"


@contextmanager
def database(folder: Path) -> Iterator[Any]:
    """The connection to a SQLite file of its own, under ALIAS; nothing of what is done there is stored as news."""
    from django.conf import settings
    from django.db import connections

    from performance.database import reports

    before, settings.QUERY_REPORT_SECONDS = settings.QUERY_REPORT_SECONDS, 0
    settings.DATABASES[ALIAS] = settings.DATABASES["default"] | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "orm.sqlite3"),
        "OPTIONS": {},
    }
    connections.configure_settings(settings.DATABASES)
    connection = connections[ALIAS]
    try:
        yield connection
    finally:
        connection.close()
        del connections[ALIAS], settings.DATABASES[ALIAS]
        reports.take()
        settings.QUERY_REPORT_SECONDS = before


def seconds_of(work: Callable[[], object]) -> float:
    """Processor seconds of GETS calls."""
    started = time.process_time()
    for _ in range(GETS):
        work()
    return time.process_time() - started


def orm_get_overhead() -> float:
    """The share by which timing lengthens ``Model.objects.get(pk=...)`` within a request: the median of PAIRS pairs.

    Each pair times the get with and without the meter on the same connection, in turns that swap places, in processor
    time, so that what else the machine does counts for both.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valor.settings")
    import django

    django.setup()
    from performance import scope
    from performance.database.timing import meter_of
    from performance.models import SlowQuery

    with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as connection:
        with connection.schema_editor() as editor:
            editor.create_model(SlowQuery)
        now = "2026-01-01T00:00:00+00:00"
        row = SlowQuery.objects.using(ALIAS).create(fingerprint="0", first_seen=now, last_seen=now)
        wrappers = list(connection.execute_wrappers)
        assert meter_of(connection) is not None
        entered = scope.enter(scope.Kind.REQUEST, "/benchmark/")

        def timed(measured: bool) -> float:
            connection.execute_wrappers[:] = wrappers if measured else []
            return seconds_of(lambda: SlowQuery.objects.using(ALIAS).get(pk=row.pk))

        shares = []
        for pair in range(PAIRS + 1):
            order = (True, False) if pair % 2 else (False, True)
            seconds = {measured: timed(measured) for measured in order}
            shares.append(seconds[True] / seconds[False] - 1)
        del shares[0]  # The first pair warms up.
        connection.execute_wrappers[:] = wrappers
        scope.leave(entered)
    return median(shares)


if __name__ == "__main__":
    print(f"{orm_get_overhead():.4f}")
