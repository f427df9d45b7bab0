"""One statement again and again within a request or job."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from performance import scope, work
from performance.alerts.readings import repeated
from performance.chores import Tick
from performance.database import reports, storing, timing
from performance.database.fingerprint import Fingerprint
from performance.database.reports import RepeatedReport
from performance.middleware import RequestScope
from performance.models import RepeatedQuery, SamplerLease
from tasks import registry, services
from tasks.testing import run_pending

pytestmark = pytest.mark.django_db
SELECT = Fingerprint("f" * 16, 'SELECT "a" FROM "t" WHERE "b" = %s')
HERE = "tests/performance/database/test_repeated.py"


def look(times: int) -> None:
    for number in range(times):
        Group.objects.filter(name=f"secret {number}").exists()  # the line that is to be found


def line_of_look() -> str:
    return f"{HERE}:{look.__code__.co_firstlineno + 2} in look"


@pytest.fixture
def stored():
    """The rows after what is pending was stored."""

    def rows() -> list[RepeatedQuery]:
        assert reports.flush()
        return list(RepeatedQuery.objects.order_by("pk"))

    return rows


def served(times: int, route: str = "letters/<int:pk>/") -> None:
    """A request whose view asks so many times."""

    def view(request):
        middleware.process_view(request)
        look(times)
        return HttpResponse()

    middleware = RequestScope(view)
    request = RequestFactory().get("/letters/7/")
    request.resolver_match = SimpleNamespace(route=route)
    middleware(request)


def test_a_view_that_asks_for_each_row_is_told_with_route_count_and_line(stored):
    served(25)
    (row,) = stored()
    assert (row.route, row.kind) == ("/letters/<int:pk>/", "request")
    assert (row.worst, row.sightings) == (25, 1)
    assert row.line == line_of_look()
    assert row.statement.startswith('SELECT %s AS "a" FROM "auth_group" WHERE "auth_group"."name" = %s')
    assert "secret" not in row.statement


def test_as_often_as_is_allowed_is_fine_and_once_more_is_not(stored, settings):
    served(settings.REPEATED_QUERY_LIMIT)
    assert stored() == []
    served(settings.REPEATED_QUERY_LIMIT + 1)
    assert [row.worst for row in stored()] == [11]


def test_each_route_has_one_row_with_its_sightings_and_the_worst_of_all_and_lately(stored):
    served(12)
    served(40)
    assert [(row.sightings, row.worst, row.latest) for row in stored()] == [(2, 40, 40)]
    served(20)
    served(20, route="other/")
    assert [(row.route, row.sightings, row.worst, row.latest) for row in stored()] == [
        ("/letters/<int:pk>/", 3, 40, 40),
        ("/other/", 1, 20, 20),
    ]


def reported(worst: int, at: datetime) -> None:
    """Stores what a process has met within two seconds."""
    report = RepeatedReport(SELECT, "request", "/x/", 1, worst, "x.py:7", at)
    storing.store(reports.Pending(repeated={("/x/", SELECT.id): report}))


def told(now: datetime, interval: int = 30) -> float:
    """What a sample taken then finds."""
    ((_, most),) = repeated(Tick("web-1", now, interval, {}, lead=True))
    return most


@pytest.fixture
def start():
    return timezone.now() - timedelta(hours=1)


def test_who_looks_once_an_interval_finds_the_worst_of_it(db, start):
    reported(900, start)
    for second in range(4, 30, 2):
        reported(12, start + timedelta(seconds=second))
    assert told(start + timedelta(seconds=29)) == 900
    for second in range(30, 60, 2):
        reported(12, start + timedelta(seconds=second))
    assert told(start + timedelta(seconds=59)) == 12
    assert told(start + timedelta(seconds=120)) == 0


@pytest.mark.parametrize(("interval", "most"), [(10, 12), (60, 900)])
def test_how_long_the_worst_is_kept_goes_by_the_interval_of_who_judges(db, start, interval, most):
    lease = {"interval": interval, "renewed_at": timezone.now(), "expires_at": timezone.now() + timedelta(minutes=9)}
    SamplerLease.objects.create(host="web-1", holder="x:1:2", **lease)
    SamplerLease.objects.create(host="web-2", holder="x:1:2", **lease | {"interval": 3600})
    reported(900, start)
    reported(12, start + timedelta(seconds=20))
    assert RepeatedQuery.objects.get().latest == most


@pytest.mark.parametrize(("late", "most"), [(-20, 900), (-40, 12)])
def test_a_process_that_reports_late_counts_while_that_interval_lasts(db, start, late, most):
    reported(12, start)
    reported(900, start + timedelta(seconds=late))
    row = RepeatedQuery.objects.get()
    assert (row.latest, row.worst, row.last_seen) == (most, 900, start)


@pytest.mark.django_db(transaction=True)
def test_of_processes_that_report_at_once_the_worst_counts(start):
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("Threads share an in-memory database; the PostgreSQL run asks this.")

    def one(worst: int) -> None:
        try:
            reported(worst, start)
        finally:
            connection.close()

    counts = [12, 900, 64, 20]
    with ThreadPoolExecutor(len(counts)) as pool:
        list(pool.map(one, counts * 3))
    row = RepeatedQuery.objects.get()
    assert (row.latest, row.worst, row.sightings) == (900, 900, 12)


def test_different_statements_in_one_request_are_not_a_repetition(stored, scoped):
    with scoped("/x/"):
        for lookup in ("exact", "iexact", "gt", "gte", "lt", "lte", "contains", "icontains", "startswith", "endswith"):
            Group.objects.filter(**{f"name__{lookup}": "a"}).exists()
            list(Group.objects.filter(**{f"name__{lookup}": "a"}))
    assert stored() == []


def test_beginning_and_ending_transactions_is_not_a_repetition(stored, scoped):
    with scoped("/x/"):
        for _ in range(30):
            with transaction.atomic():
                pass
    assert stored() == []


def test_outside_of_requests_and_jobs_nothing_is_told(stored):
    look(50)
    assert stored() == []


def test_a_job_that_asks_for_each_row_is_told_by_its_kind(stored, analyst):
    registry.job("tests.repeats")(lambda ctx, parameters: look(15) or {})
    try:
        services.submit("tests.repeats", {}, owner=analyst)
        run_pending()
    finally:
        registry.forget("tests.repeats")
    (row,) = [row for row in stored() if "auth_group" in row.statement]
    assert (row.route, row.kind, row.worst, row.line) == ("tests.repeats", "job", 15, line_of_look())


def test_a_job_that_says_now_and_then_how_far_it_got_is_not_told(stored, scoped):
    with scoped("tests.slow", scope.Kind.JOB) as entered:
        look(20)
        entered.started -= 60
    assert stored() == []


def test_a_template_that_asks_is_named_with_its_line(stored, scoped, settings):
    page = engines["django"].from_string("\n{% for name in names %}{% if group.asks %}{% endif %}{% endfor %}")
    page.template.origin.name = str(settings.BASE_DIR / "templates" / "made_up.html")
    asks = Group.objects.filter(name="secret").exists
    with scoped("/page/"):
        page.render({"names": range(12), "group": SimpleNamespace(asks=asks)})
    assert [row.line for row in stored()] == ["templates/made_up.html:2"]


def test_a_fault_while_adding_up_costs_no_request(scoped, monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(work, "meet", broken)
    with scoped("/x/"):
        look(1)
    assert "What /x/ took was not counted." in caplog.text


def test_times_and_errors_are_added_up_by_route(scoped):
    for _ in range(2):
        with scoped("/x/"):
            look(70)
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM nowhere")
    ((task, spent),) = work.collect().items()
    # Besides those: the failed one, and its savepoint made, rolled back and released.
    assert task.name == "/x/"
    assert (spent.named["statements"], spent.named["statement_errors"]) == (2 * (70 + 4), 2)
    assert spent.times.count == 2
    total = sum(entry.times.total for entry in timing.tallies().values())
    assert spent.named["database"] == pytest.approx(total)
