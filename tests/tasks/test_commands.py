import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tasks import lifecycle, services
from tasks.choices import State
from tasks.models import Job, Worker
from tasks.testing import run_pending

UNKNOWN = "5c2a0e5e-6d0f-4c8e-9a3f-0d3b5b1f2a77"


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
    assert json.loads(said(capsys, "jobs", "list", "--json", "--kind", "tasks.prune")) == []
    assert len(json.loads(said(capsys, "jobs", "list", "--json", "--owner", "ana"))) == 1
    assert json.loads(said(capsys, "jobs", "list", "--json", "--limit", "0")) == []
    assert "no such jobs" in said(capsys, "jobs", "list", "--state", "done")


def test_jobs_cancels_and_retries(job, capsys):
    assert "cancelled" in said(capsys, "jobs", "cancel", str(job.pk))
    assert "queued" in said(capsys, "jobs", "retry", str(job.pk))
    job.refresh_from_db()
    assert job.state == State.QUEUED


def refused(*arguments) -> str:
    """The one line with which a command ends that was refused; status 2."""
    with pytest.raises(CommandError) as caught:
        call_command(*arguments)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_refusal_is_status_2_with_the_reason(job, capsys):
    assert "Only a failed or cancelled" in refused("jobs", "retry", str(job.pk), "--json")
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["code"]) == (str(job.pk), "conflict")


def test_of_several_jobs_those_that_can_move_do_and_the_others_are_told(job, double_kind, analyst, capsys):
    over = services.cancel(services.submit(double_kind, {"amount": 1}, owner=analyst))
    assert str(over.pk) in refused("jobs", "cancel", str(over.pk), str(job.pk))
    assert capsys.readouterr().out.startswith(str(job.pk))
    job.refresh_from_db()
    assert job.state == State.CANCELLED


def test_nothing_moves_where_one_of_several_ids_is_wrong(job):
    assert "no such job" in refused("jobs", "cancel", str(job.pk), UNKNOWN)
    job.refresh_from_db()
    assert job.state == State.QUEUED


@pytest.mark.parametrize("action", ["show", "cancel", "retry"])
def test_an_id_that_is_none_or_not_there_is_one_line_and_status_2(db, action):
    assert "17 is no id of a job" in refused("jobs", action, "17")
    assert "no such job" in refused("jobs", action, UNKNOWN)


def test_a_part_is_dealt_with_through_its_whole_job(job):
    part = Job.objects.create(parent=job, kind=job.kind, fingerprint="p", queued_at=job.queued_at)
    assert f"Use the whole one, {job.pk}" in refused("jobs", "retry", str(part.pk))


@pytest.mark.parametrize(("option", "value"), [("--state", "asleep"), ("--kind", "tests.none"), ("--owner", "nobody")])
def test_a_filter_that_cannot_be_meant_is_one_line_and_status_2(db, option, value):
    assert refused("jobs", "list", option, value).startswith(f"{option[2:]}: There is no such")


def test_show_tells_everything_with_the_log(double_kind, analyst, capsys):
    job = services.submit(double_kind, {"amount": 2}, owner=analyst, label="For Friday", start_within=60)
    assert "must begin by" in said(capsys, "jobs", "show", str(job.pk))
    run_pending()
    text = said(capsys, "jobs", "show", str(job.pk))
    for words in ("For Friday", "200 (normal)", "1 of 3", "Begun by", "Done"):
        assert words in text
    shown = json.loads(said(capsys, "jobs", "show", str(job.pk), "--json"))
    assert (shown["state"], shown["label"], len(shown["log"])) == ("done", "For Friday", 2)


def test_submit_queues_with_what_was_asked_for(double_kind, analyst, capsys):
    asked = ["--priority", "bulk", "--start-within", "60", "--label", "Try", "--owner", "ana", "--json"]
    row = json.loads(said(capsys, "jobs", "submit", double_kind, '{"amount": 4}', *asked))
    job = Job.objects.get(pk=row["id"])
    assert (job.owner, job.priority, job.label, job.parameters) == (analyst, 300, "Try", {"amount": 4})
    assert job.start_by is not None
    assert "150" in said(capsys, "jobs", "submit", "tasks.selftest", "--priority", "150", "--json")


