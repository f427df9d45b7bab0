"""Actions: what they would do, do and achieve, asked for once, measured before and after."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from performance import facts
from performance.actions import services
from performance.actions.errors import AlreadyRuns, NeedsConfirmation, NotHere
from performance.actions.registry import Action, Measure, Taken, declared, register, safe_actions
from performance.actions.selectors import plan_of, told
from performance.cache import cached, invalidate_namespace
from performance.models import ActionRun, CacheSample, SystemSample, Verdict
from performance.rollups.services import catch_up
from tasks import pulse
from tasks import services as jobs
from tasks.choices import State
from tasks.errors import KindForbidden
from tasks.models import Job, Worker
from tasks.submission import submit_as
from tasks.testing import run_pending
from valor.lib.errors import InvalidInput

pytestmark = pytest.mark.django_db
SHARED = {"redis": "redis://127.0.0.1:1/0"}
LOWER, HIGHER = Measure("time", "ms"), Measure("hits", "percent", lower=False, relative=0.0, absolute=3.0)


@pytest.fixture
def shared(settings):
    """As if processes shared a cache; that of this process stands for it."""
    settings.REDIS_URL = SHARED["redis"]


def begin(name: str, **parameters: str) -> ActionRun:
    return services.request(name, parameters, by=None, confirm=True)


def finished(name: str, **parameters: str) -> ActionRun:
    run = begin(name, **parameters)
    assert run_pending() == 1
    run.refresh_from_db()
    return run


def cache_sample(at, hits: float, lookups: int = 1000) -> None:
    CacheSample.objects.create(host="web-1", taken_at=at, interval=30, hit_percent=hits, lookup_count=lookups)


@pytest.mark.parametrize(
    ("measure", "before", "after", "verdict"),
    [
        (LOWER, 100.0, 40.0, Verdict.HELPED),
        (LOWER, 100.0, 95.0, Verdict.NO_EFFECT),
        (LOWER, 100.0, 111.0, Verdict.WORSE),
        (LOWER, 0.0, 0.0, Verdict.NO_EFFECT),
        (LOWER, None, 3.0, Verdict.UNKNOWN),
        (LOWER, 3.0, None, Verdict.UNKNOWN),
        (HIGHER, 40.0, 43.0, Verdict.NO_EFFECT),
        (HIGHER, 40.0, 43.1, Verdict.HELPED),
        (HIGHER, 40.0, 36.0, Verdict.WORSE),
    ],
)
def test_a_verdict_is_given_beyond_the_noise_only(measure, before, after, verdict):
    assert measure.verdict(before, after) is verdict


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((70.0, 100), (60.0, 100), Verdict.NO_EFFECT),
        ((60.0, 100), (70.0, 100), Verdict.NO_EFFECT),
        ((100.0, 100), (96.5, 10_000), Verdict.NO_EFFECT),
        ((70.0, 100), (40.0, 100), Verdict.WORSE),
        ((70.0, 10_000), (76.0, 10_000), Verdict.HELPED),
    ],
)
def test_two_shares_differ_only_beyond_what_their_lookups_leave_to_chance(shared, before, after, verdict, now):
    run = begin("warm_cache")
    for percent, lookups in (before, after):
        CacheSample.objects.all().delete()
        cache_sample(now, percent, lookups)
        taken = declared()["warm_cache"].read({}, now - timedelta(minutes=1))
        if (percent, lookups) == before:
            run.before = services.as_json(taken)
    services.conclude(run, declared()["warm_cache"], taken)
    assert run.verdict == verdict


@pytest.mark.parametrize(("name", "own"), [("optimize_database", 900.0), ("prune", 40.0)])
def test_what_the_job_itself_writes_is_neither_help_nor_harm(name, own):
    measure = declared()[name].measure
    assert measure.verdict(0.0, own) == measure.verdict(own, 0.0) == Verdict.NO_EFFECT
    assert measure.verdict(5000.0, own) == Verdict.HELPED


def test_every_action_says_what_it_does_and_what_is_measured():
    assert len(declared()) >= 8
    for action in declared().values():
        assert action.title and action.about and action.effect and action.measure.words
        assert action.safe or action.caution


def test_an_action_is_declared_once():
    class Twin(Action):
        name = "prune"

        def plan(self, parameters):
            return []

        def run(self, parameters, progress):
            return ""

        def read(self, parameters, since=None):
            return Taken(None)

    with pytest.raises(ImproperlyConfigured, match="declared twice"):
        register(Twin)


def test_the_same_action_does_not_run_twice_at_once(operator):
    begin("prune")
    with pytest.raises(AlreadyRuns):
        begin("prune")
    assert (ActionRun.objects.count(), Job.objects.count()) == (1, 1)
    run_pending()
    assert begin("prune").pk


def test_what_holds_others_up_is_done_only_when_it_is_confirmed():
    with pytest.raises(NeedsConfirmation) as refused:
        services.request("retry_failed_jobs", {"kind": "tasks.selftest"}, by=None)
    assert [problem.field for problem in refused.value.problems] == ["confirm"]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("dance", {}, "action"),
        ("prune", {"table": "tasks_job"}, "table"),
        ("retry_failed_jobs", {}, "kind"),
        ("retry_failed_jobs", {"kind": 3}, "kind"),
        ("retry_failed_jobs", {"kind": "no.such"}, "kind"),
        ("retry_failed_jobs", {"kind": "\x00"}, "kind"),
        ("create_index", {"fingerprint": "\x00"}, "fingerprint"),
        ("optimize_database", {"table": 'tasks_job"; DROP TABLE x; --'}, "table"),
        ("create_index", {"fingerprint": "f" * 16}, "fingerprint"),
    ],
)
def test_what_can_not_be_done_is_refused_with_field_and_remedy(name, parameters, field):
    with pytest.raises(InvalidInput) as refused:
        services.request(name, parameters, by=None, confirm=True)
    (problem,) = refused.value.problems
    assert problem.field == field
    assert problem.remedy
    assert not Job.objects.exists()


def test_nobody_submits_its_job_from_outside(operator):
    with pytest.raises(KindForbidden):
        submit_as(operator, kind=services.KIND, parameters={"run": 1})


def test_pruning_deletes_what_is_past_its_keeping_and_nothing_else(fill, now):
    fill(now - timedelta(days=14, hours=1), timedelta(hours=1))
    fill(now, timedelta(minutes=5))
    assert catch_up([], now, seconds=60)  # nothing goes before it was rolled up
    ended = now - timedelta(days=40)
    Job.objects.create(kind="tasks.selftest", fingerprint="a", state=State.DONE, queued_at=ended, finished_at=ended)
    run = finished("prune")
    assert SystemSample.objects.count() == 11
    assert not Job.objects.filter(kind="tasks.selftest").exists()
    assert (run.value("before"), run.value("after"), run.verdict) == (122.0, 0.0, Verdict.HELPED)
    assert finished("prune").verdict == Verdict.NO_EFFECT


def test_warming_is_judged_by_the_hits_that_follow(shared, now, monkeypatch):
    cache_sample(now - timedelta(minutes=2), 40.0)
    monkeypatch.setattr("performance.actions.caches.warmers", dict)
    run = finished("warm_cache")
    assert (run.finished_at, run.verdict, run.value("before")) == (None, "", 40.0)
    assert services.measure_due(timezone.now()) == 0
    cache_sample(run.done_at + timedelta(minutes=2), 90.0, lookups=50)
    due = run.due_at + timedelta(minutes=1)
    assert services.measure_due(due) == 0  # too few lookups to say anything
    cache_sample(run.done_at + timedelta(minutes=4), 90.0)
    assert services.measure_due(due) == 1
    run.refresh_from_db()
    assert (run.value("after"), run.verdict) == (90.0, Verdict.HELPED)
    assert told(run, "after") == "90.0 % (of 1,050 lookups)"


def test_where_nobody_looks_up_anything_the_verdict_stays_unknown(shared, now, monkeypatch):
    monkeypatch.setattr("performance.actions.caches.warmers", dict)
    run = finished("warm_cache")
    assert services.measure_due(run.due_at + timedelta(hours=2)) == 1
    run.refresh_from_db()
    assert run.verdict == Verdict.UNKNOWN


def test_a_warmer_that_fails_fails_the_action(shared, monkeypatch):
    def broken() -> int:
        raise LookupError("nothing there")

    from performance.cache.warming import Warmer

    monkeypatch.setattr("performance.actions.caches.warmers", lambda: {"broken": Warmer("broken", "Breaks", broken)})
    run = begin("warm_cache")
    run_pending()
    services.gave_up(run.job_id, Job.objects.get(pk=run.job_id).error_message)
    run.refresh_from_db()
    assert run.outcome == "It was not done: Some warmers failed: broken (LookupError: nothing there)."
    assert run.verdict == Verdict.UNKNOWN


def test_a_namespace_is_forgotten(shared):
    runs: list[int] = []

    @cached(ttl=60, namespace="acted")
    def work(number: int) -> int:
        runs.append(number)
        return number

    invalidate_namespace("acted")
    work(1)
    finished("clear_namespace", namespace="acted")
    work(1)
    assert runs == [1, 1]


def test_without_a_shared_cache_there_is_nothing_to_warm(settings):
    settings.REDIS_URL = ""
    with pytest.raises(NotHere, match="Without REDIS_URL"):
        begin("warm_cache")
    assert plan_of(declared()["warm_cache"], {}).refusal.startswith("Without REDIS_URL")
    assert "warm_cache" not in [action.name for action in safe_actions()]


@pytest.mark.django_db(transaction=True)
def test_the_database_is_analysed_and_cleaned():
    run = finished("optimize_database", table="tasks_job")
    assert run.outcome.startswith("Done: VACUUM" if connection.vendor == "postgresql" else "Done: ANALYZE"), run.outcome
    assert run.value("after") is not None
    assert finished("optimize_database").finished_at is not None


@pytest.fixture
def foreign_table():
    """A table of another schema that changed a lot, as the statistics have it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no schemas.")
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA others")
        cursor.execute("CREATE TABLE others.foreign_rows AS SELECT generate_series(1, 1000) AS a")
        cursor.execute("SELECT pg_stat_force_next_flush()")
    yield "foreign_rows"
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA others CASCADE")


