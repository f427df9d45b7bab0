"""A recommendation's life: told once, dismissed, told again when its evidence grows or comes back, and over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from performance.actions.errors import NothingToApply
from performance.alerts.culprits import Suspects
from performance.analysis.rules import findings
from performance.analysis.rules.base import RULES, Area, Case, Cure, Effort, Finding
from performance.analysis.rules.facts import Facts, Host, Row, Slow
from performance.chores import Tick, declared
from performance.chores.advise import Advise
from performance.chores.alerting import Judge
from performance.models import Recommendation
from performance.recommendations import services
from performance.recommendations.selectors import for_alert, names_in, open_recommendations
from performance.recommendations.services import GONE, SETTLES, refresh
from valor.lib.errors import Conflict

pytestmark = pytest.mark.django_db
State = Recommendation.State
CASE = Case(
    subject="/letters/",
    title="/letters/ asks for each row by itself (N+1)",
    cause="A loop.",
    cure="select_related.",
    evidence=(("Most runs", "120"),),
    effect="One statement.",
    effort=Effort.HOURS,
    strength=1.0,
    magnitude=100.0,
    touches=("/letters/", "b" * 16),
)
P95 = SimpleNamespace(category="application", metric="latency_p95", host="", culprits=[])


def finding(score: float = 80.0, rule: str = "n_plus_one", explains=("application.latency_p95",), **fields) -> Finding:
    return Finding(rule, Area.DATABASE, score, explains, replace(CASE, **fields))


def only() -> Recommendation:
    return Recommendation.objects.get()


def state() -> str:
    return only().state


def later(now, *, seconds: float):
    return now + timedelta(seconds=seconds)


def test_the_same_trouble_is_one_row_with_its_latest_evidence(now):
    refresh([finding()], now, 30)
    after = later(now, seconds=30)
    refresh([finding(score=90.0, evidence=(("Most runs", "240"),), magnitude=240.0)], after, 30)
    row = only()
    assert (row.state, row.score, row.magnitude) == (State.OPEN, 90.0, 240.0)
    assert (row.first_seen, row.last_seen, row.opened_at) == (now, after, now)
    assert row.evidence == [["Most runs", "240"]]


def test_without_evidence_for_three_intervals_it_is_past_and_with_it_open_again(now):
    refresh([finding()], now, 30)
    refresh([], later(now, seconds=60), 30)
    assert state() == State.OPEN
    refresh([], later(now, seconds=91), 30)
    assert state() == State.PAST
    assert only().closed_at is not None
    back = later(now, seconds=300)
    refresh([finding()], back, 30)
    assert (state(), only().opened_at, only().closed_at) == (State.OPEN, back, None)


def test_evidence_that_comes_every_few_ticks_does_not_flap_at_a_short_interval(now):
    states = []
    for second in range(120):
        refresh([finding()] if second % 30 == 0 else [], later(now, seconds=second), 1)
        states.append(state())
    assert set(states) == {State.OPEN}
    assert only().opened_at == now
    refresh([], later(now, seconds=181), 1)
    assert state() == State.PAST


def test_a_dismissed_one_keeps_silent_until_its_evidence_has_doubled(now, operator):
    refresh([finding()], now, 30)
    services.dismiss(only(), by=operator)
    assert (state(), only().dismissed_by) == (State.DISMISSED, operator)
    refresh([finding(magnitude=199.0)], later(now, seconds=30), 30)
    assert state() == State.DISMISSED
    assert not open_recommendations().exists()
    refresh([finding(magnitude=200.0)], later(now, seconds=60), 30)
    assert state() == State.OPEN


@pytest.mark.parametrize("indexed", [True, False])
def test_a_dismissed_statement_is_not_told_again_for_being_seen_again(now, operator, indexed):
    advice = (Row({"kind": "missing_index", "how": "CREATE INDEX", "what": "An index is missing"}),) if indexed else ()

    def seen(count: int, worst: float) -> list[Finding]:
        slow = Slow("f" * 16, "SELECT 1", count, worst, 1.0, "x.py:1", {"/a/": count}, now, advice)
        return list(findings(Facts(now, slow=(slow,))))

    refresh(seen(3, 1.5), now, 30)
    services.dismiss(only(), by=operator)
    refresh(seen(300, 1.6), later(now, seconds=30), 30)
    assert state() == State.DISMISSED
    refresh(seen(301, 3.2), later(now, seconds=60), 30)
    assert state() == State.OPEN


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("disk_percent", lambda percent: Host("web-1", system=Row({"disk_percent": percent}))),
        ("memory_percent", lambda percent: Host("web-1", system=Row({"memory_percent": percent}))),
        ("open_files_percent", lambda percent: Host("web-1", application=Row({"open_files_percent": percent}))),
        ("shared_percent", lambda percent: Host("web-1", cache=Row({"shared_percent": percent}))),
    ],
)
def test_a_dismissed_one_is_told_again_when_half_of_what_was_left_is_gone(now, operator, name, row):
    refresh(findings(Facts(now, (row(93.0),))), now, 30)
    services.dismiss(only(), by=operator)
    refresh(findings(Facts(now, (row(95.0),))), later(now, seconds=30), 30)
    assert state() == State.DISMISSED
    refresh(findings(Facts(now, (row(98.0),))), later(now, seconds=60), 30)
    assert state() == State.OPEN


def test_a_dismissal_without_a_size_holds_and_takes_that_of_the_next_sighting(now, operator):
    refresh([finding()], now, 30)
    services.dismiss(only(), by=operator)
    Recommendation.objects.update(dismissed_magnitude=None)
    for seconds, magnitude in enumerate((30.0, 59.0)):
        refresh([finding(magnitude=magnitude)], later(now, seconds=seconds), 30)
        assert (state(), only().dismissed_magnitude) == (State.DISMISSED, 30.0)
    refresh([finding(magnitude=60.0)], later(now, seconds=60), 30)
    assert state() == State.OPEN


def test_a_dismissal_of_before_the_unit_was_changed_ends_when_it_is_truly_worse(now, operator):
    def full(percent: float) -> list[Finding]:
        return list(findings(Facts(now, (Host("web-1", system=Row({"disk_percent": percent})),))))

    refresh(full(93.0), now, 30)
    services.dismiss(only(), by=operator)
    Recommendation.objects.update(magnitude=93.0, dismissed_magnitude=93.0)
    migration = import_module("performance.migrations.0017_dismissals_of_another_unit")
    migration.measure_anew(apps, SimpleNamespace(connection=connection))
    migration.as_last_seen(apps, SimpleNamespace(connection=connection))
    assert only().dismissed_magnitude == 93.0
    migration.measure_anew(apps, SimpleNamespace(connection=connection))
    for seconds, percent, after in ((30, 93.0, State.DISMISSED), (60, 95.0, State.DISMISSED), (90, 98.0, State.OPEN)):
        refresh(full(percent), later(now, seconds=seconds), 30)
        assert state() == after


def test_dismissals_of_other_rules_keep_their_size(now, operator):
    refresh([finding(rule="n_plus_one")], now, 30)
    services.dismiss(only(), by=operator)
    migration = import_module("performance.migrations.0017_dismissals_of_another_unit")
    migration.measure_anew(apps, SimpleNamespace(connection=connection))
    assert only().dismissed_magnitude == 100.0
    assert set(migration.CHANGED) <= set(RULES)


def test_evidence_that_flickers_does_not_undo_a_dismissal_but_its_return_after_an_hour_does(now, operator):
    refresh([finding()], now, 30)
    services.dismiss(only(), by=operator)
    refresh([], now + GONE - timedelta(minutes=1), 30)
    refresh([finding()], now + GONE, 30)
    assert state() == State.DISMISSED
    refresh([], now + 2 * GONE + timedelta(minutes=1), 30)
    assert state() == State.PAST
    refresh([finding()], now + 3 * GONE, 30)
    assert state() == State.OPEN


def test_a_dismissal_can_be_taken_back_once(now, operator):
    refresh([finding()], now, 30)
    services.dismiss(only(), by=operator)
    services.restore(only())
    assert (state(), only().dismissed_by) == (State.OPEN, None)
    with pytest.raises(Conflict, match="Only a dismissed"):
        services.restore(only())


def test_of_two_who_dismiss_the_second_is_told(now, operator):
    refresh([finding()], now, 30)
    stale = only()
    services.dismiss(only(), by=operator)
    with pytest.raises(Conflict, match="Only an open"):
        services.dismiss(stale, by=operator)


def test_one_without_an_action_can_not_be_applied(now, operator):
    refresh([finding()], now, 30)
    with pytest.raises(NothingToApply):
        services.apply(only(), by=operator, confirm=True)


def test_an_applied_one_comes_back_when_its_evidence_outlives_the_cure(now, operator):
    refresh([finding(action=Cure("optimize_database", {}))], now, 30)
    services.apply(only(), by=operator, confirm=False)
    applied = only().applied_at
    refresh([finding()], applied + timedelta(seconds=30), 30)
    assert state() == State.APPLIED
    refresh([finding()], applied + SETTLES, 30)
    assert state() == State.OPEN


def test_an_applied_one_whose_evidence_is_gone_is_past(now, operator):
    refresh([finding(action=Cure("optimize_database", {}))], now, 30)
    services.apply(only(), by=operator, confirm=False)
    refresh([], later(now, seconds=120), 30)
    assert state() == State.PAST


def test_what_is_long_past_is_forgotten(now):
    refresh([finding()], now, 30)
    refresh([], later(now, seconds=100), 30)
    refresh([], now + timedelta(days=91), 30)
    assert not Recommendation.objects.exists()


def test_an_alert_is_shown_what_explains_its_figure_the_best_first(now):
    found = [
        finding(60.0, rule="slow_route"),
        finding(80.0),
        finding(99.0, rule="disk_filling", explains=("system.disk_percent",)),
    ]
    refresh(found, now, 30)
    assert [row.rule for row in for_alert(P95)] == ["n_plus_one", "slow_route"]


def test_what_its_culprits_name_comes_forward(now):
    refresh(
        [finding(60.0, subject="/letters/"), finding(70.0, rule="slow_outside", subject="prices", touches=())], now, 30
    )
    alert = SimpleNamespace(**vars(P95) | {"culprits": {"routes": [{"route": "/letters/", "p95": 3.0}]}})
    assert [row.subject for row in for_alert(alert)] == ["/letters/", "prices"]
    assert [row.subject for row in for_alert(P95)] == ["prices", "/letters/"]


def test_what_concerns_another_host_is_left_out(now):
    cpu = ("system.cpu_percent",)
    refresh([finding(80.0, host="web-2", explains=cpu), finding(50.0, rule="slow_route", explains=cpu)], now, 30)
    alert = SimpleNamespace(category="system", metric="cpu_percent", host="web-1", culprits=None)
    assert [row.rule for row in for_alert(alert)] == ["slow_route"]


def test_names_are_found_in_culprits_of_any_shape():
    culprits = {"processes": [{"pid": 7, "cpu": 99.5, "ours": ""}], "note": None, "deep": {"kinds": ["a.b"]}}
    assert {"7", "a.b"} <= set(names_in(culprits))
    assert "12" not in set(names_in([{"count": 12}]))
    assert list(names_in(None)) == []


def test_the_chore_looks_once_for_the_platform(now, store, settings):
    store(now, disk_percent=97.0)
    assert Advise in declared()
    rows = {"system": {"cpu_percent": 12.0}}
    Advise().run(Tick("web-1", now, 30, rows, lead=False))
    assert not Recommendation.objects.exists()
    Advise().run(Tick("web-1", now, 30, rows, lead=True))
    assert only().rule == "disk_filling"
    assert only().host == "web-1"


def test_while_the_platform_starts_nothing_is_advised(now, monkeypatch):
    monkeypatch.setattr("performance.chores.advise.starting", lambda at: at == now)
    rows = {"tasks": {"workers": 0}, "system": {}}
    gathered = []
    monkeypatch.setattr("performance.chores.advise.gather", lambda at, *_: gathered.append(at) or Facts(at))
    Advise().run(Tick("web-1", now, 30, rows, lead=True))
    assert gathered == []
    Advise().run(Tick("web-1", later(now, seconds=30), 30, rows, lead=True))
    assert gathered == [later(now, seconds=30)]


def test_where_all_is_calm_nothing_is_written(now, django_assert_num_queries):
    with django_assert_num_queries(1):
        refresh([], now, 30)


class Walked:
    """Finds one that takes the CPU; counts its walks."""

    def __init__(self) -> None:
        self.walks = 0

    def walk(self, limit: int = 5) -> list[dict]:
        self.walks += 1
        hog = {"pid": 4711, "name": "stress", "command": "stress -c 2", "cpu": 190.0, "rss": 5_000_000, "ours": ""}
        return [hog]


@pytest.fixture
def tick(store):
    """Stores a sample of a host's CPU; what its sampler's chores are told of it."""

    def one(host: str, at, cpu: float, *, lead: bool) -> Tick:
        columns = {"cpu_percent": cpu, "cpu_count": 2}
        store(at, host=host, **columns)
        return Tick(host, at, 30, {"system": columns | {"detail": {}}}, lead=lead)

    return one


@pytest.fixture
def judge():
    """Makes a chore that judges, with processes to walk over; it tells nobody."""

    def one(walker: Walked) -> Judge:
        made = Judge()
        made.suspects, made.courier = Suspects(lambda: walker), SimpleNamespace(wake=lambda: None)
        return made

    return one


def test_a_hog_is_walked_for_once_a_tick_and_only_while_an_alert_is_pending_or_firing(now, tick, judge):
    walker = Walked()
    judging = judge(walker)
    for step, cpu in enumerate((10.0, 79.0, 97.0, 97.0, 10.0, 10.0)):
        told = tick("web-1", later(now, seconds=30 * step), cpu, lead=True)
        judging.run(told)
        Advise().run(told)
        assert (bool(told.notes.processes), told.notes.wrong) == (cpu > 80, cpu > 80)
    assert walker.walks == 2
    assert "stress" in Recommendation.objects.get(rule="cpu_hog").title


def test_a_hog_of_a_host_that_does_not_lead_is_named_by_the_one_that_does(now, tick, judge):
    judge(Walked()).run(tick("web-2", now, 97.0, lead=False))
    calm = Walked()
    told = tick("web-1", now, 10.0, lead=True)
    judge(calm).run(told)
    Advise().run(told)
    assert [process["pid"] for process in told.notes.processes["web-2"]] == [4711]
    assert calm.walks == 0
    hog = Recommendation.objects.get(rule="cpu_hog")
    assert (hog.host, "stress -c 2" in str(hog.evidence)) == ("web-2", True)
