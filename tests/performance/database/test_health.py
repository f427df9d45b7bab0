"""Readings of the database's health: each alone, bounded, never raising."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from performance.database.health import examine
from performance.database.postgresql import PostgreSQL
from performance.database.sqlite import CHECK_EVERY, SQLite
from performance.models import DatabaseSample, ProcessReading, WriteMark
from performance.probes import Reading, probes_of

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own readings")
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own readings")
real = pytest.mark.django_db(transaction=True)


def kind():
    return PostgreSQL() if connection.vendor == "postgresql" else SQLite("web-1")


@contextmanager
def second_session():
    """Another client of the same database."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


@real
def test_connect_read_and_write_are_timed_and_nothing_fails():
    reading = examine(kind(), "web-1")
    assert reading.failed == {}
    for column in ("connect_ms", "read_ms", "write_ms"):
        assert reading.columns[column] > 0
    assert reading.columns["size"] > 100_000
    assert reading.detail["vendor"] == connection.display_name
    assert WriteMark.objects.filter(host="web-1").count() == 1


@real
def test_the_largest_tables_come_first_with_their_indexes():
    tables = examine(kind(), "web-1").detail["tables"]
    sizes = [table["bytes"] for table in tables]
    assert 1 < len(tables) <= 10
    assert sizes == sorted(sizes, reverse=True)
    assert all(0 <= table["indexes"] <= table["bytes"] for table in tables)


@real
def test_a_reading_that_fails_is_null_with_its_reason_and_costs_no_other(monkeypatch):
    asked = kind()
    questions = dict(asked.questions())

    def broken(cursor):
        cursor.execute("SELECT nonsense FROM nowhere")

    monkeypatch.setattr(asked, "questions", lambda: {"broken": broken, **questions})
    reading = examine(asked, "web-1")
    assert list(reading.failed) == ["broken"]
    assert "nowhere" in reading.failed["broken"]
    assert reading.columns["size"] > 0


@real
def test_a_database_that_cannot_be_reached_is_said_and_raises_nothing(monkeypatch):
    asked = kind()
    lost = asked.open()
    lost.settings_dict["NAME"], lost.settings_dict["PORT"] = "/nowhere/at/all", "1"
    monkeypatch.setattr(asked, "open", lambda: lost)
    reading = examine(asked, "web-1")
    assert list(reading.failed) == ["connect"]
    assert reading.columns == {}


@on_postgresql
@real
def test_rates_and_the_hit_ratio_are_those_since_the_last_reading():
    asked = PostgreSQL()
    first = examine(asked, "web-1").columns
    assert "commit_rate" not in first
    second = examine(asked, "web-1").columns
    assert second["commit_rate"] >= 0
    assert second["rollback_rate"] >= 0
    assert second["hit_percent"] is None or 0 <= second["hit_percent"] <= 100


@on_postgresql
@real
def test_connections_are_counted_by_state_against_the_servers_limit():
    with second_session() as cursor:
        cursor.execute("BEGIN; SELECT 1")
        reading = examine(PostgreSQL(), "web-1")
        cursor.execute("ROLLBACK")
    assert reading.detail["states"]["idle in transaction"] >= 1
    assert reading.columns["connections"] == sum(reading.detail["states"].values())
    assert reading.columns["connections_limit"] == 97
    assert reading.columns["connections_percent"] == pytest.approx(100 * reading.columns["connections"] / 97, abs=0.1)


@on_postgresql
@real
def test_a_lock_that_is_waited_for_is_counted_and_the_write_gives_up_in_time():
    WriteMark.objects.create(host="web-1", written_at="2026-01-01T00:00Z")
    with second_session() as cursor:
        cursor.execute("BEGIN; UPDATE performance_writemark SET written_at = now()")
        started = time.monotonic()
        reading = examine(PostgreSQL(), "web-1")
        cursor.execute("ROLLBACK")
    assert "lock timeout" in reading.failed["write"]
    assert "write_ms" not in reading.columns
    assert reading.columns["read_ms"] > 0
    assert time.monotonic() - started < 8


@on_postgresql
@real
def test_who_waits_for_a_row_is_counted_and_who_holds_it_is_named():
    WriteMark.objects.create(host="web-9", written_at="2026-01-01T00:00Z")
    update = "UPDATE performance_writemark SET written_at = now() WHERE host = 'web-9'"

    def wait() -> None:
        with second_session() as cursor:
            cursor.execute(update)

    waiter = threading.Thread(target=wait)
    with second_session() as holder:
        holder.execute(f"BEGIN; {update}")
        waiter.start()
        asked = PostgreSQL()
        reading = Reading({})
        deadline = time.monotonic() + 10
        while not reading.columns.get("locks_waiting") and time.monotonic() < deadline:
            with asked.open().cursor() as cursor:
                reading = asked.locks(cursor)
        holder.execute("SELECT pg_backend_pid()")
        (pid,) = holder.fetchone()
        holder.execute("ROLLBACK")
    waiter.join(10)
    assert reading.columns == {"locks_waiting": 1}
    (blocker,) = reading.detail["blockers"]
    assert (blocker["pid"], blocker["blocks"], blocker["state"]) == (pid, 1, "idle in transaction")
    assert "web-9" not in blocker["statement"]
    assert blocker["seconds"] >= 0


