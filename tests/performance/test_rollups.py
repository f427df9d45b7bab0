"""Rollups: the same however often, from latecomers too, and never further than what is complete."""

from __future__ import annotations

import math
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from performance.chores import Tick
from performance.chores.rollup import RollUp
from performance.metrics import CATEGORIES, SYSTEM
from performance.models import DatabaseSample, Level, Rollup, RollupTrack, SamplerLease, SystemSample
from performance.rollups import services
from performance.rollups.arithmetic import alone, together
from performance.rollups.packing import packed, unpacked
from performance.rollups.services import Latecomers, advance, catch_up, closed_before
from performance.rollups.sources import numeric_columns

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HOURS = timedelta(hours=1)
SEED = 20260304


@pytest.fixture
def varied(db):
    """Stores samples with random figures, some of them null, every 30 s up to noon."""

    def some(span: timedelta, *, host: str = "web-1", end: datetime = NOON, interval: int = 30) -> list[SystemSample]:
        chance = random.Random(SEED + len(host))
        times = [
            end - timedelta(seconds=interval * step) for step in range(int(span.total_seconds() // interval), 0, -1)
        ]
        rows = [
            SystemSample(
                host=host,
                taken_at=at,
                interval=interval,
                cpu_percent=chance.uniform(0, 100) if chance.random() > 0.1 else None,
                disk_used=chance.randrange(10**12),
                network_in_rate=chance.expovariate(1e-6),
            )
            for at in times
            if chance.random() > 0.05
        ]
        lease = {"renewed_at": end, "expires_at": end, "interval": interval}
        SamplerLease.objects.update_or_create(host=host, defaults=lease)
        return SystemSample.objects.bulk_create(rows)

    return some


def roll(now: datetime = NOON + timedelta(minutes=2)) -> None:
    assert catch_up([Latecomers(category) for category in CATEGORIES.values()], now, seconds=math.inf)


def stored(level: int, host: str = "web-1", category: str = "system") -> dict[int, Rollup]:
    found = Rollup.objects.filter(track__level=level, track__host=host, track__category=category)
    return {rollup.start: rollup for rollup in found.select_related("track")}


def everything() -> set[tuple]:
    return {(r.track_id, r.start, r.samples, bytes(r.figures)) for r in Rollup.objects.all()}


def expected(level: int, column: str, host: str = "web-1") -> dict[int, tuple[int, float, float, float]]:
    """The slow way: straight from the samples, whatever the level."""
    members: dict[int, list[float]] = {}
    for sample in SystemSample.objects.filter(host=host):
        value = getattr(sample, column)
        if value is not None:
            members.setdefault(int(sample.taken_at.timestamp()) // level * level, []).append(value)
    return {s: (len(v), min(v), math.fsum(v) / len(v), max(v)) for s, v in members.items()}


def test_every_level_tells_what_the_samples_themselves_tell(varied):
    varied(timedelta(hours=60))
    roll()
    for level, column in product(Level.values, ("cpu_percent", "disk_used", "network_in_rate")):
        reference = {s: v for s, v in expected(level, column).items() if s + level <= NOON.timestamp()}
        told = {start: rollup.spreads[column] for start, rollup in stored(level).items()}
        assert told.keys() == reference.keys(), (level, column)
        assert len(told) >= 2
        for start, spread in told.items():
            assert tuple(spread) == pytest.approx(reference[start], rel=3e-7), (level, column)


def test_a_column_that_was_always_null_is_not_told_of(varied):
    varied(HOURS)
    roll()
    assert all("load_1" not in rollup.spreads for rollup in stored(300).values())
    assert all("disk_used" in rollup.spreads for rollup in stored(300).values())
    columns = RollupTrack.objects.get(category="system", level=300).columns
    assert set(columns) == {"cpu_percent", "disk_used", "network_in_rate"}
    assert {len(bytes(rollup.figures)) for rollup in stored(300).values()} == {3 * 16}


def test_every_number_of_every_category_is_rolled_up_and_nothing_else():
    columns = {name: numeric_columns(category.model) for name, category in CATEGORIES.items()}
    for name, category in CATEGORIES.items():
        sources = {source for metric in category.metrics for source in metric.sources}
        assert sources <= set(columns[name])
        assert not {"id", "interval", "host", "taken_at", "detail", "sound"} & set(columns[name])
    assert "worst_percent" in columns["database"]


def test_rolling_up_twice_changes_nothing(varied):
    varied(timedelta(hours=3))
    roll()
    before = everything()
    roll()
    RollupTrack.objects.update(until=NOON.timestamp() - 7200)
    roll()
    assert everything() == before


def test_a_stretch_is_rolled_up_only_when_it_is_over(varied):
    varied(timedelta(minutes=10))
    roll(NOON + timedelta(seconds=59))
    assert max(stored(300)) == NOON.timestamp() - 600
    roll(NOON + timedelta(seconds=60))
    assert max(stored(300)) == NOON.timestamp() - 300


def test_a_backlog_is_worked_off_over_several_ticks(varied, monkeypatch):
    varied(timedelta(hours=30))
    monkeypatch.setattr("performance.chores.rollup.SECONDS", 0.0)
    chore = RollUp()
    tick = Tick("web-1", NOON + timedelta(minutes=2), 30, {}, lead=True)
    counts = []
    for _ in range(90):
        chore.run(tick)
        counts.append(Rollup.objects.count())
    assert counts[0] <= services.STRETCHES
    assert counts == sorted(counts)
    assert set(stored(300)) == set(range(int(NOON.timestamp()) - 108_000, int(NOON.timestamp()), 300))
    assert (len(stored(3600)), len(stored(86_400))) == (30, 1)
    assert counts[-1] == counts[-2]


def test_a_host_with_a_long_backlog_holds_no_other_up(varied, monkeypatch):
    varied(timedelta(hours=100), host="long")
    varied(HOURS)
    monkeypatch.setattr("performance.chores.rollup.SECONDS", 0.0)
    chore = RollUp()
    tick = Tick("web-1", NOON + timedelta(minutes=2), 30, {}, lead=True)
    for _ in range(4):
        chore.run(tick)
    assert len(stored(300)) == 12
    assert 0 < len(stored(300, "long")) < 1200
    for _ in range(250):
        chore.run(tick)
    assert len(stored(300, "long")) >= 1199


def test_a_track_that_fails_holds_no_other_up(varied, monkeypatch):
    varied(timedelta(hours=2), host="broken")
    varied(HOURS)
    write = services.write

    def fail(track: RollupTrack, *given: object) -> bool:
        if track.host == "broken":
            raise RuntimeError
        return write(track, *given)

    monkeypatch.setattr(services, "write", fail)
    monkeypatch.setattr("performance.chores.rollup.SECONDS", math.inf)
    chore = RollUp()
    tick = Tick("web-1", NOON + timedelta(minutes=2), 30, {}, lead=True)
    for _ in range(4):
        with pytest.raises(RuntimeError):
            chore.run(tick)
    assert (len(stored(300)), len(stored(3600)), stored(300, "broken")) == (12, 1, {})


def test_latecomers_of_one_category_hold_no_track_up(varied, monkeypatch):
    varied(HOURS, end=NOON - timedelta(minutes=10))
    roll(NOON - timedelta(minutes=8))
    varied(timedelta(minutes=10))
    monkeypatch.setattr(services, "LOOKS", 2)
    monkeypatch.setattr("performance.chores.rollup.SECONDS", 0.0)
    chore = RollUp()
    for _ in range(2):
        chore.run(Tick("web-1", NOON + timedelta(minutes=2), 30, {}, lead=True))
    assert max(stored(300)) == NOON.timestamp() - 300


def test_only_the_lead_rolls_up_and_asks_nothing_between_two_stretches(varied, django_assert_num_queries, monkeypatch):
    varied(HOURS)
    monkeypatch.setattr("performance.chores.rollup.SECONDS", math.inf)
    follower = Tick("web-2", NOON + timedelta(minutes=2), 30, {}, lead=False)
    chore = RollUp()
    with django_assert_num_queries(0):
        chore.run(follower)
    chore.run(Tick("web-1", NOON + timedelta(minutes=2), 30, {}, lead=True))
    with django_assert_num_queries(0):
        chore.run(Tick("web-1", NOON + timedelta(minutes=3), 30, {}, lead=True))
    assert len(stored(300)) == 12


def test_a_latecomer_changes_its_stretch_its_hour_and_its_day(varied):
    varied(timedelta(hours=60))
    roll()
    at = NOON - timedelta(hours=40, minutes=7)
    before = everything()
    SystemSample.objects.create(host="web-1", taken_at=at, interval=30, cpu_percent=1000.0)
    roll()
    assert len(everything() - before) == 3
    for level in Level.values:
        start = int(at.timestamp()) // level * level
        spread = stored(level)[start].spreads["cpu_percent"]
        assert tuple(spread) == pytest.approx(expected(level, "cpu_percent")[start], rel=3e-7)
        assert spread.greatest == 1000.0


def test_old_samples_of_a_host_that_are_brought_in_later_are_rolled_up(varied):
    varied(HOURS)
    roll()
    varied(timedelta(hours=2), end=NOON - timedelta(hours=5))
    roll()
    roll()
    reference = expected(300, "disk_used")
    assert stored(300).keys() == reference.keys()
    assert {s: r.spreads["disk_used"].known for s, r in stored(300).items()} == {s: v[0] for s, v in reference.items()}


def test_a_late_id_that_was_committed_after_a_higher_one_is_found_at_the_next_look(varied):
    (*_, last) = varied(HOURS)
    latecomers = [Latecomers(SYSTEM)]
    catch_up(latecomers, NOON + timedelta(minutes=2), math.inf)
    at = NOON - timedelta(minutes=30)
    SystemSample.objects.create(pk=last.pk + 2, host="web-1", taken_at=at, interval=30, cpu_percent=50.0)
    catch_up(latecomers, NOON + timedelta(minutes=2), math.inf)
    SystemSample.objects.create(pk=last.pk + 1, host="web-1", taken_at=at, interval=30, cpu_percent=1000.0)
    catch_up(latecomers, NOON + timedelta(minutes=2), math.inf)
    assert stored(300)[int(at.timestamp())].spreads["cpu_percent"].greatest == 1000.0


def test_a_rollup_whose_samples_are_gone_is_not_made_anew_from_what_came_late(varied, settings):
    varied(timedelta(hours=3))
    roll()
    SystemSample.objects.all().delete()
    before = {start: bytes(rollup.figures) for start, rollup in stored(300).items()}
    settings.PERFORMANCE_KEEP_DAYS = {**settings.PERFORMANCE_KEEP_DAYS, "raw": 1}
    SystemSample.objects.create(host="web-1", taken_at=NOON - timedelta(hours=2), interval=30, cpu_percent=1.0)
    roll(NOON + timedelta(days=2))
    assert {start: bytes(rollup.figures) for start, rollup in stored(300).items()} == before


def test_hosts_and_categories_keep_apart(varied, store_database):
    varied(HOURS)
    varied(HOURS, host="far-away")
    store_database(NOON - timedelta(minutes=20), read_ms=7.0)
    roll()
    for host in ("web-1", "far-away"):
        reference = expected(300, "cpu_percent", host)
        assert {s: r.spreads["cpu_percent"].mean for s, r in stored(300, host).items()} == pytest.approx(
            {s: v[2] for s, v in reference.items()}, rel=3e-7
        )
    (only,) = stored(300, category="database").values()
    assert (only.samples, only.spreads["read_ms"].mean) == (1, 7.0)
    assert DatabaseSample.objects.count() == 1


def test_a_time_without_samples_is_passed_over(varied):
    varied(HOURS, end=NOON - timedelta(days=5))
    varied(HOURS)
    roll()
    assert len(stored(300)) == 24
    assert len(stored(3600)) == 2
    assert len(stored(86_400)) == 1
    assert RollupTrack.objects.get(category="system", level=300).until == NOON.timestamp()


def test_a_host_that_is_gone_is_rolled_up_to_its_end(varied):
    varied(HOURS, end=NOON - timedelta(days=2, minutes=3))
    roll()
    assert sum(rollup.samples for rollup in stored(86_400).values()) == SystemSample.objects.count()


def test_the_second_of_two_samplers_finds_the_watermark_moved(varied):
    varied(HOURS)
    services.open_tracks()
    first = RollupTrack.objects.get(category="system", level=300)
    second = RollupTrack.objects.get(pk=first.pk)
    closed = closed_before(NOON + timedelta(minutes=2))
    advance(first, closed)
    before = everything()
    advance(second, closed)
    assert everything() == before
    assert RollupTrack.objects.get(pk=first.pk).until == NOON.timestamp()


def test_what_a_look_saw_in_time_is_not_made_anew_at_the_next(varied, monkeypatch):
    varied(HOURS)
    latecomers = [Latecomers(SYSTEM)]
    catch_up(latecomers, NOON + timedelta(minutes=2), math.inf)
    made = []
    monkeypatch.setattr(services, "again", lambda *given: made.append(given))
    for minutes in (5, 10, 15):
        varied(timedelta(minutes=5), end=NOON + timedelta(minutes=minutes))
        catch_up(latecomers, NOON + timedelta(minutes=minutes + 2), math.inf)
    assert made == []
    assert max(stored(300)) == NOON.timestamp() + 600


@pytest.mark.django_db(transaction=True)
def test_samplers_at_once_make_the_same_as_one(varied):
    if connection.vendor == "sqlite":
        pytest.skip("The tests' SQLite is in memory: there is one connection.")
    varied(timedelta(hours=30))
    varied(timedelta(hours=30), host="web-2")
    services.open_tracks()
    now = NOON + timedelta(minutes=2)

    def work() -> bool:
        try:
            return catch_up([Latecomers(SYSTEM)], now, seconds=math.inf)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert all(done.result() for done in [pool.submit(work) for _ in range(4)])
    roll()
    for host in ("web-1", "web-2"):
        for level in Level.values:
            reference = {s: v for s, v in expected(level, "cpu_percent", host).items() if s + level <= NOON.timestamp()}
            told = {start: rollup.spreads["cpu_percent"] for start, rollup in stored(level, host).items()}
            assert {s: (v.known, v.mean) for s, v in told.items()} == {
                s: (v[0], pytest.approx(v[2], rel=3e-7)) for s, v in reference.items()
            }


def test_a_crash_in_the_middle_leaves_nothing_half_done(varied, monkeypatch):
    varied(timedelta(hours=3))
    services.open_tracks()
    track = RollupTrack.objects.get(category="system", level=300)

    def fail(*_: object, **__: object) -> bool:
        raise RuntimeError

    written = services.write
    monkeypatch.setattr(services, "write", lambda *given: written(*given) and fail())
    with pytest.raises(RuntimeError):
        advance(track, closed_before(NOON + timedelta(minutes=2)))
    assert not Rollup.objects.exists()
    assert RollupTrack.objects.get(pk=track.pk).until == track.until
    monkeypatch.undo()
    roll()
    assert stored(300).keys() == expected(300, "disk_used").keys()


def test_a_column_that_came_later_leaves_what_was_written_before_readable(varied, monkeypatch):
    varied(HOURS, end=NOON - HOURS)
    monkeypatch.setattr("performance.rollups.sources.numeric_columns", lambda model: ("disk_used", "cpu_percent"))
    roll(NOON - HOURS + timedelta(minutes=2))
    monkeypatch.undo()
    varied(HOURS)
    roll()
    for start, (count, *_, most) in expected(300, "cpu_percent").items():
        spread = stored(300)[start].spreads["cpu_percent"]
        assert (spread.known, spread.greatest) == (count, pytest.approx(most, rel=1e-6))
    assert RollupTrack.objects.get(category="system", level=300).columns[:2] == ["disk_used", "cpu_percent"]


def test_what_is_no_number_is_not_known():
    assert [alone(value).known for value in (None, math.nan, math.inf, -1e300, 0.0)] == [0, 0, 0, 0, 1]


@given(st.lists(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=8), min_size=1, max_size=8))
def test_together_in_two_steps_is_together_in_one(groups):
    whole = together(alone(value) for group in groups for value in group)
    steps = together(together(alone(value) for value in group) for group in groups)
    assert steps[0] == whole[0]
    assert tuple(steps) == pytest.approx(tuple(whole), rel=1e-9, abs=1e-6, nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 10**6), *[st.floats(width=32, allow_nan=False, allow_infinity=False)] * 3)))
def test_what_is_packed_is_unpacked_the_same(spreads):
    assert [tuple(spread) for spread in unpacked(packed(spreads))] == [tuple(map(float, s)) for s in spreads]


def test_operators_see_what_a_rollup_tells_and_change_nothing(varied, client, operator):
    varied(HOURS)
    roll()
    client.force_login(operator)
    rollup = Rollup.objects.filter(track__level=300).first()
    listing = client.get(reverse("admin:performance_rollup_changelist"), {"track__level": 300})
    assert "system of web-1, 5 min" in listing.content.decode()
    page = client.get(reverse("admin:performance_rollup_change", args=[rollup.pk])).content.decode()
    assert "<td>cpu_percent</td>" in page
    assert f"{rollup.spreads['disk_used'].greatest:.7g}" in page
    assert client.post(reverse("admin:performance_rollup_change", args=[rollup.pk]), {}).status_code == 403
    assert client.get(reverse("admin:performance_rolluptrack_changelist")).status_code == 200
    assert client.get(reverse("admin:performance_rollup_add")).status_code == 403
