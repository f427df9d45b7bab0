"""Slow statements: when, what is stored, with which plan and advice, and what never is."""

from __future__ import annotations

import json
import logging
import time

import pytest
from django.db import OperationalError, connection, transaction
from django.forms.models import model_to_dict

from performance import instruments
from performance.database import reports, slow, storing
from performance.database.fingerprint import Fingerprint
from performance.histogram import Histogram
from performance.models import RepeatedQuery, SlowQuery
from tests.performance.database.conftest import SECRET

pytestmark = pytest.mark.django_db
SELECT = Fingerprint("f" * 16, 'SELECT "a" FROM "t" WHERE "b" = %s')


def times(seconds: float, count: int) -> Histogram:
    return Histogram().add(*[seconds] * count)


def counted_slow() -> int:
    return int(instruments.collect().counts.get(("slow_statements", ()), 0))


def flush() -> None:
    with transaction.atomic():
        assert reports.flush()


@pytest.mark.parametrize(
    ("seconds", "median", "verdict"),
    [
        (1.0, None, True),
        (0.99, None, False),
        (0.5, 0.02, True),
        (0.39, 0.02, False),
        (0.019, 0.0001, False),
        (0.021, 0.001, True),
        (1.5, 1.4, True),
    ],
)
def test_slow_is_what_takes_a_second_or_twenty_times_its_median_and_twenty_milliseconds(seconds, median, verdict):
    assert slow.is_slow(seconds, median) is verdict


def test_the_median_counts_from_thirty_runs_on():
    assert slow.usual(times(0.001, 29)) is None
    assert slow.usual(times(0.001, 30)) == pytest.approx(0.001, rel=0.05)


def test_a_run_far_above_its_median_is_reported_with_the_median():
    slow.consider(SELECT, 0.05, times(0.001, 40), "default", None)
    report = reports.take().slow[SELECT.id]
    assert (report.count, report.worst) == (1, 0.05)
    assert report.usual == pytest.approx(0.001, rel=0.05)
    assert report.line.startswith("tests/performance/database/test_slow_queries.py:")


def test_what_takes_as_long_as_ever_is_not_reported():
    slow.consider(SELECT, 0.05, times(0.05, 40), "default", None)
    assert not reports.take()


def test_a_missing_index_is_found_with_the_statement_that_makes_it(letters, everything_is_slow, scoped):
    with scoped("/letters/"):
        assert len(letters.objects.filter(sender="sender 7")) == 40
    flush()
    row = SlowQuery.objects.get(statement__contains='FROM "tests_letter" WHERE')
    assert row.routes == {"/letters/": 1}
    assert row.line.startswith("tests/performance/database/test_slow_queries.py:")
    assert row.line.endswith("in test_a_missing_index_is_found_with_the_statement_that_makes_it")
    (advice,) = row.advice
    concurrently = "CONCURRENTLY " if connection.vendor == "postgresql" else ""
    assert advice["kind"] == "missing_index"
    assert advice["how"] == f'CREATE INDEX {concurrently}"tests_letter_sender_idx" ON "tests_letter" ("sender");'
    assert "20,000 rows" in advice["why"]
    assert "about 40 instead of 20,000 rows" in advice["effect"]
    assert advice["checked"].startswith("Tried on a copy of ")
    assert any(step["operation"] in ("Seq Scan", "SCAN") for step in row.plan)


def test_the_advised_index_makes_the_advice_go_away(letters, everything_is_slow):
    list(letters.objects.filter(sender="sender 7"))
    flush()
    (advice,) = SlowQuery.objects.get(statement__contains='FROM "tests_letter" WHERE').advice
    with connection.cursor() as cursor:
        cursor.execute(advice["how"].replace(" CONCURRENTLY", ""))
    SlowQuery.objects.update(plan_taken_at=None)
    list(letters.objects.filter(sender="sender 7"))
    flush()
    row = SlowQuery.objects.get(statement__contains='FROM "tests_letter" WHERE')
    assert row.advice == []
    assert any(step.get("index") == "tests_letter_sender_idx" for step in row.plan)


def test_taking_the_plan_leaves_neither_index_nor_table_behind(letters, everything_is_slow):
    def there() -> set[str]:
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            return set(tables) | set(connection.introspection.get_constraints(cursor, "tests_letter"))

    before = there()
    list(letters.objects.filter(sender="sender 7"))
    flush()
    assert there() == before
    assert letters.objects.count() == 20_000


