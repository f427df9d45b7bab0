"""Series: aligned, gaps left open, never more than about 500 points."""

from __future__ import annotations

from datetime import timedelta

import pytest

from performance.metrics import SYSTEM, Category, Metric
from performance.models import SystemSample
from performance.series import POINTS, history
from performance.timerange import Window
from valor.lib.errors import InvalidInput

CPU = SYSTEM.pick(["cpu_percent"])


def of(span: timedelta, end, metrics=CPU, host="web-1"):
    return history(SYSTEM, host, Window(end - span, end), metrics)


def test_an_hour_of_samples_is_given_as_taken(fill, now):
    fill(now, timedelta(hours=2))
    series = of(timedelta(hours=1), now)
    assert (series.step, series.resolution, series.gaps) == (0, "raw", 0)
    assert len(series.times) == 121
    assert series.times[-1] == pytest.approx(now.timestamp(), abs=0.001)
    assert series.values == {"cpu_percent": [12.0] * 121}


def test_one_missing_tick_breaks_the_line_with_a_null(fill, now):
    fill(now, timedelta(minutes=5), skip={4})
    series = of(timedelta(hours=1), now)
    assert series.gaps == 1
    assert [index for index, value in enumerate(series.values["cpu_percent"]) if value is None] == [4]
    assert series.times == sorted(series.times)
    assert len(series.times) == 11


def test_a_late_tick_is_not_a_gap(store, now):
    store(now - timedelta(seconds=70))
    store(now - timedelta(seconds=30))
    assert of(timedelta(hours=1), now).gaps == 0


def test_a_change_to_a_shorter_interval_is_not_a_gap(store, now):
    store(now - timedelta(seconds=60), interval=60)
    store(now, interval=10)
    assert of(timedelta(hours=1), now).gaps == 0


def test_a_probe_that_failed_leaves_a_null_in_its_own_line_only(store, now):
    store(now - timedelta(seconds=30), cpu_percent=None)
    store(now)
    series = of(timedelta(hours=1), now, SYSTEM.pick(["cpu_percent", "load_1"]))
    assert series.values == {"cpu_percent": [None, 12.0], "load_1": [0.5, 0.5]}


@pytest.mark.parametrize(("hours", "step"), [(6, 60), (24, 180)])
def test_a_longer_range_is_merged_to_means_of_round_steps(fill, now, hours, step):
    fill(now, timedelta(hours=hours))
    series = of(timedelta(hours=hours), now)
    assert series.step == step
    assert series.resolution == f"mean of {step} s"
    assert len(series.times) <= POINTS
    assert all(time % step == 0 for time in series.times)
    assert series.values["cpu_percent"] == [12.0] * len(series.times)


def test_each_merged_point_is_the_mean_of_what_lies_in_it(fill, now):
    fill(now, timedelta(hours=6))
    rows = list(SystemSample.objects.order_by("taken_at"))
    for index, row in enumerate(rows):
        row.cpu_percent = float(index % 97)
    SystemSample.objects.bulk_update(rows, ["cpu_percent"])
    series = of(timedelta(hours=6), now)
    buckets: dict[float, list[float]] = {}
    for row in rows:
        buckets.setdefault(row.taken_at.timestamp() // 60 * 60, []).append(row.cpu_percent)
    expected = {start: sum(values) / len(values) for start, values in buckets.items()}
    assert dict(zip(series.times, series.values["cpu_percent"], strict=True)) == pytest.approx(expected, abs=0.001)


def test_a_gap_stays_a_gap_when_merged(fill, now):
    fill(now, timedelta(hours=6), skip=set(range(100, 140)))
    series = of(timedelta(hours=6), now)
    missing = [index for index, value in enumerate(series.values["cpu_percent"]) if value is None]
    assert len(missing) in (19, 20)
    assert missing == list(range(missing[0], missing[-1] + 1))


def test_dense_samples_are_merged_too(fill, now):
    fill(now, timedelta(hours=1), interval=1)
    series = of(timedelta(hours=1), now)
    assert series.step == 10
    assert len(series.times) == 361


def test_all_metrics_of_a_day_take_two_queries(fill, now, django_assert_num_queries):
    fill(now, timedelta(hours=24))
    with django_assert_num_queries(2):
        of(timedelta(hours=24), now, SYSTEM.metrics)


def test_a_sum_is_null_where_one_of_its_columns_is(store, now):
    store(now - timedelta(seconds=30))
    store(now, network_in_rate=None)
    assert of(timedelta(hours=1), now, SYSTEM.pick(["network_rate"])).values == {"network_rate": [7000.0, None]}


def test_another_hosts_samples_stay_out(fill, now):
    fill(now, timedelta(minutes=5), host="web-2")
    series = of(timedelta(hours=1), now)
    assert (series.times, series.values, series.gaps) == ([], {"cpu_percent": []}, 0)


def test_an_unknown_field_is_named_with_those_there_are():
    with pytest.raises(InvalidInput) as raised:
        SYSTEM.pick(["cpu_percent", "cpu_per_cent"])
    (problem,) = raised.value.problems
    assert (problem.field, problem.value) == ("fields", "cpu_per_cent")
    assert "memory_percent" in problem.remedy


def test_a_metric_declared_twice_is_refused():
    with pytest.raises(ValueError, match="declared twice"):
        Category("twice", SystemSample, (Metric("load_1", "Load", "count"), Metric("load_1", "Load", "count")))
