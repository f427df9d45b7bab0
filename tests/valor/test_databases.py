"""The database settings of each kind of process, from the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.__main__ import ROOT
from valor import gunicorn
from valor.lib import databases, processes

POSTGRESQL = "postgresql://ana:secret@db.example/valor?sslmode=require"


@pytest.fixture
def settings_for(monkeypatch):
    """The default database under an environment of these variables alone."""

    def make(**variables: str) -> dict:
        for name in list(os.environ):
            if name.startswith(("DATABASE_", "CONN_MAX_AGE", "REDIS_URL", "VALOR_WEB", "VALOR_ROLE")):
                monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return databases.default_database(Path("/tmp"), databases.pool_of_a_process())

    return make


def test_without_configuration_it_is_sqlite_whose_writers_take_turns(settings_for):
    database = settings_for()
    assert database["ENGINE"] == "performance.database.fair_sqlite"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=", "mmap_size="):
        assert pragma in database["OPTIONS"]["init_command"]


def test_connections_persist_for_an_hour_and_are_checked_before_use(settings_for):
    database = settings_for(DATABASE_URL=POSTGRESQL)
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (3600, True)
    assert database["OPTIONS"] == {"sslmode": "require"}
    assert settings_for(DATABASE_URL=POSTGRESQL, CONN_MAX_AGE="60")["CONN_MAX_AGE"] == 60


def test_the_pool_of_a_web_process_has_the_documented_numbers(settings_for):
    database = settings_for(DATABASE_URL=POSTGRESQL, DATABASE_POOL="1", VALOR_ROLE="web")
    assert database["OPTIONS"]["pool"] == {"min_size": 20, "max_size": 50, "timeout": 30, "max_lifetime": 3600}
    assert database["OPTIONS"]["sslmode"] == "require"
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (0, True)


def test_the_processes_of_a_web_service_share_its_numbers(settings_for):
    web = {"DATABASE_URL": POSTGRESQL, "DATABASE_POOL": "1", "VALOR_ROLE": "web", "REDIS_URL": "redis://cache"}
    ours = {"DATABASE_POOL_MIN": "4", "DATABASE_POOL_MAX": "11", "DATABASE_POOL_TIMEOUT": "5"}
    pool = settings_for(**web, **ours, VALOR_WEB_PROCESSES="3", DATABASE_POOL_LIFETIME="60")["OPTIONS"]["pool"]
    assert pool == {"min_size": 1, "max_size": 3, "timeout": 5, "max_lifetime": 60}


def test_a_process_that_is_not_of_the_web_server_never_has_a_pool(settings_for):
    database = settings_for(DATABASE_URL=POSTGRESQL, DATABASE_POOL="1")
    assert "pool" not in database["OPTIONS"]
    assert database["CONN_MAX_AGE"] == 3600


def test_gunicorn_tells_its_processes_that_they_are_the_web_server():
    assert gunicorn.raw_env[0] == "VALOR_ROLE=web"
    assert "OPENBLAS_NUM_THREADS=1" in gunicorn.raw_env
    assert gunicorn.threads == processes.WEB_THREADS


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_POOL": "1"}, "DATABASE_POOL=1 needs PostgreSQL"),
        ({"DATABASE_POOL": "perhaps"}, "DATABASE_POOL='perhaps' is neither yes nor no"),
        ({"DATABASE_POOL_MIN": "60"}, "DATABASE_POOL_MIN=60 exceeds DATABASE_POOL_MAX=50"),
        ({"DATABASE_POOL_MIN": "-1"}, "DATABASE_POOL_MIN=-1 is too small"),
        ({"DATABASE_POOL_MAX": "0"}, "DATABASE_POOL_MAX=0 is too small"),
        ({"DATABASE_POOL_MAX": "many"}, "DATABASE_POOL_MAX='many' is not a whole number"),
        ({"DATABASE_POOL_TIMEOUT": "0"}, "DATABASE_POOL_TIMEOUT=0 is too small"),
        ({"DATABASE_POOL_LIFETIME": "0"}, "DATABASE_POOL_LIFETIME=0 is too small"),
        ({"CONN_MAX_AGE": "-1"}, "CONN_MAX_AGE=-1 is too small"),
        ({"REDIS_URL": "redis://cache", "VALOR_WEB_PROCESSES": "0"}, "VALOR_WEB_PROCESSES=0 is too small"),
        (
            {"REDIS_URL": "redis://c", "VALOR_WEB_PROCESSES": "4", "DATABASE_POOL_MAX": "3", "DATABASE_POOL_MIN": "0"},
            "DATABASE_POOL_MAX=3 leaves some of 4 web processes without a connection",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_remedy(settings_for, variables, said):
    pooled = {"DATABASE_URL": POSTGRESQL, "DATABASE_POOL": "1"} if len(variables) > 1 or "POOL_" in said else {}
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_for(**pooled | variables)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_command_says_it_in_one_line(tmp_path):
    environment = os.environ | {"VALOR_HOME": str(tmp_path), "DATABASE_URL": "", "DATABASE_POOL": "1"}
    command = [sys.executable, "manage.py", "check"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.strip().count("\n") == 0
    assert "DATABASE_POOL=1 needs PostgreSQL" in result.stderr
