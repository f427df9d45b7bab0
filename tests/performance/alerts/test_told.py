"""Of what somebody is told: whatever fires and is worse than what was told of it, whichever way it got there."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from performance.alerts import services
from performance.alerts.models import Alert, Notification, Threshold
from performance.models import RepeatedQuery


def told() -> list[tuple[str, str]]:
    rows = Notification.objects.filter(channel="log").order_by("pk")
    return list(rows.values_list("event__kind", "event__severity"))


def busy(clock, *values: float, step: float = 30.0) -> Alert:
    for value in values:
        (alert,) = clock.tick(system={"cpu_percent": value}, step=step)
    return alert


def silenced(alert: Alert, operator):
    return services.silence_alert(alert=alert, by=operator, until=timezone.now() + timedelta(hours=1), reason="move")


@pytest.mark.parametrize("acknowledged", [False, True])
def test_one_that_comes_back_critical_is_told(clock, firing, operator, acknowledged):
    if acknowledged:
        services.acknowledge(alert=firing, by=operator)
    busy(clock, 70.0, 99.0, 99.0)
    assert told() == [("fired", "warning"), ("relapsed", "critical")]
    assert Alert.objects.get().told_severity == "critical"


def test_one_that_comes_back_as_it_was_is_told_once(clock, firing):
    busy(clock, 70.0, 85.0, 70.0, 85.0)
    assert told() == [("fired", "warning")]


def test_one_that_trembles_about_the_critical_level_is_told_once(clock, firing):
    busy(clock, *[96.0, 78.0] * 20)
    assert told() == [("fired", "warning"), ("escalated", "critical")]


def test_what_became_critical_under_a_silence_is_told_when_that_is_lifted(clock, firing, operator):
    made = silenced(firing, operator)
    busy(clock, 99.0, 99.0)
    assert told() == [("fired", "warning")]
    services.lift(silence=made, by=operator)
    clock.at = timezone.now()
    busy(clock, 99.0, 99.0)
    assert told() == [("fired", "warning"), ("repeated", "critical")]


def test_what_did_not_change_under_a_silence_is_not_told_again(clock, firing, operator):
    services.lift(silence=silenced(firing, operator), by=operator)
    clock.at = timezone.now()
    busy(clock, 93.0)
    assert told() == [("fired", "warning")]


def test_what_became_critical_while_another_explained_it_is_told_afterwards(clock):
    def tick(latency: float, pool: float) -> None:
        clock.tick(application={"latency_p95": latency, "request_count": 50}, database={"pool_percent": pool})

    for latency, pool in [(1500.0, 10.0)] * 2 + [(9000.0, 99.0)] * 3 + [(9000.0, 10.0)] * 4:
        tick(latency, pool)
    rows = Notification.objects.filter(event__alert__metric="latency_p95").order_by("pk")
    assert list(rows.values_list("event__severity", flat=True)) == ["warning", "critical"]


def test_the_end_of_what_is_silenced_is_not_told(clock, firing, operator):
    silenced(firing, operator)
    clock.at = timezone.now()
    clock.tick(system={"cpu_percent": 10.0})
    assert clock.tick(system={"cpu_percent": 10.0}) == []
    assert told() == [("fired", "warning")]


def test_what_is_not_read_any_more_is_not_told_again(clock, firing):
    for _ in range(3):
        (alert,) = clock.tick(step=4 * 3600, system={"cpu_percent": None})
    assert alert.state == "firing"
    assert told() == [("fired", "warning")]


def test_unless_that_nothing_is_read_is_the_alert(clock):
    row = Threshold.objects.get(category="database", metric="write_ms")
    services.change_threshold(threshold=row, values={"missing": "fire", "duration": 0}, by=None)
    clock.tick(database={})
    clock.tick(step=4 * 3600, database={})
    assert told() == [("fired", "warning"), ("repeated", "warning")]


def test_a_page_with_many_repeats_that_is_opened_every_few_minutes_is_told_once(clock):
    seen = {"first_seen": clock.at, "last_seen": clock.at, "latest": 64, "worst": 64}
    row = RepeatedQuery.objects.create(route="/c/", kind="request", fingerprint="a" * 16, statement="SELECT 1", **seen)
    for tick in range(60):
        if tick % 10 == 0:
            RepeatedQuery.objects.filter(pk=row.pk).update(last_seen=clock.at + timedelta(seconds=20))
        clock.tick(system={})
    assert told() == [("fired", "warning")]
    for _ in range(21):
        clock.tick(system={})
    assert told() == [("fired", "warning"), ("resolved", "warning")]


def test_what_was_told_before_that_was_remembered_is_not_told_again(clock, firing):
    clock.tick("web-2", lead=False, system={"cpu_percent": 91.0})
    Alert.objects.update(told_severity="")
    migration = import_module("performance.migrations.0011_alerts_remember_what_was_told")
    migration.take_as_told(apps, SimpleNamespace(connection=connection))
    assert dict(Alert.objects.values_list("host", "told_severity")) == {"web-1": "warning", "web-2": ""}
