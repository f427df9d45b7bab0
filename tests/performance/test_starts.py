"""The starts of the platform's parts and its changes of version: written once, kept as long as the charts of then."""

from __future__ import annotations

import os
from datetime import timedelta

import psutil
import pytest
from django.urls import reverse

from performance import reporter, starts
from performance.chores.housekeeping import prune
from performance.models import PlatformEvent, Role
from valor import __version__

pytestmark = pytest.mark.django_db
STARTED, VERSION = PlatformEvent.Kind.STARTED, PlatformEvent.Kind.VERSION


def record(now, key: str, running: str, part: str = "web", host: str = "web-1") -> None:
    starts.record(part=part, at=now, key=key, host=host, running=running)


def told(kind: str) -> list[tuple[str, str, str]]:
    rows = PlatformEvent.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("part", "before", "version"))


def test_the_first_start_is_a_start_and_no_change_of_version(now):
    record(now, "a", "0.1.0")
    assert told(STARTED) == [("web", "", "0.1.0")]
    assert told(VERSION) == []


def test_all_processes_of_a_server_write_one_start(now):
    for _ in range(3):
        record(now, "web 1:100", "0.1.0")
    assert len(told(STARTED)) == 1


def test_another_version_than_the_hosts_last_is_a_change_told_once(now):
    record(now, "a", "0.1.0")
    record(now, "b", "0.2.0")
    record(now, "b", "0.2.0")
    record(now, "c", "0.2.0", part="worker")
    assert told(VERSION) == [("web", "0.1.0", "0.2.0")]
    assert len(told(STARTED)) == 3


def test_going_back_and_forth_between_versions_is_told_each_time(now):
    for key, running in enumerate(("1", "2", "1", "2")):
        record(now, str(key), running)
    assert [(before, after) for _, before, after in told(VERSION)] == [("1", "2"), ("2", "1"), ("1", "2")]


def test_two_parts_that_saw_the_same_last_version_write_one_change(now, monkeypatch):
    record(now, "a", "0.1.0")
    last = PlatformEvent.objects.get()
    record(now, "b", "0.2.0")
    # The sampler looked before the web server had written.
    common = {"at": now, "host": "web-1", "part": "sampler", "version": "0.2.0", "before": "0.1.0"}
    second = PlatformEvent(kind=VERSION, key=f"0.2.0 after {last.pk}", **common)
    PlatformEvent.objects.bulk_create([second], ignore_conflicts=True)
    assert len(told(VERSION)) == 1


def test_each_host_has_a_version_of_its_own(now):
    record(now, "a", "0.1.0", host="web-1")
    record(now, "a", "0.2.0", host="web-2")
    assert told(VERSION) == []


def test_a_web_process_reports_its_server_and_a_sampler_itself(monkeypatch):
    monkeypatch.setattr(starts, "_reported", set())
    assert starts.report(Role.WEB) == {}
    event = PlatformEvent.objects.get()
    parent = psutil.Process(os.getppid())
    assert f":{parent.pid}:{parent.create_time():.2f}" in event.key
    assert event.at.timestamp() == pytest.approx(parent.create_time(), abs=0.01)
    assert event.version.startswith(__version__)
    starts._reported.clear()
    starts.report(Role.SAMPLER)
    assert f":{os.getpid()}:" in PlatformEvent.objects.get(part="sampler").key


def test_a_process_reports_once_and_a_command_never(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(starts, "_reported", set())
    starts.report(Role.COMMAND)
    assert not PlatformEvent.objects.exists()
    starts.report(Role.SAMPLER)
    with django_assert_num_queries(0):
        starts.report(Role.SAMPLER)
    assert PlatformEvent.objects.count() == 1


def test_a_start_that_could_not_be_written_is_tried_again(monkeypatch):
    monkeypatch.setattr(starts, "_reported", set())
    monkeypatch.setattr(starts, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        starts.report(Role.SAMPLER)
    monkeypatch.undo()
    monkeypatch.setattr(starts, "_reported", set())
    starts.report(Role.SAMPLER)
    assert PlatformEvent.objects.count() == 1


def test_a_checkout_names_its_commit_and_an_installation_its_version(monkeypatch):
    starts.version.cache_clear()
    monkeypatch.setattr(starts.subprocess, "run", lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError("git")))
    assert starts.version() == __version__
    starts.version.cache_clear()


def test_the_reporter_publishes_starts_with_the_rest():
    assert reporter._publishers["starts"].read is starts.report


def test_events_go_with_the_hourly_rollups(now, settings):
    settings.PERFORMANCE_KEEP_DAYS = {**settings.PERFORMANCE_KEEP_DAYS, "1h": 100}
    record(now - timedelta(days=101), "old", "0.1.0")
    record(now - timedelta(days=99), "young", "0.1.0")
    prune(now)
    assert [event.key for event in PlatformEvent.objects.all()] == ["young"]
    settings.PERFORMANCE_KEEP_DAYS = {**settings.PERFORMANCE_KEEP_DAYS, "1h": 0}
    prune(now + timedelta(days=9999))
    assert PlatformEvent.objects.count() == 1


def test_operators_may_look_at_them_in_the_admin_and_change_nothing(client, operator, now):
    operator.is_staff = True
    operator.save()
    record(now, "a", "0.1.0 (abc1234)")
    event = PlatformEvent.objects.get()
    client.force_login(operator)
    listing = reverse("admin:performance_platformevent_changelist")
    assert "0.1.0 (abc1234)" in client.get(listing, {"q": "abc"}).content.decode()
    one = reverse("admin:performance_platformevent_change", args=[event.pk])
    assert client.get(one).status_code == 200
    assert client.post(one, {"version": "9"}).status_code == 403
    assert client.get(reverse("admin:performance_platformevent_add")).status_code == 403
