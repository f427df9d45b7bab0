"""From a slow statement to the index that cures it: found, recommended, confirmed, made, and measured."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from performance.actions.errors import NeedsConfirmation, NothingToApply
from performance.actions.indexes import INDEX, CreateIndex, stored_advice
from performance.analysis.rules import findings
from performance.database import reports
from performance.facts import gather
from performance.models import ActionRun, Recommendation, SlowQuery, Verdict
from performance.recommendations import services
from tasks.models import Job
from tasks.testing import run_pending

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def missing(letters, everything_is_slow, scoped) -> Recommendation:
    """What the rules say after a slow look for the letters of a sender."""
    with scoped("/letters/"):
        assert len(letters.objects.filter(sender="sender 7")) == 40
    assert reports.flush()
    now = timezone.now()
    services.refresh(findings(gather(now)), now, 30)
    return Recommendation.objects.get(rule="missing_index")


def indexes() -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "tests_letter")
    return [name for name, constraint in found.items() if constraint["index"] and not constraint["primary_key"]]


def test_the_first_recommendation_is_the_missing_index(missing):
    assert Recommendation.objects.first() == missing
    assert missing.subject == "tests_letter (sender)"
    assert "/letters/" in missing.touches
    assert "application.latency_p95" in missing.explains


def test_it_is_made_once_it_is_confirmed_and_the_statement_gets_faster(missing, operator):
    with pytest.raises(NeedsConfirmation) as refused:
        services.apply(missing, by=operator, confirm=False)
    assert refused.value.problems[0].field == "confirm"
    assert (indexes(), ActionRun.objects.count(), Job.objects.count()) == ([], 0, 0)

    run = services.apply(missing, by=operator, confirm=True)
    assert run_pending() == 1
    run.refresh_from_db()
    assert indexes() == ["tests_letter_sender_idx"], run.outcome
    assert run.verdict == Verdict.HELPED
    assert run.value("after") < run.value("before")
    assert run.requested_by == operator
    assert run.outcome.startswith("CREATE INDEX ")

    missing.refresh_from_db()
    assert missing.state == Recommendation.State.APPLIED
    row = SlowQuery.objects.get(fingerprint=missing.parameters["fingerprint"])
    assert row.advice == []
    assert "missing_index" not in {finding.rule for finding in findings(gather(timezone.now()))}


def test_an_index_that_is_no_longer_advised_is_not_made(missing, operator):
    SlowQuery.objects.update(advice=[])
    with pytest.raises(NothingToApply):
        services.apply(missing, by=operator, confirm=True)
    assert indexes() == []


@pytest.mark.parametrize(
    "how",
    [
        'DROP TABLE "tests_letter";',
        'CREATE INDEX "a" ON "tests_letter" ("sender"); DROP TABLE "tests_letter";',
        'CREATE INDEX "a" ON "tests_letter" ("sender") WHERE pg_sleep(9);',
        "CREATE INDEX a ON tests_letter (sender);",
    ],
)
def test_only_what_the_advice_writes_is_run(missing, how):
    assert INDEX.fullmatch(how) is None
    row = SlowQuery.objects.get(fingerprint=missing.parameters["fingerprint"])
    row.advice[0]["how"] = how
    row.save(update_fields=["advice"])
    with pytest.raises(NothingToApply):
        stored_advice(row.fingerprint)


def test_a_statement_that_changes_something_is_never_run_to_time_it(missing):
    row = SlowQuery.objects.get(fingerprint=missing.parameters["fingerprint"])
    row.statement = 'DELETE FROM "tests_letter" WHERE "sender" = %s'
    row.save(update_fields=["statement"])
    taken = CreateIndex().read({"fingerprint": row.fingerprint})
    assert (taken.value, taken.note) == (None, "only statements that read are run")


def test_a_statement_that_can_not_be_run_has_no_figure(missing):
    row = SlowQuery.objects.get(fingerprint=missing.parameters["fingerprint"])
    row.statement = 'SELECT "nothing" FROM "tests_nowhere" WHERE "sender" = %s'
    row.save(update_fields=["statement"])
    taken = CreateIndex().read({"fingerprint": row.fingerprint})
    assert taken.value is None
    assert "tests_nowhere" in taken.note


def test_an_index_that_can_not_be_made_fails_its_job_and_says_so(missing, operator, letters):
    run = services.apply(missing, by=operator, confirm=True)
    with connection.cursor() as cursor:
        cursor.execute('CREATE INDEX "tests_letter_sender_idx" ON "tests_letter" ("weight")')
    run_pending()
    run.refresh_from_db()
    assert run.finished_at is not None
    assert run.verdict == Verdict.UNKNOWN
    assert run.outcome.startswith("It was not done: ")
