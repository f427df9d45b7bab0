"""The samples of the last hours are kept: a series is read from what was read before and from what came since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from performance.metrics import CATEGORIES, SYSTEM
from performance.models import SystemSample
from performance.rollups.recent import STRETCH
from performance.rollups.several import Ask, histories
from performance.selectors import last_of
from performance.series import history
from performance.summary import every_figure
from performance.timerange import Window

pytestmark = pytest.mark.django_db
METRICS = (SYSTEM.by_name["cpu_percent"], SYSTEM.by_name["network_rate"])


@pytest.fixture
def now():
    """Late in the last stretch of time that is over, so that a minute before is in the same one."""
    seconds = datetime.now(UTC).timestamp()
    return datetime.fromtimestamp(seconds // STRETCH * STRETCH - 10, UTC)


def line(window, *, interval=30, host="web-1"):
    latest = last_of(SystemSample, host)
    (found,) = histories([Ask(SYSTEM, host, window, METRICS, interval, latest=latest)], timezone.now())
    return found


def hour(end):
    return Window(end - timedelta(hours=1), end)


def test_what_came_since_is_appended_to_what_was_read_before(fill, store, now, django_assert_num_queries):
    fill(now - timedelta(seconds=60), timedelta(hours=3), skip={7, 8})
    line(hour(now - timedelta(seconds=60)))
    SystemSample.objects.update(cpu_percent=99.0)  # What was sampled never changes; so this tells who reads it again.
    store(now - timedelta(seconds=30), cpu_percent=1.0)
    with django_assert_num_queries(2):  # the last sample, and what came since
        found = line(hour(now - timedelta(seconds=30)))
    assert found.values["cpu_percent"][-1] == 1.0
    assert 99.0 not in found.values["cpu_percent"]


def test_where_nothing_came_since_nothing_is_read(fill, now, django_assert_num_queries):
    fill(now, timedelta(hours=3))
    first = line(hour(now))
    with django_assert_num_queries(1):  # the last sample
        assert line(hour(now)) == first


@pytest.mark.parametrize("back", [timedelta(0), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=4)])
def test_each_is_what_reading_all_of_it_gives(fill, store, now, back):
    fill(now - timedelta(seconds=90), timedelta(hours=6), skip={7, 8, 100})
    fill(now, timedelta(hours=1), host="web-2")
    for age in (60, 30, 0):
        store(now - timedelta(seconds=age), cpu_percent=float(age))
        window = hour(now - timedelta(seconds=age) - back)
        assert line(window) == history(SYSTEM, "web-1", window, METRICS)


def test_another_stretch_is_read_anew(fill, store, now):
    fill(now, timedelta(hours=3))
    line(hour(now))
    SystemSample.objects.update(cpu_percent=99.0)
    later = now + timedelta(seconds=STRETCH)
    store(later, cpu_percent=1.0)
    assert 99.0 in line(hour(later)).values["cpu_percent"]


def test_samples_of_every_few_seconds_are_too_many_to_be_kept(store, now):
    for age in (10, 5):
        store(now - timedelta(seconds=age), interval=5, cpu_percent=1.0)
    line(hour(now), interval=5)
    SystemSample.objects.update(cpu_percent=99.0)
    assert set(line(hour(now), interval=5).values["cpu_percent"]) == {99.0}


def test_every_figure_of_a_host_after_a_tick_takes_one_small_query(store_all, now, django_assert_num_queries):
    from performance.glance import Glance

    for age in (90, 60, 30):
        store_all(now - timedelta(seconds=age))
    every_figure("web-1", list(CATEGORIES.values()), Glance(), now)
    store_all(now)
    glance = Glance()
    glance.read_all()
    assert glance.firing == []
    with django_assert_num_queries(1) as captured:
        found = every_figure("web-1", list(CATEGORIES.values()), glance, now)
    assert captured[0]["sql"].count('"id" > ') == len(CATEGORIES)
    assert {figure.category for figure in found} == set(CATEGORIES)
