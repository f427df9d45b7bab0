"""Ticks judged against the database: moves, races, missing data, inhibition, silences."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from performance.alerts import moves, services
from performance.alerts.culprits import Suspects
from performance.alerts.evaluation import evaluate
from performance.alerts.machine import Reading, judge
from performance.alerts.models import Alert, AlertEvent, Notification, Silence, Threshold
from performance.alerts.selectors import forget_thresholds
from performance.alerts.sentences import sentence
from performance.chores.alerting import PruneAlerts
from performance.models import RepeatedQuery, SamplerLease


def kinds(alert: Alert) -> list[str]:
    return list(alert.events.order_by("at", "pk").values_list("kind", flat=True))


def test_a_busy_processor_is_pending_then_fires_then_recovers_and_is_resolved(clock):
    (alert,) = clock.tick(system={"cpu_percent": 91.0})
    assert (alert.state, alert.host, alert.limit, alert.fired_at) == ("pending", "web-1", 80.0, None)
    (alert,) = clock.tick(system={"cpu_percent": 97.0})
    assert (alert.state, alert.severity, alert.worst, alert.fired_at) == ("firing", "critical", 97.0, clock.at)
    (alert,) = clock.tick(system={"cpu_percent": 20.0})
    assert (alert.state, alert.value, alert.worst) == ("recovering", 20.0, 97.0)
    assert clock.tick(system={"cpu_percent": 20.0}) == []
    alert.refresh_from_db()
    assert (alert.state, alert.resolved_at) == ("resolved", clock.at)
    assert kinds(alert) == ["pending", "fired", "recovering", "resolved"]


def test_one_odd_sample_leaves_nothing_behind(clock):
    clock.tick(system={"cpu_percent": 91.0})
    assert clock.tick(system={"cpu_percent": 20.0}) == []
    assert not Alert.objects.exists()
    assert not AlertEvent.objects.exists()


def test_hosts_have_alerts_of_their_own(clock):
    clock.tick("web-1", system={"disk_percent": 93.0})
    clock.tick("web-2", lead=False, system={"disk_percent": 96.0})
    assert set(Alert.objects.values_list("host", "severity")) == {("web-1", "warning"), ("web-2", "critical")}


def test_what_concerns_the_platform_is_judged_by_the_leading_host_only(clock):
    assert clock.tick("web-2", lead=False, tasks={"drain_seconds": 900.0, "oldest_seconds": 90.0}) == []
    (alert,) = clock.tick("web-1", tasks={"oldest_seconds": 90.0})
    assert (alert.metric, alert.host) == ("oldest_seconds", "")


def test_two_samplers_move_an_alert_once(clock, firing):
    """Both read it firing; the second finds it moved."""
    first, second = (Alert.objects.get(pk=firing.pk) for _ in range(2))
    clock.at += timedelta(seconds=30)
    after = judge(first.threshold.rule, moves.situation(first), Reading(clock.at.timestamp(), 20.0))
    assert moves.move(first, after, clock.at)[0] is True
    assert moves.move(second, after, clock.at) == (False, None)
    assert Alert.objects.get(pk=firing.pk).state == "recovering"


def test_two_samplers_begin_an_alert_once(clock):
    clock.tick(system={"disk_percent": 93.0})
    alert = Alert.objects.get()
    alert.pk = None
    assert moves.begin(alert) is None
    assert Alert.objects.count() == 1


def test_a_tick_judged_twice_changes_nothing(clock):
    clock.tick(system={"cpu_percent": 91.0})
    clock.tick(system={"cpu_percent": 91.0})
    events, told = AlertEvent.objects.count(), Notification.objects.count()
    clock.tick(step=0, system={"cpu_percent": 91.0})
    assert (AlertEvent.objects.count(), Notification.objects.count()) == (events, told)


def test_a_tick_that_comes_too_late_changes_nothing(clock, firing):
    (alert,) = clock.tick(step=-10, system={"cpu_percent": 10.0})
    assert (alert.state, alert.value, alert.judged_at) == ("firing", 93.0, firing.judged_at)


@pytest.mark.parametrize(("gap", "state"), [(60, "firing"), (90, "pending"), (15 * 3600, "pending")])
def test_a_pending_one_begins_anew_after_a_gap_in_which_nobody_looked(clock, gap, state):
    clock.tick(system={"cpu_percent": 94.0})
    (alert,) = clock.tick(step=gap, system={"cpu_percent": 85.0})
    assert alert.state == state
    if state == "pending":
        stored = Alert.objects.get()
        assert (stored.began_at, stored.since, stored.worst) == (clock.at, clock.at, 85.0)
    (alert,) = clock.tick(system={"cpu_percent": 85.0})
    assert alert.state == "firing"


@pytest.mark.parametrize(("before", "after"), [(600, 30), (30, 600)])
@pytest.mark.parametrize(("gap", "state"), [(600, "firing"), (1800, "pending")])
def test_a_pending_one_goes_on_when_the_interval_is_changed(clock, before, after, gap, state):
    clock.interval = before
    clock.tick(system={"cpu_percent": 94.0})
    clock.interval = after
    (alert,) = clock.tick(step=gap, system={"cpu_percent": 94.0})
    assert alert.state == state


def test_the_longer_interval_counts_for_one_gap_only(clock):
    row = Threshold.objects.get(category="system", metric="cpu_percent")
    services.change_threshold(threshold=row, values={"duration": 3600}, by=None)
    clock.interval = 600
    clock.tick(system={"cpu_percent": 94.0})
    clock.interval = 30
    clock.tick(step=600, system={"cpu_percent": 94.0})
    (alert,) = clock.tick(step=90, system={"cpu_percent": 94.0})
    assert alert.began_at == clock.at


def test_a_pending_one_that_is_not_read_for_long_begins_anew_too(clock):
    clock.tick(database={"write_ms": 1500.0})
    for _ in range(5):
        clock.tick(database={})
    (alert,) = clock.tick(database={"write_ms": 1500.0})
    assert (alert.state, alert.missing_since) == ("pending", None)


def test_where_missing_data_is_an_alert_a_long_duration_passes_without_a_reading(clock):
    row = Threshold.objects.get(category="database", metric="write_ms")
    services.change_threshold(threshold=row, values={"missing": "fire", "duration": 180}, by=None)
    states = [alert.state for _ in range(8) for alert in clock.tick(database={})]
    assert states == ["pending"] * 6 + ["firing"] * 2


def test_a_clock_that_was_set_back_holds_up_no_alert(clock, firing):
    clock.tick(system={"cpu_percent": 50.0})
    (alert,) = clock.tick(step=-3 * 3600, system={"cpu_percent": 50.0})
    assert (alert.state, alert.judged_at) == ("recovering", clock.at)
    assert clock.tick(system={"cpu_percent": 50.0}) == []
    firing.refresh_from_db()
    assert (firing.state, firing.resolved_at) == ("resolved", clock.at)


def test_without_a_figure_the_alert_is_kept_and_says_since_when(clock, firing):
    clock.tick(system={"cpu_percent": None})
    first = clock.at
    (alert,) = clock.tick(system={})
    assert (alert.state, alert.value, alert.missing_since) == ("firing", 93.0, first)
    (alert,) = clock.tick(system={"cpu_percent": 90.0})
    assert alert.missing_since is None


def test_missing_data_is_an_alert_where_the_threshold_says_so(clock):
    row = Threshold.objects.get(category="database", metric="write_ms")
    services.change_threshold(threshold=row, values={"missing": "fire"}, by=None)
    clock.tick(database={})
    (alert,) = clock.tick(database={})
    assert (alert.metric, alert.state, alert.value) == ("write_ms", "firing", None)


@pytest.mark.parametrize(
    ("row", "missing"), [({}, True), ({"error_percent": 1.0}, True), ({"request_count": 0}, False)]
)
def test_a_share_is_missing_where_nobody_knows_of_how_many_it_is(clock, row, missing):
    threshold = Threshold.objects.get(category="application", metric="error_percent")
    services.change_threshold(threshold=threshold, values={"missing": "fire"}, by=None)
    found = [alert.state for _ in range(2) for alert in clock.tick(application=row) if alert.metric == "error_percent"]
    assert found == (["pending", "firing"] if missing else [])


@pytest.mark.parametrize(("requests", "count"), [(9, 0), (10, 1)])
def test_too_few_requests_are_not_judged(clock, requests, count):
    row = {"error_percent": 50.0, "request_count": requests}
    clock.tick(application=row)
    assert len(clock.tick(application=row)) == count


def test_an_alert_ends_though_traffic_has_thinned_out(clock):
    for _ in range(2):
        clock.tick(application={"error_percent": 50.0, "request_count": 50})
    assert Alert.objects.get().state == "firing"
    clock.tick(application={"error_percent": 0.0, "request_count": 3})
    assert clock.tick(application={"error_percent": 0.0, "request_count": 3}) == []
    assert (Alert.objects.get().state, Alert.objects.get().worst) == ("resolved", 50.0)


def slow(clock, *counts: int, value: float | None = 1500.0) -> list[Alert]:
    """A slow answer at each tick, of so many requests."""
    for count in counts:
        found = clock.tick(application={"latency_p95": value, "request_count": count})
    return found


@pytest.mark.parametrize(("few", "state"), [(1, "firing"), (2, "pending")])
def test_a_pending_one_waits_for_traffic_to_come_back_but_not_for_long(clock, few, state):
    slow(clock, 50, *[9] * few)
    (alert,) = slow(clock, 50)
    assert (alert.state, alert.began_at == clock.at) == (state, state == "pending")


def test_a_pending_one_is_gone_when_traffic_stays_thin_or_goes_well(clock):
    slow(clock, 50)
    (alert,) = slow(clock, 9, 9)
    assert (alert.state, alert.judged_at) == ("pending", clock.ago(seconds=60))
    assert slow(clock, 9) == []
    slow(clock, 50)
    assert slow(clock, 9, value=500.0) == []
    assert not Alert.objects.exists()


def test_a_pending_one_waits_while_nobody_asks_at_all(clock):
    (alert,) = [slow(clock, 50), slow(clock, 0, value=None)][1]
    assert (alert.state, alert.missing_since) == ("pending", None)
    (alert,) = slow(clock, 50)
    assert alert.state == "firing"


def test_a_cache_that_hits_little_is_told_though_some_ticks_are_quiet(clock):
    for tick in range(25):
        clock.tick(cache={"hit_percent": 5.0, "lookup_count": 99 if tick % 5 == 4 else 400})
    assert Alert.objects.get(metric="hit_percent").state == "firing"


def test_thin_traffic_alone_fires_nothing_however_long(clock):
    slow(clock, 50, *[9] * 40)
    assert not Alert.objects.exists()
    assert slow(clock, *[9] * 40) == []


def test_a_queue_in_which_nobody_waits_is_no_missing_figure(clock):
    (alert,) = clock.tick(tasks={"oldest_seconds": 90.0, "waiting": 3})
    clock.tick(tasks={"oldest_seconds": None, "waiting": 0})
    assert clock.tick(tasks={"oldest_seconds": None, "waiting": 0}) == []
    alert.refresh_from_db()
    assert alert.state == "resolved"


def test_the_worse_share_of_the_connections_is_judged(clock):
    (alert,) = clock.tick(database={"pool_percent": 97.0, "connections_percent": 20.0})
    assert (alert.metric, alert.severity, alert.value) == ("worst_percent", "critical", 97.0)


def test_a_sampler_that_died_is_told_by_the_leading_one_and_keeps_its_hosts_alerts_quiet(clock):
    clock.tick("web-2", lead=False, system={"disk_percent": 93.0})
    at = {"interval": 30, "renewed_at": clock.at, "expires_at": clock.at}
    SamplerLease.objects.create(host="web-2", holder="x:1:2", **at)
    SamplerLease.objects.create(host="web-3", holder="", **at)
    (disk,) = clock.tick("web-1", step=80)
    assert disk.metric == "disk_percent"
    found = {alert.metric: alert for alert in clock.tick("web-1", step=20)}
    assert (found["lag"].host, found["lag"].value) == ("web-2", 100.0)
    assert set(found) == {"lag", "disk_percent"}


@pytest.mark.parametrize("interval", [120, 600])
def test_a_host_that_is_sampled_seldom_does_not_lag_while_its_lease_holds(clock, interval):
    until = clock.at + timedelta(seconds=1.5 * interval)
    sampled = {"holder": "x:1:2", "interval": interval, "renewed_at": clock.at, "expires_at": until}
    SamplerLease.objects.create(host="web-2", **sampled)
    assert clock.tick("web-1", step=interval) == []
    (lag,) = clock.tick("web-1", step=0.5 * interval)
    assert (lag.metric, lag.host, lag.value) == ("lag", "web-2", 1.5 * interval)


def test_an_n_plus_one_view_is_told_with_route_and_line(clock):
    at = clock.at + timedelta(seconds=20)
    RepeatedQuery.objects.create(
        route="/companies/",
        kind="request",
        fingerprint="a" * 16,
        statement="SELECT 1",
        sightings=3,
        worst=900,
        latest=64,
        line="modeling/views.py:7 in rows",
        first_seen=at,
        last_seen=at,
    )
    (alert,) = clock.tick()
    assert (alert.category, alert.metric, alert.value, alert.state) == ("queries", "repeated", 64.0, "firing")
    assert alert.culprits[0]["sentence"] == "/companies/ ran one statement 64 times at modeling/views.py:7 in rows"


def test_redis_that_is_down_mutes_the_hit_rate_and_only_itself_is_told(clock):
    low = {"hit_percent": 10.0, "lookup_count": 5000, "breakers_open": 2}
    for _ in range(22):
        clock.tick(cache=low)
    alerts = {alert.metric: alert for alert in Alert.objects.all()}
    assert alerts["hit_percent"].state == alerts["breakers_open"].state == "firing"
    assert alerts["hit_percent"].muted_by == "cache.breakers_open"
    told = set(Notification.objects.values_list("event__alert__metric", flat=True))
    assert told == {"breakers_open"}


def test_a_cause_that_recovers_still_keeps_quiet_what_it_brought_about(clock):
    both = {"hit_percent": 10.0, "lookup_count": 5000, "breakers_open": 2}
    for _ in range(22):
        clock.tick(cache=both)
    clock.tick(cache=both | {"breakers_open": 0})
    states = dict(Alert.objects.values_list("metric", "state"))
    assert states == {"hit_percent": "firing", "breakers_open": "recovering"}
    assert not Notification.objects.filter(event__alert__metric="hit_percent").exists()


def test_what_its_cause_no_longer_explains_is_told_after_all(clock):
    both = {"hit_percent": 10.0, "lookup_count": 5000, "breakers_open": 2}
    for _ in range(22):
        clock.tick(cache=both)
    for _ in range(3):
        clock.tick(cache=both | {"breakers_open": 0})
    events = Notification.objects.filter(event__alert__metric="hit_percent").values_list("event__kind", flat=True)
    assert list(events) == ["repeated"]


def test_what_is_silenced_is_kept_and_not_told_until_the_silence_is_over(clock, operator, monkeypatch):
    until = timezone.now() + timedelta(hours=1)
    made = services.silence(by=operator, until=until, reason="moving house", category="system", metric="disk_percent")
    clock.at = timezone.now()
    (alert,) = clock.tick(system={"disk_percent": 93.0})
    assert (alert.state, alert.muted_by) == ("firing", "silence")
    assert not Notification.objects.exists()
    clock.at = made.until
    (alert,) = clock.tick(system={"disk_percent": 93.0})
    assert alert.muted_by == ""
    assert Notification.objects.get().event.kind == "repeated"


def test_a_silence_of_one_host_leaves_the_others(clock, operator):
    until = timezone.now() + timedelta(hours=1)
    services.silence(by=operator, until=until, reason="new disk", host="web-1")
    clock.tick("web-1", system={"disk_percent": 93.0})
    clock.tick("web-2", system={"disk_percent": 93.0})
    assert Notification.objects.get().event.alert.host == "web-2"


def test_an_alert_that_goes_on_is_told_again_after_a_while_unless_somebody_looks_after_it(clock, firing, operator):
    assert Notification.objects.count() == 1
    clock.tick(step=4 * 3600 - 60, system={"cpu_percent": 93.0})
    assert Notification.objects.count() == 1
    clock.tick(step=90, system={"cpu_percent": 93.0})
    assert list(firing.events.order_by("at").values_list("kind", flat=True))[-1] == "repeated"
    services.acknowledge(alert=firing, by=operator, note="I am on it")
    clock.tick(step=5 * 3600, system={"cpu_percent": 93.0})
    assert Notification.objects.count() == 2


def test_one_that_becomes_critical_is_told_even_when_acknowledged(clock, firing, operator):
    services.acknowledge(alert=firing, by=operator)
    clock.tick(system={"cpu_percent": 99.0})
    assert set(Notification.objects.values_list("event__kind", flat=True)) == {"fired", "escalated"}


def test_the_alerts_of_a_host_that_is_gone_for_a_day_are_closed(clock):
    clock.tick("old-1", lead=False, system={"disk_percent": 93.0})
    assert clock.tick("web-1", step=86_500, system={}) == []
    alert = Alert.objects.get()
    assert (alert.state, kinds(alert)[-1]) == ("resolved", "closed")


def test_a_threshold_that_is_switched_off_judges_nothing_and_ends_its_alerts(clock, firing, operator):
    services.change_threshold(threshold=firing.threshold, values={"enabled": False}, by=operator)
    firing.refresh_from_db()
    assert firing.state == "resolved"
    assert firing.events.get(kind="closed").by == operator
    assert clock.tick(system={"cpu_percent": 99.0}) == []


def test_a_finder_that_fails_costs_the_explanation_and_not_the_alert(clock, caplog):
    rows = {"application": {"latency_p95": 5000.0, "request_count": 50, "detail": {"routes": [{"route": None}, 7]}}}
    clock.tick(**rows)
    (alert,) = clock.tick(**rows)
    assert (alert.state, alert.culprits) == ("firing", [])
    assert "were not found" in caplog.text


def test_a_calm_tick_takes_a_handful_of_queries(clock, django_assert_num_queries):
    clock.tick(system={"cpu_percent": 10.0})
    # The open alerts, the leases, the repeated statements: nothing is written, so nobody is kept waiting.
    with django_assert_num_queries(3):
        clock.tick(system={"cpu_percent": 10.0})


def test_a_tick_with_much_going_on_takes_hardly_more(clock, django_assert_max_num_queries):
    rows = {
        "system": {"cpu_percent": 99.0, "memory_percent": 99.0, "disk_percent": 99.0, "swap_rate": 1e9},
        "application": {"rss_worst": 3e9, "latency_p95": 9000.0, "request_count": 99, "open_files_percent": 99.0},
        "tasks": {"oldest_seconds": 900.0, "drain_seconds": 900.0, "heartbeat_age": 500.0},
    }
    for _ in range(6):
        assert len(clock.tick(**rows)) == 10
    # Besides those of a calm one: the silences, and one statement for all ten.
    with django_assert_max_num_queries(8):
        clock.tick(**rows)


def test_processes_are_walked_only_while_somebody_asks(clock):
    walks = []

    class Walker:
        def walk(self, limit=5):
            walks.append(clock.at)
            return [{"pid": 7, "name": "stress", "cpu": 180.0, "rss": 5_000_000, "ours": "", "command": "stress -c 2"}]

    suspects = Suspects(Walker)
    for cpu in (10.0, 91.0, 91.0, 10.0, 10.0):
        clock.at += timedelta(seconds=30)
        suspects.begin()
        row = {"system": {"cpu_percent": cpu, "cpu_count": 2, "memory_percent": 10.0}}
        evaluate(clock.made("web-1", True, row), suspects)
    assert len(walks) == 2
    culprit = Alert.objects.get().culprits[0]
    assert (culprit["name"], culprit["share"]) == ("stress 7", 0.989)
    assert culprit["sentence"] == "stress 7 takes 180 % of a core"


def test_alerts_that_are_long_over_go_with_their_history(clock, firing, operator):
    services.silence(by=operator, until=timezone.now() + timedelta(hours=1), reason="move")
    clock.tick("web-2", lead=False, system={"disk_percent": 93.0})
    Alert.objects.filter(pk=firing.pk).update(state="resolved", resolved_at=clock.at)
    clock.at += timedelta(days=364)
    PruneAlerts().run(clock.made("web-1", True, {}))
    assert Alert.objects.count() == 2
    clock.at += timedelta(days=2)
    PruneAlerts().run(clock.made("web-1", True, {}))
    assert [alert.host for alert in Alert.objects.all()] == ["web-2"]
    assert not AlertEvent.objects.filter(alert=firing).exists()
    assert not Silence.objects.exists()


def test_thresholds_come_back_after_a_flush_and_leave_what_was_changed(db, operator):
    from performance.apps import add_default_thresholds

    row = Threshold.objects.get(category="system", metric="cpu_percent")
    services.change_threshold(threshold=row, values={"warning": 60, "clear": 50}, by=operator)
    Threshold.objects.filter(metric="disk_percent").delete()
    add_default_thresholds(using="default")
    forget_thresholds()
    assert Threshold.objects.get(category="system", metric="cpu_percent").warning == 60
    assert Threshold.objects.get(category="system", metric="disk_percent").warning == 90


def test_an_open_alert_is_told_with_the_limit_that_its_threshold_has_now(clock, firing, operator):
    services.change_threshold(threshold=firing.threshold, values={"warning": 90.0, "clear": 85.0}, by=operator)
    clock.tick(system={"cpu_percent": 93.0})
    assert "CPU on web-1 at 93 % (limit 90 %)" in sentence(Alert.objects.get(), clock.at)


@pytest.mark.parametrize(
    ("percent", "fires"), [(10.0, False), (20.0, False), (30.0, True)], ids=["one", "two", "three"]
)
def test_one_or_two_failed_requests_of_ten_are_chance(clock, percent, fires):
    for _ in range(3):
        clock.tick(application={"request_count": 10, "error_percent": percent})
    assert Alert.objects.filter(metric="error_percent", state="firing").exists() == fires
