"""Each process publishes its readings: when they changed, as a sign of life, and at its end."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from performance import reporter
from performance.models import ProcessReading, Role
from performance.reporter import PUBLISH_EVERY, RENEW_EVERY, SILENT, Publisher, Reporter, living, register


@pytest.fixture
def said(monkeypatch):
    """The one publisher says what this dict holds."""
    content = {"count": 1}
    monkeypatch.setattr(reporter, "_publishers", {})
    register(Publisher("test", lambda role: dict(content)))
    return content


@pytest.fixture
def one(db, said) -> Reporter:
    return Reporter(Role.WEB, host="web-1")


def test_the_first_publication_says_who_and_what(one):
    assert one.publish()
    row = ProcessReading.objects.get()
    assert (row.host, row.role, row.pid) == ("web-1", "web", os.getpid())
    assert row.readings == {"test": {"count": 1}}
    assert row.ended_at is None


def test_what_has_not_changed_is_not_written_again(one, said, django_assert_num_queries):
    one.publish()
    with django_assert_num_queries(0):
        assert not one.publish()
    said["count"] = 2
    with django_assert_num_queries(1):
        assert one.publish()
    assert ProcessReading.objects.get().readings == {"test": {"count": 2}}


def test_an_unchanged_row_is_renewed_as_a_sign_of_life(one):
    one.publish()
    before = ProcessReading.objects.get().updated_at
    one.written_at -= RENEW_EVERY.total_seconds()
    assert one.publish()
    assert ProcessReading.objects.get().updated_at > before


def test_a_clock_that_is_set_back_silences_no_process(one, monkeypatch):
    one.publish()
    back = timezone.now() - timedelta(hours=1)
    monkeypatch.setattr(reporter.timezone, "now", lambda: back)
    published: list[bool] = []

    def publish(*, ended: bool = False) -> None:
        published.append(ended)
        one.published_at = time.monotonic()

    def pass_by(seconds: float) -> bool:
        one.published_at -= seconds
        return len(published) == 2

    monkeypatch.setattr(one, "try_to_publish", publish)
    monkeypatch.setattr(one.ending, "wait", pass_by)
    monkeypatch.setattr(reporter, "LOOK_SECONDS", PUBLISH_EVERY.total_seconds() / 2)
    one.run()
    assert published == [False, False, True]


def test_an_unchanged_row_is_renewed_after_the_clock_was_set_back(one, monkeypatch):
    one.publish()
    back = timezone.now() - timedelta(hours=1)
    monkeypatch.setattr(reporter.timezone, "now", lambda: back)
    assert not one.publish()
    one.written_at -= RENEW_EVERY.total_seconds()
    assert one.publish()


def test_the_end_is_written_even_where_nothing_changed(one):
    one.publish()
    one.publish(ended=True)
    row = ProcessReading.objects.get()
    assert row.ended_at is not None
    assert row.readings == {"test": {"count": 1}}


def test_a_row_that_was_swept_comes_back(one, said):
    one.publish()
    ProcessReading.objects.all().delete()
    said["count"] = 2
    one.publish()
    assert ProcessReading.objects.get().readings == {"test": {"count": 2}}


def test_a_publisher_that_breaks_costs_its_own_readings_only(one):
    def broken(role: Role) -> dict:
        raise ValueError("no pool here")

    register(Publisher("broken", broken))
    one.publish()
    readings = ProcessReading.objects.get().readings
    assert readings == {"test": {"count": 1}, "broken": {"failed": "ValueError: no pool here"}}


def test_a_database_that_does_not_answer_is_said_once_and_the_next_publication_carries_on(one, caplog):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        one.try_to_publish()
        one.try_to_publish()
    assert [record.getMessage() for record in caplog.records] == ["This process can't publish its readings: gone"]


def test_a_publisher_declared_twice_is_refused(said):
    with pytest.raises(ValueError, match="declared twice"):
        register(Publisher("test", lambda role: {}))


def test_those_at_work_are_neither_ended_nor_silent(db):
    now = timezone.now()
    common = {"role": Role.WEB, "started_at": now, "host": "web-1"}
    ProcessReading.objects.create(pid=1, updated_at=now, **common)
    ProcessReading.objects.create(pid=2, updated_at=now, ended_at=now, **common)
    ProcessReading.objects.create(pid=3, updated_at=now - SILENT, **common)
    assert [row.pid for row in living(now)] == [1]


def test_a_process_has_one_reporter_and_a_fork_one_of_its_own(monkeypatch):
    started: list[Reporter] = []

    def start(self: Reporter) -> None:
        started.append(self)

    monkeypatch.setattr(reporter, "_reporter", None)
    monkeypatch.setattr(Reporter, "start", start)
    reporter.report_web()
    reporter.report_web()
    assert len(started) == 1
    monkeypatch.setattr(started[0], "pid", started[0].pid + 1)
    reporter.report_worker()
    assert [each.role for each in started] == [Role.WEB, Role.WORKER]


def test_a_publisher_that_breaks_while_it_looks_ends_nothing_and_is_told_once(one, said, caplog):
    looked = []

    def broken():
        raise RuntimeError("no pool here")

    register(Publisher("broken", lambda role: {}, broken))
    register(Publisher("sound", lambda role: {}, lambda: looked.append(1)))
    for _ in range(3):
        one.look()
    assert len(looked) == 3
    assert [record.getMessage() for record in caplog.records] == ["broken can't be looked at: no pool here"]


@pytest.mark.parametrize(
    ("argv", "roles"),
    [
        (["manage.py", "simulate"], [Role.COMMAND]),
        (["/srv/valor/manage.py", "run_worker"], [Role.COMMAND]),
        (["manage.py", "migrate"], []),
        (["manage.py", "qcluster"], []),
        (["gunicorn", "valor.wsgi"], []),
    ],
)
def test_a_command_reports_when_it_connects_unless_it_is_one_of_those_that_must_not(monkeypatch, argv, roles):
    started: list[Reporter] = []

    def start(self: Reporter) -> None:
        started.append(self)

    monkeypatch.setattr(reporter, "_reporter", None)
    monkeypatch.setattr(Reporter, "start", start)
    monkeypatch.setattr(reporter.sys, "argv", argv)
    for _ in range(2):
        reporter.report_command()
    assert [each.role for each in started] == roles


def test_a_command_before_its_tables_says_nothing(said, db, caplog):
    one = Reporter(Role.COMMAND, host="web-1")

    def refuse(execute, sql, params, many, context):
        raise OperationalError("no such table")

    with connection.execute_wrapper(refuse):
        one.try_to_publish()
    assert caplog.records == []
