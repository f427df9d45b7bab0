"""Writers on SQLite take turns: nobody is refused, nobody starves."""

from __future__ import annotations

import errno
import sqlite3
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction

from benchmarks.load.writers import Writers
from performance.database.fair_sqlite.base import DatabaseWrapper, Turn
from valor.lib.databases import SQLITE_SETTINGS

pytestmark = pytest.mark.django_db
SECONDS, PROCESSES = 10.0, 4
# What Django fills in for any database.
FILLED_IN = {"TIME_ZONE": None, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "TEST": {}}


@pytest.fixture
def opened(tmp_path):
    """Opens connections to one database file, as the product does."""
    made = []

    def one(timeout: float = 20) -> DatabaseWrapper:
        options = SQLITE_SETTINGS["OPTIONS"] | {"timeout": timeout}
        made.append(DatabaseWrapper(FILLED_IN | {"NAME": str(tmp_path / "one.sqlite3"), "OPTIONS": options}, "default"))
        made[-1].inc_thread_sharing()
        return made[-1]

    yield one
    for wrapper in made:
        wrapper.close()


@pytest.fixture
def table(opened):
    with opened().cursor() as cursor:
        cursor.execute("CREATE TABLE note (text TEXT)")
    return opened


def run(wrapper: DatabaseWrapper, *statements: str) -> None:
    with wrapper.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def count(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM note")
        return cursor.fetchone()[0]


@pytest.mark.launch
@pytest.mark.parametrize("work_ms", [0.0, 5.0], ids=["short transactions", "longer transactions"])
def test_four_writing_processes_for_ten_seconds_meet_no_lock_and_none_starves(tmp_path, work_ms):
    with Writers(tmp_path, "valor.settings", PROCESSES) as writers:
        found = writers.write(SECONDS, work_ms)
    assert [written.failed for written in found] == [0] * PROCESSES
    total = sum(written.done for written in found)
    assert min(written.done for written in found) >= 0.1 * total, found


def test_the_settings_are_those_of_the_file(table):
    with table().cursor() as cursor:
        for pragma, value in {
            "journal_mode": "wal",
            "synchronous": 1,
            "cache_size": -20000,
            "busy_timeout": 20000,
        }.items():
            cursor.execute(f"PRAGMA {pragma}")
            assert cursor.fetchone()[0] == value, pragma


def test_the_file_of_turns_is_for_its_owner_only(table, tmp_path):
    table()
    assert stat.S_IMODE((tmp_path / "one.sqlite3-turn").stat().st_mode) == 0o600


def test_a_writer_waits_for_the_turn_of_another(table, tmp_path):
    turn = Turn(str(tmp_path / "one.sqlite3"), patience=1.0)
    turn.take(time.monotonic() + 1)
    waiting = threading.Thread(target=lambda: [run(own := table(), "INSERT INTO note VALUES ('later')"), own.close()])
    waiting.start()
    waiting.join(0.2)
    assert count(table()) == 0
    turn.close()
    waiting.join(5)
    assert count(table()) == 1


def test_reading_needs_no_turn(table, tmp_path):
    turn = Turn(str(tmp_path / "one.sqlite3"), patience=1.0)
    turn.take(time.monotonic() + 1)
    assert count(table()) == 0
    turn.close()


def test_where_files_know_no_locks_it_is_sqlites_own_way(opened, monkeypatch):
    def unknown(descriptor, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unknown)
    wrapper = opened()
    with wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE t (x)")
        cursor.execute("INSERT INTO t VALUES (1)")
        cursor.execute("SELECT x FROM t")
        assert cursor.fetchall() == [(1,)]
    assert wrapper.turn is None


def test_who_waited_longer_than_the_timeout_is_told_that_it_is_locked(table):
    holder, late = table(), table(timeout=0.3)
    run(holder, "BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="database is locked"):
        run(late, "INSERT INTO note VALUES ('never')")
    run(holder, "COMMIT")
    run(late, "INSERT INTO note VALUES ('now')")
    assert count(late) == 1


def test_the_turn_is_passed_on_while_its_owner_still_writes(table, tmp_path):
    writer = table()
    run(writer, "BEGIN IMMEDIATE", "INSERT INTO note VALUES ('first')")
    turn = Turn(str(tmp_path / "one.sqlite3"), patience=1.0)
    started = time.monotonic()
    turn.take(started + 10)
    assert time.monotonic() - started < 5
    turn.close()
    run(writer, "INSERT INTO note VALUES ('second')", "COMMIT")
    assert count(writer) == 2


def test_a_refused_statement_leaves_the_turn_to_others(table):
    one, other = table(), table(timeout=0.5)
    with pytest.raises(OperationalError, match="no such table"):
        run(one, "INSERT INTO nowhere VALUES (1)")
    run(other, "INSERT INTO note VALUES ('fine')")
    assert count(other) == 1


def test_many_rows_at_once_take_one_turn(table):
    writer = table()
    with writer.cursor() as cursor:
        cursor.executemany("INSERT INTO note VALUES (%s)", ((name,) for name in "abc"))
    assert count(writer) == 3


def test_where_no_file_can_be_made_it_is_sqlite_without_turns(table, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("performance.database.fair_sqlite.base.Turn", refuse)
    writer = table()
    run(writer, "INSERT INTO note VALUES ('alone')")
    assert writer.turn is None
    assert count(writer) == 1


def test_a_closed_connection_gives_its_descriptor_back(table, tmp_path):
    wrapper = table()
    count(wrapper)
    descriptor = wrapper.turn.descriptor
    assert Path(f"/proc/self/fd/{descriptor}").exists() or not Path("/proc/self/fd").exists()
    wrapper.close()
    assert wrapper.turn is None
    with closing(sqlite3.connect(tmp_path / "one.sqlite3")) as plain:
        assert plain.execute("SELECT count(*) FROM note").fetchone() == (0,)


def test_in_memory_there_are_no_turns(db):
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        with transaction.atomic():
            assert connection.turn is None
    else:
        pytest.skip("The tests' database is not in memory.")
