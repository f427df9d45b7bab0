"""A forked process, as Django-Q's workers are: what was slow there is stored although it leaves by os._exit."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.launch

ROOT = Path(__file__).resolve().parents[3]
PARENT_AND_CHILD = """
import multiprocessing
import django
django.setup()
from django.contrib.auth.models import Group
from django.db import connections
from performance import scope

def work():
    entered = scope.enter(scope.Kind.JOB, "tests.forked")
    for _ in range(12):
        Group.objects.filter(name="secret").exists()
    scope.leave(entered)

Group.objects.exists()
connections.close_all()
child = multiprocessing.get_context("fork").Process(target=work)
child.start()
child.join()
assert child.exitcode == 0
"""


def test_the_last_reports_of_a_forked_process_are_stored(tmp_path):
    ours = {"VALOR_HOME": str(tmp_path), "SLOW_QUERY_SECONDS": "0", "DJANGO_SETTINGS_MODULE": "valor.settings"}
    keep = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment = keep | ours
    migrate = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"]
    subprocess.run(migrate, env=environment | {"SLOW_QUERY_SECONDS": "9"}, cwd=ROOT, check=True, timeout=120)
    subprocess.run([sys.executable, "-c", PARENT_AND_CHILD], env=environment, cwd=ROOT, check=True, timeout=60)
    with closing(sqlite3.connect(tmp_path / "valor.sqlite3")) as database:
        slow = database.execute("SELECT statement, routes FROM performance_slowquery").fetchall()
        repeated = database.execute("SELECT route, worst FROM performance_repeatedquery").fetchall()
    assert any("auth_group" in statement and "tests.forked" in routes for statement, routes in slow)
    assert repeated == [("tests.forked", 12)]
    assert "secret" not in str(slow)
