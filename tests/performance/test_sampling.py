"""Stopping and starting the sampling of the whole platform: service, sampler, command."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from performance import sampling
from performance.models import SamplerLease, SamplingChange, SystemSample
from performance.status import current_status
from tests.performance.test_sampler import Clock, sampler
from valor.lib.errors import InvalidInput

pytestmark = pytest.mark.django_db


def test_until_somebody_decides_otherwise_it_runs_every_thirty_seconds():
    held = sampling.state()
    assert (held.paused, held.interval, held.by, held.since) == (False, 30, "", None)


def test_who_stopped_it_and_when_is_known_and_kept():
    sampling.pause(by="ada")
    held = sampling.resume(by="grace")
    assert (held.paused, held.by) == (False, "grace")
    assert [(row.state, row.changed_by) for row in sampling.changes()] == [("running", "grace"), ("paused", "ada")]


def test_an_interval_changed_while_stopped_does_not_change_who_stopped_it():
    first = sampling.pause(by="ada")
    held = sampling.set_interval(60, by="grace")
    assert (held.paused, held.by, held.since, held.interval) == (True, "ada", first.since, 60)


def test_what_is_so_already_leaves_no_trace():
    sampling.resume(by="ada")
    sampling.set_interval(30, by="ada")
    assert not SamplingChange.objects.exists()
    sampling.pause(by="ada")
    assert sampling.pause(by="grace").by == "ada"
    assert SamplingChange.objects.count() == 1


def test_of_two_changes_at_once_both_are_kept(monkeypatch):
    written, rivals = sampling.written, [{"state": "paused", "interval": 30}]

    def overtaken(number, by, wanted):
        if rivals:
            assert written(number, "rival", rivals.pop())
        return written(number, by, wanted)

    monkeypatch.setattr(sampling, "written", overtaken)
    held = sampling.set_interval(60, by="ada")
    assert (held.paused, held.by, held.interval) == (True, "rival", 60)
    assert [row.changed_by for row in sampling.changes()] == ["ada", "rival"]


@pytest.mark.parametrize("seconds", [0, -1, 3601])
def test_an_impossible_interval_is_refused_with_the_remedy(seconds):
    with pytest.raises(InvalidInput, match="from 1 to 3600"):
        sampling.set_interval(seconds, by="ada")


def test_while_stopped_the_status_is_unknown_and_names_who_stopped_it(store, now, worker):
    store(now)
    sampling.pause(by="ada")
    status = current_status(now + timedelta(seconds=1))
    assert status.word == "Unknown"
    assert "sampling stopped by ada since " in status.sentence
    sampling.resume(by="ada")
    assert current_status(now).word == "Healthy"


class Orders(Clock):
    """A clock at whose waits something is done."""

    def __init__(self, waits, orders):
        super().__init__(waits)
        self.orders = orders

    def wait(self, seconds):
        order = self.orders.get(len(self.waited))
        if order:
            order()
        return super().wait(seconds)


def test_a_stopped_sampler_stores_nothing_keeps_its_lease_and_starts_within_two_seconds():
    stored, renewed = [], []

    def look():
        stored.append(SystemSample.objects.count())
        renewed.append(SamplerLease.objects.get().renewed_at)

    orders = {3: lambda: sampling.pause(by="ada"), 10: look, 40: look, 41: lambda: sampling.resume(by="ada")}
    clock = Orders(45, orders)
    sampler(clock, look=2.0, interval=None).run()
    assert stored == [1, 1]
    assert renewed[1] > renewed[0]
    assert SystemSample.objects.count() == 2
    assert clock.waited[4:42] == [2.0] * 38, "it looks every two seconds"
    assert clock.waited[42] == 0.5, "and is primed again before its next sample"


def test_an_interval_changed_at_run_time_holds_from_the_next_look_on():
    clock = Orders(13, {3: lambda: sampling.set_interval(4, by="ada")})
    sampler(clock, look=2.0, interval=None).run()
    assert [row.interval for row in SystemSample.objects.order_by("pk")][:3] == [30, 4, 4]
    lease = SamplerLease.objects.get()
    assert (lease.interval, lease.pinned) == (4, False)


def test_the_interval_of_the_command_line_wins():
    clock = Orders(20, {3: lambda: sampling.set_interval(4, by="ada")})
    sampler(clock, look=2.0, interval=10).run()
    assert {row.interval for row in SystemSample.objects.all()} == {10}
    assert SamplerLease.objects.get().pinned


def test_the_command_stops_starts_and_tells(capsys, store, now):
    store(now)
    SamplerLease.objects.update(pinned=True)
    call_command("sample_metrics", "--pause")
    assert "Sampling stopped by " in capsys.readouterr().out
    assert sampling.state().paused
    with pytest.raises(CommandError, match=r"Nothing was stored: sampling stopped by .* Start it by --resume\."):
        call_command("sample_metrics", "--once")
    call_command("sample_metrics", "--resume", "--interval", "15")
    assert "Sampling every 15 s (changed by " in capsys.readouterr().out
    call_command("sample_metrics", "--status")
    told = capsys.readouterr().out
    assert "Sampling every 15 s" in told
    assert "web-1: last sample " in told
    assert "every 30 s by its own command line" in told


def test_the_command_changes_nothing_where_it_is_asked_to_tell():
    with pytest.raises(CommandError, match="--status changes nothing"):
        call_command("sample_metrics", "--status", "--interval", "5")
    assert not SamplingChange.objects.exists()
