"""Series over rollups: which level, what is behind its watermark, gaps, least and greatest."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from math import inf

import pytest

from performance.metrics import SYSTEM
from performance.models import Level, RollupTrack, SamplerLease, SystemSample
from performance.panels.drawing import chart
from performance.panels.system import CpuPanel
from performance.rollups.reading import MOST_ROWS, Stock
from performance.rollups.services import catch_up
from performance.series import POINTS, Series, history
from performance.timerange import Window

CPU = SYSTEM.pick(["cpu_percent"])
DAY = timedelta(days=1)


def over(span: timedelta, now, metrics=CPU, **more) -> Series:
    return history(SYSTEM, "web-1", Window(now - span, now), metrics, **more)


@pytest.fixture
def sparse(db, now):
    """A sample every five minutes over a time, with the given CPU by age."""

    def some(span: timedelta, cpu=lambda age: 10.0, *, skip=lambda age: False) -> None:
        count = int(span.total_seconds() // 300)
        ages = [timedelta(seconds=300 * step + 20) for step in range(count, -1, -1)]
        SystemSample.objects.bulk_create(
            SystemSample(host="web-1", taken_at=now - age, interval=300, cpu_percent=cpu(age), load_1=1.0)
            for age in ages
            if not skip(age)
        )
        SamplerLease.objects.create(host="web-1", interval=300, renewed_at=now, expires_at=now)
        assert catch_up([], now, inf)

    return some


@pytest.mark.parametrize(
    ("interval", "span", "ago", "level"),
    [
        (30, timedelta(hours=1), 0, 0),
        (30, timedelta(hours=24), 0, 0),
        (30, timedelta(hours=26), 0, 300),
        (30, timedelta(days=7), 0, 300),
        (30, timedelta(days=30), 0, 3600),
        (30, timedelta(days=365), 0, 86_400),
        (30, timedelta(days=3650), 0, 86_400),
        (1, timedelta(hours=1), 0, 300),
        (1, timedelta(minutes=50), 0, 0),
        (30, timedelta(hours=1), 15, 300),
        (30, timedelta(hours=1), 91, 3600),
        (30, timedelta(hours=1), 731, 86_400),
    ],
)
def test_the_finest_level_that_holds_the_window_in_three_thousand_rows_is_read(now, interval, span, ago, level):
    end = now - timedelta(days=ago)
    assert Stock(SYSTEM, "web-1", {}, interval).level_for(Window(end - span, end), now, MOST_ROWS) == level


def test_what_is_kept_for_ever_is_read_however_old(now, settings):
    settings.PERFORMANCE_KEEP_DAYS = dict.fromkeys(settings.PERFORMANCE_KEEP_DAYS, 0)
    window = Window(now - timedelta(days=900), now - timedelta(days=900, hours=-1))
    assert Stock(SYSTEM, "web-1", {}, 30).level_for(window, now, MOST_ROWS) == 0


def test_the_resolution_says_what_each_point_tells_of(sparse, now, settings):
    settings.PERFORMANCE_KEEP_DAYS = dict.fromkeys(settings.PERFORMANCE_KEEP_DAYS, 0)
    sparse(22 * DAY)
    SamplerLease.objects.update(interval=30)  # as often as usual
    told = {days: over(days * DAY, now) for days in (1, 5, 12, 30, 200)}
    assert {days: series.resolution for days, series in told.items()} == {
        1: "raw",
        5: "mean of 15 min from 5 min",
        12: "mean of 1 h",
        30: "mean of 2 h from 1 h",
        200: "mean of 1 day",
    }
    for days, series in told.items():
        assert series.source in series.resolution, days
        assert len(series.times) <= POINTS, days
        assert {value for value in series.values["cpu_percent"] if value is not None} == {10.0}, days
        assert series.gaps == 0, days
        assert None not in series.values["cpu_percent"], days


@pytest.mark.parametrize("level", [*Level.values, None])
def test_what_is_not_yet_rolled_up_is_filled_in_from_the_finer_levels(sparse, now, level):
    spans = (5 * DAY, 12 * DAY, 200 * DAY)
    sparse(10 * DAY, lambda age: age.total_seconds() / 3600)
    wholes = [over(span, now) for span in spans]
    behind = RollupTrack.objects.filter(level__gte=level or Level.DAY)
    for track in behind:
        RollupTrack.objects.filter(pk=track.pk).update(until=track.until - 2 * 86_400)
    if level is None:
        RollupTrack.objects.all().delete()
    for span, whole in zip(spans, wholes, strict=True):
        tail = over(span, now)
        assert tail.times[-1] == whole.times[-1], span
        if level is not None:
            assert tail.times == whole.times, span
            for name in ("values", "lows", "highs"):
                told, expected = getattr(tail, name)["cpu_percent"], getattr(whole, name)["cpu_percent"]
                assert told == pytest.approx(expected, abs=0.01), (span, name)


def test_the_newest_sample_is_in_every_range(sparse, now):
    sparse(10 * DAY, lambda age: 99.0 if age < timedelta(minutes=2) else 10.0)
    newest_age = 20  # seconds: its point may have begun so much more than a step ago
    for days in (1, 5, 12, 200):
        series = over(days * DAY, now)
        newest = (series.highs or series.values)["cpu_percent"][-1]
        assert newest == 99.0
        assert now.timestamp() - series.times[-1] <= max(series.step, 300) + newest_age


@pytest.mark.parametrize(
    ("days", "away"), [(5, timedelta(hours=6)), (12, timedelta(hours=30)), (60, timedelta(days=3))]
)
def test_a_gap_stays_a_gap_at_every_level(sparse, now, days, away):
    begin = timedelta(days=1, hours=7)
    sparse(10 * DAY, skip=lambda age: begin < age < begin + away)
    series = over(days * DAY, now)
    values = series.values["cpu_percent"]
    holes = [index for index, value in enumerate(values) if value is None]
    assert holes
    assert holes == list(range(holes[0], holes[-1] + 1))
    assert 0 < holes[0] <= holes[-1] < len(values) - 1
    assert series.gaps == 1
    assert series.lows["cpu_percent"][holes[0]] is series.highs["cpu_percent"][holes[0]] is None
    assert all(after > before for before, after in pairwise(series.times))


def midnight(now: datetime, days: int) -> datetime:
    """The start of a day so many days ago, by UTC: an hour from there lies in one hour of the clock."""
    return (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_merged_point_is_the_mean_of_all_samples_in_it_not_of_their_means(store, now):
    at = midnight(now, 10)
    store(at + timedelta(minutes=1), cpu_percent=100.0)
    for second in range(9):
        store(at + timedelta(minutes=61, seconds=30 * second), cpu_percent=0.0)
    assert catch_up([], now, inf)
    series = over(30 * DAY, now, step=7200)
    assert (series.values["cpu_percent"], series.step) == ([10.0], 7200)
    assert (series.lows["cpu_percent"], series.highs["cpu_percent"]) == ([0.0], [100.0])


def test_the_least_and_greatest_of_a_sum_bound_it(store, now):
    for minute, received, sent in ((1, 1.0, 20.0), (2, 3.0, 10.0)):
        at = midnight(now, 12) + timedelta(minutes=minute)
        store(at, network_in_rate=received, network_out_rate=sent)
    assert catch_up([], now, inf)
    series = over(13 * DAY, now, SYSTEM.pick(["network_rate"]))
    assert (series.values["network_rate"], series.lows["network_rate"], series.highs["network_rate"]) == (
        [17.0],
        [11.0],
        [23.0],
    )


def test_a_sum_of_which_one_part_was_never_known_is_null(store, now):
    store(now - timedelta(days=12), network_in_rate=None)
    assert catch_up([], now, inf)
    metrics = SYSTEM.pick(["network_rate", "cpu_percent", "temperature"])
    series = over(13 * DAY, now, metrics)
    assert series.values == {"network_rate": [None], "cpu_percent": [12.0], "temperature": [None]}


def test_another_hosts_rollups_stay_out(fill, now):
    fill(now, timedelta(hours=2), host="web-2")
    assert catch_up([], now, inf)
    assert over(30 * DAY, now).times == []


def test_a_year_takes_three_queries_at_most(sparse, now, django_assert_num_queries):
    sparse(3 * DAY)
    SamplerLease.objects.update(interval=30)
    for days in (5, 30, 365):
        with django_assert_num_queries(3):
            over(days * DAY, now, SYSTEM.metrics)


def test_a_window_in_the_past_needs_no_samples(sparse, now, django_assert_num_queries):
    sparse(20 * DAY)
    with django_assert_num_queries(2):
        series = history(SYSTEM, "web-1", Window(now - 18 * DAY, now - 2 * DAY), CPU)
    assert series.times[-1] <= (now - 2 * DAY).timestamp()
    assert len(series.times) > 300


def test_a_chart_of_means_comes_with_the_band_of_its_samples_and_one_of_samples_without(sparse, now):
    sparse(10 * DAY, lambda age: 90.0 if age.total_seconds() % 1200 < 300 else 10.0)
    long, short = (chart(CpuPanel, over(span, now), None, []) for span in (7 * DAY, DAY / 24))
    ((lows, highs),) = long["bands"]
    assert (min(low for low in lows if low), max(high for high in highs if high)) == (10.0, 90.0)
    assert "the band its least and greatest sample" in long["summary"]
    assert short["bands"] == []
    assert "the band" not in short["summary"]


def test_who_needs_means_only_reads_the_rollups_of_a_short_window(fill, now):
    fill(now, timedelta(hours=6))
    assert catch_up([], now, inf)
    window = Window(now - timedelta(hours=6), now)
    fine, coarse = history(SYSTEM, "web-1", window, CPU), history(SYSTEM, "web-1", window, CPU, points=37, most=144)
    assert (fine.level, coarse.level) == (0, Level.FIVE_MINUTES)
    assert {value for value in coarse.values["cpu_percent"] if value is not None} == {12.0}
