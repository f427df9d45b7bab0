"""What a process publishes of its cache, and the sum over all."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from performance.cache import cached
from performance.cache.breaker import State
from performance.cache.fleet import fleet
from performance.cache.publishing import Names, as_json, from_json, publish
from performance.cache.statistics import TierRow, reading, summed
from performance.models import ProcessReading

pytestmark = pytest.mark.django_db


@cached(ttl=60, namespace="published")
def work(number: int) -> int:
    return number


def process(pid: int, readings: dict, **fields) -> ProcessReading:
    now = timezone.now()
    common = {"host": "web-1", "role": "web", "started_at": now, "updated_at": now}
    return ProcessReading.objects.create(**common | {"pid": pid, "readings": {"cache": readings}} | fields)


def test_what_is_published_reads_as_the_reading_itself(default, place):
    work(1)
    work(1)
    cache.set("plain:1", "x" * 1000, 60)
    own = reading(memory=False)
    told = from_json(json.loads(json.dumps(as_json(own, Names()))))
    assert [(row.namespace, row.tier, row.hits, row.bytes) for row in told.tiers] == [
        (row.namespace, row.tier, row.hits, row.bytes) for row in own.tiers
    ]
    (calls,) = [row for row in told.calls if row.namespace == "published"]
    assert (calls.hits, calls.misses) == (1, 1)
    assert told.entries == own.entries
    assert (told.shared is None) is not bool(place)
    if place:
        assert told.shared.breaker is State.CLOSED


def test_an_idle_process_publishes_the_same_again(default):
    work(1)
    assert publish() == publish()


def test_of_many_namespaces_the_first_keep_their_names_and_no_counter_ever_falls(default):
    names, before = Names(most=3), {}
    for round_ in range(1, 4):
        for number in range(10):
            for _ in range(round_ if number < 8 else 50):
                cache.get(f"space{number}:key")
        rows = as_json(reading(memory=False), names)["tiers"]
        assert len({row[0] for row in rows}) <= 4
        counts = {(row[0], row[1]): row[3] for row in rows}
        assert all(counts[key] >= count for key, count in before.items())
        before = counts
    assert sum(count for (_, tier), count in before.items() if tier == "local") >= 10


def test_the_fleet_is_this_process_now_and_the_living_others_as_they_published(default):
    work(1)
    alone = fleet()
    told = as_json(reading(memory=False), Names())
    process(os.getpid() + 1, told)
    process(os.getpid() + 2, told)
    process(os.getpid() + 3, told, updated_at=timezone.now() - timedelta(hours=1))
    process(os.getpid() + 4, told, ended_at=timezone.now())
    process(os.getpid() + 5, {})
    every = fleet()
    assert (alone.processes, every.processes) == (1, 3)
    assert every.entries == 3 * alone.entries
    assert every.bytes_limit == 3 * alone.bytes_limit
    mine, all_of = (next(row for row in of.calls if row.namespace == "published") for of in (alone, every))
    assert all_of.misses == 3 * mine.misses
    assert every.hottest == tuple((key, 3 * hits) for key, hits in alone.hottest)


def test_the_oldest_value_gives_the_age_of_the_sum():
    row = TierRow("aged", "local", hits=1, misses=2, writes=3, evictions=0, bytes=100, entries=4)
    (total,) = summed([replace(row, age=5.0), replace(row, age=9.0), row])
    assert (total.age, total.entries, total.hits) == (9.0, 12, 3)


def test_a_forked_child_counts_from_its_own_start(default):
    work(1)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        told = publish()
        os.write(writer, json.dumps([told["tiers"], told["calls"]]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert json.loads(os.read(reader, 100_000)) == [[], []]
