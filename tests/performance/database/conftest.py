"""A table of 20,000 rows without the index it needs, and clean counters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, models

from performance import scope, work
from performance.database import reports, slow, timing

ROWS = 20_000
WRITTEN = f"""
WITH RECURSIVE every (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM every WHERE n < {ROWS - 1})
INSERT INTO tests_letter (sender, weight, subject)
SELECT 'sender ' || (n % 500), n % 7919, 'about ' || n FROM every
"""
SECRET = "kim.lee@example.com"


@pytest.fixture(autouse=True)
def from_zero(monkeypatch):
    """Each test counts for itself, and what is pending is its own."""
    timing.forget()
    work.forget()
    reports.take()
    yield
    assert reports._thread is None or not reports._thread.is_alive(), "A thread outlives its test."
    timing.forget()
    work.forget()
    reports.take()


@pytest.fixture
def everything_is_slow(monkeypatch, settings):
    """Any statement is slow while this is on: no test waits for a second."""
    settings.SLOW_QUERY_SECONDS = 0.0
    monkeypatch.setattr(slow, "floor", 0.0)


@pytest.fixture
def scoped():
    """``with scoped("/route/"): ...`` works within a request."""

    @contextmanager
    def within(name: str, kind: scope.Kind = scope.Kind.REQUEST):
        entered = scope.enter(kind, name)
        try:
            yield entered
        finally:
            scope.leave(entered)

    return within


class Letter(models.Model):
    """A table of these tests only."""

    sender = models.CharField(max_length=100)
    weight = models.IntegerField()
    subject = models.TextField()

    class Meta:
        app_label = "performance"
        db_table = "tests_letter"
        managed = False

    def __str__(self) -> str:
        return self.subject


@pytest.fixture
def letters(db) -> Iterator[type[Letter]]:
    """20,000 letters of 500 senders, which nobody has indexed."""
    with connection.cursor() as cursor:
        serial = "bigserial" if connection.vendor == "postgresql" else "integer"
        cursor.execute(
            f"CREATE TABLE tests_letter (id {serial} PRIMARY KEY, sender varchar(100) NOT NULL, "
            "weight integer NOT NULL, subject text NOT NULL)"
        )
        cursor.execute(WRITTEN)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE tests_letter")
    timing.forget()
    yield Letter
    # A test that commits would leave it behind.
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE tests_letter")