@on_postgresql
@real
def test_a_long_transaction_is_told_with_process_age_state_and_statement_without_values(monkeypatch):
    from performance.database import postgresql

    monkeypatch.setattr(postgresql, "LONG", postgresql.LONG.replace("interval '1 minute'", "interval '0'"))
    with second_session() as cursor:
        cursor.execute("BEGIN; SELECT 'secret', 42 FROM performance_writemark")
        reading = examine(PostgreSQL(), "web-1")
        cursor.execute("ROLLBACK")
    (row,) = [row for row in reading.detail["long"] if "performance_writemark" in row["statement"]]
    assert row["statement"] == "BEGIN; SELECT %s, %s FROM performance_writemark"
    assert row["state"] == "idle in transaction"
    assert row["pid"] > 0
    assert 0 <= row["seconds"] < 60
    assert reading.columns["long_transactions"] >= 1
    assert reading.columns["longest_transaction"] >= row["seconds"]


@on_postgresql
@real
def test_a_statement_that_takes_too_long_fails():
    asked = PostgreSQL()
    fresh = asked.open()
    with pytest.raises(Exception, match="statement timeout"), fresh.cursor() as cursor, asked.bounded(cursor):
        cursor.execute("SELECT pg_sleep(30)")
    fresh.close()


@on_postgresql
@real
def test_dead_rows_are_counted():
    columns = examine(PostgreSQL(), "web-1").columns
    assert columns["dead_rows"] >= 0
    assert 0 <= columns["dead_percent"] <= 100


@on_postgresql
def test_the_worst_large_table_tells_its_dead_share(db, monkeypatch):
    """Small tables are half dead all the time; the server's own counts come late, so these are given."""
    from performance.database import postgresql

    given = "(VALUES (10, 90), (9000, 3000), (30000, 10000), (0, 0)) AS given (n_live_tup, n_dead_tup)"
    monkeypatch.setattr(postgresql, "DEAD", postgresql.DEAD.replace("pg_stat_user_tables", given))
    with connection.cursor() as cursor:
        assert PostgreSQL().dead_rows(cursor).columns == {"dead_rows": 13_090, "dead_percent": 25.0}


@on_sqlite
@real
def test_pages_make_up_the_size():
    columns = examine(SQLite("web-1"), "web-1").columns
    assert columns["size"] == columns["page_count"] * columns["page_size"]
    assert columns["free_pages"] >= 0


@on_sqlite
@real
def test_integrity_is_checked_once_a_day_and_remembered_over_a_restart(store_database, now):
    asked = SQLite("web-1")
    first = examine(asked, "web-1").columns
    assert first["sound"] is True
    assert examine(asked, "web-1").columns["checked_at"] == first["checked_at"]
    asked.asked_at -= CHECK_EVERY
    assert examine(asked, "web-1").columns["checked_at"] > first["checked_at"]
    store_database(now, sound=False, checked_at=now)
    restarted = examine(SQLite("web-1"), "web-1").columns
    assert (restarted["sound"], restarted["checked_at"]) == (False, now)


@on_sqlite
@real
def test_a_reading_of_the_whole_file_has_an_end(monkeypatch):
    monkeypatch.setattr("performance.database.sqlite.LONGEST_SECONDS", -1.0)
    monkeypatch.setattr("performance.database.sqlite.OPCODES", 1)
    failed = examine(SQLite("web-1"), "web-1").failed
    assert "interrupted" in failed["tables"]
    assert "interrupted" in failed["integrity"]


@real
def test_together_the_probes_fill_what_this_database_knows_and_no_other_column():
    probes = probes_of("database")
    columns: set[str] = set()
    for moment in (1.0, 2.0):
        columns = {name for probe in probes for name in probe.read(moment).columns}
    fields = {field.name for field in DatabaseSample._meta.concrete_fields}
    assert columns < fields
    assert {"connect_ms", "read_ms", "write_ms", "size", "pool_percent"} <= columns


@real
def test_the_worse_share_is_that_of_the_pool_or_of_the_server(store_database, now):
    for pool, server, worst in ((5.0, 12.0, 12.0), (91.0, 12.0, 91.0), (None, 7.0, 7.0), (6.0, None, 6.0)):
        sample = store_database(now, pool_percent=pool, connections_percent=server)
        sample.refresh_from_db()
        assert sample.worst_percent == worst
    empty = store_database(now, pool_percent=None, connections_percent=None)
    with transaction.atomic():
        empty.refresh_from_db()
    assert empty.worst_percent is None


def test_the_pool_is_read_from_those_at_work_even_where_only_another_container_samples(db, now):
    common = {"role": "web", "started_at": now, "readings": {"database": {"in_use": 4, "peak": 6, "maximum": 8}}}
    ProcessReading.objects.create(host="web", pid=1, updated_at=now, **common)
    ProcessReading.objects.create(host="web", pid=2, updated_at=now, ended_at=now, **common)
    (pool,) = [probe for probe in probes_of("database") if probe.name == "pool"]
    reading = pool.read(1.0)
    assert (reading.columns["pool_in_use"], reading.columns["pool_percent"]) == (4.0, 50.0)
    assert [(each["host"], each["pid"]) for each in reading.detail["processes"]] == [("web", 1)]
