"""What follows a stored sample: in turn, when due, and no fault of one ends the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from performance.chores import Chore, Round, Tick, housekeeping, register
from performance.chores.housekeeping import PRUNE_BATCH, Prune
from performance.models import DatabaseSample, SystemSample


class Noted(Chore):
    name = "noted"

    def __init__(self) -> None:
        self.ticks = []

    def run(self, tick: Tick) -> None:
        self.ticks.append(tick)


class Hourly(Noted):
    name, every = "hourly", 3600.0


class Broken(Chore):
    name = "broken"

    def run(self, tick: Tick) -> None:
        raise LookupError("nothing here")


@pytest.fixture
def tick(now):
    return Tick("web-1", now, 30, {}, lead=True)


def test_a_chore_runs_at_each_tick_or_when_it_is_due(tick):
    clock = iter(range(0, 9000, 1800))
    moment = [0]
    always, hourly = Noted(), Hourly()
    chores = Round([always, hourly], lambda: moment[0])
    for moment[0] in clock:
        chores.run(tick)
    assert (len(always.ticks), len(hourly.ticks)) == (5, 3)


def test_a_chore_that_fails_is_told_of_once_and_the_next_runs(tick, caplog):
    after = Noted()
    chores = Round([Broken(), after])
    chores.run(tick)
    chores.run(tick)
    assert len(after.ticks) == 2
    assert caplog.text.count("The sampler's chore broken fails.") == 1


def test_a_name_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        register(type("Twin", (Prune,), {}))


def test_old_samples_go_in_small_batches(db, fill, now, tick):
    fill(now - timedelta(days=14, minutes=1), timedelta(seconds=30 * (PRUNE_BATCH + 9)))
    fill(now, timedelta(minutes=5), host="web-2")
    kept = SystemSample.objects.filter(host="web-2").count()
    prune = Prune()
    prune.run(tick)
    assert SystemSample.objects.filter(host="web-1").count() == 10
    prune.run(tick)
    assert SystemSample.objects.filter(host="web-1").count() == 0
    assert SystemSample.objects.filter(host="web-2").count() == kept


def test_with_nothing_left_to_prune_the_next_look_is_an_hour_away(db, tick, django_assert_num_queries, monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr(housekeeping.time, "monotonic", lambda: moment[0])
    prune = Prune()
    prune.run(tick)
    with django_assert_num_queries(0):
        prune.run(tick)
    moment[0] += 3600
    with django_assert_num_queries(1):
        prune.run(tick)


def test_old_samples_of_every_category_are_pruned(now, store_database, tick):
    store_database(now - timedelta(days=15))
    Prune().run(tick)
    assert not DatabaseSample.objects.exists()
