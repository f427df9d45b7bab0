"""The budget of connections against what the server gives."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from performance.database import budget as module
from performance.database.budget import Budget, budget, connections_fit, known_budget
from performance.models import ProcessReading, Role
from valor.supervisor import startup
from valor.supervisor.web import Unusable

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="Only a server limits its connections.")


@pytest.fixture
def small(settings):
    settings.DATABASE_POOL, settings.WEB_PROCESSES, settings.WEB_THREADS, settings.WORKERS = None, 2, 8, 4
    return settings


def test_each_thread_keeps_a_connection_and_each_worker_two(small):
    assert budget(1, 1, 1) == Budget(web=16, worker=12, sampler=2, passing=5)


def test_a_pool_counts_with_its_maximum(small):
    small.DATABASE_POOL = {"max_size": 25}
    assert budget(web_hosts=2, worker_hosts=1, hosts=3) == Budget(web=100, worker=12, sampler=6, passing=9)


def test_a_budget_says_who_needs_what():
    assert str(Budget(16, 12, 2, 4)) == "16 web + 12 workers + 2 samplers + 4 in passing = 34"


def test_every_host_at_work_is_in_it(small, db):
    now = timezone.now()
    for host, role in (("web-1", Role.WEB), ("web-2", Role.WEB), ("web-2", Role.WORKER), ("old", Role.WEB)):
        ended = now if host == "old" else None
        ProcessReading.objects.create(
            host=host, role=role, pid=len(host), started_at=timezone.now(), updated_at=now, ended_at=ended
        )
    assert known_budget() == Budget(web=32, worker=12, sampler=4, passing=7)


def test_before_anything_runs_one_host_is_assumed(small, db):
    assert known_budget() == budget(1, 1, 1)


def test_sqlite_has_no_budget(db):
    if connection.vendor == "sqlite":
        assert connections_fit(None, ["default"]) == []


@on_postgresql
def test_a_budget_that_fits_is_no_matter(small, db):
    assert connections_fit(None, ["default"]) == []


@on_postgresql
def test_a_budget_above_the_servers_limit_is_refused_with_numbers_and_remedy(small, db):
    small.WORKERS = 40
    (error,) = connections_fit(None, ["default"])
    assert error.id == "performance.E001"
    assert "PostgreSQL gives 97 connections, but the processes may need 107 at once" in error.msg
    assert "84 workers" in error.msg
    assert "max_connections of the server to 117" in error.hint
    assert "VALOR_WORKERS" in error.hint


@on_postgresql
def test_the_remedy_of_a_pool_names_its_variable(small, db):
    small.DATABASE_POOL = {"max_size": 500}
    (error,) = connections_fit(None, ["default"])
    assert "DATABASE_POOL_MAX" in error.hint


@on_postgresql
def test_check_and_up_refuse_it(small, db):
    small.WORKERS = 40
    with pytest.raises(CommandError, match=r"performance\.E001"):
        call_command("check", databases=["default"])
    with pytest.raises(Unusable, match="may need 107 at once") as refused:
        startup.check_database()
    assert "\n" not in str(refused.value)


@on_postgresql
def test_before_the_first_migration_it_is_reckoned_without_the_table(small, db, monkeypatch):
    monkeypatch.setattr(type(connection.introspection), "table_names", lambda self: [])
    monkeypatch.setattr(module, "known_budget", lambda: pytest.fail("The table is not there."))
    assert connections_fit(None, ["default"]) == []


def test_without_naming_a_database_nothing_is_asked(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert connections_fit(None, None) == []
        run_checks(tags=["database"])
