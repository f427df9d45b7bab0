"""The chore that shows the detectors what was sampled, and what it notes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from performance.analysis.anomalies import REFRACTORY, STEP, Detector
from performance.chores import Tick, declared
from performance.chores.watch import Watch
from performance.foresight import recent_anomalies
from performance.foresight.watch import KEEP, WATCHED, feed
from performance.models import Anomaly, DetectorState

pytestmark = pytest.mark.django_db
CPU = next(watched for watched in WATCHED if watched.metric == "cpu_percent")
WAITING = next(watched for watched in WATCHED if watched.metric == "waiting")
START = datetime(2026, 3, 2, tzinfo=UTC)


def tick(seconds: float, *, cpu: float | None = 12.0, waiting: int = 1, lead: bool = True, host: str = "web-1") -> Tick:
    rows = {"system": {"cpu_percent": cpu}, "tasks": {"waiting": waiting}}
    return Tick(host, START + timedelta(seconds=seconds), 30, rows, lead)


@pytest.fixture
def learned():
    """A detector that has seen three days of CPU, ready to go on at START."""
    detector = Detector()
    noise = np.random.default_rng(1).normal(12, 1, 864)
    for index, value in enumerate(noise):
        detector.feed(START.timestamp() + STEP * (index - 864), float(value))
    return DetectorState.objects.create(
        host="web-1", category="system", metric="cpu_percent", state=detector.as_json(), updated_at=START
    )


def test_the_chore_is_declared():
    assert Watch in declared()


def test_ticks_within_a_step_touch_no_database(django_assert_num_queries):
    chore = Watch()
    with django_assert_num_queries(0):
        for seconds in range(0, STEP, 30):
            chore.run(tick(seconds))


def test_a_new_step_hands_over_the_mean_of_the_one_before():
    chore = Watch()
    for seconds, cpu in ((0, 10.0), (30, 20.0), (60, None), (STEP, 50.0)):
        chore.run(tick(seconds, cpu=cpu))
    state = DetectorState.objects.get(metric="cpu_percent").state
    assert (state["seen"], state["last"], state["at"]) == (1, 15.0, START.timestamp())


def test_a_step_costs_two_statements_and_its_savepoint(django_assert_max_num_queries):
    chore = Watch()
    chore.run(tick(0))
    with django_assert_max_num_queries(4):
        chore.run(tick(STEP))
    assert DetectorState.objects.count() == 2


def test_what_belongs_to_the_platform_is_watched_once_by_its_lead():
    for host, lead in (("web-1", True), ("web-2", False)):
        chore = Watch()
        chore.run(tick(0, lead=lead, host=host))
        chore.run(tick(STEP, lead=lead, host=host))
    states = set(DetectorState.objects.values_list("host", "metric"))
    assert states == {("web-1", "cpu_percent"), ("web-2", "cpu_percent"), ("", "waiting")}


def test_a_restart_goes_on_from_what_was_known(learned):
    feed(host="web-1", at=START, means={CPU: 12.0})
    learned.refresh_from_db()
    assert learned.state["seen"] == 865


def test_a_step_that_is_known_is_not_learned_again(learned):
    feed(host="web-1", at=START, means={CPU: 12.0})
    feed(host="web-1", at=START, means={CPU: 99.0})
    learned.refresh_from_db()
    assert learned.state["seen"] == 865
    assert not Anomaly.objects.exists()


def test_a_spike_is_noted_with_what_was_expected(learned, now):
    (noted,) = feed(host="web-1", at=START, means={CPU: 95.0})
    assert (noted.host, noted.category, noted.metric, noted.at) == ("web-1", "system", "cpu_percent", START)
    assert noted.value == 95
    assert noted.expected == pytest.approx(12, abs=3)
    assert noted.score >= 4


def test_a_trouble_that_gets_worse_is_the_same_anomaly(learned):
    feed(host="web-1", at=START, means={CPU: 40.0})
    feed(host="web-1", at=START + timedelta(seconds=STEP), means={CPU: 41.0})
    feed(host="web-1", at=START + timedelta(seconds=2 * STEP), means={CPU: 99.0})
    row = Anomaly.objects.get()
    assert (row.at, row.worst_at) == (START, START + timedelta(seconds=2 * STEP))
    assert row.value == 99


def test_a_later_trouble_is_another_anomaly(learned):
    later = START + timedelta(seconds=2 * REFRACTORY)
    feed(host="web-1", at=START, means={CPU: 40.0})
    feed(host="web-1", at=later - timedelta(seconds=STEP), means={CPU: 12.0})
    feed(host="web-1", at=later, means={CPU: 99.0})
    assert Anomaly.objects.count() == 2


def test_a_difference_too_small_to_matter_is_not_noted(learned):
    assert feed(host="web-1", at=START, means={CPU: 21.0}) == []


def test_old_anomalies_go_when_a_new_one_comes(learned):
    old = {"value": 1, "expected": 0, "score": 5, "category": "system", "metric": "cpu_percent", "host": "web-1"}
    long_ago = START - KEEP - timedelta(days=1)
    Anomaly.objects.create(at=long_ago, worst_at=long_ago, **old)
    feed(host="web-1", at=START, means={CPU: 95.0})
    assert Anomaly.objects.get().at == START


def test_recent_anomalies_are_told_in_words_latest_first(now):
    figures = {"worst_at": now, "score": 5.0}
    Anomaly.objects.create(
        host="web-1",
        category="application",
        metric="latency_p95",
        at=now - timedelta(hours=2),
        value=1240,
        expected=210,
        **figures,
    )
    Anomaly.objects.create(
        category="tasks", metric="waiting", at=now - timedelta(hours=1), value=140, expected=3, **figures
    )
    Anomaly.objects.create(category="tasks", metric="gone", at=now, value=1, expected=3, **figures)
    Anomaly.objects.create(category="gone", metric="gone", at=now, value=1, expected=3, **figures)
    first, second = (noted.sentence for noted in recent_anomalies(now))
    assert first.startswith("jobs waiting 140 at ") and first.endswith(", usually 3")
    assert second.startswith("latency, p95 on web-1 1,240.0 ms at ")
    assert recent_anomalies(now - timedelta(hours=3)) == []
