"""Fingerprints: what is one statement and what is another, and that no literal survives."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.database.fingerprint import LONGEST, POSTGRESQL, SQLITE, fingerprint_of

VENDORS = (POSTGRESQL, SQLITE)
both = pytest.mark.parametrize("vendor", VENDORS)


def statement(sql: str, vendor: str = SQLITE) -> str:
    return fingerprint_of(sql, vendor).statement


@both
@pytest.mark.parametrize(
    "other",
    [
        'SELECT "a" FROM "t" WHERE "b" = 17',
        'SELECT "a" FROM "t" WHERE "b" = -17.5e-3',
        'SELECT "a" FROM "t" WHERE "b" = \'it\'\'s\'',
        'SELECT  "a"\n\tFROM "t" WHERE "b"=%s',
        'SELECT "a" /* why */ FROM "t" -- because\n WHERE "b" = %s',
        'SELECT "a" FROM "t" WHERE "b" = X\'00ff\'',
        'SELECT "a" FROM "t" WHERE "b" = 0xff',
        'SELECT "a" FROM "t" WHERE "b" = %(name)s',
    ],
)
def test_literals_parameters_comments_and_spaces_make_no_difference(vendor, other):
    assert fingerprint_of(other, vendor).id == fingerprint_of('SELECT "a" FROM "t" WHERE "b" = %s', vendor).id


@both
@pytest.mark.parametrize(
    "other",
    [
        'SELECT "a" FROM "t" WHERE "c" = %s',
        'SELECT "a" FROM "t" WHERE "b" > %s',
        'SELECT "a" FROM "t" WHERE "b" = %s LIMIT %s',
        'SELECT "a" FROM "T" WHERE "b" = %s',
        'SELECT "a" FROM "t" WHERE "b" IS NULL',
    ],
)
def test_another_column_operator_or_clause_is_another_statement(vendor, other):
    assert fingerprint_of(other, vendor).id != fingerprint_of('SELECT "a" FROM "t" WHERE "b" = %s', vendor).id


@both
@given(st.integers(1, 40), st.integers(1, 40))
def test_lists_of_any_length_are_one(vendor, few, many):
    def of(count: int) -> list[str]:
        marks, rows = ", ".join(["%s"] * count), ", ".join(["(%s, NULL)"] * count)
        branches = " ".join(['WHEN ("t"."id" = %s) THEN %s'] * count)
        return [
            f'SELECT 1 FROM "t" WHERE "b" IN ({marks})',
            f'SELECT 1 FROM "t" WHERE ("b", "c") IN ({rows.replace("NULL", "%s")})',
            f'INSERT INTO "t" ("b", "c") VALUES {rows} RETURNING "t"."id"',
            f'UPDATE "t" SET "b" = CASE {branches} ELSE NULL END WHERE "t"."id" IN ({marks})',
        ]

    for one, other in zip(of(few), of(many), strict=True):
        assert fingerprint_of(one, vendor) == fingerprint_of(other, vendor)


@both
@pytest.mark.parametrize("rows", [3, 5000])
def test_a_bulk_insert_of_many_rows_is_the_statement_of_a_small_one(vendor, rows):
    head = 'INSERT INTO "t" ("a", "b", "c") VALUES '
    long = head + ", ".join(["(%s, NULL, %s)"] * rows)
    assert fingerprint_of(long, vendor).id == fingerprint_of(head + "(%s, NULL, %s)", vendor).id
    assert len(statement(long, vendor)) < LONGEST


def test_savepoints_are_one_statement_whatever_their_names():
    names = {fingerprint_of(f'SAVEPOINT "s{n}_x{n}"', SQLITE).id for n in range(5)}
    backs = {fingerprint_of(f'ROLLBACK TO SAVEPOINT "s{n}_x{n}"', SQLITE).id for n in range(5)}
    assert (len(names), len(backs), names & backs) == (1, 1, set())


def test_the_numbers_of_columns_are_kept_and_all_other_numbers_are_not():
    sql = 'SELECT "a", COUNT(*) FROM "t" GROUP BY "a", 2 HAVING COUNT(*) > 12 ORDER BY 2 DESC, 1 LIMIT 21 OFFSET 100'
    assert statement(sql) == (
        'SELECT "a", COUNT(*) FROM "t" GROUP BY "a", 2 HAVING COUNT(*) > %s ORDER BY 2 DESC, 1 LIMIT %s OFFSET %s'
    )
    assert statement('SELECT 1 FROM "t" ORDER BY 500 - "price"') == 'SELECT %s FROM "t" ORDER BY %s - "price"'


@pytest.mark.parametrize(
    ("vendor", "sql", "expected"),
    [
        (POSTGRESQL, r"SELECT E'it\'s', 'x\', $tag$ $b$ '' $tag$, $$a$$, $1", "SELECT %s, %s, %s, %s, %s"),
        (POSTGRESQL, "SELECT 1 /* a /* b */ c */ FROM t", "SELECT %s FROM t"),
        (SQLITE, "SELECT 1 /* a /* b */ FROM t", "SELECT %s FROM t"),
        (POSTGRESQL, "SELECT a ? %s, a::text, a % 5, a %% 5 FROM t", "SELECT a ? %s, a::text, a %% %s, a %% %s FROM t"),
        (SQLITE, "SELECT [it's], `it''s`, ?1, :name FROM t", "SELECT [it's], `it''s`, %s, %s FROM t"),
        (SQLITE, 'SELECT "it\'s", "a""b" FROM t', 'SELECT "it\'s", "a""b" FROM t'),
        (SQLITE, "SELECT 'never closed FROM t", "SELECT %s"),
        (SQLITE, 'SELECT "never closed FROM t', "SELECT %s"),
        (POSTGRESQL, "SELECT $x$never closed", "SELECT %s"),
        (SQLITE, "SELECT 1 /* never closed", "SELECT %s"),
        (SQLITE, "", ""),
    ],
)
def test_every_kind_of_literal_and_comment_is_known(vendor, sql, expected):
    assert statement(sql, vendor) == expected


anything = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=30)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@given(st.lists(anything.map(lambda text: f"kim{text}lee"), min_size=1, max_size=6), st.sampled_from(VENDORS))
def test_no_text_survives_wherever_it_stands(texts, vendor):
    literals = [quoted(text) for text in texts]
    sql = (
        f'SELECT {", ".join(literals)} FROM "t" WHERE "a" = {literals[0]} AND "b" IN ({", ".join(literals)}) '
        f'AND "c" LIKE {literals[-1]} ORDER BY {literals[0]} LIMIT 5'
    )
    found = statement(sql, vendor)
    assert "kim" not in found
    assert "lee" not in found
    assert found.endswith("ORDER BY %s LIMIT %s")


@given(st.lists(anything.map(lambda text: f"kim{text}lee".replace("$", "").replace("\\", "")), min_size=1, max_size=4))
def test_no_text_survives_in_the_quotes_that_only_postgresql_knows(texts):
    escaped = ["E'" + text.replace("'", r"\'") + "'" for text in texts]
    dollars = [f"$tag${text}$tag$" for text in texts]
    found = statement(f"SELECT {', '.join(escaped + dollars)} FROM t", POSTGRESQL)
    assert found == f"SELECT {', '.join(['%s'] * 2 * len(texts))} FROM t"


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(1000, 10**12), st.sampled_from(VENDORS))
def test_no_number_survives(decimal, whole, vendor):
    found = statement(f'SELECT {decimal}, {whole} FROM "t" WHERE "a" BETWEEN -{whole} AND {whole}.5 ORDER BY 1', vendor)
    assert re.findall(r"\d+", found) == ["1"]


@given(anything, st.sampled_from(VENDORS))
def test_whatever_comes_in_it_answers_and_its_answer_is_its_own_fingerprint(text, vendor):
    first = fingerprint_of(f"SELECT {text}", vendor)
    assert fingerprint_of(first.statement, vendor).statement == first.statement


@both
def test_the_identity_is_stable_across_releases(vendor):
    assert fingerprint_of('SELECT "a" FROM "t" WHERE "b" IN (1, 2)', vendor).id == "f324764aef272fd8"
