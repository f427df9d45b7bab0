"""The database from the environment: SQLite or PostgreSQL, with persistent connections or psycopg's pool.

Connections persist for CONN_MAX_AGE seconds, one per thread, and are checked before a request uses them. With
DATABASE_POOL=1 the web processes share connections through a pool each instead. Workers, sampler and commands never
do: they fork, or need one connection only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from valor.lib import env, processes

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
# A writer waits up to `timeout` seconds for its turn. 20 MB of pages are cached, 128 MB of the file mapped.
SQLITE_SETTINGS: dict[str, Any] = {
    "ENGINE": "performance.database.fair_sqlite",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000; PRAGMA mmap_size=134217728;"
        ),
    },
    "TEST": {"NAME": ":memory:"},
}


def pool_of_a_process() -> dict[str, int] | None:
    """psycopg's pool of each web process; None where connections persist instead."""
    return pool_options(processes.web_processes()) if env.flag("DATABASE_POOL") else None


def default_database(home: Path, pool: dict[str, int] | None) -> dict[str, Any]:
    """The settings of the default database, for this process."""
    address = env.text("DATABASE_URL") or f"sqlite:///{home / 'valor.sqlite3'}"
    age = at_least(0, "CONN_MAX_AGE", 3600)
    database: dict[str, Any] = {**dj_database_url.parse(address, conn_max_age=age, conn_health_checks=True)}
    if pool and database["ENGINE"] != POSTGRESQL:
        raise ImproperlyConfigured(
            "DATABASE_POOL=1 needs PostgreSQL: name one in DATABASE_URL, or set DATABASE_POOL=0."
        )
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == SQLITE:
        database |= SQLITE_SETTINGS | {"OPTIONS": SQLITE_SETTINGS["OPTIONS"] | options}
    elif pool and processes.is_web():
        # Django validates a connection before it leaves the pool where CONN_HEALTH_CHECKS is on, and refuses an age.
        database |= {"CONN_MAX_AGE": 0, "OPTIONS": options | {"pool": pool}}
    return database


def pool_options(shares: int) -> dict[str, int]:
    """The pool of one of a host's web processes: its share of DATABASE_POOL_MIN and _MAX, rounded down."""
    least = at_least(0, "DATABASE_POOL_MIN", 20)
    most = at_least(1, "DATABASE_POOL_MAX", 50)
    if least > most:
        raise ImproperlyConfigured(f"DATABASE_POOL_MIN={least} exceeds DATABASE_POOL_MAX={most}: lower it.")
    if most < shares:
        raise ImproperlyConfigured(
            f"DATABASE_POOL_MAX={most} leaves some of {shares} web processes without a connection: "
            "raise it, or lower VALOR_WEB_PROCESSES."
        )
    return {
        "min_size": least // shares,
        "max_size": most // shares,
        "timeout": at_least(1, "DATABASE_POOL_TIMEOUT", 30),
        "max_lifetime": at_least(1, "DATABASE_POOL_LIFETIME", 3600),
    }


def at_least(least: int, name: str, default: int) -> int:
    """A variable that is a whole number of at least *least*."""
    value = env.whole(name, default)
    if value < least:
        raise ImproperlyConfigured(f"{name}={value} is too small: at least {least} is needed.")
    return value