def test_no_parameter_and_no_literal_is_ever_stored_or_logged(letters, everything_is_slow, caplog):
    caplog.set_level(logging.DEBUG)
    list(
        letters.objects.filter(sender=SECRET, weight__gt=424242).extra(where=[f"subject <> '{SECRET}' /* {SECRET} */"])
    )
    for _ in range(2):
        list(letters.objects.filter(sender__in=[SECRET, "424242"]))
    with pytest.raises(Exception, match="nowhere"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM nowhere WHERE mail = '{SECRET}' AND pin = 424242")
    flush()
    stored = [model_to_dict(row) for model in (SlowQuery, RepeatedQuery) for row in model.objects.all()]
    assert len(stored) >= 2
    told = json.dumps(stored, default=str) + caplog.text
    assert SECRET not in told
    assert "424242" not in told
    assert '"sender" = %s' in told


def test_a_write_has_no_plan_and_the_row_says_why(letters, everything_is_slow):
    letters.objects.filter(sender="sender 7").update(weight=1)
    flush()
    row = SlowQuery.objects.get(statement__startswith='UPDATE "tests_letter"')
    assert (row.plan, row.plan_missing) == ([], "Only statements that read are explained.")
    assert [advice["kind"] for advice in row.advice] == ([] if connection.vendor == "postgresql" else ["lock"])


def test_equal_statements_share_one_row_that_counts_them(letters, everything_is_slow, scoped):
    for route in ("/a/", "/b/", "/b/"):
        with scoped(route):
            letters.objects.filter(pk__in=[1, 2]).first()
    flush()
    with scoped("/b/"):
        letters.objects.filter(pk__in=[1, 2, 3]).first()
    flush()
    row = SlowQuery.objects.get(statement__contains='"tests_letter"."id" IN (%s, ...)')
    assert (row.count, row.routes) == (4, {"/b/": 3, "/a/": 1})
    assert row.first_seen < row.last_seen


def test_storing_is_not_measured_and_so_reports_nothing_itself(letters, everything_is_slow):
    letters.objects.first()
    assert reports.flush()
    assert not reports.take()


def test_the_request_itself_writes_nothing(letters, everything_is_slow, scoped, django_assert_num_queries):
    with django_assert_num_queries(1), scoped("/letters/"):
        letters.objects.first()
    assert not SlowQuery.objects.exists()


def test_reports_wait_while_they_cannot_be_stored(letters, everything_is_slow, monkeypatch):
    letters.objects.first()
    waiting = set(reports._pending.slow)

    def refuse(taken):
        raise OperationalError(f"key {SECRET} is locked")

    monkeypatch.setattr(reports, "_store", refuse)
    assert reports.flush() is False
    assert set(reports._pending.slow) == waiting
    monkeypatch.setattr(reports, "_store", storing.store)
    assert reports.flush() is True
    assert SlowQuery.objects.filter(fingerprint__in=waiting).count() == len(waiting)


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_its_own_stores_what_was_slow_and_ends_when_told(
    letters, everything_is_slow, settings, monkeypatch
):
    settings.QUERY_REPORT_SECONDS = 0.01
    monkeypatch.setattr(reports, "LAST_SECONDS", 20)
    letters.objects.filter(sender=SECRET).exists()
    thread = reports._thread
    assert thread is not None
    assert thread.name == "query-reports"
    # Nothing is asked of the database meanwhile: in memory it knows no waiting for a lock.
    wait_for(lambda: not reports._pending)
    reports.finish()
    assert not thread.is_alive()
    # From here on nothing starts another, which would outlive this test.
    settings.QUERY_REPORT_SECONDS = 0
    assert SlowQuery.objects.filter(statement__contains="tests_letter").exists()


def wait_for(there) -> None:
    until = time.monotonic() + 20
    while not there():
        assert time.monotonic() < until, "Waited in vain."
        time.sleep(0.02)


def test_a_storm_of_different_statements_is_bounded():
    for number in range(reports.MOST + 50):
        slow.consider(Fingerprint(f"{number:016d}", "SELECT %s"), 2.0, Histogram(), "default", None)
    assert len(reports.take().slow) == reports.MOST


def test_every_slow_statement_is_told_in_the_log_once_for_each_look(letters, everything_is_slow, scoped, caplog):
    for _ in range(3):
        with scoped("/letters/"):
            letters.objects.filter(sender=SECRET).exists()
    flush()
    (line,) = [record.getMessage() for record in caplog.records if "in /letters/" in record.getMessage()]
    assert line.startswith("Slow 3 times, at worst ")
    assert "tests_letter" in line
    assert "in /letters/ at tests/performance/database/test_slow_queries.py:" in line


@pytest.mark.parametrize(("seconds", "lines"), [(0.03, 0), (1.5, 1)])
def test_what_is_slow_by_comparison_alone_is_listed_and_warns_nobody(caplog, seconds, lines):
    """A machine that is busy with something else slows hundreds of small statements in an hour.

    Those slow by themselves alone are counted: alerts and the state of the database go by that figure.
    """
    before = counted_slow()
    slow.consider(SELECT, seconds, times(0.001, 100), "default", None)
    assert counted_slow() - before == lines
    flush()
    assert SlowQuery.objects.filter(fingerprint=SELECT.id).exists()
    warned = [record for record in caplog.records if record.name == "performance.database.storing"]
    assert len([record for record in warned if record.levelno >= logging.INFO]) == lines


def test_what_was_not_slow_for_a_month_is_dropped(letters, everything_is_slow):
    letters.objects.first()
    flush()
    SlowQuery.objects.update(last_seen="2020-01-01T00:00:00Z")
    old = set(SlowQuery.objects.values_list("fingerprint", flat=True))
    reports.take()
    letters.objects.count()
    flush()
    assert not SlowQuery.objects.filter(last_seen__year=2020).exists()
    assert old