@pytest.mark.django_db(transaction=True)
def test_the_tables_of_other_schemas_are_left_alone(foreign_table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT n_mod_since_analyze FROM pg_stat_user_tables WHERE relname = %s", [foreign_table])
        assert cursor.fetchone() == (1000,)
    action = declared()["optimize_database"]
    assert not any(foreign_table in step for step in action.plan({}))
    assert action.read({"table": foreign_table}).value == 0
    assert foreign_table not in [table.name for table in facts.tables()]
    assert finished("optimize_database").outcome.startswith(("Done: ", "There was nothing"))


@pytest.mark.django_db(transaction=True)
def test_the_file_is_shrunk_where_there_is_one():
    if connection.vendor == "postgresql":
        with pytest.raises(NotHere):
            begin("vacuum_database")
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tests_ballast AS SELECT randomblob(4000) AS data FROM auth_permission")
        cursor.execute("DROP TABLE tests_ballast")
    run = finished("vacuum_database")
    assert run.value("after") < run.value("before"), run.outcome


def test_workers_are_asked_to_leave_and_measured_once_others_are_there(now):
    asked = [Worker.objects.create(host="h", pid=pid, memory=9e8, started_at=now, last_seen=now) for pid in (1, 2)]
    run = finished("recycle_workers")
    assert run.outcome == "2 workers were asked to leave after the job in their hand."
    due = run.due_at + timedelta(seconds=1)
    assert services.measure_due(due) == 0
    for worker in asked:
        worker.delete()
    Worker.objects.create(host="h", pid=3, memory=1e8, started_at=now, last_seen=now)
    assert services.measure_due(due) == 1
    run.refresh_from_db()
    assert (run.value("before"), run.value("after"), run.verdict) == (9e8, 1e8, Verdict.HELPED)


def test_a_worker_hears_of_it_at_its_next_heartbeat(now, monkeypatch):
    left: list[bool] = []
    monkeypatch.setattr(pulse, "leave", lambda *, idle: left.append(idle))
    row = Worker.objects.create(host="h", pid=1, started_at=now, last_seen=now)
    monkeypatch.setattr(pulse, "_worker", row)
    pulse.beat()
    assert left == []
    assert jobs.recycle_workers() == 1
    assert jobs.recycle_workers() == 0
    pulse.beat()
    assert left == [True]


def test_failed_jobs_are_tried_again(now):
    failed = {"kind": "tasks.selftest", "state": State.FAILED, "queued_at": now, "finished_at": now}
    for mark in "ab":
        Job.objects.create(parameters={"seconds": 0, "mark": mark}, fingerprint=mark, **failed)
    run = begin("retry_failed_jobs", kind="tasks.selftest")
    assert run_pending() == 3
    run.refresh_from_db()
    assert run.outcome == "2 jobs were queued again, 0 could not be."
    services.measure_due(run.due_at)
    run.refresh_from_db()
    assert (run.value("before"), run.value("after"), run.verdict) == (2.0, 0.0, Verdict.HELPED)


def test_a_cancelled_job_closes_its_run(operator, django_capture_on_commit_callbacks):
    run = services.request("prune", {}, by=operator)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.cancel(Job.objects.get(pk=run.job_id))
    run.refresh_from_db()
    assert (run.outcome, run.verdict) == ("It was not done: cancelled", Verdict.UNKNOWN)
    assert begin("prune").pk


def test_a_run_whose_job_is_gone_does_not_block_the_next_for_ever(now):
    run = begin("prune")
    assert services.close_orphans(now + timedelta(minutes=5)) == 0
    Job.objects.all().delete()
    assert services.close_orphans(now) == 0
    assert services.close_orphans(now + timedelta(minutes=5)) == 1
    run.refresh_from_db()
    assert run.verdict == Verdict.UNKNOWN
    assert begin("prune").pk


def test_a_run_that_was_closed_is_not_done_after_all():
    run = begin("prune")
    ActionRun.objects.update(finished_at=timezone.now())
    run_pending()
    assert Job.objects.get(pk=run.job_id).state == State.CANCELLED
    run.refresh_from_db()
    assert run.began_at is None


def test_the_command_lists_plans_and_queues(capsys):
    call_command("optimize", "--list")
    assert "create_index         (asks) " in capsys.readouterr().out
    call_command("optimize", "--dry-run")
    told_of = capsys.readouterr().out
    assert "prune: " in told_of
    assert not Job.objects.exists()
    call_command("optimize", "prune")
    assert Job.objects.filter(kind=services.KIND).count() == 1
    with pytest.raises(CommandError, match="already"):
        call_command("optimize", "prune")
    with pytest.raises(CommandError, match="No such action: dance"):
        call_command("optimize", "dance")


def test_the_command_leaves_out_what_is_being_measured_still(capsys):
    begin("prune")
    call_command("optimize")
    told_of = capsys.readouterr().out
    assert "prune: left out. The same action runs already" in told_of
    assert "optimize_database: queued as job " in told_of
    begun = ActionRun.objects.count()
    call_command("optimize")
    assert "queued" not in capsys.readouterr().out
    assert ActionRun.objects.count() == begun


def test_a_plan_says_that_the_same_is_at_work_still():
    begin("prune")
    assert plan_of(declared()["prune"], {}).refusal.startswith("The same action runs already")
