"""Many short-lived processes, some killed, while sweepers fold whoever pauses: what the fleet counted is exact."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from performance.fleet import totals_of
from performance.histogram import Histogram
from performance.models import FleetTotal, ProcessReading
from performance.totals import Kind, Totals
from tests.performance.short_lived import BATCH, CLEAN, KILLED, values

ROOT = Path(__file__).resolve().parents[2]
PARENTS, CHILDREN = 2, 9
SECONDS = 60


@pytest.fixture
def database(transactional_db, tmp_path) -> dict[str, str]:
    """Where the processes find this test's database: on SQLite a copy of it in a file, since it is in memory."""
    settings = connection.settings_dict
    if connection.vendor == "postgresql":
        user, password = quote(settings["USER"]), quote(settings["PASSWORD"])
        address = f"{user}:{password}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
        return {"DATABASE_URL": f"postgresql://{address}"}
    connection.ensure_connection()
    with closing(sqlite3.connect(tmp_path / "valor.sqlite3")) as file:
        connection.connection.backup(file)
    return {"DATABASE_URL": f"sqlite:///{tmp_path / 'valor.sqlite3'}"}


def run(what: str, *numbers: int, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.performance.short_lived", what, *map(str, numbers)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def counted_by_all(database: dict[str, str]) -> Totals:
    """From rows and totals of the database in which the processes worked."""
    everything = Totals()
    if connection.vendor == "postgresql":
        rows = [*ProcessReading.objects.filter(folded_at=None).values_list("readings", flat=True)]
        rows += FleetTotal.objects.values_list("readings", flat=True)
    else:
        with closing(sqlite3.connect(database["DATABASE_URL"].removeprefix("sqlite:///"))) as file:
            found = file.execute("SELECT readings FROM performance_processreading WHERE folded_at IS NULL").fetchall()
            found += file.execute("SELECT readings FROM performance_fleettotal").fetchall()
        rows = [json.loads(readings) for (readings,) in found]
    for readings in rows:
        everything.merge(totals_of(readings))
    return everything


def test_nothing_is_lost_and_nothing_counts_twice(database, tmp_path):
    environment = os.environ | database | {"VALOR_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "valor.settings"}
    # One sweeper takes everybody for dead who does not write for 40 ms, the other is nearly as impatient.
    sweepers = [run("sweeper", keep, environment=environment) for keep in (40, 60)]
    for sweeper in sweepers:
        assert sweeper.stdout.readline() == "ready\n"
    parents = [run("parent", 1000 * number, CHILDREN, environment=environment) for number in range(1, PARENTS + 1)]
    said = [one for parent in parents for one in json.loads(parent.communicate(timeout=SECONDS)[0])]
    for sweeper in sweepers:
        sweeper.terminate()
    swept = [json.loads(sweeper.communicate(timeout=SECONDS)[0]) for sweeper in sweepers]
    everything = counted_by_all(database)

    assert [one["back"] for one in swept] == [0, 0]
    assert sum(one["folded"] for one in swept) > PARENTS * CHILDREN, "Nobody was taken for dead: nothing was tried."
    clean = [one for one in said if one["kind"] == CLEAN]
    assert len(clean) == PARENTS * (CHILDREN * 2 // 3 + 1)
    assert everything.counts["steps", (("end", CLEAN),)] == sum(one["counted"] for one in clean)
    expected = Histogram()
    for one in clean:
        expected.add(*islice(values(one["seed"]), one["counted"]))
    found = everything.values[Kind.VALUES, "sizes", (("end", CLEAN),)].values
    assert found.buckets == expected.buckets
    assert [found.quantile(share) for share in (0.5, 0.95, 0.99)] == [
        expected.quantile(share) for share in (0.5, 0.95, 0.99)
    ]
    assert found.total == pytest.approx(expected.total)

    killed = [one for one in said if one["kind"] == KILLED]
    steps = everything.counts["steps", (("end", KILLED),)]
    least, most = (sum(one.get(what, 0) for one in killed) for what in ("published", "counted"))
    assert 0 < least <= steps <= most + BATCH * len(killed)
