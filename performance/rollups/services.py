"""How rollups come about: behind a watermark, in short transactions, any number of times with the same result.

1. A stretch is complete once it ended GRACE seconds ago (an hour, a day: once the finer level is complete).
2. A step locks its track, reads the complete stretches next to its watermark, writes their rollups over those that
   may be there, and moves the watermark, all in one transaction. So a crash leaves nothing half done, and of two
   samplers the second finds the watermark moved.
3. What comes in behind the watermark, a late write or an import, is found by its id, which is higher than those seen
   before; its stretch is made anew, and the hour and the day over it, if they were made already.
4. Ids are given before their transactions commit. Each look therefore begins where the one before the last ended, and
   leaves out what the last one saw.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from performance.metrics import CATEGORIES, Category
from performance.models import Level, Rollup, RollupTrack, SamplerLease
from performance.retention import kept_since
from performance.rollups.arithmetic import Spreads, by_stretch
from performance.rollups.packing import NOTHING, packed
from performance.rollups.sources import FINER, Source, source_of

GRACE = 60  # Seconds that a sample of a stretch may come after its end without being late.
STRETCHES = 12  # rolled up in one transaction
LOOKS = 400  # samples looked at in one go for having come late
ANEW = 20  # stretches made anew in one transaction

Steps = dict[int | str, Callable[[], bool]]
Turns = dict[int | str, float]  # when each track, and each category's latecomers, had their last turn


def closed_before(now: datetime) -> int:
    """The stretches of the finest level that end by this are complete."""
    return int((now.timestamp() - GRACE) // Level.FIVE_MINUTES) * Level.FIVE_MINUTES


def open_tracks() -> None:
    """Tracks for every category and host that has samples, from its first sample on."""
    known = set(RollupTrack.objects.values_list("category", "host").distinct())
    hosts = list(SamplerLease.objects.values_list("host", flat=True))
    for category in CATEGORIES.values():
        for host in hosts:
            if (category.name, host) not in known:
                begin_tracks(category, host)


def begin_tracks(category: Category, host: str) -> None:
    samples = category.model._default_manager.all()
    first = samples.filter(host=host).order_by("taken_at").values_list("taken_at", flat=True).first()
    last = samples.order_by("pk").values_list("pk", flat=True).last()
    if first is None or last is None:
        return
    RollupTrack.objects.bulk_create(
        [
            RollupTrack(
                category=category.name,
                host=host,
                level=level,
                until=floored(first.timestamp(), level),
                seen=last,
            )
            for level in Level.values
        ],
        ignore_conflicts=True,
    )


def advance(track: RollupTrack, closed: int) -> bool:
    """Rolls up the next stretches of a track; whether it moved on."""
    with transaction.atomic():
        stored = locked(track)
        source = source_of(stored)
        limit = floored(source.complete(closed), stored.level)
        end = min(limit, stored.until + STRETCHES * stored.level)
        if end > stored.until:
            if not write(stored, source, stored.until, end) and end < limit:
                end = beginning(source.first(end), stored.level, limit)
            RollupTrack.objects.filter(pk=stored.pk).update(until=end)
    moved = end > track.until
    track.until = max(end, stored.until)
    return moved


def beginning(first: float | None, level: int, limit: int) -> int:
    """Where to go on after a time without samples."""
    return limit if first is None else min(limit, floored(first, level))


def again(category: str, host: str, starts: Iterable[int], now: datetime) -> None:
    """Makes stretches of the finest level anew, and what was made from them; also for whoever brings old samples."""
    ordered = sorted(starts)
    for begin in range(0, len(ordered), ANEW):
        anew(category, host, ordered[begin : begin + ANEW], now)


@transaction.atomic
def anew(category: str, host: str, starts: Sequence[int], now: datetime) -> None:
    tracks = RollupTrack.objects.filter(category=category, host=host).order_by("level")
    for track in tracks.select_for_update():
        source = source_of(track)
        kept = kept_since(source.level, now)
        for start in sorted({floored(start, track.level) for start in starts}):
            # Where some of what it was made from is gone, the rollup knows more than what is left.
            if start < track.until and (kept is None or start >= kept.timestamp()):
                write(track, source, start, start + track.level)


def write(track: RollupTrack, source: Source, begin: int, end: int) -> bool:
    """Stores the rollups of whole stretches over those that may be there; whether there were any."""
    found = by_stretch(source.rows(begin, end), track.level)
    if found:
        places = placed(track, source.columns, [spreads for _, spreads in found.values()])
        rollups = [
            Rollup(track=track, start=start, samples=samples, figures=packed(arranged(spreads, places)))
            for start, (samples, spreads) in found.items()
        ]
        keys, values = ["track", "start"], ["samples", "figures"]
        Rollup.objects.bulk_create(rollups, update_conflicts=True, unique_fields=keys, update_fields=values)
    return bool(found)


def placed(track: RollupTrack, columns: Sequence[str], told: Iterable[Spreads]) -> list[int | None]:
    """For each of the track's places the index of its column; one gets its place when it is first known.

    So what this kind of database or machine never knows takes no room.
    """
    known = [any(spread.known for spread in column) for column in zip(*told, strict=True)]
    new = [c for c, is_known in zip(columns, known, strict=True) if is_known and c not in track.columns]
    if new:
        track.columns = [*track.columns, *new]
        track.save(update_fields=["columns"])
    index = {column: at for at, column in enumerate(columns)}
    return [index.get(column) for column in track.columns]


def arranged(spreads: Spreads, places: list[int | None]) -> Spreads:
    return [NOTHING if at is None else spreads[at] for at in places]


def locked(track: RollupTrack) -> RollupTrack:
    return RollupTrack.objects.select_for_update().get(pk=track.pk)


def floored(seconds: float, level: int) -> int:
    return int(seconds // level) * level


class Latecomers:
    """Looks through the samples of a category that are new, for those that came in behind a watermark."""

    def __init__(self, category: Category) -> None:
        self.category = category
        self.looked = 0  # how far the last look went
        self.known: set[int] = set()  # what it saw

    def repair(self, now: datetime) -> bool:
        """Makes anew what some latecomers touch; whether there may be more."""
        finest = RollupTrack.objects.filter(category=self.category.name, level=Level.FIVE_MINUTES)
        tracks = {track.host: track for track in finest}
        if not tracks:
            return False
        seen = min(track.seen for track in tracks.values())
        fresh = list(
            self.category.model._default_manager.filter(pk__gt=seen)
            .order_by("pk")
            .values_list("pk", "host", "taken_at")[:LOOKS]
        )
        for host, starts in late([row for row in fresh if row[0] not in self.known], tracks).items():
            again(self.category.name, host, starts, now)
        full = len(fresh) == LOOKS
        settled = fresh[-1][0] if full else max(seen, self.looked)
        self.looked, self.known = (fresh[-1][0] if fresh else seen), {pk for pk, *_ in fresh}
        if settled > seen:
            finest.update(seen=settled)
        return full


def late(fresh: list[tuple[int, str, datetime]], tracks: Mapping[str, RollupTrack]) -> dict[str, set[int]]:
    """The stretches, by host, that samples came into behind the watermark."""
    found: dict[str, set[int]] = defaultdict(set)
    for _, host, taken_at in fresh:
        if host in tracks and taken_at.timestamp() < tracks[host].until:
            found[host].add(floored(taken_at.timestamp(), Level.FIVE_MINUTES))
    return found


def catch_up(latecomers: list[Latecomers], now: datetime, seconds: float, turns: Turns | None = None) -> bool:
    """Works for about so long, one step of each track and of each category's latecomers in turn; whether all is done.

    Whose turn was longest ago comes first, so that a long backlog, a slow one or one that fails holds nobody up.
    """
    deadline = time.monotonic() + seconds
    turns = {} if turns is None else turns
    steps = steps_of(latecomers, now)
    moved = True
    while moved:
        moved = False
        for key in sorted(steps, key=lambda key: turns.get(key, 0.0)):
            turns[key] = time.monotonic()
            if steps[key]():
                moved = True
                if time.monotonic() > deadline:
                    return False
            elif key in CATEGORIES:
                # A second look at once would take for late what was merely not committed yet at the first.
                del steps[key]
    return True


def steps_of(latecomers: list[Latecomers], now: datetime) -> Steps:
    """What there is to do, in the order in which it begins: the finest level and what is furthest behind first."""
    closed = closed_before(now)
    open_tracks()
    tracks = {(row.category, row.host, row.level): row for row in RollupTrack.objects.order_by("level", "until")}
    steps: Steps = {waiting.category.name: partial(waiting.repair, now) for waiting in latecomers}
    for (category, host, level), track in tracks.items():
        steps[track.pk] = partial(step, track, tracks.get((category, host, FINER[level])), closed)
    return steps


def step(track: RollupTrack, finer: RollupTrack | None, closed: int) -> bool:
    """Advances a track, where that may be possible by what this process knows of the finer one: most ask nothing."""
    complete = finer.until if finer else closed
    return floored(complete, track.level) > track.until and advance(track, closed)