def test_submit_reads_parameters_from_standard_input(db, double_kind, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"amount": 9}'))
    said(capsys, "jobs", "submit", double_kind, "-")
    assert Job.objects.get().parameters == {"amount": 9}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tests.nothing"], "kind: No such job is declared."),
        (["tasks.selftest", "{"], "parameters: This is not JSON"),
        (["tasks.selftest", "[1]"], "parameters: This is no JSON object."),
        (["tasks.selftest", '{"seconds": -1}'], "seconds: "),
        (["tasks.selftest", '{"mark": "\\u0000"}'], "parameters: "),
        (["tasks.selftest", "--priority", "urgent"], "priority: "),
        (["tasks.selftest", "--priority", "1000"], "priority: "),
        (["tasks.selftest", "--start-within", "nan"], "start_within: "),
        (["tasks.selftest", "--owner", "nobody"], "owner: There is no such user."),
    ],
)
def test_what_cannot_be_submitted_is_one_line_and_status_2(db, arguments, words, capsys):
    assert refused("jobs", "submit", *arguments, "--json").startswith(words)
    json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert not Job.objects.exists()


def test_submit_waits_for_the_end_and_tells_a_bad_one_by_its_status(db, declare, monkeypatch, capsys):
    declare("tests.broken", lambda ctx, parameters: 1 / 0)
    monkeypatch.setattr("time.sleep", lambda seconds: run_pending())
    with pytest.raises(CommandError, match="ended failed") as caught:
        call_command("jobs", "submit", "tests.broken", "--wait")
    assert caught.value.returncode == 1
    assert "failed" in capsys.readouterr().out


def test_submit_waits_no_longer_than_told(db, declare, capsys):
    declare("tests.idle", lambda ctx, parameters: {})
    with pytest.raises(CommandError, match="is queued after 0 s: is a worker running"):
        call_command("jobs", "submit", "tests.idle", "--wait", "0")
    assert Job.objects.get().state == State.QUEUED


def test_all_failed_jobs_are_retried_or_those_of_one_kind(declare, double_kind, analyst, capsys):
    declare("tests.broken", lambda ctx, parameters: 1 / 0)
    for n in range(2):
        services.submit("tests.broken", {"n": n}, owner=analyst)
    run_pending()
    assert "0 failed jobs" in said(capsys, "jobs", "retry", "--failed", "--kind", double_kind)
    answer = json.loads(said(capsys, "jobs", "retry", "--failed", "--kind", "tests.broken", "--json"))
    assert answer == {"queued": 2, "refused": 0}
    assert "There is no such kind" in refused("jobs", "retry", "--failed", "--kind", "tests.none")


@pytest.mark.parametrize("arguments", [[], ["--failed", "7a5c9d52-6f0b-4a53-9f3e-0d6c3f1b2a10"]])
def test_retry_takes_either_jobs_or_all_that_failed(db, arguments):
    assert "either jobs or --failed" in refused("jobs", "retry", *arguments)


def test_workers_and_schedules_are_shown_for_people_and_machines(job, capsys):
    assert "no workers" in said(capsys, "jobs", "workers")
    now = timezone.now()
    worker = Worker.objects.create(host="web-1", pid=7, started_at=now, last_seen=now, memory=5_000_000)
    lifecycle.claim(worker.pk)
    line = said(capsys, "jobs", "workers")
    for words in ("web-1:7", "busy", "5 MB", str(job.pk)):
        assert words in line
    (row,) = json.loads(said(capsys, "jobs", "workers", "--json"))
    assert (row["state"], row["job"]["id"]) == ("busy", str(job.pk))
    assert "tasks.prune" in said(capsys, "jobs", "schedules")
    assert json.loads(said(capsys, "jobs", "schedules", "--json"))[0]["due_at"] is None


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
