"""What follows a stored sample: in turn, when due, and no fault of one ends the others."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from math import inf

import pytest
from django.utils import timezone

from performance.chores import Chore, Round, Tick, housekeeping, register
from performance.chores.housekeeping import PRUNE_BATCH, THIN_BATCH, Prune, Sweep
from performance.models import (
    DatabaseSample,
    Level,
    ProcessReading,
    Role,
    Rollup,
    RollupTrack,
    SamplerLease,
    SystemSample,
)
from performance.rollups.services import catch_up


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


def rolled_up(now) -> None:
    assert catch_up([], now, seconds=inf)


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
    rolled_up(now)
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
    with django_assert_num_queries(3):  # tracks, what happened to the platform, removed dashboards
        prune.run(tick)


def test_old_samples_of_every_category_are_pruned(now, store_database, tick):
    store_database(now - timedelta(days=15))
    rolled_up(now)
    Prune().run(tick)
    assert not DatabaseSample.objects.exists()


def test_what_is_not_rolled_up_is_not_pruned(fill, now, tick):
    fill(now - timedelta(days=15), timedelta(hours=1))
    Prune().run(tick)
    assert SystemSample.objects.count() == 121
    rolled_up(now)
    rolled = int((now - timedelta(days=15, minutes=30)).timestamp()) // 300 * 300
    RollupTrack.objects.filter(level=Level.FIVE_MINUTES).update(until=rolled)
    Prune().run(tick)
    assert SystemSample.objects.order_by("taken_at").first().taken_at.timestamp() >= rolled
    assert SystemSample.objects.count() >= 60


@pytest.mark.parametrize(
    ("level", "coarser", "days"), [(Level.FIVE_MINUTES, Level.HOUR, 90), (Level.HOUR, Level.DAY, 730)]
)
def test_each_level_is_pruned_at_its_age_once_the_next_one_has_it(fill, tick, level, coarser, days):
    now = tick.taken_at
    fill(now - timedelta(days=days + 2), timedelta(days=2))
    fill(now, timedelta(days=1))
    rolled_up(now)
    coarse = Rollup.objects.filter(track__level=coarser).count()
    of_level = Rollup.objects.filter(track__level=level).order_by("start")
    RollupTrack.objects.filter(level=coarser).update(until=of_level.first().start)
    before = of_level.count()
    Prune().run(tick)
    assert of_level.count() == before
    rolled_up(now)
    prune = Prune()
    for _ in range(3):
        prune.run(tick)
    kept = (now - timedelta(days=days)).timestamp()
    assert 0 < of_level.count() < before
    assert of_level.first().start + level > kept
    assert Rollup.objects.filter(track__level=coarser).count() == coarse


def test_days_are_kept_for_ever_unless_told_otherwise(fill, now, tick, settings):
    fill(now - timedelta(days=1500), timedelta(days=3))
    rolled_up(now)
    Prune().run(tick)
    days = Rollup.objects.filter(track__level=Level.DAY)
    assert days.count() in (3, 4)
    settings.PERFORMANCE_KEEP_DAYS = {**settings.PERFORMANCE_KEEP_DAYS, "1d": 1400}
    Prune().run(tick)
    assert days.count() == 0


def test_zero_keeps_samples_for_ever(fill, now, tick, settings):
    settings.PERFORMANCE_KEEP_DAYS = dict.fromkeys(settings.PERFORMANCE_KEEP_DAYS, 0)
    fill(now - timedelta(days=900), timedelta(hours=1))
    rolled_up(now)
    Prune().run(tick)
    assert SystemSample.objects.count() == 121
    assert Rollup.objects.filter(track__level=Level.FIVE_MINUTES).count() >= 12


def test_a_generated_column_outlives_the_detail(store_database, now, tick):
    sample = store_database(now - timedelta(days=5))
    rolled_up(now)
    Prune().run(tick)
    assert DatabaseSample.objects.values_list("pk", "worst_percent", "detail").get() == (sample.pk, 12.4, {})


def test_old_samples_keep_their_columns_but_not_their_detail(store, now, tick):
    stored = [store(now - timedelta(days=days), detail={"cores": [1, 2]}) for days in (10, 3, 1)]
    rolled_up(now)
    prune = Prune()
    for _ in range(3):
        prune.run(tick)
    samples = SystemSample.objects.order_by("taken_at")
    assert [sample.detail for sample in samples] == [{}, {}, {"cores": [1, 2]}]
    unchanged = [field.name for field in SystemSample._meta.concrete_fields if field.name != "detail"]
    for before, after in zip(stored, samples, strict=True):
        assert [getattr(after, name) for name in unchanged] == [getattr(before, name) for name in unchanged]


@pytest.mark.parametrize(("seconds_left", "kept"), [(60, True), (-1, False)])
def test_no_row_is_swept_before_the_sampler_with_the_longest_interval_has_read_it(db, tick, now, seconds_left, kept):
    SamplerLease.objects.create(
        host="web-9", interval=3600, renewed_at=now, expires_at=timezone.now() + timedelta(seconds=seconds_left)
    )
    ended = timezone.now() - timedelta(minutes=30)
    common = {"role": Role.WEB, "host": "web-9", "pid": 7, "readings": {}}
    ProcessReading.objects.create(started_at=ended, updated_at=ended, ended_at=ended, **common)
    Sweep().run(tick)
    assert ProcessReading.objects.exists() == kept


def test_detail_goes_in_small_batches_however_short_the_interval(store, fill, now, tick):
    fill(now - timedelta(days=3), timedelta(minutes=10), interval=1)
    SystemSample.objects.update(detail={"cores": [1, 2]})
    store(now)
    rolled_up(now)
    left = [SystemSample.objects.exclude(detail={}).count()]
    for _ in range(8):
        Prune().run(tick)
        left.append(SystemSample.objects.exclude(detail={}).count())
    assert (left[0], left[-1]) == (601, 0)
    assert all(before - after <= THIN_BATCH for before, after in pairwise(left))


def test_more_samples_of_one_second_than_a_batch_lose_their_detail_too(fill, now, tick, monkeypatch):
    monkeypatch.setattr(housekeeping, "THIN_BATCH", 2)
    taken_at = (now - timedelta(days=3)).replace(microsecond=0)
    for step in range(7):
        SystemSample.objects.create(
            host="web-1", taken_at=taken_at + timedelta(milliseconds=100 * step), interval=1, detail={"cores": [1]}
        )
    fill(now, timedelta(minutes=1))
    rolled_up(now)
    for _ in range(4):
        Prune().run(tick)
    assert not SystemSample.objects.exclude(detail={}).exists()
