import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tasks import lifecycle, services
from tasks.choices import State
from tasks.models import Job
from tasks.testing import run_pending


def said(capsys, *arguments) -> str:
    call_command(*arguments)
    return capsys.readouterr().out


def test_jobs_lists_the_newest_first(job, double_kind, analyst, capsys):
    newer = services.submit(double_kind, {"amount": 1}, owner=analyst)
    lines = said(capsys, "jobs").splitlines()
    assert [line.split()[0] for line in lines] == [str(newer.pk), str(job.pk)]
    assert "queued" in lines[0]
    assert "ana" in lines[0]


def test_jobs_lists_for_machines_and_by_state_and_kind(job, capsys):
    assert json.loads(said(capsys, "jobs", "list", "--json"))[0]["id"] == str(job.pk)
    assert json.loads(said(capsys, "jobs", "list", "--json", "--state", "done")) == []
    assert json.loads(said(capsys, "jobs", "list", "--json", "--kind", "tests.other")) == []
    assert "no such jobs" in said(capsys, "jobs", "list", "--state", "done")


def test_jobs_cancels_and_retries(job, capsys):
    assert "cancelled" in said(capsys, "jobs", "cancel", str(job.pk))
    assert "queued" in said(capsys, "jobs", "retry", str(job.pk))
    job.refresh_from_db()
    assert job.state == State.QUEUED


def test_a_refusal_is_status_2_with_the_reason(job, capsys):
    with pytest.raises(CommandError, match="Only a failed or cancelled") as caught:
        call_command("jobs", "retry", str(job.pk), "--json")
    assert caught.value.returncode == 2
    assert json.loads(capsys.readouterr().out)["code"] == "conflict"


def test_an_unknown_job_is_status_2(db):
    with pytest.raises(CommandError, match="no such job") as caught:
        call_command("jobs", "cancel", "5c2a0e5e-6d0f-4c8e-9a3f-0d3b5b1f2a77")
    assert caught.value.returncode == 2


def test_the_selftest_without_a_worker_fails_with_what_to_start(db):
    with pytest.raises(CommandError, match="run_worker"):
        call_command("jobs", "selftest", "--seconds", "0", "--wait", "0")


def test_the_selftest_counts_with_progress(db):
    job = services.submit("tasks.selftest", {"seconds": 0.1}, owner=None)
    run_pending()
    job.refresh_from_db()
    assert job.result == {"counted": 2, "attempt": 1}
    assert job.stage == "Counting"


def test_a_selftest_that_would_take_too_long_is_refused(db):
    with pytest.raises(CommandError, match="Use 0 to 600"):
        call_command("jobs", "selftest", "--seconds", "1e9")


def test_prune_drops_only_what_finished_long_ago(double_kind, analyst, capsys):
    jobs = [services.submit(double_kind, {"amount": amount}, owner=analyst) for amount in range(4)]
    for _ in range(3):
        lifecycle.finish(lifecycle.claim(), {})
    long_ago = timezone.now() - timedelta(days=31)
    Job.objects.filter(pk__in=[jobs[0].pk, jobs[1].pk]).update(finished_at=long_ago)
    Job.objects.filter(pk=jobs[3].pk).update(queued_at=long_ago)
    assert said(capsys, "prune_jobs", "--days", "30").startswith("2 finished jobs")
    assert set(Job.objects.values_list("pk", flat=True)) == {jobs[2].pk, jobs[3].pk}


@pytest.mark.parametrize("days", ["-1", "nan", "1e9"])
def test_prune_refuses_absurd_ages(db, days):
    with pytest.raises(CommandError, match="use 0 to 36500"):
        call_command("prune_jobs", "--days", days)


def test_a_worker_needs_at_least_one_process(db):
    with pytest.raises(CommandError, match="at least one"):
        call_command("run_worker", "--workers", "0")
