"""The one function that says how the platform is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from performance.alerts import selectors
from performance.alerts.models import Alert
from performance.models import SamplerLease
from performance.status import current_status
from performance.words import Word
from tasks.models import Job, Worker


@pytest.fixture(autouse=True)
def ready(worker):
    """A worker is there unless a test takes it away."""


def test_without_samples_it_is_unknown_and_names_the_next_step(db, now):
    status = current_status(now)
    assert status.word is Word.UNKNOWN
    assert status.sentence == "Unknown: no samples yet, start manage.py sample_metrics."


def test_calm_fresh_figures_are_healthy_and_said(store, now):
    store(now - timedelta(seconds=20))
    status = current_status(now)
    assert status.word is Word.HEALTHY
    assert status.sentence == "Healthy: CPU 12 %, memory 41 %, disk 63 %, 1 worker ready."
    assert status.since is None


@pytest.mark.parametrize(("age", "word"), [(89, Word.HEALTHY), (91, Word.UNKNOWN)])
def test_a_sample_older_than_three_intervals_is_not_fresh(store, now, age, word):
    store(now - timedelta(seconds=age))
    assert current_status(now).word is word


def test_a_silent_sampler_is_unknown_even_where_its_last_figures_were_bad(store, judged, now):
    last = now - timedelta(minutes=12)
    judged(store(last - timedelta(seconds=30), cpu_percent=99.0))
    judged(store(last, cpu_percent=99.0))
    assert Alert.objects.filter(state="firing").count() == 1
    status = current_status(now)
    assert status.word is Word.UNKNOWN
    assert status.since == last
    assert status.sentence.startswith("Unknown: sampler silent since ")
    assert status.sentence.endswith("(12 min).")


@pytest.mark.parametrize(
    "case",
    [
        ("cpu_percent", 80.0, 93.2, "CPU at 93 % (limit 80 %)"),
        ("memory_percent", 85.0, 85.6, "memory at 86 % (limit 85 %)"),
        ("disk_percent", 90.0, 97.0, "disk at 97 % (limit 90 %)"),
    ],
)
def test_above_its_limit_a_figure_degrades_and_is_named_with_since_when(store, judged, now, case):
    column, fine, bad, clause = case
    judged(store(now - timedelta(minutes=7, seconds=30), **{column: bad}))
    judged(store(now - timedelta(minutes=7), **{column: fine - 10}))
    judged(store(now - timedelta(minutes=6, seconds=30), **{column: fine - 10}))
    for seconds in range(360, -1, -30):
        judged(store(now - timedelta(seconds=seconds), **{column: bad}))
    status = current_status(now)
    assert status.word is Word.DEGRADED
    assert status.sentence == f"Degraded for 6 min: {clause}."
    assert status.since == now - timedelta(minutes=6)


@pytest.mark.parametrize(("ticks", "word"), [(1, Word.HEALTHY), (2, Word.DEGRADED)])
def test_a_busy_processor_counts_only_once_it_has_lasted(store, judged, now, ticks, word):
    for step in reversed(range(ticks)):
        judged(store(now - timedelta(seconds=30 * step), cpu_percent=97.0))
    assert current_status(now).word is word


def test_at_its_limit_a_figure_is_still_healthy(store, judged, now):
    judged(store(now, cpu_percent=80.0, memory_percent=85.0, disk_percent=90.0))
    assert current_status(now).word is Word.HEALTHY


def test_everything_wrong_is_said_the_worst_first(store, judged, now):
    judged(store(now - timedelta(seconds=30), memory_percent=96.0))
    judged(store(now, memory_percent=96.0, disk_percent=94.0))
    store(now - timedelta(hours=1), host="web-2")
    sentence = current_status(now).sentence
    assert sentence.index("memory on web-1 at 96 %") < sentence.index("disk on web-1 at 94 %")
    assert sentence.index("disk on web-1 at 94 %") < sentence.index("sampler silent on web-2 since")


def test_several_healthy_hosts_are_counted(store, now):
    store(now)
    store(now, host="web-2")
    assert current_status(now).sentence == "Healthy: 2 hosts within their limits, 1 worker ready."


def test_a_host_silent_for_a_day_while_others_sample_was_taken_out_of_service(store, now):
    store(now)
    store(now - timedelta(hours=25), host="old-1")
    assert current_status(now).word is Word.HEALTHY


def test_a_figure_that_cannot_be_read_is_unknown(store, now):
    store(now, memory_percent=None)
    status = current_status(now)
    assert status.word is Word.UNKNOWN
    assert status.sentence == "Unknown: memory can't be read."


def test_without_a_worker_it_is_degraded_with_the_command_to_start_one(store, now):
    store(now)
    Worker.objects.all().delete()
    status = current_status(now)
    assert status.word is Word.DEGRADED
    assert status.sentence == "Degraded: no worker runs, start manage.py run_worker."


def sampler_started(at):
    SamplerLease.objects.update(holder=f"pid:[4026531836]:4242:{at.timestamp():.2f}")


@pytest.mark.parametrize("seconds", [0, 3, 19])
def test_just_after_the_start_the_workers_are_starting_which_is_unknown(store, now, seconds):
    store(now)
    sampler_started(now - timedelta(seconds=seconds))
    Worker.objects.all().delete()
    Job.objects.create(kind="test", fingerprint="x", queued_at=now - timedelta(minutes=4))
    status = current_status(now)
    assert status.word is Word.UNKNOWN
    assert status.sentence == "Unknown: the workers are starting."


@pytest.mark.parametrize("seconds", [21, 86_400])
def test_workers_that_did_not_come_in_time_are_missed(store, now, seconds):
    store(now)
    sampler_started(now - timedelta(seconds=seconds))
    Worker.objects.all().delete()
    assert current_status(now).sentence == "Degraded: no worker runs, start manage.py run_worker."


def test_a_holder_that_says_no_time_is_no_start(store, now):
    store(now)
    SamplerLease.objects.update(holder="somebody")
    Worker.objects.all().delete()
    assert current_status(now).word is Word.DEGRADED


def test_trouble_is_not_hidden_by_a_start(store, judged, now):
    judged(store(now, disk_percent=97.0))
    sampler_started(now)
    Worker.objects.all().delete()
    sentence = current_status(now).sentence
    assert sentence.startswith("Degraded")
    assert sentence.endswith("disk at 97 % (limit 90 %); the workers are starting.")


def test_a_waiting_job_says_since_when_there_is_no_worker(store, now):
    store(now)
    Worker.objects.update(last_seen=now - timedelta(minutes=5))
    Job.objects.create(kind="test", fingerprint="x", queued_at=now - timedelta(minutes=4))
    status = current_status(now)
    assert status.sentence.startswith("Degraded for 4 min: no worker runs and a job waits since ")


def test_with_the_database_away_it_is_down(store, now):
    store(now)

    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        status = current_status(now)
        later = current_status(now + timedelta(minutes=3))
    assert status.word is Word.DOWN
    assert re.fullmatch(r"Down for \d s: the database does not answer\.", status.sentence)
    assert later.since == status.since is not None
    assert re.fullmatch(r"Down for (2|3) min: the database does not answer\.", later.sentence)
    assert current_status(now).word is Word.HEALTHY


def test_a_redis_that_does_not_answer_degrades_since_it_was_lost(store, now, redis_away):
    store(now)
    status = current_status(now)
    assert status.word is Word.DEGRADED
    assert status.since is not None
    assert status.sentence == "Degraded for 0 s: Redis does not answer, everything works without the shared cache."


def test_without_redis_the_cache_says_that_it_is_alone(store, now, settings):
    settings.CACHES = {"default": {"BACKEND": "performance.cache.backend.TieredCache", "LOCATION": "memory"}}
    store(now)
    (part,) = [part for part in current_status(now).parts if part.name == "cache"]
    assert (part.word, part.sentence) == (Word.HEALTHY, "each process caches for itself, without Redis")


def test_the_status_of_a_calm_host_takes_five_queries(store, now, django_assert_num_queries):
    store(now)
    selectors.thresholds()
    with django_assert_num_queries(5):
        current_status(now)


def test_connections_that_run_out_degrade_and_are_said_since_when(store, store_database, judged, now):
    store(now)
    judged(store_database(now - timedelta(minutes=3), pool_percent=95.0, detail={}))
    judged(store_database(now, connections_percent=84.0, detail={}))
    status = current_status(now)
    assert status.word is Word.DEGRADED
    assert status.sentence == "Degraded for 3 min: database connections at 84 % (limit 80 %)."


def test_what_the_database_said_long_ago_counts_no_more(store, store_database, judged, now):
    judged(store_database(now - timedelta(minutes=5), pool_percent=95.0))
    store(now)
    assert current_status(now).word is Word.HEALTHY
