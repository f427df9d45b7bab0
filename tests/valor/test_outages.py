"""Which faults mean that the database is out of reach: by the driver's own codes, taken from real drivers."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError
from django.db.backends.signals import connection_created

from valor.lib import outages
from valor.lib.outages import EMPTY, LOCKED, UNREACHABLE, OneLine, Watch, outage_behind


@pytest.fixture(autouse=True)
def own_watch(monkeypatch):
    made = Watch()
    monkeypatch.setattr(outages, "watch", made)
    return made


def as_django_does(kind: type[DatabaseError], driver: BaseException) -> DatabaseError:
    error = kind(*driver.args)
    error.__cause__ = driver
    return error


def failing(path: str, *statements: str, uri: bool = False) -> DatabaseError:
    """What SQLite really raises."""
    with (
        pytest.raises(sqlite3.DatabaseError) as caught,
        closing(sqlite3.connect(path, timeout=0, uri=uri)) as connection,
    ):
        for statement in statements:
            connection.execute(statement)
    kind = OperationalError if isinstance(caught.value, sqlite3.OperationalError) else DatabaseError
    return as_django_does(kind, caught.value)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "one.sqlite3"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE t (a UNIQUE)")
    return path


def why(error: BaseException) -> str | None:
    found = outage_behind(error)
    return found.cause.why if found else None


class TestSQLite:
    def test_no_file(self, tmp_path):
        assert why(failing(str(tmp_path), "SELECT 1")) == "Its file can't be opened."

    def test_no_database(self, tmp_path):
        (tmp_path / "x").write_bytes(b"a letter to a friend" * 100)
        assert why(failing(str(tmp_path / "x"), "SELECT * FROM t")) == "Its file is no database."

    def test_no_writing(self, file):
        error = failing(f"file:{file}?mode=ro", "INSERT INTO t VALUES (1)", uri=True)
        assert why(error) == "Its file can't be written."

    def test_locked(self, file):
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert why(failing(str(file), "INSERT INTO t VALUES (1)")) == "Another program holds the database locked."

    @pytest.mark.parametrize("table", ["django_session", "auth_user"])
    def test_empty(self, file, table):
        assert why(failing(str(file), f"SELECT * FROM {table}")) == "It holds none of our tables."

    @pytest.mark.parametrize("statement", ["SELECT b FROM t", "SELECT * FROM u", "SELEC 1"])
    def test_a_mistake_in_a_statement_is_no_outage(self, file, statement):
        assert why(failing(str(file), statement)) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("57P01", "It is starting or shutting down."),
        ("57P03", "It is starting or shutting down."),
        ("08006", "The connection was lost."),
        ("53100", "Its disk is full."),
        ("53200", "It is out of memory, of disk or of connections."),
        ("53300", "It has no connection left."),
        ("28P01", "It refuses the user or the password."),
        ("3D000", "There is no such database."),
        ("25006", "It takes no changes just now."),
        ("57014", None),  # a statement that took too long
        ("40P01", None),  # a deadlock
        ("42703", None),
    ],
)
def test_postgresql_says_by_its_code(code, said):
    assert why(as_django_does(OperationalError, psycopg.errors.lookup(code)("words"))) == said


def test_postgresql_that_does_not_answer():
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect("postgresql://valor@127.0.0.1:1/none", connect_timeout=2)
    assert why(as_django_does(OperationalError, caught.value)) == "It does not answer."


def test_an_empty_database_of_postgresql():
    driver = psycopg.errors.UndefinedTable('relation "django_session" does not exist')
    assert why(as_django_does(ProgrammingError, driver)) == "It holds none of our tables."


@pytest.mark.parametrize("error", [None, RuntimeError("x"), IntegrityError("twice"), ConnectionRefusedError()])
def test_other_faults_are_no_outage(error):
    assert outage_behind(error) is None


def test_what_was_raised_because_of_it_is_one_too():
    with pytest.raises(RuntimeError) as caught:
        try:
            raise OperationalError("gone")
        except OperationalError:
            raise RuntimeError("and so this failed") from None
    assert why(caught.value) == "It does not answer."


class TestWatch:
    def test_it_is_one_outage_until_a_connection_is_made(self, own_watch):
        first = own_watch.meet(UNREACHABLE)
        again = own_watch.meet(UNREACHABLE)
        assert (again.since, again.requests) == (first.since, 2)
        own_watch.connected()
        assert own_watch.meet(UNREACHABLE).requests == 1

    def test_a_connection_proves_nothing_where_connecting_was_not_the_trouble(self, own_watch):
        own_watch.meet(EMPTY)
        own_watch.connected()
        assert own_watch.meet(EMPTY).requests == 2
        own_watch.answered()
        assert own_watch.meet(EMPTY).requests == 1

    def test_an_answer_proves_nothing_where_only_changes_fail(self, own_watch):
        own_watch.meet(LOCKED)
        own_watch.connected()
        own_watch.answered()
        assert own_watch.meet(LOCKED).requests == 2

    def test_outages_that_come_and_go_leave_one_line_too(self, own_watch):
        own_watch.meet(UNREACHABLE)
        assert own_watch.worth_a_line()
        own_watch.connected()
        own_watch.meet(UNREACHABLE)
        assert not own_watch.worth_a_line()

    def test_what_nobody_met_for_long_was_another_one(self, own_watch, monkeypatch):
        own_watch.meet(UNREACHABLE)
        own_watch.met -= outages.APART_SECONDS
        assert own_watch.meet(UNREACHABLE).requests == 1

    def test_connections_tell_the_process(self):
        assert any("valor.outages" in str(receiver[0]) for receiver in connection_created.receivers)

    def test_a_flood_of_requests_leaves_one_line_without_a_traceback(self, own_watch):
        lines = [self.line(own_watch.meet(UNREACHABLE)) for _ in range(20)]
        (shown,) = [line for line in lines if OneLine().filter(line)]
        assert "It does not answer. Start the database" in shown.getMessage()
        assert shown.getMessage().endswith("the last: Service Unavailable: /x/")
        assert shown.exc_info is None
        own_watch.logged -= outages.LOG_SECONDS
        assert OneLine().filter(self.line(own_watch.meet(UNREACHABLE)))

    @staticmethod
    def line(outage) -> logging.LogRecord:
        fault = (OperationalError, OperationalError("x"), None)
        record = logging.LogRecord(
            "django.request", logging.ERROR, "", 0, "%s: %s", ("Service Unavailable", "/x/"), fault
        )
        record.request = SimpleNamespace(outage=outage)
        return record

    def test_other_lines_stay_as_they_are(self):
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Broken", (), None)
        assert OneLine().filter(record)
        assert record.getMessage() == "Broken"
