"""What fills up and when, in words; nothing where nothing is foreseen."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from performance.chores.housekeeping import prune
from performance.foresight import forecasts
from performance.foresight.fills import TABLE_POINTS, known_since, spread, thick
from performance.foresight.levels import spans
from performance.metrics import SYSTEM
from performance.models import DatabaseSample, SystemSample
from performance.rollups.services import catch_up
from performance.selectors import hosts_in_service, in_service, latest_samples
from tests.performance.foresight.conftest import INTERVAL

pytestmark = pytest.mark.django_db
PER_DAY = 144


def filling(per_day: float, noise, start: float = 50e9):
    return lambda index: (start + per_day * index / PER_DAY + noise(5e7)(index)).astype(np.int64)


def test_without_samples_nothing_is_foretold(now):
    assert forecasts(now) == []


def test_a_disk_that_fills_is_told_with_its_interval(weeks, noise, now):
    weeks("system", 14, disk_used=filling(2e9, noise))
    (disk, *_) = forecasts(now)
    # 78 GB of 100 GB, and 2 GB a day.
    assert disk.days == pytest.approx(11, abs=0.7)
    assert disk.low <= disk.days <= disk.high
    assert disk.sentence.startswith("disk on web-1 full in 11 days, ")
    assert disk.reached_at - now == pytest.approx(timedelta(days=11), abs=timedelta(days=1))
    assert disk.limit == 100e9


def test_a_disk_that_fills_within_hours_is_told_in_hours(weeks, noise, now):
    weeks("system", 0.5, disk_used=filling(60e9, noise))
    disk = forecasts(now)[0]
    assert disk.sentence.startswith("disk on web-1 full in 8 h, ")


def test_a_level_that_stays_is_not_told(weeks, noise, now):
    weeks("system", 14, memory_used=lambda index: (4e9 + noise(1e8)(index)).astype(np.int64))
    assert forecasts(now) == []


def test_a_database_without_limit_is_told_with_its_size(weeks, noise, now):
    weeks("database", 14, size=filling(1e7, lambda _: lambda index: 0 * index, start=1e9))
    (size,) = forecasts(now)
    assert (size.days, size.limit, size.host) == (None, None, "")
    assert size.sentence.startswith("database 1.1 GB, in 14 days 1.3 GB, ")


def test_a_new_host_does_not_silence_the_platform(weeks, now):
    weeks("database", 14, host="web-1", size=lambda index: (1e9 + 1e7 * index / PER_DAY).astype(np.int64))
    weeks("database", 0.01, host="a-new-one", size=1_140_000_000)
    assert forecasts(now)[0].sentence.startswith("database 1.1 GB, in 14 days 1.3 GB, ")


def test_a_young_installation_is_not_foretold(weeks, now):
    weeks("system", 0.1, disk_used=lambda index: (5e10 + 1e9 * index).astype(np.int64))
    assert forecasts(now) == []


def test_what_is_full_soonest_comes_first(weeks, noise, now):
    weeks("system", 14, host="web-1", disk_used=filling(2e9, noise))
    weeks("system", 14, host="web-2", disk_used=filling(3e9, noise))
    assert [found.host for found in forecasts(now)] == ["web-2", "web-1"]


def test_within_minutes_the_same_answer_costs_no_query(weeks, noise, now, django_assert_num_queries):
    weeks("system", 2, disk_used=filling(2e9, noise))
    first = forecasts(now)
    with django_assert_num_queries(0):
        assert forecasts(now) == first


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((12.2, 9.4, 17), "12 days, 9 to 17"),
        ((12.2, 9.4, None), "12 days, at the earliest in 9"),
        ((0.5, 0.4, 0.7), "12 h, 10 to 17"),
        ((0.05, 0.04, 0.06), "72 min, 58 to 86"),
    ],
)
def test_the_unit_suits_the_span(days, words):
    assert spans(*days) == words


def test_sparse_points_are_merged_until_few_are_missing():
    values = np.full(360, np.nan)
    values[::3] = 7.0
    assert len(thick(values)) == 120
    assert np.isfinite(thick(values)).all()
    assert len(thick(np.arange(360.0))) == 360


def test_what_was_rolled_up_counts_after_its_samples_are_gone(weeks, noise, now):
    weeks("system", 40, disk_used=filling(1.2e9, noise, start=30e9))
    assert catch_up([], now, seconds=600)
    whole = known_since(SYSTEM, "web-1", now)
    assert now - whole == pytest.approx(timedelta(days=30), abs=timedelta(hours=1))
    while prune(now):
        pass
    assert now - SystemSample.objects.earliest("taken_at").taken_at < timedelta(days=15)
    assert known_since(SYSTEM, "web-1", now) - whole < timedelta(hours=1)
    (disk,) = forecasts(now)
    # As far ahead as it looked back: from what the samples alone know it would not reach the limit.
    assert disk.days == pytest.approx(18, abs=1)
    assert disk.until - now > timedelta(days=20)


def test_a_table_that_grows_is_told_by_name_from_the_samples_that_have_details_still(weeks, now):
    def details(index):
        found = np.empty(len(index), dtype=object)
        for row in range(len(index)):
            small = {"name": "tasks_piece", "bytes": 5_000_000, "indexes": 0}
            found[row] = {"tables": [{"name": "tasks_job", "bytes": int(1e9 + 1e5 * row), "indexes": 0}, small]}
        return found

    weeks("database", 10, detail=details, size=2_000_000_000)
    assert catch_up([], now, seconds=600)
    while prune(now):
        pass
    assert DatabaseSample.objects.filter(detail={}).count() > 7 * PER_DAY
    (table,) = forecasts(now)
    assert re.match(r"table tasks_job 1\.1 GB, in (2 days|48 h) 1\.2 GB, ", table.sentence)
    assert (table.metric.name, table.host, table.days) == ("table:tasks_job", "", None)


def test_of_many_samples_a_few_are_read_evenly_and_the_last_is_among_them(weeks, now):
    weeks("database", 10)
    samples = DatabaseSample.objects.order_by("taken_at")
    times = [sample.taken_at for sample in spread(samples, samples.first().taken_at, now)]
    steps = {(after - before).total_seconds() for before, after in pairwise(times)}
    assert TABLE_POINTS <= len(times) <= TABLE_POINTS + 1
    assert (times == sorted(times), times[-1]) == (True, now)
    assert max(steps) <= 7200 + INTERVAL
    few = samples.filter(taken_at__gt=now - timedelta(seconds=3 * INTERVAL))
    assert len(spread(few, few.first().taken_at, now)) == 3


def test_hosts_in_service_are_those_of_the_last_samples(weeks, store, now):
    weeks("system", 0.1)
    store(now, host="web-2")
    store(now - timedelta(days=2), host="gone")
    hosts = hosts_in_service(SystemSample)
    assert hosts == [sample.host for sample in in_service(latest_samples())] == ["web-1", "web-2"]
    assert hosts_in_service(DatabaseSample) == []
