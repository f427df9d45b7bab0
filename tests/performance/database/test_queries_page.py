"""The pages of slow and repeated statements, and their tables in the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from performance.database import timing
from performance.database.publishing import NAME, publish
from performance.database.selectors import busiest
from performance.models import ProcessReading, Role
from performance.units import took
from tests.performance.database.test_queries_api import make_repeated, make_slow

PAGE = "/performance/queries/"
DETAIL = f"{PAGE}{'a' * 16}/"
EVERY = pytest.mark.parametrize("path", [PAGE, DETAIL])

pytestmark = pytest.mark.django_db


@pytest.fixture
def watching(client, operator):
    client.force_login(operator)
    return client


def make_process(pid: int, readings: dict) -> None:
    now = timezone.now()
    row = {"host": "here", "role": Role.WEB, "started_at": now, "updated_at": now}
    ProcessReading.objects.create(pid=pid, readings={NAME: readings}, **row)


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@EVERY
def test_only_operators_may_look(client, analyst, path):
    make_slow()
    assert client.get(path).status_code == 302
    client.force_login(analyst)
    assert client.get(path).status_code == 403


@EVERY
def test_pages_only_read(watching, path):
    assert watching.post(path).status_code == 405


def test_the_page_shows_slow_repeated_and_busiest_statements(watching):
    make_slow()
    make_repeated("b")
    timing.forget()
    for _ in range(3):
        Group.objects.filter(name="secret").exists()
    for pid in (1, 2):
        make_process(pid, publish())
    page = text(watching.get(PAGE))
    assert f'href="{DETAIL}"' in page
    assert "An index on t is missing" in page
    assert "modeling/selectors.py:41 in companies" in page
    assert "modeling/views.py:12 in companies" in page
    assert "1.50 s" in page
    assert "&quot;auth_group&quot;" in page
    assert "secret" not in page


def test_what_two_processes_did_is_added_up(db):
    timing.forget()
    for _ in range(3):
        Group.objects.filter(name="secret").exists()
    for pid in (1, 2):
        make_process(pid, publish())
    (busy,) = [busy for busy in busiest() if "auth_group" in busy.statement]
    assert busy.count == 6


def test_with_nothing_stored_the_page_says_what_will_appear(watching):
    page = text(watching.get(PAGE))
    assert "No statement was slow" in page
    assert "Nothing was repeated" in page


def test_filters_narrow_both_lists_and_stay_in_the_form(watching):
    make_slow("a")
    make_slow("b", routes={"/jobs/": 1})
    make_repeated("a")
    make_repeated("c", route="/jobs/")
    page = text(watching.get(PAGE, {"route": "/jobs/"}))
    assert f"{PAGE}{'b' * 16}/" in page
    assert DETAIL not in page
    assert "<code>/companies/</code>" not in page
    assert 'value="/jobs/"' in page
    page = text(watching.get(PAGE, {"search": "nothing like it"}))
    assert "No slow statement matches these filters." in page
    assert "No repeated statement matches these filters." in page


def test_long_lists_come_in_pages_that_keep_the_filters(watching):
    for number in range(30):
        row = make_slow("x")
        row.fingerprint = f"{number:016d}"
        row.save(update_fields=["fingerprint"])
    page = text(watching.get(PAGE, {"search": "FROM"}))
    assert "Page 1 of 2" in page
    assert "?search=FROM&amp;page=2" in page


def test_one_statement_is_shown_with_plan_advice_line_and_routes(watching):
    scan = {"depth": 0, "operation": "SCAN", "alias": "t", "condition": "SCAN t"}
    make_slow(plan=[scan, {"depth": 1, "operation": "USE TEMP B-TREE FOR ORDER BY"}])
    make_repeated()
    page = text(watching.get(DETAIL))
    assert "SELECT &quot;a&quot; FROM &quot;t&quot; WHERE &quot;b&quot; = %s" in page
    assert "CREATE INDEX &quot;t_b_idx&quot; ON &quot;t&quot; (&quot;b&quot;);" in page
    assert "Tried on a copy of the schema: SQLite takes it." in page
    assert "modeling/selectors.py:41 in companies" in page
    assert "<code>SCAN t</code>" in page
    assert "\u2003USE TEMP B-TREE FOR ORDER BY" in page
    assert "/companies/ ran it up to 40 times in one go" in page


def test_without_a_plan_the_page_says_why(watching):
    make_slow(plan=[], advice=[], plan_missing="Only statements that read are explained.")
    page = text(watching.get(DETAIL))
    assert "Only statements that read are explained." in page
    assert "Nothing stands out in its plan" not in page


def test_an_unknown_statement_is_404(watching):
    assert watching.get(f"{PAGE}{'f' * 16}/").status_code == 404


@pytest.mark.parametrize(("path", "most"), [(PAGE, 8), (DETAIL, 6)])
def test_a_page_takes_few_queries_however_many_rows_there_are(watching, path, most, django_assert_max_num_queries):
    for letter in "abcdefgh":
        make_slow(letter)
        make_repeated(letter, route=f"/{letter}/")
        make_repeated("a" if letter != "a" else "z", route=f"/{letter}{letter}/")
    with django_assert_max_num_queries(most):
        watching.get(path)


def test_times_are_shown_in_the_unit_that_reads_best():
    shown = [took(seconds) for seconds in (None, 0.0, 0.00004, 0.0123, 0.286, 0.9999, 4.643, 75.0)]
    assert shown == ["–", "0.00 ms", "0.04 ms", "12.3 ms", "286 ms", "1,000 ms", "4.64 s", "75.00 s"]


@pytest.mark.parametrize("table", ["slowquery", "repeatedquery"])
def test_the_admin_shows_and_changes_nothing(watching, table):
    row = make_slow() if table == "slowquery" else make_repeated()
    address = f"/admin/performance/{table}/"
    assert row.fingerprint in text(watching.get(address))
    page = text(watching.get(f"{address}{row.pk}/change/"))
    assert 'name="_save"' not in page
    assert watching.get(f"{address}add/").status_code == 403
    assert watching.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
