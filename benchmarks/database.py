"""What the settings of the database bring, as ratios.

sqlite_gain
    Commits per second of four writing processes on SQLite, as the product sets it up, over Django's defaults.
pooling_gain, pooling_gain_native
    Requests per second of a real web server on PostgreSQL, asked by 16 clients for a page that reads one row: with
    connections that persist, and with psycopg's pool, over a connection per request. The server wants a password, as
    it does wherever compose.yaml or an administrator set it up: checking that is part of what a connection costs.
orm_get_overhead
    What timing every statement adds to an ORM ``get`` on SQLite, as a share of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from benchmarks.load.server import ROOT, WebServer
from benchmarks.load.writers import Writers
from benchmarks.orm import orm_get_overhead
from benchmarks.registry import Figures, benchmark
from tests.services import running

WRITERS, CLIENTS = 4, 16
ROUNDS = 7
WRITE_SECONDS, ASK_SECONDS = 0.5, 0.8
NAME, PASSWORD = "benchmark", "correct horse battery"
MODES = {
    "bare": {"CONN_MAX_AGE": "0"},
    "pooling_gain": {"CONN_MAX_AGE": "3600"},
    "pooling_gain_native": {"DATABASE_POOL": "1"},
}


def gains(rates: dict[str, list[float]], bare: str) -> Figures:
    """The median of each one's rate over that of *bare* in the same round."""
    return {
        name: median(rate / max(base, 1e-9) for rate, base in zip(found, rates[bare], strict=True))
        for name, found in rates.items()
        if name != bare
    }


def in_turns(work: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """What each measures in each round, one after the other, since the machine has other work, too."""
    rates: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, measure in work.items():
            rates[name].append(measure())
    return rates


def sqlite_gain() -> Figures:
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        crews = {
            name: stack.enter_context(Writers(Path(home), settings, WRITERS))
            for name, settings in (("bare", "benchmarks.load.plain_sqlite"), ("sqlite_gain", "valor.settings"))
        }
        rates = in_turns({name: partial(commits_per_second, crew) for name, crew in crews.items()})
    return gains(rates, "bare")


def commits_per_second(crew: Writers) -> float:
    return sum(written.done for written in crew.write(WRITE_SECONDS)) / WRITE_SECONDS


def pooling_gains() -> Figures:
    with running() as urls, tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        ours = {"DATABASE_URL": with_password(urls["DATABASE_URL"]), "DJANGO_SETTINGS_MODULE": "benchmarks.load.web"}
        migrate = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0", "--skip-checks"]
        subprocess.run(migrate, cwd=ROOT, env=os.environ | ours | {"VALOR_HOME": home}, check=True)
        servers = {name: stack.enter_context(WebServer(Path(home), ours | mode)) for name, mode in MODES.items()}
        rates = in_turns({name: partial(requests_per_second, server) for name, server in servers.items()})
    return gains(rates, "bare")


def with_password(url: str) -> str:
    """The address of a user that must show a password, where the server is our own, which trusts everybody else."""
    if os.environ.get("TEST_DATABASE_URL"):
        return url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {NAME} SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
        row = connection.execute("SHOW hba_file").fetchone()
        assert row is not None
        rules = Path(row[0])
        rules.write_text(f"host all {NAME} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        connection.execute("SELECT pg_reload_conf()")
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{NAME}:{quote(PASSWORD)}@{parts.hostname}:{parts.port}"))


def requests_per_second(server: WebServer) -> float:
    load = server.load(CLIENTS, ASK_SECONDS)
    if load.errors:
        raise RuntimeError(f"The web server answered {load.errors[0]}.")
    return load.per_second


def orm() -> Figures:
    return {"orm_get_overhead": orm_get_overhead()}


PARTS = (sqlite_gain, pooling_gains, orm)


@benchmark("database", "what connections that persist and SQLite's settings bring")
def measure() -> Figures:
    return {name: figure for part in PARTS for name, figure in part().items()}
