"""The last day against yesterday and a week ago, in words."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from performance.cache import invalidate_namespace
from performance.foresight import trends
from performance.foresight.rows import row_of
from performance.rollups.services import catch_up

pytestmark = pytest.mark.django_db
PER_DAY = 144


def latency(noise, factor: float, days: int = 9):
    def of(index):
        last = index >= len(index) - PER_DAY
        return (200 + noise(10)(index)) * np.where(last, factor, 1)

    return of


def named(found, name: str, host: str = "web-1"):
    return next(trend for trend in found if (trend.metric.name, trend.host) == (name, host))


def test_nothing_measured_is_no_trend(now):
    assert trends(now) == []


def test_a_slower_day_is_told_with_its_size(weeks, noise, now):
    weeks("application", 9, latency_p95=latency(noise, 1.4), request_rate=2.0)
    found = trends(now)
    slower = named(found, "latency_p95")
    assert slower.told
    told = re.fullmatch(
        r"latency, p95 on web-1 (\d+)\.\d ms, up (\d+) % on yesterday, up (\d+) % on a week ago", slower.sentence
    )
    assert [int(figure) for figure in told.groups()] == pytest.approx([280, 40, 40], abs=4)
    assert found[0] is slower


def test_a_day_like_the_others_is_told_as_such(weeks, noise, now):
    weeks("application", 9, latency_p95=latency(noise, 1.0))
    usual = named(trends(now), "latency_p95")
    assert not usual.told
    assert usual.sentence.endswith("as yesterday, as a week ago")


def test_percentages_are_compared_in_points(weeks, noise, now):
    weeks("system", 9, cpu_percent=lambda index: 20 + noise(1)(index) + 10 * (index >= len(index) - PER_DAY))
    assert "up 10" in named(trends(now), "cpu_percent").sentence
    assert "points on yesterday" in named(trends(now), "cpu_percent").sentence


def test_a_level_that_rises_all_week_is_told_per_day(weeks, noise, now):
    weeks("system", 9, memory_percent=lambda index: 40 + index * 1.5 / PER_DAY + noise(0.3)(index))
    rising = named(trends(now), "memory_percent")
    assert rising.rising.startswith("rising by 1.5 points a day")
    assert rising.slope.low < 1.5 / 86_400 < rising.slope.high


def test_one_day_has_nothing_to_compare_with(weeks, now):
    weeks("application", 0.5, latency_p95=200.0)
    first = named(trends(now), "latency_p95")
    assert first.sentence == "latency, p95 on web-1 200.0 ms, nothing to compare with yet"
    assert not first.told
    row = row_of(first)
    assert [change.text for change in row.changes] == ["–"] * 4


def test_each_host_has_its_own_and_the_platform_one(weeks, now):
    for host in ("web-1", "web-2"):
        weeks("system", 1, host=host)
        weeks("tasks", 1, host=host, wait_p95_seconds=2.0)
    found = trends(now)
    assert {trend.host for trend in found if trend.category == "system"} == {"web-1", "web-2"}
    assert [trend.host for trend in found if trend.metric.name == "wait_p95_seconds"] == [""]


def test_within_minutes_the_same_answer_costs_no_query(weeks, now, django_assert_num_queries):
    weeks("system", 2)
    first = trends(now)
    with django_assert_num_queries(0):
        assert trends(now) == first


def test_the_row_shows_direction_and_size(weeks, noise, now):
    weeks("application", 9, latency_p95=latency(noise, 0.5))
    row = row_of(named(trends(now), "latency_p95"))
    assert row.changes[0].direction == "down"
    assert row.changes[0].text.startswith("down ") and row.changes[0].text.endswith(" %")


def test_more_hosts_cost_no_more_statements(weeks, now):
    def statements() -> int:
        invalidate_namespace("foresight")
        with CaptureQueriesContext(connection) as asked:
            assert trends(now)
        return len(asked)

    def add(host: str, level: float) -> None:
        weeks("system", 2, host=host, cpu_percent=level)
        weeks("application", 2, host=host, latency_p95=10 * level)

    add("web-1", 10.0)
    add("web-2", 20.0)
    assert catch_up([], now, seconds=600)
    few = statements()
    for number in range(3, 7):
        add(f"web-{number}", 10.0 * number)
    assert statements() == few
    told = {(trend.host, trend.metric.name): trend.value for trend in trends(now)}
    for number in range(1, 7):
        assert told[f"web-{number}", "cpu_percent"] == pytest.approx(10 * number)
        assert told[f"web-{number}", "latency_p95"] == pytest.approx(100 * number)


def test_the_eight_days_of_a_host_are_read_in_one_go(weeks, now):
    weeks("system", 9, cpu_percent=50.0)
    with CaptureQueriesContext(connection) as asked:
        assert named(trends(now), "cpu_percent").value == 50.0
    assert sum('FROM "performance_rolluptrack"' in query["sql"] for query in asked) == 1
