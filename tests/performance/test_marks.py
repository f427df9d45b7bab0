"""What happened in a window of time: who is told of what, how grave it is, and where it leads."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.urls import reverse

from performance.alerts.models import Alert, Threshold, ThresholdChange
from performance.marks import MOST, marks
from performance.models import ActionRun, PlatformEvent, SamplingChange
from performance.timerange import Window
from performance.united import united
from tasks.models import Job
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def over(now, operator):
    """The marks of the last hour for an operator, or for somebody else."""

    def tell(viewer=None, host="web-1", span=HOUR):
        return marks(Window(now - span, now), host, viewer or operator, viewer is None)

    return tell


@pytest.fixture
def fire(now):
    def one(began: timedelta, ended: timedelta | None = None, *, host="web-1", severity="warning") -> Alert:
        end = now - ended if ended is not None else None
        return Alert.objects.create(
            threshold=Threshold.objects.get(category="system", metric="cpu_percent"),
            category="system",
            metric="cpu_percent",
            host=host,
            state="resolved" if end else "firing",
            severity=severity,
            value=95.0,
            worst=97.0,
            limit=80.0,
            began_at=now - began,
            since=now - began,
            fired_at=now - began,
            resolved_at=end,
            judged_at=end or now,
        )

    return one


@pytest.fixture
def work(now):
    def one(began: timedelta, ended: timedelta | None, state: str = "done", **columns) -> Job:
        finished = now - ended if ended is not None else None
        times = {"queued_at": now - began, "started_at": now - began, "finished_at": finished}
        return Job.objects.create(kind="tests.none", state=state, fingerprint=uuid4().hex, **times | columns)

    return one


def test_an_alert_is_a_span_from_its_firing_to_its_end_and_leads_to_its_page(over, fire, now):
    alert = fire(30 * MINUTE, 20 * MINUTE, severity="critical")
    (mark,) = over()
    assert (mark.at, mark.until) == (alert.fired_at, alert.resolved_at)
    assert (mark.kind, mark.tone, mark.word, mark.icon) == ("alert", "critical", "CPU", "critical")
    assert mark.sentence == "Critical for 10 min: CPU on web-1, at worst 97 % (limit 80 %)"
    assert mark.url == reverse("performance:alert", args=[alert.pk])


def test_an_open_alert_reaches_to_the_end_of_the_window(over, fire, now):
    fire(2 * HOUR)
    (mark,) = over()
    assert mark.until == now
    assert mark.sentence.startswith("Warning for 2 h: CPU on web-1 at 95 % (limit 80 %)")


def test_that_something_lasts_does_not_make_it_another_mark_but_its_end_does(over, fire, now, operator):
    alert = fire(30 * MINUTE)
    (mark,) = over()
    later = Window(now - HOUR, now + 5 * MINUTE)
    (still,) = marks(later, "web-1", operator, operator=True)
    assert (still.until, still.sentence) != (mark.until, mark.sentence)
    assert still.key(later.end) == mark.key(now)
    Alert.objects.filter(pk=alert.pk).update(resolved_at=now)
    (ended,) = marks(later, "web-1", operator, operator=True)
    assert ended.key(later.end) != mark.key(now)


def test_other_hosts_and_other_times_stay_out_and_the_platforms_own_is_everywhere(over, fire):
    fire(30 * MINUTE, 20 * MINUTE, host="web-2")
    fire(3 * HOUR, 2 * HOUR)
    assert over() == []
    fire(30 * MINUTE, 20 * MINUTE, host="")
    assert len(over()) == 1
    assert len(over(host="web-2")) == 2


def test_jobs_that_failed_or_took_long_are_told_and_no_others(over, work):
    work(10 * MINUTE, 9.9 * MINUTE)
    assert over() == []
    failed = work(10 * MINUTE, 9.9 * MINUTE, "failed", error_message="The price set is gone.")
    work(30 * MINUTE, 20 * MINUTE)
    long, short = over()
    assert long.sentence == "Job tests.none: took 10 min"
    assert (long.tone, long.icon) == ("quiet", "done")
    assert short.sentence == "Job tests.none: failed after 6 s: The price set is gone"
    assert (short.tone, short.icon, short.url) == ("warning", "failed", reverse("tasks:job", args=[failed.pk]))


def test_a_zoom_into_the_middle_of_a_job_or_an_action_still_shows_it(work, operator, now):
    work(4 * HOUR, HOUR)
    span = {"requested_at": now - 4 * HOUR, "began_at": now - 4 * HOUR, "done_at": now - HOUR}
    ActionRun.objects.create(action="no.such", parameters={}, key="a", measure="x", finished_at=now - HOUR, **span)
    for start, end in ((3, 2), (6, 2), (3, 0.5)):
        window = Window(now - start * HOUR, now - end * HOUR)
        assert {mark.kind for mark in marks(window, "web-1", operator, operator=True)} == {"job", "action"}
    assert marks(Window(now - 0.5 * HOUR, now), "web-1", operator, operator=True) == []


def test_a_job_at_work_for_long_is_told_up_to_now(over, work, now):
    work(10 * MINUTE, None, "running")
    work(MINUTE / 4, None, "running")
    (mark,) = over()
    assert (mark.until, mark.sentence) == (now, "Job tests.none: at work for 10 min")


def test_what_is_long_grows_with_the_window(over, work):
    work(20 * MINUTE, 10 * MINUTE)
    assert len(over()) == 1
    assert over(span=24 * HOUR) == []


def test_parts_of_the_platform_that_start_together_are_one_start(over, now):
    common = {"host": "web-1", "kind": "started", "version": "0.1.0"}
    for at, part in ((30, "web"), (29.8, "worker"), (29.5, "sampler"), (10, "web")):
        PlatformEvent.objects.create(at=now - at * MINUTE, part=part, key=f"{part}{at}", **common)
    first, second = over()
    assert first.sentence == "Started on web-1: sampler, web, worker, version 0.1.0"
    assert second.sentence == "Started on web-1: web, version 0.1.0"
    assert (first.until, first.word, first.url) == (None, "Start", "")
    assert over(host="web-2") == []


def test_a_change_of_version_is_told_by_its_number(over, now):
    common = {"host": "web-1", "part": "web", "key": "a"}
    PlatformEvent.objects.create(at=now - MINUTE, kind="version", version="0.2.0 (abc)", before="0.1.0", **common)
    (mark,) = over()
    assert (mark.word, mark.sentence) == ("0.2.0", "Version 0.2.0 (abc) on web-1, 0.1.0 before")


def test_what_operators_did_is_told_with_who_and_what(over, operator, now):
    threshold = Threshold.objects.get(category="system", metric="cpu_percent")
    ThresholdChange.objects.create(threshold=threshold, at=now - 9 * MINUTE, by=operator, fields={"warning": [80, 85]})
    asked = {"requested_at": now - 5 * MINUTE, "requested_by": operator, "key": "a", "measure": "rows"}
    ActionRun.objects.create(action="no.such", verdict="worse", done_at=now - 4 * MINUTE, **asked)
    times = [(1, "paused", 40), (2, "paused", 39), (3, "running", 30)]
    for number, state, minutes in times:
        SamplingChange.objects.create(
            number=number, state=state, interval=30, changed_by="ada", changed_at=now - minutes * MINUTE
        )
    told = [(mark.kind, mark.sentence) for mark in over()]
    assert told == [
        ("sampling", "Sampling stopped by ada for 1 min"),
        ("sampling", "Sampling stopped by ada for 9 min"),
        ("threshold", f"Threshold of CPU by {operator}: warning 80 to 85"),
        ("action", f"Action no.such by {operator}: worse"),
    ]


def test_analysts_are_told_of_alerts_starts_and_their_own_jobs_without_a_link_they_may_not_follow(
    over, fire, work, *, analyst, operator, now
):
    fire(30 * MINUTE, 20 * MINUTE)
    work(10 * MINUTE, 5 * MINUTE, owner=operator)
    own = work(10 * MINUTE, 5 * MINUTE, owner=analyst)
    threshold = Threshold.objects.get(category="system", metric="cpu_percent")
    ThresholdChange.objects.create(threshold=threshold, at=now - MINUTE, by=operator, fields={"warning": [80, 85]})
    told = over(viewer=analyst)
    assert [(mark.kind, mark.url) for mark in told] == [
        ("alert", ""),
        ("job", reverse("tasks:job", args=[own.pk])),
    ]
    assert len(over()) == 4


def test_of_too_many_the_gravest_stay_and_come_by_time(over, fire, work):
    for minute in range(MOST + 5):
        work(40 * MINUTE + minute * MINUTE / 10, 30 * MINUTE + minute * MINUTE / 10)
    fire(50 * MINUTE, 45 * MINUTE, severity="critical")
    found = over()
    assert len(found) == MOST
    assert [mark.kind for mark in found].count("alert") == 1
    assert [mark.at for mark in found] == sorted(mark.at for mark in found)


def test_rows_of_several_models_come_in_one_query_as_they_would_alone(fire, work, now, django_assert_num_queries):
    fire(30 * MINUTE, 20 * MINUTE)
    fire(5 * MINUTE)
    Alert.objects.filter(resolved_at=None).update(culprits=[{"kind": "route", "sentence": "ä “1”", "share": 0.5}])
    work(10 * MINUTE, None, "running", parameters={"a": 1})
    with django_assert_num_queries(1):
        alerts, jobs, none = united([Alert.objects.all(), Job.objects.annotate(was=F("kind")), ActionRun.objects.all()])
    for model, found in ((Alert, alerts), (Job, jobs)):
        names = [field.attname for field in model._meta.concrete_fields]
        rows = [[getattr(row, name) for name in names] for row in sorted(found, key=lambda row: row.pk)]
        assert rows == [[getattr(row, name) for name in names] for row in model.objects.order_by("pk")]
    assert [job.was for job in jobs] == ["tests.none"]
    assert none == []
    (bare,) = united([Job.objects.all()], "parameters")[0]
    with django_assert_num_queries(1):
        assert bare.parameters == {"a": 1}


def test_it_takes_one_query_however_much_happened(over, fire, work, *, operator, django_assert_num_queries):
    for minute in range(5):
        fire(30 * MINUTE, (20 + minute) * MINUTE)
        work(30 * MINUTE, (5 + minute) * MINUTE, "failed", owner=operator)
    over()  # the operator's roles are read once
    with django_assert_num_queries(1):
        assert len(over()) == 10


def test_the_poll_brings_marks_for_the_charts_and_the_list(client, fire, fill, *, worker, now, operator):
    fill(now, timedelta(minutes=10))
    fire(5 * MINUTE, 4 * MINUTE)
    client.force_login(operator)
    answer = client.get(reverse("performance:data")).json()
    (mark,) = answer["marks"]
    assert (mark["kind"], mark["tone"], mark["word"]) == ("alert", "warning", "CPU")
    assert mark["until"] - mark["at"] == pytest.approx(60)
    assert "Warning for 1 min: CPU on web-1" in answer["fragments"]["marks"]
    client.force_login(make_user("bob", "analyst"))
    assert "href" not in client.get(reverse("performance:data")).json()["fragments"]["marks"]


def test_where_nothing_happened_the_list_says_so(client, fill, now, analyst, worker):
    fill(now, timedelta(minutes=10))
    client.force_login(analyst)
    assert "No alert, long job, start or change" in client.get(reverse("performance:data")).json()["fragments"]["marks"]
