"""From plans to advice: on made-up facts, and on real tables of both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext

from performance.database.advice import LARGE, Facts, Kind, advise, create_index, index_name
from performance.database.diagnosis import diagnose
from performance.database.evidence import Step, Trial
from performance.database.fingerprint import POSTGRESQL, SQLITE, fingerprint_of
from performance.database.plans import NoPlan, executable, explain
from performance.database.statements import Uses, gist, is_read, taken_apart

SCAN = Step(0, "Seq Scan", table="t", alias="t", rows=40, width=100, cost=400.0)
WHERE = taken_apart('SELECT "t"."a" FROM "t" WHERE "t"."b" = %s')
TRIED = Trial((("b", False),), rows=20_000, per_key=0.002, unsorted=False, before=428.0, after=91.0)
FACTS = Facts(WHERE, POSTGRESQL, [SCAN], {"t": 2_000_000}, {"t": TRIED})
on_postgresql = pytest.mark.skipif(connection.vendor != POSTGRESQL, reason="PostgreSQL only")


def kinds(facts: Facts) -> list[str]:
    return [str(advice.kind) for advice in advise(facts)]


def test_a_tried_index_is_advised_with_statement_evidence_and_effect():
    (advice,) = advise(FACTS)
    assert advice.kind is Kind.MISSING_INDEX
    assert advice.what == "An index on t is missing"
    assert advice.why == "It reads all of t, about 2,000,000 rows, for want of an index on b."
    assert advice.how == 'CREATE INDEX CONCURRENTLY "t_b_idx" ON "t" ("b");'
    assert advice.effect == "It reads about 4,000 instead of 2,000,000 rows."
    assert advice.checked == "Tried on a copy of 20,000 rows: the planner takes it, its cost falls from 428 to 91."


def test_an_index_that_could_not_be_tried_says_so():
    (advice,) = advise(replace(FACTS, trials={}))
    assert (advice.kind, advice.checked) == (Kind.MISSING_INDEX, "Not tried: the trial failed.")


def test_where_no_index_helps_the_scan_itself_is_told():
    assert kinds(replace(FACTS, trials={"t": None})) == ["full_scan"]


def test_small_tables_are_left_alone():
    assert kinds(replace(FACTS, rows={"t": LARGE - 1})) == []
    assert kinds(replace(FACTS, rows={"t": None})) == []


def test_a_step_that_uses_an_index_is_left_alone():
    assert kinds(replace(FACTS, steps=[replace(SCAN, operation="Index Scan", index="t_b_idx")])) == []


def test_counting_a_whole_table_is_told_with_a_statement_that_need_not_count():
    facts = replace(FACTS, statement=taken_apart('SELECT COUNT(*) AS "__count" FROM "t"'), trials={})
    (advice,) = advise(facts)
    assert advice.kind is Kind.COUNT
    assert advice.how == "SELECT reltuples::bigint FROM pg_class WHERE oid = '\"t\"'::regclass;"
    (advice,) = advise(replace(facts, vendor=SQLITE))
    assert advice.how == 'SELECT max(rowid) FROM "t";'


def test_a_sort_that_exceeds_the_memory_is_on_disk():
    sort = Step(0, "Sort", rows=500_000, width=200)
    (advice,) = advise(replace(FACTS, steps=[sort], memory=4_194_304))
    assert (advice.kind, advice.what) == (Kind.SORT, "It sorts on disk")
    assert advice.how == "SET work_mem = '150MB';"
    assert kinds(replace(FACTS, steps=[replace(sort, rows=100)], memory=4_194_304)) == []


def test_an_index_that_saves_the_sort_makes_advice_on_the_sort_needless():
    steps = [Step(0, "Sort", rows=500_000, width=200), replace(SCAN, depth=1)]
    facts = replace(FACTS, steps=steps, memory=4_194_304, trials={"t": replace(TRIED, unsorted=True)})
    (advice,) = advise(facts)
    assert advice.effect.endswith("and need not sort.")


def test_waiting_for_the_one_writer_is_told_on_sqlite_only():
    begin = Facts(taken_apart("BEGIN IMMEDIATE"), SQLITE)
    assert kinds(begin) == ["lock"]
    assert kinds(replace(begin, vendor=POSTGRESQL)) == []
    (advice,) = advise(Facts(taken_apart('UPDATE "t" SET "a" = %s'), SQLITE))
    assert advice.what == "It may have waited for another writer"


def test_an_index_has_a_name_that_django_takes_and_that_differs():
    long = [index_name("modeling_valuationversion", ((name, False),)) for name in ("created_at", "created_by")]
    assert all(len(name) <= 30 for name in long)
    assert len(set(long)) == 2
    assert create_index('we"ird', (("a", False), ("b", True)), SQLITE) == (
        'CREATE INDEX "we"ird_a_b_idx" ON "we""ird" ("a", "b" DESC);'.replace('"we"ird_', '"we""ird_')
    )


def test_a_statement_says_which_columns_of_which_table_it_compares_and_orders_by():
    text = (
        'SELECT "a"."x" FROM "letter" U0 INNER JOIN "person" ON ("letter"."p" = "person"."id") WHERE '
        '(U0."sender" = %s AND U0."kind" IN (%s, ...) AND U0."weight" >= %s AND UPPER("person"."name") = UPPER(%s) '
        'AND "person"."gone" IS NULL) ORDER BY U0."at" DESC LIMIT %s'
    )
    uses = taken_apart(text).uses
    assert uses["U0"] == Uses("letter", ("sender", "kind"), ("weight",), (("at", True),))
    assert uses["person"] == Uses("person", ("gone",))
    assert uses["U0"].candidates() == [
        (("sender", False), ("kind", False), ("at", False)),
        (("sender", False), ("kind", False), ("weight", False)),
        (("sender", False), ("kind", False)),
        (("weight", False),),
        (("at", False),),
    ]


def test_the_gist_of_a_statement_leaves_out_its_long_list_of_columns():
    columns = ", ".join(f'"t"."column_{number}"' for number in range(9))
    assert gist(f'SELECT {columns} FROM "t" WHERE "t"."a" = %s') == 'SELECT … FROM "t" WHERE "t"."a" = %s'
    assert gist(f'INSERT INTO "t" ({columns}) VALUES (%s), ...') == 'INSERT INTO "t" (…) VALUES (%s), ...'
    for short in ('SELECT "a" FROM "t"', f'SELECT COUNT(*) FROM (SELECT {columns} FROM "t") subquery'):
        assert gist(short) == short


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("SELECT %s", True),
        ('WITH x AS (SELECT %s) SELECT * FROM x WHERE "update" = %s', True),
        ('SELECT "a" FROM "t" FOR UPDATE SKIP LOCKED', True),
        ("WITH x AS (DELETE FROM t RETURNING id) SELECT * FROM x", False),
        ("SELECT %s INTO t", False),
        ("SELECT %s; DROP TABLE t", False),
        ('UPDATE "t" SET "a" = %s', False),
        ("BEGIN IMMEDIATE", False),
        ("CALL clean()", False),
        ("", False),
    ],
)
def test_only_what_certainly_reads_is_explained(text, reads):
    assert is_read(text) is reads


def test_a_fingerprint_becomes_a_statement_with_parameters_again():
    sql = "SELECT a % 2 FROM t WHERE b IN (1, 2) AND c > now() - INTERVAL '1 day' AND d ? 'x'"
    statement = fingerprint_of(sql, POSTGRESQL).statement
    assert executable(statement, POSTGRESQL) == (
        "SELECT a % $1 FROM t WHERE b IN ($2) AND c > now() - CAST($3 AS INTERVAL) AND d ? $4",
        4,
    )
    assert executable('SELECT "%s?" FROM t WHERE a = %s', SQLITE) == ('SELECT "%s?" FROM t WHERE a = ?', 1)


def diagnosed(rows) -> tuple[list[str], list[str]]:
    """Kinds and cures for the statement of a query set."""
    sql, _ = rows.query.sql_with_params()
    found = diagnose(fingerprint_of(sql, connection.vendor).statement, "default")
    assert found.missing == ""
    return [str(advice.kind) for advice in found.advice], [advice.how for advice in found.advice]


def test_an_order_without_an_index_is_cured_by_one(letters):
    (kind,), (cure,) = diagnosed(letters.objects.order_by("-weight")[:10])
    assert kind == "missing_index"
    assert cure.endswith('"tests_letter_weight_idx" ON "tests_letter" ("weight");')


def test_a_filter_and_an_order_share_one_index(letters):
    (kind,), (cure,) = diagnosed(letters.objects.filter(sender="a").order_by("weight", "id")[:10])
    assert kind == "missing_index"
    assert '("sender", "weight"' in cure


def test_a_search_within_words_is_a_scan_that_no_index_cures(letters):
    assert diagnosed(letters.objects.filter(subject__icontains="a"))[0] == ["full_scan"]


def test_a_column_with_two_values_gets_no_index(letters):
    letters.objects.update(weight=F("id") % 2)
    if connection.vendor == POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE tests_letter")
    assert diagnosed(letters.objects.filter(weight=1))[0] == ["full_scan"]


def test_counting_all_rows_is_recognised(letters):
    found = diagnose('SELECT COUNT(*) AS "__count" FROM "tests_letter"', "default")
    assert [str(advice.kind) for advice in found.advice] == ["count"]


def test_a_statement_by_its_primary_key_needs_nothing(letters):
    assert diagnosed(letters.objects.filter(pk=1)) == ([], [])


@on_postgresql
def test_a_sort_larger_than_work_mem_is_found(letters):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64kB'")
    assert diagnosed(letters.objects.order_by(Upper("subject")))[0] == ["full_scan", "sort"]


@on_postgresql
def test_explaining_leaves_no_prepared_statement_and_no_setting_behind(letters):
    diagnosed(letters.objects.filter(sender="a"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'valor%%'", [])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT current_setting('transaction_read_only'), current_setting('plan_cache_mode')")
        assert cursor.fetchone() == ("off", "auto")
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@on_postgresql
def test_a_plan_is_taken_in_a_read_only_transaction_with_a_time_limit_and_never_with_analyze(letters):
    with CaptureQueriesContext(connection) as asked:
        explain('SELECT "id" FROM "tests_letter" WHERE "sender" = %s', "default")
    statements = [entry["sql"] for entry in asked]
    prepared = next(index for index, sql in enumerate(statements) if sql.startswith("PREPARE"))
    before = statements[:prepared]
    assert "SET LOCAL transaction_read_only = on" in before
    assert "SET LOCAL statement_timeout = '5s'" in before
    assert "SET LOCAL lock_timeout = '200ms'" in before
    assert not any("ANALYZE" in sql for sql in statements)
    assert statements[-1].startswith("DEALLOCATE")


@pytest.mark.django_db
def test_what_the_database_cannot_explain_says_why():
    found = diagnose('SELECT "gone" FROM "nowhere" WHERE "a" = %s', "default")
    assert found.missing.startswith("The database can't explain it without its parameters: ")
    assert "nowhere" in found.missing
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_a_write_is_never_handed_to_explain():
    with pytest.raises(NoPlan):
        explain('DELETE FROM "auth_group" WHERE "id" = %s', "default")
