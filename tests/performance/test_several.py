"""Several series and the last samples of all categories at once: the same as one by one, in fewer queries."""

from __future__ import annotations

from datetime import timedelta
from math import inf

import pytest
from django.utils import timezone

from performance.latest import latest_of_all, seen_last
from performance.metrics import APPLICATION, CATEGORIES, DATABASE, SYSTEM
from performance.models import RollupTrack
from performance.rollups.services import catch_up
from performance.rollups.several import Ask, histories
from performance.selectors import latest_of
from performance.series import history
from performance.timerange import Window

pytestmark = pytest.mark.django_db
METRICS = {
    SYSTEM: tuple(SYSTEM.by_name[name] for name in ("cpu_percent", "network_rate", "swap_rate")),
    APPLICATION: (APPLICATION.by_name["latency_p95"],),
    DATABASE: (DATABASE.by_name["size"], DATABASE.by_name["worst_percent"]),
}


def asked(window: Window, interval: int = 30) -> list[Ask]:
    return [Ask(category, "web-1", window, metrics, interval) for category, metrics in METRICS.items()]


@pytest.mark.parametrize("hours", [1, 6, 30, 24 * 30])
def test_each_is_what_it_would_be_alone(fill, store_all, now, hours):
    fill(now - timedelta(seconds=30), timedelta(hours=30), skip={7, 8, 1000})
    for age in (90, 60, 0):
        store_all(now - timedelta(seconds=age))
    assert catch_up([], now, inf)
    assert RollupTrack.objects.exists()
    window = Window(now - timedelta(hours=hours), timezone.now())
    together = histories(asked(window), now)
    assert together == [history(category, "web-1", window, metrics) for category, metrics in METRICS.items()]


@pytest.mark.parametrize(("hours", "most"), [(1, 1), (24 * 30, 3)])
def test_they_take_one_query_or_three(store_all, now, hours, most, django_assert_max_num_queries):
    store_all(now)
    with django_assert_max_num_queries(most):
        histories(asked(Window(now - timedelta(hours=hours), now)), now)


def test_nothing_asked_costs_nothing(django_assert_num_queries, now):
    with django_assert_num_queries(0):
        assert histories([], now) == []


def test_the_last_samples_are_those_of_each_category_in_one_query(
    store_all, store_database, now, django_assert_num_queries
):
    for age in (60, 0):
        store_all(now - timedelta(seconds=age))
    store_all(now - timedelta(seconds=5), host="web-2")
    store_database(now, host="web-3", sound=False, checked_at=now, pool_percent=None)
    with django_assert_num_queries(1):
        found = latest_of_all()
    for category in CATEGORIES.values():
        expected = latest_of(category.model)
        names = [field.attname for field in category.model._meta.concrete_fields if field.attname != "detail"]
        assert [[getattr(row, name) for name in names] for row in found[category.model]] == [
            [getattr(row, name) for name in names] for row in expected
        ]
        assert [row.detail for row in found[category.model]] == [row.detail for row in expected]


def test_when_each_category_was_last_seen_and_what_failed_then(store_all, store, now, django_assert_num_queries):
    store_all(now - timedelta(seconds=30))
    store(now, detail={"failed": {"disk": "OSError"}})
    with django_assert_num_queries(1):
        found = {seen.category: seen for seen in seen_last()}
    assert set(found) == set(CATEGORIES)
    assert (found["system"].taken_at, dict(found["system"].failed)) == (now, {"disk": "OSError"})
    assert (found["tasks"].taken_at, dict(found["tasks"].failed)) == (now - timedelta(seconds=30), {})
