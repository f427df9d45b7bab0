"""Every statement on every connection is counted once: commits, errors, threads, reconnects and forks included."""

from __future__ import annotations

import gc
import os
import threading

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, connections, transaction

from performance.database import timing
from performance.database.publishing import publish
from performance.database.tallies import FOLD
from performance.histogram import Histogram

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    return {tally.fingerprint.statement: tally.times.count for tally in timing.tallies().values()}


def asked(start: str) -> int:
    return sum(count for statement, count in counts().items() if statement.startswith(start))


def test_every_statement_is_counted_and_timed_under_its_fingerprint():
    for name in ("a", "b", "c"):
        Group.objects.filter(name=name).exists()
    (tally,) = [t for t in timing.tallies().values() if '"auth_group"' in t.fingerprint.statement]
    assert (tally.times.count, tally.errors) == (3, 0)
    assert 0 < tally.times.quantile(0.5) <= tally.times.highest < 10
    assert tally.times.total >= tally.times.highest


def test_a_failed_statement_is_counted_with_its_error():
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM nowhere")
    (tally,) = [t for t in timing.tallies().values() if "nowhere" in t.fingerprint.statement]
    assert (tally.times.count, tally.errors) == (1, 1)


def test_more_statements_than_are_folded_at_once_are_all_counted():
    for _ in range(2 * FOLD + 3):
        Group.objects.filter(name="a").exists()
    assert asked('SELECT %s AS "a" FROM "auth_group"') == 2 * FOLD + 3


def test_many_rows_at_once_are_one_statement():
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO auth_group (name) VALUES (%s)", [["a"], ["b"], ["c"]])
    assert asked("INSERT INTO auth_group") == 1


@pytest.mark.django_db(transaction=True)
def test_commits_and_rollbacks_are_counted():
    timing.forget()
    for number in range(3):
        with transaction.atomic():
            Group.objects.create(name=f"{number}")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Group.objects.create(name="4")
        raise ZeroDivisionError
    assert (asked("COMMIT"), asked("ROLLBACK")) == (3, 1)


def test_connecting_again_does_not_count_twice():
    for _ in range(3):
        timing.install(connection=connection)
    Group.objects.filter(name="a").exists()
    assert sum(isinstance(wrapper, timing.Meter) for wrapper in connection.execute_wrappers) == 1
    assert asked('SELECT %s AS "a" FROM "auth_group"') == 1


def test_a_wrapper_that_is_taken_off_while_the_meter_is_put_on_leaves_the_meter():
    def other(execute, *arguments):
        return execute(*arguments)

    fresh = connection.copy()
    with fresh.execute_wrapper(other):
        timing.install(connection=fresh)
    assert [type(wrapper) for wrapper in fresh.execute_wrappers] == [timing.Meter]


def in_thread(work) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def look(alias: str = "default") -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 42 AS answer")
    connections[alias].close()


def test_other_threads_are_counted_and_their_ledgers_used_again():
    for _ in range(3):
        in_thread(look)
        gc.collect()
    known = len(timing._ledgers)
    for _ in range(5):
        in_thread(look)
        gc.collect()
    assert asked("SELECT %s AS answer") == 8
    assert len(timing._ledgers) == known


def test_what_the_instruments_ask_is_not_counted():
    with timing.unmeasured("default"):
        Group.objects.filter(name="a").exists()
    assert counts() == {}
    Group.objects.filter(name="a").exists()
    assert len(counts()) == 1


def test_a_fault_of_the_measurement_costs_no_statement_and_is_told_once(monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(timing, "fingerprint_of", broken)
    monkeypatch.setattr(timing, "_fault_told", False)
    for _ in range(3):
        assert not Group.objects.filter(name="a").exists()
    assert caplog.text.count("A statement was not counted") == 1


def test_beyond_the_most_fingerprints_all_others_are_one(monkeypatch):
    monkeypatch.setattr(timing, "MOST_FINGERPRINTS", 3)
    with connection.cursor() as cursor:
        for number in range(10):
            cursor.execute(f"SELECT 1 AS column_{number}")
    assert len(timing.tallies()) == 4
    assert counts()[timing.OTHER.statement] == 7


def test_savepoints_do_not_fill_the_memory_of_texts():
    texts = timing.meter_of(connection).texts
    for _ in range(20):
        with transaction.atomic():
            pass
    assert [text for text in texts if "SAVEPOINT" in text] == []
    assert asked("SAVEPOINT") == 20


def test_texts_are_forgotten_before_they_are_too_many(monkeypatch):
    monkeypatch.setattr(timing, "MOST_TEXTS", 5)
    with connection.cursor() as cursor:
        for number in range(23):
            cursor.execute(f"SELECT {number} AS answer")
    assert len(timing.meter_of(connection).texts) <= 5
    assert asked("SELECT %s AS answer") == 23


def test_statements_that_psycopg_composes_are_counted():
    if connection.vendor != "postgresql":
        pytest.skip("Composed statements are psycopg's.")
    from psycopg import sql

    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {} AS answer").format(sql.Literal("secret")))
    assert asked("SELECT %s AS answer") == 1


def test_a_forked_process_counts_from_zero_and_leaves_its_parents_counts_alone():
    Group.objects.filter(name="a").exists()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, str(len(timing.tallies())).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"0"
    os.close(reader)
    os.close(writer)
    assert len(counts()) == 1


def test_what_is_published_is_small_and_sorted_by_total_time(scoped):
    with scoped("/groups/"):
        for _ in range(5):
            Group.objects.filter(name="secret").exists()
    published = publish()
    (times,) = [entry["times"] for entry in published["statements"] if "auth_group" in entry["statement"]]
    assert Histogram.from_json(times).count == 5
    totals = [entry["times"][0] for entry in published["statements"]]
    assert totals == sorted(totals, reverse=True)
    assert "secret" not in str(published)
